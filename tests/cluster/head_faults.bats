#!/usr/bin/env bats
# The head dies or sleeps while a driver works: the work does not notice, the cluster is whole again after it.

load ../support/cluster

setup() {
    cluster_folder
    cluster_start --num-cpus 1
    rayctl start --quiet --node-name second --num-cpus 1
    naps=
}

# SIGNAL: to the head.
head_gets() {
    kill "-$1" "$(cut -d' ' -f1 "$RAYCTL_TMPDIR/default/pids/head")"
}

teardown() {
    # A test that failed half-way must not leave the head asleep, nor its driver.
    head_gets CONT 2>/dev/null || true
    [[ -z $naps ]] || kill -KILL "$naps" 2>/dev/null || true
    cluster_end
}

begin_naps() {
    CHECKS_ADDRESS=unix:$RAYCTL_TMPDIR/default/head.sock "$built/tests/cluster/naps" >"$BATS_TEST_TMPDIR/naps" 3>&- &
    naps=$!
    wait_until 20 grep -q begun "$BATS_TEST_TMPDIR/naps"
}

naps_are_taken() {
    wait "$naps"
    naps=
    grep -q '^ok 1' "$BATS_TEST_TMPDIR/naps"
}

nodes_alive() {
    [ "$(rayctl list nodes --filter state=ALIVE --format json | jq .total)" = "$1" ]
}

@test "the head is killed under load and started again: no nap is lost" {
    begin_naps
    head_gets KILL
    run rayctl start --head
    ended 0
    wait_until 10 nodes_alive 2
    naps_are_taken
    wait_until 5 job_is SUCCEEDED # the same one, which its driver has taken up again
}

job_is() {
    [ "$(rayctl list jobs --format json | jq -r '.rows | map(.status) | join(" ")')" = "$1" ]
}

@test "the head is killed under load and comes back when the work is over" {
    begin_naps
    head_gets KILL
    naps_are_taken
    run rayctl start --head
    ended 0
    wait_until 10 nodes_alive 2
    run rayctl submit -- "$hello"
    ended 0
    says 'sum of squares: 285'
}

@test "the head sleeps for 10 s: tasks go on, a command waits, no node is taken for dead" {
    begin_naps
    head_gets STOP
    (sleep 10 && head_gets CONT) 3>&- &
    alarm=$!
    naps_are_taken # while it sleeps: 60 naps of 0.1 s on two CPUs
    run rayctl list nodes --timeout 20s --filter state=ALIVE --format json
    ended 0
    [ "$(jq .total <<<"$output")" = 2 ]
    wait "$alarm"
    nodes_alive 2
    run grep 'lost name=' "$RAYCTL_TMPDIR/default/logs/head.log"
    ended 1
}

@test "an actor is asked for while there is no head: the next one makes it" {
    mkfifo "$BATS_TEST_TMPDIR/go"
    CHECKS_ADDRESS=unix:$RAYCTL_TMPDIR/default/head.sock "$built/tests/cluster/late" \
        <"$BATS_TEST_TMPDIR/go" >"$BATS_TEST_TMPDIR/naps" 3>&- &
    naps=$!
    exec 4>"$BATS_TEST_TMPDIR/go"
    wait_until 20 grep -q begun "$BATS_TEST_TMPDIR/naps"
    head_gets KILL
    exec 4>&-
    wait_until 5 grep -q asking "$BATS_TEST_TMPDIR/naps"
    run rayctl start --head
    ended 0
    naps_are_taken
}
