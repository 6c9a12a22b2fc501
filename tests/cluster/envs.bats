#!/usr/bin/env bats
# Runtime environments of tasks and actors on two machines, as remote.bats makes them: the head's has no CPUs, so that
# all work is on the other one, far.

load ../support/cluster

setup() {
    cluster_folder
    here=$RAYCTL_TMPDIR
    there=$(mktemp -d "${TMPDIR:-/tmp}/rd.XXXXXX")
    rayctl start --head --quiet --node-ip-address 127.0.0.1 --num-cpus 0
    RAYCTL_TMPDIR=$there rayctl start --quiet --address "$(cat "$here/default/address")" \
        --secret-file "$here/default/secret" --node-name far --num-cpus 2
    export CHECKS_ADDRESS=unix:$here/default/head.sock
    packages=$here/default/packages
    cache=$there/default/envs/far
    dir=$BATS_TEST_TMPDIR/dir
    mkdir -p "$dir"
    echo "$BATS_TEST_NAME" >"$dir/word"
}

teardown() {
    ! mountpoint -q "$cache" || umount -l "$cache"
    RAYCTL_TMPDIR=$there cluster_end
    cluster_end
}

# HOW [DIR]: the driver reads the word.
read_word() {
    run timeout 100 "$built/tests/cluster/folder" "$1" "${2:-$dir}" word
}

@test "the driver checks pass when all workers are on the other machine" {
    run timeout 120 "$built/tests/cluster/envs"
    ended 0
    [[ $output != *'not ok'* ]]
}

@test "a folder is sent once, made once on the node, and sent again when it has changed" {
    read_word task
    ended 0
    says "# $BATS_TEST_NAME"
    first=$(stat -c '%n %i %Y' "$packages"/* "$cache"/*)
    [ "$(wc -l <<<"$first")" = 2 ]
    read_word actor
    ended 0
    says "# $BATS_TEST_NAME"
    [ "$(stat -c '%n %i %Y' "$packages"/* "$cache"/*)" = "$first" ]
    echo other >"$dir/word"
    read_word task
    ended 0
    says '# other'
    [ "$(find "$packages" -type f | wc -l)" = 2 ]
}

@test "a damaged package fails tasks and actors, by node and reason" {
    uri=$(rayctl env push --quiet "$dir")
    truncate -s -7 "$packages/${uri#pkg:}"
    read_word task "$uri"
    ended 1
    says '# error 25: runtime environment on node far: '
    says "${uri#pkg:}"
    read_word actor "$uri"
    ended 1
    says '# error 18: runtime environment on node far: '
    [ -z "$(ls -A "$cache")" ]
}

@test "a full disk of the node fails tasks by node and reason, until there is room" {
    [ "$(id -u)" = 0 ] || skip 'mounting a small disk needs root'
    mount -t tmpfs -o size=1m tmpfs "$cache"
    head -c 3000000 /dev/urandom >"$dir/bulk"
    read_word task
    ended 1
    says '# error 25: runtime environment on node far: '
    says 'No space left on device'
    [ -z "$(ls -A "$cache")" ]
    umount "$cache"
    read_word task
    ended 0
    says "# $BATS_TEST_NAME"
}

@test "an actor that restarts on another node has its environment there" {
    RAYCTL_TMPDIR=$there rayctl start --quiet --address "$(cat "$here/default/address")" \
        --secret-file "$here/default/secret" --node-name other --num-cpus 2
    timeout 100 "$built/tests/cluster/folder" restart "$dir" word >"$BATS_TEST_TMPDIR/out" 3>&- &
    driver=$!
    wait_until 20 grep -q begun "$BATS_TEST_TMPDIR/out"
    node=$(rayctl list actors --filter state=ALIVE --format json | jq -r '.rows[0].node_id')
    name=$(rayctl list nodes --filter "node_id=$node" --format json | jq -r '.rows[0].node_name')
    kill -KILL "$(awk '{ print $1 }' "$there/default/pids/node-$name")"
    wait "$driver"
    grep -q "^# $BATS_TEST_NAME" "$BATS_TEST_TMPDIR/out"
    [ "$(rayctl list actors --format json --detail | jq -r '.rows[0].num_restarts')" = 1 ]
}
