#!/usr/bin/env bats
# The object store under pressure: more bytes than it may hold, and disks that take none.

load ../support/cluster

setup() {
    cluster_folder
    export CHECKS_ADDRESS=unix:$RAYCTL_TMPDIR/default/head.sock
    disk=$BATS_TEST_TMPDIR/disk
}

teardown() {
    cluster_end
    if mountpoint -q "$disk"; then umount "$disk"; fi
}

# OPTIONS: a store of 64 MB.
start() {
    cluster_start --num-cpus 2 --object-store-memory 64M --object-spilling-directory "$disk" "$@"
}

files() {
    find "$disk" -type f | wc -l
}

no_files() {
    [ "$(files)" = 0 ]
}

spilled() {
    rayctl list objects --limit 0 --format json --detail | jq "[.rows[] | select(.is_spilled == $1) | .object_size] | add // 0"
}

# held|results: a driver that holds 40 objects of 4 MB. Descriptor 9 closed, it looks at them.
hold() {
    mkfifo "$BATS_TEST_TMPDIR/stdin"
    "$built/tests/cluster/crowd" "$1" <"$BATS_TEST_TMPDIR/stdin" >"$BATS_TEST_TMPDIR/held" &
    driver=$!
    exec 9>"$BATS_TEST_TMPDIR/stdin"
    wait_until 30 grep -q '# held' "$BATS_TEST_TMPDIR/held"
}

@test "what does not fit goes to disk and comes back; what is in use stays" {
    start
    run timeout 100 "$built/tests/cluster/crowd"
    ended 0
    [[ $output != *'not ok'* ]]
    [ "$(rayctl list objects --format json | jq .total)" = 0 ]
    wait_until 10 no_files
}

@test "the limit is kept to the byte, objects share files, and their files go with them" {
    start
    hold held
    [ "$(spilled true)" -ge $((160000000 - 67108864)) ]
    [ "$(spilled false)" -le 67108864 ]
    [ "$(($(spilled true) + $(spilled false)))" = 160000000 ]
    (($(files) > 0 && $(files) <= 20)) # 24 objects and more
    exec 9>&-
    wait "$driver"
    [[ $(<"$BATS_TEST_TMPDIR/held") != *'not ok'* ]]
    wait_until 10 no_files
}

@test "files go with a driver that is killed, the folder with a node that stops" {
    start
    hold held
    (($(files) > 0))
    kill -KILL "$driver"
    exec 9>&-
    wait_until 10 no_files
    rayctl stop --quiet
    [ -z "$(ls "$disk")" ]
}

@test "what a killed node has left is removed by the next" {
    start
    hold held
    (($(files) > 0))
    kill -KILL "$(awk '{ print $1 }' "$RAYCTL_TMPDIR/default/pids/node-head")"
    exec 9>&-
    wait "$driver" || true
    rayctl stop --quiet
    (($(files) > 0))
    start
    run timeout 100 "$built/tests/cluster/crowd"
    ended 0
    [ "$(find "$disk" -mindepth 1 -maxdepth 1 | wc -l)" = 1 ]
    wait_until 5 no_files
}

@test "a disk that is full: nothing is lost, and who wants more is told" {
    mkdir "$disk"
    mount -t tmpfs -o size=24m tmpfs "$disk" || skip "needs root to mount a small disk"
    start
    "$built/tests/cluster/crowd" held </dev/null >"$BATS_TEST_TMPDIR/out" || true
    cat "$BATS_TEST_TMPDIR/out"
    run cat "$BATS_TEST_TMPDIR/out"
    says 'No space left on device'
    says 'start the node with more --object-store-memory'
    stored=$(sed -n 's/^not ok 1 - \([0-9]*\) of 40 .*/\1/p' "$BATS_TEST_TMPDIR/out")
    ((stored >= 15))
    says "ok 2 - $stored of $stored objects"
    [ "$(rayctl list objects --format json | jq .total)" = 0 ]
}

@test "a file that is gone: results are made again, other values are said to be lost" {
    start
    hold results
    (($(files) > 0))
    find "$disk" -type f -delete
    exec 9>&-
    wait "$driver"
    run cat "$BATS_TEST_TMPDIR/held"
    says 'ok 2 - 40 of 40 objects'
    rm "$BATS_TEST_TMPDIR/stdin"
    hold held
    find "$disk" -type f -delete
    exec 9>&-
    wait "$driver" || true
    run cat "$BATS_TEST_TMPDIR/held"
    says 'not ok 2'
    says 'No such file or directory'
    [ "$(rayctl list objects --format json | jq .total)" = 0 ]
}

@test "--object-spilling-limit bounds the files" {
    start --object-spilling-limit 30M
    "$built/tests/cluster/crowd" held </dev/null >"$BATS_TEST_TMPDIR/out" || true
    stored=$(sed -n 's/^not ok 1 - \([0-9]*\) of 40 .*/\1/p' "$BATS_TEST_TMPDIR/out")
    ((stored >= 15 && stored * 4000000 <= 67108864 + 31457280))
    run rayctl start --head --object-spilling-threshold 101
    ended 2
}

@test "a copy from another machine waits for room, too" {
    here=$RAYCTL_TMPDIR/default
    there=$(mktemp -d "${TMPDIR:-/tmp}/rd.XXXXXX")
    cluster_start --num-cpus 0 --node-ip-address 127.0.0.1 --object-store-memory 64M
    RAYCTL_TMPDIR=$there rayctl start --quiet --address "$(cat "$here/address")" --secret-file "$here/secret" \
        --node-name far --num-cpus 2
    run timeout 100 "$built/tests/cluster/crowd" copies
    RAYCTL_TMPDIR=$there cluster_end
    ended 0
    [[ $output != *'not ok'* ]]
}

@test "with 64 open files a node serves" {
    (ulimit -n 64 && start)
    run timeout 100 "$built/tests/cluster/crowd"
    ended 0
    [[ $output != *'not ok'* ]]
}

@test "with 64 open files a driver stores and reads" {
    start
    run bash -c 'ulimit -n 64 && exec timeout 100 "$1"' - "$built/tests/cluster/crowd"
    ended 0
    [[ $output != *'not ok'* ]]
}

workers() {
    rayctl list workers --limit 0 --format json | jq -r '.rows[] | select(.worker_type == "WORKER" and .is_alive) | .pid'
}

no_workers() {
    [ -z "$(workers)" ]
}

@test "what killed workers have written stays; the rest of their memory is free for others" {
    start
    hold results
    [ -n "$(workers)" ]
    for pid in $(workers); do kill -KILL "$pid"; done
    wait_until 10 no_workers
    [ "$(rayctl list objects --limit 0 --format json | jq .total)" = 40 ]
    exec 9>&-
    wait "$driver"
    run cat "$BATS_TEST_TMPDIR/held"
    says 'ok 2 - 40 of 40 objects'
    run timeout 100 "$built/tests/cluster/crowd"
    ended 0
    [[ $output != *'not ok'* ]]
}
