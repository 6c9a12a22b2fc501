#!/usr/bin/env bats
# rayctl get

load ../support/cluster

setup_file() {
    cluster_folder
    cluster_start --num-cpus 2
    rayctl submit --quiet --submission-id hello-1 -- "$hello" "$hello.so" >/dev/null
}

teardown_file() {
    cluster_end
}

@test "one thing of each kind, by a prefix of its id" {
    for kind in node actor task worker; do
        id=$(rayctl list "${kind}s" --format json | jq -r ".rows[0].${kind}_id")
        run rayctl get "${kind}s" "$id" --format json
        ended 0
        [ "$(jq -r ".${kind}_id" <<<"$output")" = "$id" ]
    done
    id=$(rayctl list actors --format json | jq -r '.rows[0].actor_id')
    run rayctl get actors "${id:0:10}"
    says 'class_name:'
    says counter
    run rayctl get "actor/${id:0:10}" # as wait and logs have it
    says counter
    run rayctl get job/hello-1 --format yaml
    says 'SUCCEEDED'
    run rayctl get jobs hello-1 --format yaml
    says 'SUCCEEDED'
}

@test "an actor that has ended says why" {
    id=$(rayctl list actors --format json | jq -r '.rows[0].actor_id')
    run rayctl get actors "$id" --format json
    [ "$(jq -r .state <<<"$output")" = DEAD ]
    [ "$(jq -r .death_cause <<<"$output")" = 'its job has ended' ]
}

@test "what is not there" {
    run rayctl get actors ffffffffff
    ended 3
    run rayctl get actors zz
    ended 3
    run rayctl get actors
    ended 2
    run rayctl get actors ''
    ended 2
}

@test "a prefix of several tasks is refused" {
    ids=$(rayctl list tasks --format json | jq -r '.rows[].task_id')
    for digit in 0 1 2 3 4 5 6 7 8 9 a b c d e f; do
        (($(grep -c "^$digit" <<<"$ids") > 1)) || continue
        run rayctl get tasks "$digit"
        ended 2
        says "begin with $digit: give more of it"
    done
}
