#!/usr/bin/env bats
# rayctl summary

load ../support/cluster

setup_file() {
    cluster_folder
    cluster_start --num-cpus 2
    rayctl submit --quiet -- "$hello" "$hello.so" >/dev/null
}

teardown_file() {
    cluster_end
}

@test "tasks by function and state" {
    run rayctl summary tasks --format json
    [ "$(jq '.rows[] | select(.name == "square") | .state_counts.FINISHED' <<<"$output")" = 10 ]
    [ "$(jq '.rows[] | select(.name == "counter.add") | .total' <<<"$output")" = 10 ]
    run rayctl summary tasks
    says 'FINISHED=10'
}

@test "actors and objects" {
    [ "$(rayctl summary actors --format json | jq '.rows[0].state_counts.DEAD')" = 1 ]
    rayctl summary objects --format json | jq -e '.total == 0'
    run rayctl summary nodes
    ended 2
}
