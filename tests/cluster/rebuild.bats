#!/usr/bin/env bats
# Objects that are lost with their node are made again by the tasks that made them.

load ../support/cluster

setup() {
    cluster_folder
    here=$RAYCTL_TMPDIR
    there=$(mktemp -d "${TMPDIR:-/tmp}/rd.XXXXXX")
    export CHECKS_ADDRESS=unix:$here/default/head.sock
    cluster_start --num-cpus 0 --node-ip-address 127.0.0.1
}

teardown() {
    RAYCTL_TMPDIR=$there cluster_end
    cluster_end
}

# FOLDER: makes objects on node "far", whose session is there; kills it; looks at them.
make_lose_look() {
    mkfifo "$BATS_TEST_TMPDIR/stdin"
    "$built/tests/cluster/rebuild" <"$BATS_TEST_TMPDIR/stdin" >"$BATS_TEST_TMPDIR/out" &
    driver=$!
    exec 9>"$BATS_TEST_TMPDIR/stdin"
    wait_until 60 grep -q '# made' "$BATS_TEST_TMPDIR/out"
    kill -KILL "$(awk '{ print $1 }' "$1/default/pids/node-far")"
    rayctl start --quiet --node-name near --num-cpus 2
    exec 9>&-
    wait "$driver" || true
    run cat "$BATS_TEST_TMPDIR/out"
    echo "$output"
    [[ $output != *'not ok'* ]]
    says 'ok 4 - a result of results that nobody holds any more'
    [ "$(rayctl list objects --format json | jq .total)" = 0 ]
}

@test "results, arguments and results of results are made again; what cannot be says why" {
    rayctl start --quiet --node-name far --num-cpus 3
    make_lose_look "$here"
}

@test "the same when they were on another machine" {
    RAYCTL_TMPDIR=$there rayctl start --quiet --address "$(cat "$here/default/address")" \
        --secret-file "$here/default/secret" --node-name far --num-cpus 3
    make_lose_look "$there"
}
