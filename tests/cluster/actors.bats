#!/usr/bin/env bats
# Actors of several drivers: who gets whom by name, and who outlives whom.

# shellcheck disable=SC2030,SC2031 # each test has its own list of drivers
load ../support/cluster

setup() {
    cluster_folder
    cluster_start --num-cpus 2
    export CHECKS_ADDRESS=unix:$RAYCTL_TMPDIR/default/head.sock
    drivers=()
}

teardown() {
    local driver
    for driver in "${drivers[@]}"; do
        kill -KILL "$driver" 2>/dev/null || true
    done
    cluster_end
}

all_ready() {
    [ "$(cat "$BATS_TEST_TMPDIR"/race.* | grep -c '^# ready')" = "$1" ]
}

# NAME STATE: how many actors there are like that.
actors() {
    rayctl list actors --filter "name=$1" --filter "state=$2" --format json | jq .total
}

is_there() {
    [ "$(actors "$1" "$2")" = 1 ]
}

is_gone() {
    ! kill -0 "$1" 2>/dev/null
}

@test "many drivers create the same named actor at once: all get the same one" {
    local count=8 i
    mkfifo "$BATS_TEST_TMPDIR/start"
    for ((i = 0; i < count; i++)); do
        "$built/tests/cluster/race" <"$BATS_TEST_TMPDIR/start" >"$BATS_TEST_TMPDIR/race.$i" 3>&- &
        drivers+=($!)
    done
    exec 8>"$BATS_TEST_TMPDIR/start"
    wait_until 60 all_ready "$count"
    exec 8>&- # now
    for ((i = 0; i < count; i++)); do
        wait "${drivers[i]}"
    done
    drivers=()
    [ "$(cat "$BATS_TEST_TMPDIR"/race.* | grep -c '^ok 1')" = "$count" ]
    [ "$(cat "$BATS_TEST_TMPDIR"/race.* | awk '/^# actor/ { print $3 }' | sort -u | wc -l)" = 1 ]
    # Each has counted once, in the one state that there is.
    [ "$(cat "$BATS_TEST_TMPDIR"/race.* | awk '/^# actor/ { print $5 }' | sort -n | tr '\n' ' ')" = '1 2 3 4 5 6 7 8 ' ]
    [ "$(rayctl list actors --filter name=one --format json | jq .total)" = 1 ]
}

@test "a driver is killed: its actors and tasks end, its detached actor lives on, for others" {
    local mouse cat
    mkfifo "$BATS_TEST_TMPDIR/open"
    exec 8<>"$BATS_TEST_TMPDIR/open"
    "$built/tests/cluster/mortal" "$BATS_TEST_TMPDIR/marks" <&8 8>&- >"$BATS_TEST_TMPDIR/out" 3>&- &
    drivers+=($!)
    wait_until 30 grep -q begun "$BATS_TEST_TMPDIR/out"
    wait_until 30 test -s "$BATS_TEST_TMPDIR/marks"
    mouse=$(awk '/^# mouse/ { print $3 }' "$BATS_TEST_TMPDIR/out")
    cat=$(awk '/^# cat/ { print $3 }' "$BATS_TEST_TMPDIR/out")
    worker=$(rayctl list workers --filter worker_type=WORKER --filter is_alive=true --detail --format json |
        jq -r '.rows[] | select(.state == "LEASED") | .pid')
    [ "$worker" -gt 1 ]
    kill -KILL "${drivers[0]}"
    exec 8>&-
    wait_until 20 is_there mouse DEAD
    wait_until 20 is_gone "$mouse"
    wait_until 20 is_gone "$worker"
    [[ $(rayctl list actors --filter name=mouse --format json | jq -r '.rows[0].death_cause') == *job* ]]
    is_there cat ALIVE
    kill -0 "$cat"
    run env RACE_NAME=cat "$built/tests/cluster/race" </dev/null
    ended 0
    is_there cat ALIVE
    [ "$(rayctl list actors --filter name=cat --format json | jq -r '.rows[0].pid')" = "$cat" ]
    [[ $output == *'count 8'* ]]
    [ "$(cat "$BATS_TEST_TMPDIR/marks")" = b ]
}

@test "an actor that leaves is DEAD, says so, and is not started again" {
    run "$built/tests/cluster/calls"
    ended 0
    [[ $output != *'not ok'* ]]
    rayctl list actors --filter class_name=gate --detail --format json >"$BATS_TEST_TMPDIR/gates"
    [ "$(jq '[.rows[] | select(.death_cause == "it has left: ray_actor_exit()")] | length' "$BATS_TEST_TMPDIR/gates")" = 2 ]
    [ "$(jq -r '[.rows[] | .state] | unique[]' "$BATS_TEST_TMPDIR/gates")" = DEAD ]
    [ "$(jq '[.rows[] | .num_restarts] | max' "$BATS_TEST_TMPDIR/gates")" = 0 ]
}
