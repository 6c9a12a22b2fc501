#!/usr/bin/env bats
# GPUs: found, offered, and given to workers one by one.

# shellcheck disable=SC2016 # for a script
load ../support/cluster

setup() {
    cluster_folder
}

teardown() {
    cluster_end
}

# A machine with the driver's program, and that many GPUs. What cannot be had here is the driver itself.
gpus_are() {
    mkdir -p "$BATS_TEST_TMPDIR/bin"
    printf '#!/bin/sh\nfor i in $(seq %d); do echo "GPU $((i - 1)): NVIDIA A100 (UUID: GPU-$i)"; done\n' "$1" \
        >"$BATS_TEST_TMPDIR/bin/nvidia-smi"
    chmod +x "$BATS_TEST_TMPDIR/bin/nvidia-smi"
    PATH=$BATS_TEST_TMPDIR/bin:$PATH
}

offered() {
    rayctl list nodes --format json | jq -c '.rows[0].resources_total.GPU // 0'
}

@test "a node offers the GPUs that it finds, unless it is told otherwise" {
    if [ -e /proc/driver/nvidia/gpus ]; then
        skip "this machine has GPUs of its own"
    fi
    gpus_are 3
    cluster_start --num-cpus 1
    [ "$(offered)" = 3 ]
    rayctl stop
    CUDA_VISIBLE_DEVICES=0,2 cluster_start --num-cpus 1
    [ "$(offered)" = 2 ]
    rayctl stop
    cluster_start --num-cpus 1 --num-gpus 0
    [ "$(offered)" = 0 ]
}

@test "tasks and actors see the GPUs that they have been given, and no others" {
    CUDA_VISIBLE_DEVICES=4,6 cluster_start --num-cpus 4 --num-gpus 2
    CHECKS_ADDRESS=unix:$RAYCTL_TMPDIR/default/head.sock "$built/tests/cluster/gpus"
}
