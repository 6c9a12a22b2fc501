#!/usr/bin/env bats
# Drivers, jobs and shapes of tasks take turns on a node.

load ../support/cluster

setup() {
    cluster_folder
    cluster_start --num-cpus 2
    crowd=
    export CHECKS_ADDRESS=unix:$RAYCTL_TMPDIR/default/head.sock
}

teardown() {
    [[ -z $crowd ]] || kill -KILL "$crowd" 2>/dev/null || true
    cluster_end
}

begin_crowd() {
    "$built/tests/cluster/fair" crowd >"$BATS_TEST_TMPDIR/crowd" 3>&- &
    crowd=$!
    wait_until 20 grep -q begun "$BATS_TEST_TMPDIR/crowd"
}

@test "a driver with a few tasks is served while another has thousands" {
    begin_crowd
    "$built/tests/cluster/fair" few
    kill -0 "$crowd" # it works on
}

@test "tasks for the whole machine are served while another driver has thousands of small ones" {
    begin_crowd
    "$built/tests/cluster/fair" large
    kill -0 "$crowd"
}

# The jobs of the leased workers, each with how many there are.
shares() {
    rayctl list tasks --filter state=RUNNING --limit 0 --format json | jq -r '.rows[].job_id' | sort | uniq -c | awk '{ print $1 }' | paste -sd' '
}

share_evenly() {
    [ "$(shares)" = '1 1' ]
}

@test "two drivers with thousands of tasks have a CPU each" {
    begin_crowd
    "$built/tests/cluster/fair" crowd >"$BATS_TEST_TMPDIR/other" 3>&- &
    other=$!
    wait_until 20 share_evenly
    kill -KILL "$other"
}

@test "a task of another shape, and an actor, get past a long queue of their own driver" {
    "$built/tests/cluster/fair" shapes
}

@test "drivers with a task at a time pass the CPUs on, and none is left without" {
    for n in 1 2 3 4 5; do
        "$built/tests/cluster/fair" turns >"$BATS_TEST_TMPDIR/$n" 3>&- &
        others+=("$!")
    done
    for other in "${others[@]}"; do
        wait "$other"
    done
}
