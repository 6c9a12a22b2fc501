#!/usr/bin/env bats
# stdout that is closed, or full: of every way to print

load ../support/cluster

setup_file() {
    cluster_folder
    cluster_start --num-cpus 1
    rayctl submit --quiet --submission-id many -- 'seq 100000' >/dev/null
}

teardown_file() {
    cluster_end
}

prints=('list jobs' 'list nodes --format json' 'get job many' 'summary tasks' 'status' 'logs' 'logs head.log'
    'logs job many' 'job logs many' 'job list' 'wait job/many --for state=SUCCEEDED --format json' 'help' 'version'
    'list --help' '--help' '--version')

@test "a reader that has gone: the end that SIGPIPE makes, and no word" {
    mkfifo "$BATS_TEST_TMPDIR/gone"
    for args in "${prints[@]}"; do
        # Opened by a reader that closes it again before the command begins.
        run bash -c "exec 3<>$BATS_TEST_TMPDIR/gone 4>$BATS_TEST_TMPDIR/gone 3>&-; rayctl $args 2>&1 >&4"
        [ "$status-$output" = 141- ] || {
            echo "$args: $status $output"
            return 1
        }
    done
    # shellcheck disable=SC2016 # for the inner shell
    run bash -c 'rayctl job logs many | head -n 1; echo "${PIPESTATUS[0]}"'
    [ "$output" = "1
141" ]
}

@test "a full disk is status 1, and one line says so" {
    for args in "${prints[@]}"; do
        # shellcheck disable=SC2086 # these are several words
        run bash -c "rayctl $args 2>&1 >/dev/full"
        [ "$status-$output" = "1-rayctl: write to stdout: No space left on device" ] || {
            echo "$args: $status $output"
            return 1
        }
    done
}

@test "a closed stdout is status 1, and one line says so" {
    for args in "${prints[@]}"; do
        run bash -c "rayctl $args 2>&1 >&-"
        [ "$status-$output" = "1-rayctl: write to stdout: Bad file descriptor" ] || {
            echo "$args: $status $output"
            return 1
        }
    done
}

@test "a follower ends with its reader, though nothing is written" {
    mkfifo "$BATS_TEST_TMPDIR/pipe"
    rayctl logs --follow head.log >"$BATS_TEST_TMPDIR/pipe" 2>"$BATS_TEST_TMPDIR/why" &
    follower=$!
    read -r line <"$BATS_TEST_TMPDIR/pipe"
    [ -n "$line" ]
    status=0
    wait "$follower" || status=$?
    [ "$status-$(cat "$BATS_TEST_TMPDIR/why")" = 141- ]
}
