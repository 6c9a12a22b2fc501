#!/usr/bin/env bats
# Refs inside values, across nodes: nothing is freed that somebody holds, and nothing stays when nobody does.

load ../support/cluster

setup() {
    cluster_folder
    here=$RAYCTL_TMPDIR
    there=$(mktemp -d "${TMPDIR:-/tmp}/rd.XXXXXX")
    export CHECKS_ADDRESS=unix:$here/default/head.sock
}

teardown() {
    RAYCTL_TMPDIR=$there cluster_end
    cluster_end
}

no_objects() {
    [ "$(rayctl list objects --format json | jq .total)" = 0 ]
}

# The driver, until it has released all: then no object is left, though it and its actors live on.
run_and_look() {
    mkfifo "$BATS_TEST_TMPDIR/stdin"
    "$built/tests/cluster/refs" wait <"$BATS_TEST_TMPDIR/stdin" >"$BATS_TEST_TMPDIR/out" &
    driver=$!
    exec 9>"$BATS_TEST_TMPDIR/stdin"
    wait_until 90 grep -q '# released' "$BATS_TEST_TMPDIR/out" || cat "$BATS_TEST_TMPDIR/out"
    wait_until 10 no_objects || rayctl list objects
    no_objects
    exec 9>&-
    wait "$driver" || true
    run cat "$BATS_TEST_TMPDIR/out"
    echo "$output"
    [[ $output != *'not ok'* ]]
    says '1..58'
}

@test "on one node" {
    cluster_start --num-cpus 4
    run_and_look
}

@test "on two nodes of one machine" {
    cluster_start --num-cpus 2
    rayctl start --quiet --node-name far --num-cpus 2
    run_and_look
}

@test "on two machines" {
    cluster_start --num-cpus 2 --node-ip-address 127.0.0.1
    RAYCTL_TMPDIR=$there rayctl start --quiet --address "$(cat "$here/default/address")" \
        --secret-file "$here/default/secret" --node-name far --num-cpus 2
    run_and_look
}

@test "all tasks on another machine" {
    cluster_start --num-cpus 0 --node-ip-address 127.0.0.1
    RAYCTL_TMPDIR=$there rayctl start --quiet --address "$(cat "$here/default/address")" \
        --secret-file "$here/default/secret" --node-name far --num-cpus 4
    run_and_look
}
