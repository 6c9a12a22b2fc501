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

@test "the forms of a thing" {
    id=$(rayctl list actors --format json | jq -r '.rows[0].actor_id')
    worker=$(rayctl get actor "$id" --format json | jq -r .worker_id)
    file=$(ls "$RAYCTL_TMPDIR"/default/logs/head/worker-"${worker:0:12}"-*.out)
    pid=${file##*-}
    pid=${pid%.out}
    echo 'said by the actor' >>"$file"
    echo 'its errors' >>"${file%.out}.err"
    task=$(rayctl list tasks -f type=ACTOR_TASK --limit 1 --format json | jq -r '.rows[0].task_id')
    for args in "actor $id" "actor/$id" "actor --id $id" "worker ${worker:0:8}" "worker/$worker" "worker --pid $pid" \
        "task $task" "worker --id ${worker^^} --node-id head"; do
        # shellcheck disable=SC2086 # these are several words
        [ "$(rayctl logs $args 2>"$BATS_TEST_TMPDIR/note")" = 'said by the actor' ]
        # shellcheck disable=SC2086
        [ "$(rayctl logs $args --err 2>/dev/null)" = 'its errors' ]
    done
    run rayctl logs --quiet "task/$task"
    [ "$output" = 'said by the actor' ]
    run rayctl logs "task/$task"
    says 'other tasks may have written some'
    for args in 'job hello-1' job/hello-1 'job --id hello-1'; do
        # shellcheck disable=SC2086
        [ "$(rayctl logs $args)" = 'sum of squares: 285' ]
    done
    run rayctl logs node/head
    says joined
    run rayctl logs node --id "$(rayctl get node head --format json | jq -r .node_id)"
    says joined
}

@test "what is no form of a thing" {
    for args in job 'actor --pid 3' 'head.log --id x' '--pid 3' 'worker --pid -3' 'job/a b' 'worker/'; do
        # shellcheck disable=SC2086
        run rayctl logs $args
        ended 2
    done
    for args in 'worker no-hex' 'worker ffffffffffff' 'node nobody' 'worker --pid 1' 'worker --pid 1 --node-id nobody'; do
        # shellcheck disable=SC2086
        run rayctl logs $args
        ended 3
    done
}

@test "the last lines of long ones" {
    rayctl submit --quiet --submission-id long -- "head -c 400000 /dev/zero | tr '\\0' x; echo; seq 3; printf end" >/dev/null
    [ "$(rayctl logs job/long --tail 2)" = "3
end" ]
    [ "$(rayctl logs job/long --tail 4 | head -n 1)" = 1 ]
    [ "$(rayctl logs job/long --tail 5 | wc -c)" = 400010 ]
    [ "$(rayctl logs job/long --tail -1 | wc -c)" = 400010 ]
}

@test "a follow ends with its job, actor, worker" {
    rayctl job submit --no-wait --quiet --submission-id brief -- \
        "echo begun; until [ -e $BATS_TEST_TMPDIR/go ]; do sleep 0.01; done; echo ended" >/dev/null
    rayctl logs job/brief --follow >"$BATS_TEST_TMPDIR/brief" &
    follower=$!
    wait_until 10 grep -q begun "$BATS_TEST_TMPDIR/brief"
    touch "$BATS_TEST_TMPDIR/go"
    wait "$follower"
    [ "$(cat "$BATS_TEST_TMPDIR/brief")" = "begun
ended" ]

    "$automl" --data "$top/examples/automl/data/wine.csv" --candidates 4 --quiet >/dev/null
    worker=$(rayctl get actor automl-proxy --format json | jq -r .worker_id)
    echo mark >>"$(ls "$RAYCTL_TMPDIR"/default/logs/head/worker-"${worker:0:12}"-*.out)"
    for thing in actor/automl-proxy "worker/$worker"; do
        rayctl logs "$thing" --follow >"$BATS_TEST_TMPDIR/${thing%/*}" &
        followers+=("$!")
        wait_until 10 grep -q mark "$BATS_TEST_TMPDIR/${thing%/*}"
    done
    rayctl kill-actor --name automl-proxy --namespace automl --no-restart
    wait "${followers[0]}"
    wait "${followers[1]}"
}

@test "an actor is followed into its next life" {
    CHECKS_ADDRESS=unix:$RAYCTL_TMPDIR/default/head.sock "$built/tests/cluster/lives" >/dev/null
    row=$(rayctl get actor cat --format json)
    first=$(jq -r .worker_id <<<"$row")
    echo one >>"$(ls "$RAYCTL_TMPDIR"/default/logs/head/worker-"${first:0:12}"-*.out)"
    rayctl logs actor/cat --follow >"$BATS_TEST_TMPDIR/lives" &
    follower=$!
    wait_until 10 grep -q one "$BATS_TEST_TMPDIR/lives"
    kill -9 "$(jq -r .pid <<<"$row")"
    rayctl wait actor/cat --for state=ALIVE --for "worker_id!=$first" --timeout 20s
    second=$(rayctl get actor cat --format json | jq -r .worker_id)
    echo two >>"$(ls "$RAYCTL_TMPDIR"/default/logs/head/worker-"${second:0:12}"-*.out)"
    wait_until 10 grep -q two "$BATS_TEST_TMPDIR/lives"
    rayctl kill-actor "$(jq -r .actor_id <<<"$row")" --no-restart
    wait "$follower"
}

# COMMAND...: what it sends to a terminal.
on_terminal() {
    python3 -c 'import pty, sys; pty.spawn(sys.argv[1:])' "$@" </dev/null
}

@test "what would command a terminal is shown as ?" {
    rayctl submit --quiet --submission-id loud -- "printf 'a\\033[31mb\\007 \\303\\274\\n'" >/dev/null
    [ "$(rayctl logs job/loud)" = $'a\033[31mb\a ü' ]
    on_terminal rayctl logs job/loud >"$BATS_TEST_TMPDIR/seen"
    grep -q 'a?\[31mb? ü' "$BATS_TEST_TMPDIR/seen"
    on_terminal rayctl job logs loud >"$BATS_TEST_TMPDIR/seen"
    grep -q 'a?\[31mb? ü' "$BATS_TEST_TMPDIR/seen"
    on_terminal rayctl logs --raw job/loud >"$BATS_TEST_TMPDIR/seen"
    grep -q $'a\033\\[31mb' "$BATS_TEST_TMPDIR/seen"
}
