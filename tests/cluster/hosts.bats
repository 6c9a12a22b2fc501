#!/usr/bin/env bats
# rayctl up over SSH: three hosts with a network, processes and an sshd of their own each, brought up once. Tests that
# break a host mend it. The programs of the tests reach the hosts by file_mounts, as a user's do.

# shellcheck disable=SC2016 # for the shells of the hosts
load ../support/cluster
load ../support/hosts
load ../support/screen

setup_file() {
    hosts_need_root
    cluster_folder
    hosts_begin
    host_add
    host_add
    host_add
    export hosts net host_count yaml=$hosts/cluster.yaml
    ship
    hosts_yaml >"$yaml" <<<"file_mounts: { ~/ship: $hosts/ship }"
    near rayctl up "$yaml" >"$hosts/up" 2>&1 || {
        cat "$hosts/up"
        return 1
    }
}

# What the hosts get of the build.
ship() {
    mkdir -p "$hosts"/ship/{lib,tests/cluster,examples/hello}
    cp "$built"/lib/libray.so.0 "$hosts/ship/lib/"
    cp "$built"/tests/cluster/{naps,cuts,mix,cluster.so} "$hosts/ship/tests/cluster/"
    cp "$built"/examples/hello/hello{,.so} "$hosts/ship/examples/hello/"
}

teardown_file() {
    [[ -n ${hosts:-} ]] || return 0
    hosts_end
    cluster_end
}

teardown() {
    screen_end
}

there=/root/ship

# STATE: how many nodes are in it.
nodes() {
    near rayctl list nodes --filter "state=$1" --format json | jq .total
}

has_nodes() {
    [ "$(nodes "$1")" = "$2" ]
}

@test "up brings up all machines, the head first" {
    grep -q '^Cluster rack, provider local$' "$hosts/up"
    for host in 1 2 3; do
        grep -qx "10.77.0.$host: pushing the programs" "$hosts/up"
        grep -qx "10.77.0.$host: up" "$hosts/up"
    done
    [ "$(grep -n '10.77.0.1: up' "$hosts/up" | cut -d: -f1)" -lt "$(grep -n -m1 '10.77.0.[23]: ' "$hosts/up" | cut -d: -f1)" ]
    grep -q '^3 nodes are up' "$hosts/up"
}

@test "list nodes shows them alive, with their addresses" {
    run near rayctl list nodes --detail --format json
    ended 0
    [ "$(jq -c '[.rows[] | select(.state == "ALIVE") | .node_ip] | sort' <<<"$output")" = \
        '["10.77.0.1","10.77.0.2","10.77.0.3"]' ]
}

@test "a second up finds all of it there, and pushes nothing" {
    run near rayctl up "$yaml"
    ended 0
    says '3 nodes are up'
    says '10.77.0.2: runs already'
    [[ $output != *pushing* ]]
    has_nodes ALIVE 3
}

# The inodes of what a mount has made: a file that is sent again is a new one.
mounted() {
    on_host 2 sh -c 'cd ~/mounts && find . -type f -exec stat -c "%n %i %a" {} + | sort'
}

@test "file_mounts: a second up sends what is new or changed, and nothing else" {
    local from=$hosts/mounts before
    mkdir -p "$from/sub"
    seq 1000 >"$from/kept"
    echo old >"$from/sub/changed"
    echo '#!/bin/sh' >"$from/sub/tool \name"
    chmod 700 "$from/sub/tool \name"
    echo one >"$hosts/single"
    hosts_yaml >"$hosts/mounts.yaml" <<<"file_mounts: { ~/mounts/in: $from, '~/mounts/single': $hosts/single }"
    run near rayctl up "$hosts/mounts.yaml"
    ended 0
    before=$(mounted)
    echo new >"$from/sub/changed"
    seq 3 >"$from/sub/added"
    chmod 755 "$from/kept"
    run near rayctl up "$hosts/mounts.yaml"
    ended 0
    on_host 2 sh -c 'cd ~/mounts && cat in/sub/changed in/sub/added && [ -x in/kept ] && [ -x "in/sub/tool \name" ]'
    [ "$(on_host 2 sh -c 'cd ~/mounts && cat in/sub/changed')" = new ]
    grep -F ./single <<<"$before" | diff - <(mounted | grep -F ./single)
    # Nothing changed: what can be compared is not sent.
    before=$(mounted | grep -vF tool)
    run near rayctl up "$hosts/mounts.yaml"
    ended 0
    diff <(echo "$before") <(mounted | grep -vF tool)
    echo two >"$hosts/single"
    run near rayctl up "$hosts/mounts.yaml"
    ended 0
    [ "$(on_host 2 cat /root/mounts/single)" = two ]
}

