#!/usr/bin/env bats
# rayctl job list, status, logs, stop, wait

load ../support/cluster

setup_file() {
    cluster_folder
    cluster_start
    rayctl submit --quiet --submission-id first --metadata team=a -- 'seq 1 10; exit 4' || true
}

teardown_file() {
    cluster_end
}

@test "list and status show a job" {
    run rayctl job list
    says first
    run rayctl job status firs --format json
    [ "$(jq -r .status <<<"$output")" = FAILED ]
    [ "$(jq -r .driver_exit_code <<<"$output")" = 4 ]
    [ "$(jq -r .metadata.team <<<"$output")" = a ]
    run rayctl job status nobody
    ended 3
}

@test "logs, whole and the end of them" {
    [ "$(rayctl job logs first)" = "$(seq 1 10)" ]
    [ "$(rayctl job logs --tail 2 first)" = "9
10" ]
    run rayctl job logs --follow first
    ended 4
    run rayctl job logs nobody
    ended 3
}

@test "wait gives up in time, and exits as the job does" {
    rayctl job submit --no-wait --submission-id slow -- sleep 1000
    run rayctl job wait slow --for 100ms
    ended 4
    run rayctl job stop slow
    ended 0
    says stopped
    run rayctl job wait slow
    ended 143
    [ "$(rayctl job status slow --format json | jq -r .status)" = STOPPED ]
    run rayctl job wait first
    ended 4
}

@test "a stop reaches all that the command has started" {
    rayctl submit --no-wait --submission-id family -- "sh -c 'sleep 987654 & wait'; :"
    wait_until 10 pgrep -f 'sleep 98765[4]' >/dev/null
    rayctl job stop --quiet family
    gone() {
        ! pgrep -f 'sleep 98765[4]' >/dev/null
    }
    wait_until 10 gone
}

@test "an id that is given whole is not a prefix of others" {
    rayctl submit --quiet --submission-id same -- true
    rayctl submit --quiet --submission-id same-too -- true
    [ "$(rayctl job status same --format json | jq -r .submission_id)" = same ]
    [ "$(rayctl get jobs same --format json | jq -r .submission_id)" = same ]
    run rayctl job status sam
    ended 2
    says 'begin with sam'
}

@test "an empty id is nobody's" {
    "$hello" "$hello.so"
    for command in status stop wait logs; do
        run rayctl job "$command" ''
        ended 2
        says 'the id is empty'
    done
}

@test "Ctrl-C ends the look at a job's log" {
    rayctl submit --no-wait --submission-id talks -- 'echo begun; exec sleep 1000'
    rayctl job logs --follow talks >"$BATS_TEST_TMPDIR/log" &
    logs=$!
    wait_until 10 grep -q begun "$BATS_TEST_TMPDIR/log"
    kill -INT "$logs"
    status=0 output=
    wait "$logs" || status=$?
    ended 130
    rayctl job stop --quiet talks
}

@test "job what?" {
    run rayctl job
    ended 2
    says 'submit, list, status, logs, stop, wait'
    run rayctl job lst
    ended 2
    says "did you mean 'job list'?"
    for help in 'job --help' 'help job'; do
        read -ra words <<<"$help"
        run rayctl "${words[@]}"
        ended 0
        says 'job submit'
        [[ $output != *kill-actor* ]]
    done
}

@test "delete: a job that has ended, for good" {
    rayctl submit --quiet --submission-id done-with --env SECRET=x -- 'echo said' >/dev/null
    rayctl submit --quiet --no-wait --submission-id goes-on -- sleep 1000
    run rayctl job delete goes-on
    ended 1
    says 'when it has ended'
    log=$(find "$RAYCTL_TMPDIR" -name 'job-driver-done-with.log')
    [ -e "$log" ]
    run rayctl job delete done-with
    ended 0
    [ ! -e "$log" ]
    run rayctl job status done-with
    ended 3
    run rayctl job delete done-with
    ended 3
    rayctl job stop goes-on
    rayctl job delete goes-on
    # Another head does not know it either.
    kill -KILL "$(cut -d' ' -f1 "$RAYCTL_TMPDIR/default/pids/head")"
    rayctl start --head --quiet
    run rayctl job status done-with
    ended 3
    # Its name is free again.
    run rayctl submit --submission-id done-with -- true
    ended 0
}
