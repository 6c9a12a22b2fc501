#!/usr/bin/env bats
# rayctl wait: states, several things, what cannot be, what is gone

load ../support/cluster

setup_file() {
    cluster_folder
    cluster_start --num-cpus 2
}

teardown_file() {
    cluster_end
}

submit() { # ID COMMAND
    rayctl job submit --no-wait --quiet --submission-id "$1" -- "$2" >/dev/null
}

@test "a job that ends well" {
    submit good "until [ -e $BATS_TEST_TMPDIR/go ]; do sleep 0.01; done"
    run rayctl wait job/good --for state=RUNNING
    ended 0
    run rayctl wait job/good --for state=SUCCEEDED --timeout 100ms
    ended 4
    says 'job/good is RUNNING still, not state=SUCCEEDED'
    rayctl wait job/good --for state=SUCCEEDED &
    waiter=$!
    touch "$BATS_TEST_TMPDIR/go"
    wait "$waiter"
    run rayctl wait job/good --for status=succeeded
    ended 0
}

@test "what cannot be any more is status 1, at once" {
    submit bad 'exit 3'
    run rayctl wait job/bad --for state=SUCCEEDED
    ended 1
    says 'job/bad is FAILED, so it never comes to state=SUCCEEDED'
    run rayctl wait job/bad --for state=SUCCEEDED,FAILED,STOPPED
    ended 0
    run rayctl wait job/bad --for driver_exit_code=4
    ended 1
    run rayctl wait job/bad --for driver_exit_code=3 --for state!=RUNNING
    ended 0
}

@test "no such thing, kind, key, state" {
    run rayctl wait job/nobody --for state=SUCCEEDED
    ended 3
    says 'no job has the id nobody'
    run rayctl wait actor/ffff --for deleted
    ended 0
    run rayctl wait jop/x --for state=SUCCEEDED
    ended 2
    says "did you mean 'jobs'?"
    run rayctl wait job/x --for state=SUCEEDED
    ended 2
    says "did you mean 'SUCCEEDED'?"
    run rayctl wait job/x --for stat=SUCCEEDED
    ended 2
    for args in 'job/x' 'x --for state=RUNNING' 'job/ --for state=RUNNING' 'job/x --for deleted --for a=b'; do
        # shellcheck disable=SC2086 # these are several words
        run rayctl wait $args
        ended 2
    done
}

@test "several things: all of them, or the first" {
    submit slow 'sleep 1000'
    submit quick true
    [ "$(rayctl wait --any job/slow job/quick --for state=SUCCEEDED)" = job/quick ]
    run rayctl wait job/slow job/quick --for state=SUCCEEDED --timeout 100ms --format json
    ended 4
    json=$(rayctl wait job/slow job/quick --for state=SUCCEEDED --timeout 100ms --format json 2>"$BATS_TEST_TMPDIR/why" || true)
    [ "$(jq -c '[.rows[] | [.kind, .id, .state, .outcome]]' <<<"$json")" = \
        '[["job","slow","RUNNING","WAITING"],["job","quick","SUCCEEDED","REACHED"]]' ]
    grep -q 'job/slow is RUNNING still' "$BATS_TEST_TMPDIR/why"
    rayctl wait job/slow job/quick --for state=SUCCEEDED,STOPPED &
    waiter=$!
    rayctl job stop --no-wait slow
    wait "$waiter"
}

@test "a prefix that several begin with" {
    submit twin-1 true
    submit twin-2 true
    submit twin true
    run rayctl wait job/twin- --for state=SUCCEEDED
    ended 2
    says '2 jobs have ids that begin with twin-'
    run rayctl wait job/twin --for state=SUCCEEDED
    ended 0
    run rayctl wait job/twin-1 job/twin-2 --for state=SUCCEEDED
    ended 0
}

@test "actors by name, workers, nodes, tasks" {
    "$automl" --data "$top/examples/automl/data/wine.csv" --candidates 4 --quiet >/dev/null
    run rayctl wait actor/automl-proxy --for state=ALIVE --for is_detached=true
    ended 0
    [ "$(rayctl get actor automl-proxy --format json | jq -r .state)" = ALIVE ]
    worker=$(rayctl get actor automl-proxy --format json | jq -r .worker_id)
    run rayctl wait "worker/$worker" --for state=ACTOR
    ended 0
    run rayctl wait "worker/$worker" --for deleted --timeout 300ms
    ended 4
    rayctl wait actor/automl-proxy --for deleted &
    waiter=$!
    rayctl wait "worker/$worker" --for deleted &
    other=$!
    rayctl kill-actor --name automl-proxy --namespace automl --no-restart
    wait "$waiter"
    wait "$other"
    run rayctl wait node/head --for state=ALIVE
    ended 0
    run rayctl wait node/head --for state=DEAD --timeout 50ms
    ended 4
    task=$(rayctl list tasks --limit 1 --format json | jq -r '.rows[0].task_id')
    run rayctl wait "task/$task" --for state=FINISHED
    ended 0
}

@test "a task that runs" {
    CHECKS_ADDRESS=unix:$RAYCTL_TMPDIR/default/head.sock "$built/tests/cluster/naps" >"$BATS_TEST_TMPDIR/naps" &
    naps=$!
    wait_until 20 grep -q begun "$BATS_TEST_TMPDIR/naps"
    task=$(rayctl list tasks -f state!=FINISHED -f name=nap --limit 1 --format json | jq -r '.rows[0].task_id')
    run rayctl wait "task/$task" --for state=FINISHED --timeout 20s
    ended 0
    run rayctl wait "task/$task" --for state=RUNNING
    ended 1
    wait "$naps"
}

@test "a wait that nobody waits for any more, and a cluster that ends" {
    submit endless 'sleep 1000'
    run timeout -s INT 0.3 rayctl wait job/endless --for state=FAILED
    [ "$status" -ne 0 ]
    rayctl wait job/endless --for state=FAILED 2>"$BATS_TEST_TMPDIR/why" &
    waiter=$!
    rayctl wait job/endless --for state=RUNNING
    kill -9 "$(rayctl status --format json | jq -r .head_pid)"
    status=0
    wait "$waiter" || status=$?
    output=$(cat "$BATS_TEST_TMPDIR/why")
    ended 5
    says 'rayctl wait: '
}