@test "ssh_proxy_command: through another host, and what it says when it fails" {
    hosts_yaml >"$hosts/proxy.yaml" <<<''
    sed -i "s|^auth: {|auth: { ssh_proxy_command: \"ssh -q -o UserKnownHostsFile=$hosts/home/.ssh/known_hosts -i $hosts/home/.ssh/id_ed25519 -W %h:%p root@10.77.0.3\",|" "$hosts/proxy.yaml"
    run near rayctl exec "$hosts/proxy.yaml" 'set -- $SSH_CLIENT; echo $1; hostname'
    ended 0
    [ "$output" = $'10.77.0.3\nhost1' ]
    sed -i 's|ssh_proxy_command: "[^"]*"|ssh_proxy_command: "exit 3"|' "$hosts/proxy.yaml"
    run near rayctl exec "$hosts/proxy.yaml" true
    ended 5
    says 10.77.0.1
}

@test "a job runs on the cluster" {
    run near rayctl submit -- "$there/examples/hello/hello" "$there/examples/hello/hello.so"
    ended 0
    says 'sum of squares: 285'
}

@test "exec: the head, one host, all of them" {
    run near rayctl exec "$yaml" hostname
    ended 0
    [ "$output" = host1 ]
    run near rayctl exec --host 10.77.0.3 "$yaml" 'hostname; echo $RAYCTL_NONE-x'
    ended 0
    [ "$output" = $'host3\n-x' ]
    run near rayctl exec --all "$yaml" hostname
    ended 0
    [ "$(sort <<<"$output")" = $'10.77.0.1: host1\n10.77.0.2: host2\n10.77.0.3: host3' ]
    run near rayctl exec --host 10.77.0.9 "$yaml" hostname
    ended 3
    says "'10.77.0.9'"
}

@test "exec: stdin and both outputs pass, the exit status is the command's" {
    head -c 3000000 /dev/urandom >"$BATS_TEST_TMPDIR/bytes"
    near rayctl exec "$yaml" cat <"$BATS_TEST_TMPDIR/bytes" >"$BATS_TEST_TMPDIR/back"
    cmp "$BATS_TEST_TMPDIR/bytes" "$BATS_TEST_TMPDIR/back"
    near rayctl exec "$yaml" 'echo out; echo err >&2' >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" </dev/null
    [ "$(cat "$BATS_TEST_TMPDIR/out")" = out ]
    [ "$(cat "$BATS_TEST_TMPDIR/err")" = err ]
    run near rayctl exec "$yaml" 'exit 7'
    ended 7
    run near rayctl exec "$yaml" 'kill -TERM $$'
    ended 143
    run near rayctl exec --all "$yaml" '[ "$(hostname)" != host2 ]'
    ended 1
}

@test "get-head-ip and get-worker-ips are for scripts" {
    run rayctl get-head-ip "$yaml"
    ended 0
    [ "$output" = 10.77.0.1 ]
    run rayctl get-worker-ips "$yaml"
    ended 0
    [ "$output" = $'10.77.0.2\n10.77.0.3' ]
}

@test "attach: a shell on a terminal of the right size; its exit status is ours" {
    screen_start 90 20 ip netns exec "$net" rayctl attach "$yaml"
    screen_shows '#'
    screen_type 'echo on-$(hostname) $(stty size)' Enter
    screen_shows 'on-host1 20 90'
    screen_tmux resize-window -x 70 -y 15
    screen_type 'clear; wait_size() { until [ "$(stty size)" = "15 70" ]; do sleep 0.1; done; }; wait_size; echo now-$?' Enter
    screen_shows 'now-0'
    screen_type 'exit 5' Enter
    screen_left 5
}

