#!/usr/bin/env bats
# A program without a cluster around has one of its own, which goes with it, however it goes.

load ../support/cluster

setup() {
    cluster_folder
}

teardown() {
    cluster_end
}

wants=$built/tests/cluster/wants
library=$built/tests/cluster/cluster.so

is_up() {
    [[ -S $(echo "$RAYCTL_TMPDIR"/private-*/node-node-0.sock) ]]
}

is_gone() {
    [[ -z $(ls "$RAYCTL_TMPDIR") ]] && no_process_left
}

@test "it goes with a program that ends" {
    run "$wants" "$library" CPU 1
    ended 0
    is_gone
}

@test "it goes with a program that is killed" {
    "$wants" "$library" gold 1 &
    wait_until 10 is_up
    kill -KILL $!
    wait_until 10 is_gone
}

@test "commands do not take it for the cluster" {
    "$wants" "$library" gold 1 2>/dev/null &
    wait_until 10 is_up
    run rayctl status
    ended 5
    kill -TERM $!
    wait_until 10 is_gone
}
