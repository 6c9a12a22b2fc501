#!/usr/bin/env bats
# rayctl kv

load ../support/cluster

setup_file() {
    cluster_folder
    cluster_start
}

teardown_file() {
    cluster_end
}

@test "put, get, list, del" {
    rayctl kv put greeting hello
    [ "$(rayctl kv get greeting)" = hello ]
    rayctl kv put greeting 'hello again'
    [ "$(rayctl kv get greeting)" = 'hello again' ]
    run rayctl kv put --no-overwrite greeting x
    ended 1
    rayctl kv put -n other greeting elsewhere
    [ "$(rayctl kv get -n other greeting)" = elsewhere ]
    rayctl kv put grey 1
    [ "$(rayctl kv list gre)" = "greeting
grey" ]
    rayctl kv del greeting
    run rayctl kv get greeting
    ended 3
    run rayctl kv del greeting
    ended 3
}

@test "a value that cannot be read is not stored" {
    run rayctl kv put folder - </tmp
    ended 1
    says 'Is a directory'
    run rayctl kv get folder
    ended 3
}

@test "bytes pass unchanged" {
    head -c 1000000 /dev/urandom >"$BATS_TEST_TMPDIR/in"
    rayctl kv put blob - <"$BATS_TEST_TMPDIR/in"
    rayctl kv get blob >"$BATS_TEST_TMPDIR/out"
    cmp "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/out"
}
