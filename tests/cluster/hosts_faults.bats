#!/usr/bin/env bats
# What goes wrong while a cluster is brought up or taken down over SSH: a line for each host that says why, the others go
# on, the next `up` converges, and `down` leaves nothing. Each test leaves the hosts clean for the next.

# shellcheck disable=SC2016 # for the shells of the hosts
load ../support/cluster
load ../support/hosts

setup_file() {
    hosts_need_root
    cluster_folder
    hosts_begin
    host_add
    host_add
    host_add
    cp "$HOME/.ssh/known_hosts" "$hosts/known_hosts"
    hosts_yaml >"$hosts/cluster.yaml" <<<''
    export hosts net host_count yaml=$hosts/cluster.yaml
}

teardown_file() {
    [[ -n ${hosts:-} ]] || return 0
    hosts_end
    cluster_end
}

teardown() {
    cp "$hosts/known_hosts" "$HOME/.ssh/known_hosts"
    for host in 2 3; do
        sshd_answers "$host" || host_boot "$host"
    done
    near rayctl down --quiet "$yaml"
    for host in 1 2 3; do
        host_is_clean "$host"
    done
}

# PATTERN TIMES: how often a line of the output begins so.
lines_of() {
    [ "$(grep -c "^$1" <<<"$output")" = "$2" ]
}

has_nodes() {
    [ "$(near rayctl list nodes --filter state=ALIVE --format json | jq .total)" = "$1" ]
}

@test "down: nothing stays, and again there is nothing to do" {
    near rayctl up --quiet "$yaml"
    near rayctl submit --quiet -- true
    run near rayctl down "$yaml"
    ended 0
    says 'Cluster rack is down (3 machines)'
    for host in 1 2 3; do
        host_is_clean "$host"
    done
    run near rayctl down "$yaml"
    ended 0
    run near rayctl status
    ended 5
}

@test "down: a host that is not there is named, the others are cleaned" {
    near rayctl up --quiet "$yaml"
    host_kill 2
    run near rayctl down "$yaml"
    ended 1
    says '10.77.0.2: connect: Connection refused'
    says 'rayctl down: 2 of 3 machines are down: not 10.77.0.2'
    host_is_clean 1
    host_is_clean 3
}

@test "a wrong key, a key that is not there" {
    ssh-keygen -q -t ed25519 -N '' -f "$BATS_TEST_TMPDIR/wrong"
    sed "s|ssh_private_key: [^ }]*|ssh_private_key: $BATS_TEST_TMPDIR/wrong|" "$yaml" >"$BATS_TEST_TMPDIR/cluster.yaml"
    run near rayctl up "$BATS_TEST_TMPDIR/cluster.yaml"
    ended 6
    says "rayctl up: head: 10.77.0.1: user root is not let in with $BATS_TEST_TMPDIR/wrong"
    rm "$BATS_TEST_TMPDIR/wrong"
    run near rayctl up "$BATS_TEST_TMPDIR/cluster.yaml"
    [ "$status" -ne 0 ]
    says "$BATS_TEST_TMPDIR/wrong"
}

@test "an unknown host: refused, unless it is accepted, and then known" {
    : >"$HOME/.ssh/known_hosts"
    run near rayctl up "$yaml"
    ended 6
    says 'rayctl up: head: 10.77.0.1: not in '
    says '--accept-new-host-keys'
    [ ! -s "$HOME/.ssh/known_hosts" ]
    run near rayctl up --accept-new-host-keys "$yaml"
    ended 0
    [ "$(wc -l <"$HOME/.ssh/known_hosts")" = 3 ]
    run near rayctl up "$yaml"
    ended 0
    says '3 nodes are up'
}

@test "a changed host key is refused, whatever is accepted" {
    { grep -v 10.77.0.2 "$hosts/known_hosts"; sed -n 's/10.77.0.3/10.77.0.2/p' "$hosts/known_hosts"; } >"$HOME/.ssh/known_hosts"
    run near rayctl up --accept-new-host-keys "$yaml"
    ended 1
    says '10.77.0.2: its host key has changed'
    says 'ssh-keygen -R 10.77.0.2'
    says '1 of 2 workers joined, min_workers is 2: not 10.77.0.2'
    has_nodes 2
}

@test "a host that is down; min_workers decides whether that is a failure" {
    host_kill 3
    run near rayctl up "$yaml"
    ended 1
    says '10.77.0.3: connect: Connection refused'
    says '1 of 2 workers joined, min_workers is 2: not 10.77.0.3'
    run near rayctl up --min-workers 1 "$yaml"
    ended 0
    says '10.77.0.3: connect: Connection refused'
    says '2 nodes are up'
    host_boot 3
    run near rayctl up "$yaml"
    ended 0
    lines_of '10.77.0.2: pushing' 0
    has_nodes 3
}

@test "a host that accepts and says nothing is given up in time" {
    host_kill 2
    ip netns exec "$net-2" python3 -c '
import signal, socket
s = socket.create_server(("10.77.0.2", 22))
print("ready", flush=True)
signal.pause()' >"$BATS_TEST_TMPDIR/silent" 2>&1 3>&- &
    silent=$!
    wait_until 10 grep -q ready "$BATS_TEST_TMPDIR/silent"
    run timeout 30 ip netns exec "$net" rayctl up "$yaml"
    kill "$silent"
    ended 1
    says '10.77.0.2: no answer in time (SSH handshake)'
    has_nodes 2
}

@test "a setup command that fails: its status and last words, the others come up, the next up converges" {
    hosts_yaml >"$BATS_TEST_TMPDIR/cluster.yaml" <<'EOT'
worker_setup_commands: [ "[ $(hostname) != host3 ] || [ -e ~/lucky ] || { echo words; echo no such luck >&2; exit 9; }" ]
EOT
    run near rayctl up "$BATS_TEST_TMPDIR/cluster.yaml"
    ended 1
    lines_of '10.77.0.3: .*: status 9: words no such luck' 1
    lines_of '10.77.0.2: up' 1
    on_host 3 touch /root/lucky
    run near rayctl up "$BATS_TEST_TMPDIR/cluster.yaml"
    ended 0
    has_nodes 3
    on_host 3 rm /root/lucky
}

@test "a disk that is full while the programs are pushed: said, and mended by the next up" {
    on_host 3 sh -c 'mount -t tmpfs -o size=3m small /root'
    run near rayctl up "$yaml"
    ended 1
    lines_of '10.77.0.3: push the programs: .*No space left on device' 1
    on_host 3 sh -c '! ls /root/.rayctl/clusters/rack/bin 2>/dev/null'
    on_host 3 umount /root
    run near rayctl up "$yaml"
    ended 0
    has_nodes 3
}
