#!/usr/bin/env bats
# Cancelled tasks as the cluster sees them, from a driver that cancels at every moment.

load ../support/cluster

setup() {
    cluster_folder
    cluster_start --num-cpus 2
}

teardown() {
    cluster_end
}

cancelled() {
    rayctl list tasks --limit 0 --filter error_type=TASK_CANCELLED --filter "name=$1" --format json
}

is_listed() {
    [ "$(cancelled "$1" | jq .total)" -ge "$2" ]
}

@test "list tasks shows what was cancelled, once each, and no worker is held by it" {
    run env CHECKS_ADDRESS="unix:$RAYCTL_TMPDIR/default/head.sock" TMPDIR="$BATS_TEST_TMPDIR" \
        "$built/tests/cluster/cancels"
    ended 0
    [[ $output != *'not ok'* ]]
    # five from the queue, one that did not listen, one that was forced
    wait_until 20 is_listed mark 7
    [ "$(cancelled mark | jq .total)" = 7 ]
    [ "$(cancelled mark | jq -r '[.rows[] | .state] | unique[]')" = FAILED ]
    [ "$(cancelled mark | jq '[.rows[] | .attempt_number] | max')" = 0 ]
    [[ $(cancelled mark | jq -r '.rows[0].error_message') == "mark: cancelled" ]]
    is_listed parent 2
    is_listed counter.add 2
    wait_until 20 cpus_are_free
}

cpus_are_free() {
    [ "$(rayctl status --format json | jq '.usage[] | select(.name == "CPU") | .used')" = 0 ]
}
