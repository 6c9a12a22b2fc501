#!/usr/bin/env bats
# A node daemon dies: its workers end, its tasks run elsewhere, and one of its name may come again.

load ../support/cluster

setup() {
    cluster_folder
    cluster_start --num-cpus 1
    segments_before=$(ls /dev/shm)
}

teardown() {
    cluster_end
}

second_pid() {
    cut -d' ' -f1 "$RAYCTL_TMPDIR/default/pids/node-second"
}

workers_of() {
    rayctl list workers --filter "node_id=$1" --format json --limit 0 | jq '.rows[].pid'
}

are_gone() {
    local pid
    for pid in "$@"; do
        [[ $(readlink "/proc/$pid/exe") != */ray-worker ]] || return 1
    done
}

dead_nodes() {
    [ "$(rayctl list nodes --filter state=DEAD --format json | jq .total)" = "$1" ]
}

@test "killed under load: its workers end, its tasks run elsewhere, it may come again" {
    rayctl start --quiet --node-name second --num-cpus 2
    id=$(rayctl list nodes --filter node_name=second --format json | jq -r '.rows[0].node_id')
    CHECKS_ADDRESS=unix:$RAYCTL_TMPDIR/default/head.sock "$built/tests/cluster/naps" >"$BATS_TEST_TMPDIR/naps" 3>&- &
    naps=$!
    wait_until 20 grep -q begun "$BATS_TEST_TMPDIR/naps"
    mapfile -t workers < <(workers_of "$id")
    [ "${#workers[@]}" -ge 1 ]
    kill -KILL "$(second_pid)"
    wait_until 5 are_gone "${workers[@]}"
    wait_until 10 dead_nodes 1
    run rayctl start --node-name second --num-cpus 2
    ended 0
    [ "$(rayctl list nodes --filter node_name=second --filter state=ALIVE --format json | jq .total)" = 1 ]
    wait "$naps"
    grep -q '^ok 1' "$BATS_TEST_TMPDIR/naps"
    rayctl stop --quiet
    [ "$(ls /dev/shm)" = "$segments_before" ]
}
