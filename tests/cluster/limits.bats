#!/usr/bin/env bats
# What a machine may lack: room on the disk, file descriptors, a folder for temporary files, memory.

load ../support/cluster

setup() {
    cluster_folder
}

teardown() {
    rayctl stop --quiet || true
    ! mountpoint -q "$RAYCTL_TMPDIR" || umount -l "$RAYCTL_TMPDIR"
    cluster_end
}

small_disk() {
    mount -t tmpfs -o size=4m,mode=0700 tmpfs "$RAYCTL_TMPDIR"
}

fill_disk() {
    dd if=/dev/zero of="$RAYCTL_TMPDIR/filler" bs=4k 2>"$BATS_TEST_TMPDIR/dd" || true
    grep -q 'No space left' "$BATS_TEST_TMPDIR/dd"
}

kill_head() {
    kill -KILL "$(awk '{ print $1 }' "$RAYCTL_TMPDIR/default/pids/head")"
    rayctl start --quiet --head
}

@test "the head's disk is full: what was accepted stays, what cannot be kept is refused, and all goes on" {
    small_disk
    cluster_start --num-cpus 1
    rayctl kv put before kept
    rayctl submit --quiet --submission-id before -- true
    fill_disk
    run rayctl kv put while lost
    ended 1
    says 'store.db: database or disk is full'
    run rayctl submit --submission-id while -- true
    ended 1
    says 'store.db: database or disk is full'
    [ "$(rayctl kv get before)" = kept ]
    [ "$(rayctl list jobs --format json | jq -r '[.rows[].submission_id] | join(" ")')" = before ]
    run "$hello" "$hello.so"
    ended 0
    says 'sum of squares: 285'
    [ "$(rayctl list jobs --format json | jq .total)" = 2 ]
    rm "$RAYCTL_TMPDIR/filler"
    rayctl kv put after kept
    rayctl submit --quiet --submission-id after -- true
    kill_head
    [ "$(rayctl kv get before) $(rayctl kv get after)" = 'kept kept' ]
    [ -z "$(rayctl kv get while 2>/dev/null)" ]
    [ "$(rayctl list jobs --format json | jq -r '[.rows[] | .status] | join(" ")')" = 'SUCCEEDED SUCCEEDED SUCCEEDED' ]
    grep -q 'the head.s tables are written again' "$RAYCTL_TMPDIR/default/logs/head.log"
}
