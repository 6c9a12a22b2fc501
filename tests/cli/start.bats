#!/usr/bin/env bats
# rayctl start

load ../support/cluster

setup() {
    cluster_folder
}

teardown() {
    cluster_end
}

@test "start --head brings up a head and a node, and says what next" {
    run rayctl start --head --num-cpus 3 --resources '{"gold": 2.5}' --labels zone=a,disk=ssd
    ended 0
    says 'Ray runtime started.'
    says 'rayctl stop'
    run rayctl list nodes --format json
    [ "$(jq '.rows[0].resources_total.CPU' <<<"$output")" = 3 ]
    [ "$(jq '.rows[0].resources_total.gold' <<<"$output")" = 2.5 ]
    [ "$(jq -r '.rows[0].labels.zone' <<<"$output")" = a ]
    [ "$(jq -r '.rows[0].is_head_node' <<<"$output")" = true ]
}

@test "a second start --head is refused in one line" {
    cluster_start
    run rayctl start --head
    ended 1
    says "cluster 'default' runs already"
    [ "${#lines[@]}" = 1 ]
}

@test "start adds a node to the cluster that runs" {
    cluster_start --num-cpus 1
    run rayctl start --node-name second --num-cpus 5
    ended 0
    [ "$(rayctl list nodes --format json | jq '.total')" = 2 ]
    run rayctl start --node-name second
    ended 1
    says "node 'second' runs already"
}

@test "several start --head at once: one wins, and its cluster is whole" {
    for i in 1 2 3 4; do
        rayctl start --head --quiet 2>"$BATS_TEST_TMPDIR/said.$i" && echo won >"$BATS_TEST_TMPDIR/won.$i" &
    done
    wait
    [ "$(cat "$BATS_TEST_TMPDIR"/won.*)" = won ]
    [ "$(cat "$BATS_TEST_TMPDIR"/said.* | grep -c "runs already")" = 3 ]
    [ "$(rayctl list nodes --filter state=ALIVE --format json | jq .total)" = 1 ]
    run rayctl stop
    says 'Stopped all 2 Ray processes.'
    no_process_left
}

@test "a stop waits for a start that is under way" {
    rayctl start --head --quiet &
    start=$!
    wait_until 5 test -d "$RAYCTL_TMPDIR/default"
    rayctl stop --quiet || true
    wait "$start" || true
    rayctl stop --quiet
    no_process_left
    [ -z "$(ls "$RAYCTL_TMPDIR")" ]
}

@test "--address says which cluster a node joins" {
    cluster_start --cluster-name one
    cluster_start --cluster-name two
    rayctl start --quiet --address "$RAYCTL_TMPDIR/one/head.sock" --node-name unix
    rayctl start --quiet --address "$(cat "$RAYCTL_TMPDIR/one/address")" --node-name tcp
    [ "$(rayctl list nodes --address "$RAYCTL_TMPDIR/one/head.sock" --format json | jq .total)" = 3 ]
    [ "$(rayctl list nodes --address "$RAYCTL_TMPDIR/two/head.sock" --format json | jq .total)" = 1 ]
    for elsewhere in 10.1.2.3:6379 unix:/elsewhere/one/head.sock; do
        run rayctl start --address "$elsewhere" --node-name far
        ended 5
        says 'not one of this machine'
    done
    run rayctl start --head --address "$RAYCTL_TMPDIR/one/head.sock"
    ended 2
}

@test "start --head gives nodes a new head when theirs has died" {
    cluster_start --num-cpus 3
    rayctl start --quiet --node-name second --num-cpus 1
    rayctl kv put kept yes
    kill -KILL "$(cut -d' ' -f1 "$RAYCTL_TMPDIR/default/pids/head")"
    head_is_gone() {
        ! rayctl status --quiet >/dev/null 2>&1
    }
    wait_until 5 head_is_gone
    run rayctl start --node-name third
    ended 5
    says "the head of cluster 'default' does not run"
    run rayctl start --head
    ended 0
    all_alive() {
        [ "$(rayctl list nodes --filter state=ALIVE --format json | jq .total)" = 2 ]
    }
    wait_until 10 all_alive
    [ "$(rayctl kv get kept)" = yes ]
}

@test "two clusters side by side" {
    cluster_start --cluster-name one
    cluster_start --cluster-name two --num-cpus 7
    [ "$(rayctl status --format json | jq -r .cluster)" = two ]
    run rayctl status --address "$RAYCTL_TMPDIR/one/head.sock" --format json
    [ "$(jq -r .cluster <<<"$output")" = one ]
}

