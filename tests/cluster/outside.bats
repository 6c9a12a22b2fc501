#!/usr/bin/env bats
# Who looks at a cluster from outside: commands that reach its machines by SSH alone, what a listener on the wire sees,
# strangers at the port, and how `up` looks on a terminal.

load ../support/cluster
load ../support/hosts
load ../support/screen

setup_file() {
    hosts_need_root
    cluster_folder
    hosts_begin
    host_add
    host_add
    hosts_yaml >"$hosts/cluster.yaml" <<<''
    export hosts net host_count yaml=$hosts/cluster.yaml
    near rayctl up --quiet "$yaml"
}

teardown_file() {
    [[ -n ${hosts:-} ]] || return 0
    hosts_end
    cluster_end
}

teardown() {
    screen_end
    for host in 1 2; do
        ip netns exec "$net-$host" nft delete table inet wall 2>/dev/null || true
    done
}

# From the test's place in the network only sshd answers.
wall() {
    for host in 1 2; do
        ip netns exec "$net-$host" nft -f - <<'EOT'
table inet wall {
    chain input {
        type filter hook input priority 0
        ip saddr 10.77.0.254 tcp dport != 22 drop
    }
}
EOT
    done
    ! near timeout 1 bash -c 'exec 9<>/dev/tcp/10.77.0.1/6379'
}

@test "behind a firewall commands go through a tunnel of their own" {
    wall
    [ "$(near rayctl list nodes --filter state=ALIVE --format json | jq .total)" = 2 ]
    run near rayctl submit -- sh -c 'echo out; exit 3'
    ended 3
    says out
    run near env COLUMNS=80 LINES=24 rayctl top --once --screen nodes
    ended 0
    says 10.77.0.2
    mkdir "$BATS_TEST_TMPDIR/app"
    head -c 5000000 /dev/urandom >"$BATS_TEST_TMPDIR/app/data"
    sum=$(sha256sum <"$BATS_TEST_TMPDIR/app/data")
    run near rayctl submit --quiet --working-dir "$BATS_TEST_TMPDIR/app" -- 'sha256sum <data'
    ended 0
    [ "$output" = "$sum" ]
}

@test "the monitor lives through a tunnel, too" {
    wall
    screen_start 80 24 ip netns exec "$net" rayctl top
    screen_shows '2 ALIVE'
    screen_type 2
    screen_shows '10.77.0.2'
    screen_type q
    screen_left 0
}

@test "on the wire there is TLS 1.3, and no word of what is said" {
    ip netns exec "$net" tshark -q -i bridge -f 'tcp port 6379' -a duration:60 -w "$BATS_TEST_TMPDIR/wire" \
        >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
    wait_until 20 grep -q 'Capturing on' "$BATS_TEST_TMPDIR/said"
    wait_until 10 captures # it says so before it does
    near rayctl kv put open-sesame open-sesame
    [ "$(near rayctl kv get open-sesame)" = open-sesame ]
    kill -INT $!
    wait $! || true
    [ "$(wire -Y 'tls.handshake.type == 2' -T fields -e tls.handshake.extensions.supported_version | sort -u)" = 0x0304 ]
    [ "$(wire -Y 'tls.app_data' | wc -l)" -ge 4 ]
    run grep -q open-sesame "$BATS_TEST_TMPDIR/wire"
    ended 1
}

# What was captured; the port is Redis' to tshark otherwise.
wire() {
    tshark -r "$BATS_TEST_TMPDIR/wire" -d tcp.port==6379,tls "$@" 2>/dev/null
}

captures() {
    near rayctl status >/dev/null
    wire | grep -q .
}

@test "random bytes at the port disturb nobody" {
    for host in 1 2; do
        port=$(near rayctl list nodes --detail --format json | jq -r ".rows[] | select(.node_ip == \"10.77.0.$host\") | .address" |
            sed 's/.*://' | head -1)
        for ((i = 0; i < 20; i++)); do
            head -c 4000 /dev/urandom | near timeout 5 bash -c "cat >/dev/tcp/10.77.0.$host/${port:-6379}" 2>/dev/null || true
        done
    done
    [ "$(near rayctl list nodes --filter state=ALIVE --format json | jq .total)" = 2 ]
}

@test "up has a live line for each host on a terminal" {
    near rayctl down --quiet "$yaml"
    screen_start 90 12 sh -c "exec ip netns exec $net rayctl up $yaml 2>&1"
    screen_shows '2 nodes are up'
    [ "$(screen_text | grep -c '10\.77\.0\.1  *up')" = 1 ]
    [ "$(screen_text | grep -c '10\.77\.0\.2  *up')" = 1 ]
    [ "$(screen_text | grep -c 'pushing\|connecting')" = 0 ]
    screen_left 0
}
