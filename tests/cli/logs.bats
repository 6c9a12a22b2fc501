#!/usr/bin/env bats
# rayctl logs

load ../support/cluster

setup_file() {
    cluster_folder
    cluster_start --num-cpus 2
    rayctl submit --quiet --submission-id hello-1 -- "$hello" "$hello.so" >/dev/null
}

teardown_file() {
    cluster_end
}

@test "the list has the head's, the node's, the jobs' and the workers' files" {
    run rayctl logs
    says head.log
    says node-head.log
    says job-driver-hello-1.log
    says worker-
    run rayctl logs 'worker-*.out' --format json
    [ "$(jq '.total > 1' <<<"$output")" = true ]
}

@test "one file is shown" {
    run rayctl logs head.log
    says 'head serves'
    run rayctl logs cluster node-head.log
    says 'joined'
    [ "$(rayctl logs job hello-1)" = 'sum of squares: 285' ]
    id=$(rayctl list actors --format json | jq -r '.rows[0].actor_id')
    run rayctl logs actor "$id"
    ended 0
    run rayctl logs no-such-file
    ended 3
    run rayctl logs planet x
    ended 2
    for kind in job actor task worker; do
        run rayctl logs "$kind" ''
        ended 2
    done
    run rayctl logs actor ffffffffff
    ended 3
}

@test "a name cannot lead out of the folder" {
    run rayctl logs ../secret
    ended 3
}

@test "a file is followed as it grows" {
    rayctl logs --follow head.log >"$BATS_TEST_TMPDIR/followed" &
    follower=$!
    wait_until 10 grep -q 'head serves' "$BATS_TEST_TMPDIR/followed"
    rayctl submit --quiet --submission-id later -- true
    wait_until 10 grep -q 'id=later' "$BATS_TEST_TMPDIR/followed"
    kill "$follower"
}