@test "a port that is in use is named" {
    cluster_start --cluster-name one
    port=$(cut -d: -f2 "$RAYCTL_TMPDIR/one/address")
    run rayctl start --head --cluster-name two --port "$port"
    ended 1
    says "127.0.0.1:$port is in use"
    [ ! -e "$RAYCTL_TMPDIR/two" ]
}

@test "a session folder of dead processes is used again" {
    cluster_start
    for file in "$RAYCTL_TMPDIR"/default/pids/*; do
        kill -KILL "$(cut -d' ' -f1 "$file")"
    done
    wait_until 5 no_process_left
    run rayctl start --head
    ended 0
    [ "$(rayctl list nodes --format json | jq '.rows[0].state')" = '"ALIVE"' ]
}

@test "a session folder, or a socket in it, that is deleted ends its daemons: nobody could find them" {
    cluster_start --num-cpus 1
    rayctl start --quiet --node-name second
    rayctl submit --no-wait -- 'sleep 1000'
    processes=("$RAYCTL_TMPDIR"/default/pids/*)
    pids=()
    for file in "${processes[@]}"; do
        pids+=("$(cut -d' ' -f1 "$file")")
    done
    rm "$RAYCTL_TMPDIR/default/node-second.sock"
    wait_until 10 has_ended "$RAYCTL_TMPDIR/default/pids/node-second"
    grep -q 'was deleted' "$RAYCTL_TMPDIR/default/logs/node-second.log"
    wait_until 10 rm -rf "$RAYCTL_TMPDIR/default" # a head that ends may write meanwhile
    for pid in "${pids[@]}"; do
        wait_until 20 is_no_process "$pid"
    done
    run rayctl status
    ended 5
    cluster_start --num-cpus 1
}

has_ended() {
    ! [ -e "$1" ]
}

is_no_process() {
    ! kill -0 "$1" 2>/dev/null
}

@test "the folder of sessions is locked while a cluster runs, so that nothing ages away in it" {
    cluster_start --num-cpus 1
    run flock --nonblock "$RAYCTL_TMPDIR" true
    ended 1
    rayctl stop --quiet
    [ ! -e "$RAYCTL_TMPDIR" ] || flock --nonblock "$RAYCTL_TMPDIR" true
}

@test "TCP on loopback answers with the secret, and not without it" {
    cluster_start
    address=$(cat "$RAYCTL_TMPDIR/default/address")
    [ "$(rayctl list nodes --address "$address" --format json | jq .total)" = 1 ]
    mkdir "$BATS_TEST_TMPDIR/other"
    head -c 32 /dev/urandom >"$BATS_TEST_TMPDIR/other/secret"
    chmod 600 "$BATS_TEST_TMPDIR/other/secret"
    RAYCTL_SECRET_DIR=$BATS_TEST_TMPDIR/other run rayctl list nodes --address "$address"
    ended 6
}

@test "resources as pairs" {
    cluster_start --resources gold=2.5,silver=1
    run rayctl list nodes --format json
    [ "$(jq -c '.rows[0].resources_total | [.gold, .silver]' <<<"$output")" = '[2.5,1]' ]
}

@test "bad values are refused" {
    for resources in gold gold=much =1 gold=1x gold=-1 '{"gold": "much"}' '[1]'; do
        run rayctl start --head --resources "$resources"
        ended 2
        says '--resources'
    done
    run rayctl start --head --num-cpus -5
    ended 2
    says '0 or more'
    run rayctl start --head --port 70000
    ended 2
    run rayctl start --head --num-cpus many
    ended 2
    says 'whole number'
    run rayctl start --head --labels zone
    ended 2
    run rayctl start --head --cluster-name 'no/slash'
    ended 2
    run rayctl start --node-name late
    ended 5
    says 'no cluster to talk to'
}

@test "long names of temporary and runtime folders" {
    long=$BATS_TEST_TMPDIR/$(printf 'x%.0s' {1..200})
    mkdir -p "$long"
    # Sessions go to the folder of the user then; this one has a name of its own there.
    name=long-$$
    run env -u RAYCTL_TMPDIR TMPDIR="$long" XDG_RUNTIME_DIR="$long" rayctl start --head --quiet --cluster-name "$name"
    ended 0
    run env -u RAYCTL_TMPDIR TMPDIR="$long" XDG_RUNTIME_DIR="$long" "$hello" "$hello.so"
    says 'sum of squares: 285'
    run env -u RAYCTL_TMPDIR TMPDIR="$long" XDG_RUNTIME_DIR="$long" rayctl stop --cluster-name "$name"
    ended 0
    chmod 700 "$long"
    run env RAYCTL_TMPDIR="$long" rayctl start --head --quiet
    [ "$status" -ne 0 ]
    says 'is too long a path for sockets'
}
