#!/usr/bin/env bats
# rayctl status: what waits, and why

load ../support/cluster

setup_file() {
    cluster_folder
    cluster_start --num-cpus 2
}

teardown_file() {
    cluster_end
}

@test "nodes and resources" {
    run rayctl status
    ended 0
    says '1 alive, 0 dead'
    says '0/2 CPU'
    says 'nothing waits'
    [ "$(rayctl status --format json | jq -c '.usage[] | select(.name == "CPU") | [.used, .total]')" = '[0,2]' ]
}

@test "a resource that no node has: status and list tasks say why" {
    "$built/tests/cluster/wants" "$built/tests/cluster/cluster.so" gold 3 &
    driver=$!
    waits() {
        rayctl status --format json | jq -e '.demands[0].reason == "no node has gold (needs 3)"'
    }
    wait_until 10 waits
    run rayctl status
    says '1 tasks of {CPU=1 gold=3}: no node has gold (needs 3)'
    reported() {
        rayctl list tasks --filter state=PENDING_NODE_ASSIGNMENT --format json |
            jq -e '.rows[0].pending_reason == "no node has gold (needs 3)"'
    }
    wait_until 10 reported
    # A node that has it comes: the task runs.
    rayctl start --quiet --node-name rich --num-cpus 1 --resources '{"gold": 3}'
    wait "$driver"
}
