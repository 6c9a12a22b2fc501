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

# The number of descriptors that the head has open.
head_files() {
    find "/proc/$(awk '{ print $1 }' "$RAYCTL_TMPDIR/default/pids/head")/fd" -mindepth 1 | wc -l
}

@test "64 file descriptors: everybody is answered in turn, and what needs more says so" {
    ulimit -n 64
    cluster_start --num-cpus 4
    before=$(head_files)
    clients=()
    for _ in {1..80}; do
        rayctl list nodes --format json >>"$BATS_TEST_TMPDIR/lists" &
        clients+=("$!")
    done
    for client in "${clients[@]}"; do
        wait "$client"
    done
    [ "$(jq -s 'map(.total) | add' "$BATS_TEST_TMPDIR/lists")" = 80 ]
    wait_until 5 eval "((\$(head_files) == $before))"
    run timeout 60 "$built/tests/cluster/values"
    says 'no file descriptor left of its 64: raise the limit (ulimit -n)'
    run "$hello" "$hello.so"
    ended 0
    says 'sum of squares: 285'
}

@test "no folder for temporary files, and no home: the one that cannot be written is named" {
    run unshare -m bash -c 'mount -t tmpfs -o ro tmpfs /tmp && mount -t tmpfs -o ro tmpfs /run &&
        exec env -u HOME -u XDG_RUNTIME_DIR -u RAYCTL_TMPDIR -u TMPDIR '"$(command -v rayctl)"' start --head --cluster-name ro'
    ended 1
    says '/rayctl'
    says 'Read-only file system; set RAYCTL_TMPDIR to a folder that can be written'
    unset HOME XDG_RUNTIME_DIR
    TMPDIR=/nowhere cluster_start --num-cpus 1
    # shellcheck disable=SC2016 # of the inner shell
    TMPDIR=/nowhere run rayctl submit --quiet -- sh -c 'echo "home: $HOME"'
    ended 0
    run "$hello" "$hello.so"
    ended 0
    run rayctl top --once
    ended 0
    says 'Nodes'
}
