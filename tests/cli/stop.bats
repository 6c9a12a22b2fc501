#!/usr/bin/env bats
# rayctl stop

load ../support/cluster

setup() {
    cluster_folder
}

teardown() {
    cluster_end
}

@test "stop ends everything and leaves no folder" {
    cluster_start
    "$hello" "$hello.so"
    run rayctl stop
    ended 0
    says 'Stopped all 2 Ray processes.'
    [ -z "$(ls "$RAYCTL_TMPDIR")" ]
    no_process_left
}

@test "stop with nothing to stop is fine" {
    run rayctl stop
    ended 0
    says 'Did not find any active Ray processes.'
}

@test "stop ends a job that ignores SIGTERM" {
    cluster_start
    rayctl submit --no-wait -- sh -c 'trap "" TERM; while :; do sleep 0.1; done' >"$BATS_TEST_TMPDIR/id"
    run rayctl stop
    ended 0
    no_process_left
}

@test "stop ends what the head's death has left" {
    cluster_start
    rayctl submit --no-wait -- "sh -c 'sleep 876543 & wait'; :"
    wait_until 10 pgrep -f 'sleep 87654[3]' >/dev/null
    kill -KILL "$(cut -d' ' -f1 "$RAYCTL_TMPDIR/default/pids/head")"
    run rayctl stop
    ended 0
    no_process_left
    run pgrep -f 'sleep 87654[3]'
    ended 1
}

@test "stop takes one of two clusters" {
    cluster_start --cluster-name one
    cluster_start --cluster-name two
    rayctl stop --cluster-name one
    [ "$(rayctl status --format json | jq -r .cluster)" = two ]
}
