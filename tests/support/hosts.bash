# hosts.bash - several machines on this one: network namespaces with a real sshd in each.
#
# A host has its own network (10.77.0.<n> behind a bridge), mounts (home, /run, /tmp, /dev/shm), host name and processes.
# The bridge is in a namespace of the test's own, so that tests can run beside each other; the test reaches the hosts
# from there: `near COMMAND...` runs a command on that network. Needs root: hosts_need_root skips the test otherwise.

hosts_need_root() {
    [ "$(id -u)" = 0 ] || skip 'hosts in network namespaces need root'
}

# Makes the network. Names of namespaces: $net, $net-1, $net-2, ...
hosts_begin() {
    hosts=$(mktemp -d "${TMPDIR:-/tmp}/rh.XXXXXX")
    net=rh$$x${hosts##*.}
    host_count=0
    ip netns add "$net"
    ip -n "$net" link set lo up
    ip -n "$net" link add bridge type bridge
    ip -n "$net" addr add 10.77.0.254/24 dev bridge
    ip -n "$net" link set bridge up
    mkdir -p "$hosts/home/.ssh"
    chmod 700 "$hosts/home" "$hosts/home/.ssh"
    ssh-keygen -q -t ed25519 -N '' -f "$hosts/home/.ssh/id_ed25519"
    : >"$hosts/home/.ssh/known_hosts"
    export HOME=$hosts/home
    unset SSH_AUTH_SOCK
}

# COMMAND...: on the test's own place in the network.
near() {
    ip netns exec "$net" "$@"
}

# [SIZE OF HOME]: one more host, 10.77.0.<n>; its sshd answers when this returns.
host_add() {
    local n=$((++host_count)) dir
    dir=$hosts/$n
    mkdir -p "$dir/etc"
    cp "$hosts/home/.ssh/id_ed25519.pub" "$dir/etc/authorized_keys"
    ssh-keygen -q -t ed25519 -N '' -f "$dir/etc/host_key"
    ip netns add "$net-$n"
    ip -n "$net-$n" link set lo up
    ip -n "$net" link add "v$n" type veth peer name eth0 netns "$net-$n"
    ip -n "$net" link set "v$n" master bridge up
    ip -n "$net-$n" addr add "10.77.0.$n/24" dev eth0
    ip -n "$net-$n" link set eth0 up
    cat >"$dir/etc/sshd_config" <<EOT
HostKey /run/host/etc/host_key
PidFile none
StrictModes no
UsePAM no
PermitRootLogin yes
AuthorizedKeysFile /run/host/etc/authorized_keys
PrintMotd no
EOT
    printf '10.77.0.%s %s\n' "$n" "$(cut -d' ' -f1,2 "$dir/etc/host_key.pub")" >>"$hosts/home/.ssh/known_hosts"
    host_boot "$n" "${1:-1g}"
}

# N [SIZE OF HOME]: switches it on (again: with nothing on it); its sshd answers when this returns.
host_boot() {
    ip netns exec "$net-$1" unshare -mup --fork --kill-child --mount-proc \
        "$BATS_TEST_DIRNAME/../support/host.sh" "$hosts/$1" "host$1" "${2:-1g}" >"$hosts/$1/sshd.log" 2>&1 3>&- &
    echo $! >"$hosts/$1/pid"
    wait_until 10 sshd_answers "$1"
}

sshd_answers() {
    near bash -c "exec 9<>/dev/tcp/10.77.0.$1/22 && head -c 4 <&9" 2>/dev/null | grep -q SSH-
}

# N COMMAND...: inside host N, as its sshd would, without SSH.
on_host() {
    local n=$1 first
    shift
    first=$(pgrep -P "$(cat "$hosts/$n/pid")" | head -1)
    nsenter -t "$first" -m -u -p -n -r -w -- env -i HOME=/root PATH="$PATH" LC_ALL=C.UTF-8 "$@"
}

# N: pulls its plug.
host_kill() {
    local pid
    pid=$(cat "$hosts/$1/pid")
    pkill -KILL -P "$pid" || true
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
}

# N up|down: its network cable.
host_link() {
    ip -n "$net" link set "v$1" "$2"
}

# N: nothing of a cluster is on it: no process, socket, shared memory, file.
host_is_clean() {
    ! on_host "$1" pgrep '^ray' &&
        ! on_host "$1" sh -c 'ls -d ~/.rayctl /tmp/rayctl-* /dev/shm/* 2>/dev/null' | grep -q .
}

hosts_end() {
    local n
    for ((n = 1; n <= host_count; n++)); do
        host_kill "$n"
        ip netns del "$net-$n" || true
    done
    ip netns del "$net"
    rm -rf "$hosts"
}

# PROVIDER LINES FROM STDIN: a cluster.yaml for the hosts 1..host_count, more lines appended from stdin.
hosts_yaml() {
    local n workers=
    for ((n = 2; n <= host_count; n++)); do
        workers+="10.77.0.$n, "
    done
    cat <<EOT
cluster_name: rack
provider: { type: local, head_ip: 10.77.0.1, worker_ips: [${workers%, }] }
auth: { ssh_user: root, ssh_private_key: $hosts/home/.ssh/id_ed25519 }
EOT
    cat
}
