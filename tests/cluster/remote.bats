#!/usr/bin/env bats
# Two machines, as far as rayctl can see: two base folders, so that no Unix socket and no shared memory is common;
# between them there is the TLS port of each daemon alone. (tests/cluster/hosts.bats has hosts of their own.)

load ../support/cluster
load ../support/hosts

setup() {
    cluster_folder
    here=$RAYCTL_TMPDIR
    there=$(mktemp -d "${TMPDIR:-/tmp}/rd.XXXXXX")
    rayctl start --head --quiet --node-ip-address 127.0.0.1 --num-cpus "${HEAD_CPUS:-0}"
    address=$(cat "$here/default/address")
    secret=$here/default/secret
}

teardown() {
    RAYCTL_TMPDIR=$there cluster_end
    cluster_end
}

# OPTIONS: the second machine joins.
join() {
    RAYCTL_TMPDIR=$there rayctl start --quiet --address "$address" --secret-file "$secret" --node-name far "$@"
}

far_pids() {
    awk '{ print $1 }' "$there"/default/pids/node-far
}

@test "a machine joins by address and secret, and answers commands itself" {
    join --num-cpus 4
    [ "$(rayctl list nodes --filter state=ALIVE --format json | jq .total)" = 2 ]
    run env RAYCTL_TMPDIR="$there" RAYCTL_SECRET_DIR="$here/default" rayctl list nodes --address "$address" --format json
    ended 0
    [ "$(jq .total <<<"$output")" = 2 ]
}

@test "the driver checks pass when all workers are on the other machine" {
    join --num-cpus 2
    export CHECKS_ADDRESS=unix:$here/default/head.sock
    for program in values actors threads cancels calls; do
        run timeout 120 "$built/tests/cluster/$program"
        ended 0
        [[ $output != *'not ok'* ]]
    done
    [ "$(rayctl list tasks --format json --limit 0 | jq '[.rows[].node_id] | unique | length')" -ge 1 ]
    [ "$(rayctl list objects --format json | jq .total)" = 0 ]
}

@test "tasks that need each other run side by side, on a machine that is reached by TCP alone" {
    hosts_need_root
    join --num-cpus 2
    CHECKS_ADDRESS=unix:$here/default/head.sock run timeout 60 unshare -m sh -c "mount -t tmpfs none $there && exec $built/tests/cluster/waits"
    ended 0
    [[ $output != *'not ok'* ]]
}

@test "an object of 1 GB goes to the other machine and comes back, whole" {
    join --num-cpus 1
    CHECKS_ADDRESS=unix:$here/default/head.sock run timeout 150 "$built/tests/cluster/huge"
    ended 0
    [[ $output != *'not ok'* ]]
    says 'ok 4 - they are the same'
}

@test "jobs of a joined machine run on the whole cluster" {
    join --num-cpus 1
    run rayctl submit -- "$hello"
    ended 0
    says 'sum of squares: 285'
}

@test "a machine that dies is noticed, and its tasks run elsewhere" {
    join --num-cpus 4
    rayctl start --quiet --node-name near --num-cpus 1
    CHECKS_ADDRESS=unix:$here/default/head.sock "$built/tests/cluster/naps" >"$BATS_TEST_TMPDIR/naps" &
    naps=$!
    wait_until 20 grep -q begun "$BATS_TEST_TMPDIR/naps"
    kill -KILL "$(far_pids)"
    wait "$naps"
    grep -q '^ok 1' "$BATS_TEST_TMPDIR/naps"
    wait_until 10 dead_nodes 1
}

dead_nodes() {
    [ "$(rayctl list nodes --filter state=DEAD --format json | jq .total)" = "$1" ]
}

@test "no secret, a wrong one, one that others can read: one line each, and nothing is left" {
    local RAYCTL_TMPDIR=$there
    run rayctl start --address "$address"
    ended 5
    says '--secret-file'
    run rayctl start --address "$address" --secret-file "$there/none"
    ended 3
    says "$there/none"
    head -c 32 /dev/urandom >"$there/wrong"
    chmod 644 "$there/wrong"
    run rayctl start --address "$address" --secret-file "$there/wrong"
    ended 6
    says 'mode 0600'
    chmod 600 "$there/wrong"
    run rayctl start --address "$address" --secret-file "$there/wrong"
    ended 6
    says 'not the same cluster secret'
    [ "${#lines[@]}" = 1 ]
    [ ! -e "$there/default" ]
}

@test "nobody at the address, and a cluster of another name" {
    run env RAYCTL_TMPDIR="$there" rayctl start --address 127.0.0.1:1 --secret-file "$secret"
    ended 5
    says '127.0.0.1:1'
    run env RAYCTL_TMPDIR="$there" rayctl start --address "$address" --secret-file "$secret" --cluster-name other
    ended 6
    says "belongs to cluster 'default', not to 'other'"
    [ ! -e "$there/other" ]
}

@test "random bytes at the ports harm nobody" {
    join --num-cpus 1
    port=$(rayctl list nodes --detail --filter node_name=far --format json | jq -r '.rows[0].address | split(":")[1]')
    for to in "${address##*:}" "$port"; do
        for _ in 1 2 3; do
            head -c 3000 /dev/urandom >"/dev/tcp/127.0.0.1/$to" || true
            printf 'GET / HTTP/1.1\r\n\r\n' >"/dev/tcp/127.0.0.1/$to" || true
        done
    done
    run rayctl submit -- "$hello"
    ended 0
    says 'sum of squares: 285'
}
