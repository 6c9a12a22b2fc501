#!/usr/bin/env bats
# Several drivers that do a little of everything on two nodes with few CPUs: all that they begin ends, and the CPUs are
# free afterwards.

load ../support/cluster

setup() {
    cluster_folder
    cluster_start --num-cpus 2
    rayctl start --quiet --node-name second --num-cpus 2
    export CHECKS_ADDRESS=unix:$RAYCTL_TMPDIR/default/head.sock
}

teardown() {
    cluster_end
}

cpus_in_use() {
    [ "$(rayctl status --format json | jq '.usage[] | select(.name == "CPU") | .used')" = "$1" ]
}

@test "five drivers, each with a bit of everything" {
    local drivers=() seed
    for seed in 1 2 3 4 5; do
        "$built/tests/cluster/mix" "${MIX_SEED:-}$seed" "${MIX_SECONDS:-6}" >"$BATS_TEST_TMPDIR/$seed" 2>&1 3>&- &
        drivers+=("$!")
    done
    for seed in 1 2 3 4 5; do
        wait "${drivers[seed - 1]}" || {
            cat "$BATS_TEST_TMPDIR/$seed"
            return 1
        }
    done
    wait_until 10 cpus_in_use 0
}