# Naps on all hosts, from a job on the head; `begun` when the first are done.
naps_start() {
    near rayctl submit --submission-id "$1" -- sh -c "CHECKS_ADDRESS=\$RAY_ADDRESS exec $there/tests/cluster/naps" \
        >"$BATS_TEST_TMPDIR/naps" 2>&1 3>&- &
    naps=$!
    wait_until 20 grep -q begun "$BATS_TEST_TMPDIR/naps"
}

naps_end() {
    wait "$naps" || { cat "$BATS_TEST_TMPDIR/naps"; return 1; }
    grep -q '^ok 1' "$BATS_TEST_TMPDIR/naps"
}

# The connections by which a driver reaches workers on other machines: those that do not lead to the head.
cut_ways() {
    local host port ports all=
    for host in 1 2 3; do
        ports=$(ip netns exec "$net-$host" ss -tnpH state established |
            awk '/"ray-worker"/ && $4 != "10.77.0.1:6379" { sub(".*:", "", $4); print $4 }')
        all+=$ports
        for port in $ports; do
            ip netns exec "$net-$host" ss -KtH dport = ":$port" >/dev/null 2>&1 || true # its status says nothing
            [ -z "$(ip netns exec "$net-$host" ss -tnH dport = ":$port")" ]
        done
    done
    [ -n "$all" ]
}

are_running() {
    [ "$(near rayctl list tasks --filter state=RUNNING --format json | jq .total)" = "$1" ]
}

cpus_in_use() {
    [ "$(near rayctl status --format json | jq '.usage[] | select(.name == "CPU") | .used')" = "$1" ]
}

@test "connections to workers are cut: the actors answer on, the tasks are tried again, no CPU is lost" {
    mkfifo "$BATS_TEST_TMPDIR/cuts"
    on_host 1 env CHECKS_ADDRESS=auto "$there/tests/cluster/cuts" <"$BATS_TEST_TMPDIR/cuts" >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
    driver=$!
    exec 4>"$BATS_TEST_TMPDIR/cuts"
    wait_until 20 grep -q 'actors live' "$BATS_TEST_TMPDIR/said"
    cut_ways
    echo cut >&4
    wait_until 20 grep -q 'tasks run' "$BATS_TEST_TMPDIR/said"
    wait_until 20 are_running 6
    cut_ways
    echo cut >&4
    exec 4>&-
    wait "$driver" || {
        cat "$BATS_TEST_TMPDIR/said"
        return 1
    }
    wait_until 10 cpus_in_use 0
}

@test "drivers on three hosts, each with a bit of everything" {
    local drivers=() host
    for host in 1 2 3; do
        on_host "$host" env CHECKS_ADDRESS=auto "$there/tests/cluster/mix" "${MIX_SEED:-}$host" "${MIX_SECONDS:-6}" \
            >"$BATS_TEST_TMPDIR/$host" 2>&1 3>&- &
        drivers+=("$!")
    done
    for host in 1 2 3; do
        wait "${drivers[host - 1]}" || {
            cat "$BATS_TEST_TMPDIR/$host"
            return 1
        }
    done
    wait_until 10 cpus_in_use 0
}

@test "a host dies: its work runs elsewhere, up brings it back" {
    naps_start naps-killed
    host_kill 3
    naps_end
    wait_until 10 has_nodes DEAD 1
    [ "$(near rayctl list nodes --filter state=DEAD --format json | jq -r '.rows[0].node_ip')" = 10.77.0.3 ]
    run near rayctl up "$yaml"
    ended 1
    says '10.77.0.3: '
    says '1 of 2 workers joined'
    host_boot 3
    run near rayctl up "$yaml"
    ended 0
    says '10.77.0.3: pushing the programs'
    has_nodes ALIVE 3
}

@test "a cable is pulled: the host is dead within 10 s, its work runs elsewhere" {
    naps_start naps-cut
    host_link 2 down
    wait_until 10 has_nodes ALIVE 2
    naps_end
    host_link 2 up
    wait_until 20 has_nodes ALIVE 3
}
