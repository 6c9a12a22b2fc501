#!/usr/bin/env bats
# rayctl context: several clusters of one user, side by side

load ../support/cluster

setup_file() {
    cluster_folder
    cluster_start --cluster-name first --num-cpus 1
    cluster_start --cluster-name second --num-cpus 2
}

teardown_file() {
    cluster_end
}

cpus() {
    rayctl list nodes --format json | jq '.rows[0].resources_total.CPU'
}

@test "list: all of them, the current one marked" {
    [ "$(rayctl context list --format json | jq -c '[.rows[] | [.name, .is_current, .processes]]')" = \
        '[["first",false,2],["second",true,2]]' ]
    run rayctl context list
    says NAME
}

@test "use: commands without an address follow" {
    [ "$(cpus)" = 2 ]
    rayctl context use first
    [ "$(cpus)" = 1 ]
    [ "$(rayctl context show --format json | jq -r .name)" = first ]
    [ "$(rayctl context show second --format json | jq -r .is_current)" = false ]
    # An address is stronger.
    address=$(rayctl context show second --format json | jq -r .address)
    [ "$(rayctl list nodes --address "$address" --format json | jq '.rows[0].resources_total.CPU')" = 2 ]
    rayctl context use second
}

@test "what is not there is refused, with the nearest name" {
    run rayctl context use secnd
    ended 3
    says "did you mean 'second'?"
    run rayctl context show nothing-like-it
    ended 3
    run rayctl context rm nothing-like-it
    ended 3
    [ "$(rayctl context show --format json | jq -r .name)" = second ]
}

@test "rm: one that runs here is refused, one that has gone is forgotten" {
    run rayctl context rm second
    ended 1
    says 'rayctl stop --cluster-name second'
    mkdir -m 700 "$RAYCTL_TMPDIR/elsewhere"
    echo 10.9.8.7:6379 >"$RAYCTL_TMPDIR/elsewhere/address"
    [ "$(rayctl context show elsewhere --format json | jq -r .address)" = 10.9.8.7:6379 ]
    [ "$(rayctl completion words context use else | cut -f1)" = elsewhere ]
    rayctl context rm elsewhere
    run rayctl context show elsewhere
    ended 3
}

@test "a cluster that is stopped is no context any more; the other goes on" {
    cluster_start --cluster-name third --num-cpus 1
    rayctl stop --cluster-name third
    run rayctl context show third
    ended 3
    rayctl context use first
    [ "$(cpus)" = 1 ]
}
