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
