#!/usr/bin/env bats
# The systemd units that `make install` places, under a real systemd: a machine of its own that boots (tests/support/
# booted.sh), the unit of the system and that of a user.

# shellcheck disable=SC2016 # for the machine's shell
load ../support/cluster

setup_file() {
    [ "$(id -u)" = 0 ] || skip 'a machine that boots needs root'
    export keep=$BATS_FILE_TMPDIR/keep
    mkdir -p "$keep"
    make -s -C "$top" install PREFIX=/run/keep/usr DESTDIR="$BATS_FILE_TMPDIR/root"
    mv "$BATS_FILE_TMPDIR/root/run/keep/usr" "$keep/usr"
    unshare -C -p -f -m -u -n -i --kill-child "$top/tests/support/booted.sh" "$keep" >"$BATS_FILE_TMPDIR/console" 2>&1 3>&- &
    echo $! >"$BATS_FILE_TMPDIR/booted"
    wait_until 30 booted
    on_machine 'ip link set lo up; mkdir -p /run/user/0 /run/systemd/system /root/.config/systemd/user
        cp /run/keep/usr/lib/systemd/system/rayctl-*.service /run/systemd/system/
        cp /run/keep/usr/lib/systemd/user/rayctl-*.service /root/.config/systemd/user/
        systemctl daemon-reload'
}

teardown_file() {
    local booted
    [[ -e $BATS_FILE_TMPDIR/booted ]] || return 0
    booted=$(cat "$BATS_FILE_TMPDIR/booted")
    kill -KILL "$booted"
    wait_until 10 gone "$booted"
}

gone() {
    [[ ! -e /proc/$1 ]]
}

# SHELL COMMANDS: on the machine, as root there.
on_machine() {
    local first
    first=$(pgrep -P "$(cat "$BATS_FILE_TMPDIR/booted")" | head -1)
    nsenter -t "$first" -m -u -p -n -i -C -r -w -- env -i HOME=/root PATH="/run/keep/usr/bin:$PATH" LC_ALL=C.UTF-8 sh -c "$1"
}

booted() {
    [[ $(on_machine 'systemctl is-system-running' 2>/dev/null) == @(running|degraded|starting) ]] &&
        on_machine 'systemctl is-active basic.target' >/dev/null 2>&1
}

nodes_alive() {
    [ "$(on_machine "${1:-} rayctl list nodes --filter state=ALIVE --format json" | jq .total)" = 1 ]
}

# NUMBER [ENVIRONMENT]: the head of the cluster is another process than that.
has_another_head() {
    [ "$(head_of "${2:-}")" != "$1" ] && nodes_alive "${2:-}"
}

head_of() {
    on_machine "${1:-} rayctl status" | sed -n '1s/.*head pid \([0-9]*\) .*/\1/p'
}

@test "systemd finds nothing to say about the units" {
    for kind in system user; do
        run on_machine "XDG_RUNTIME_DIR=/run/user/0 systemd-analyze verify --man=no --$kind /run/keep/usr/lib/systemd/$kind/rayctl-head.service /run/keep/usr/lib/systemd/$kind/rayctl-node.service 2>&1"
        ended 0
        [[ $output != *rayctl* ]]
    done
}

@test "the system's unit: a head comes up, is replaced when it dies, ends with all that is its own" {
    on_machine 'systemctl start rayctl-head'
    wait_until 20 nodes_alive
    on_machine 'rayctl kv put kept through'
    head=$(head_of)
    on_machine "kill -KILL $head"
    wait_until 20 has_another_head "$head"
    [ "$(on_machine 'rayctl kv get kept')" = through ]
    on_machine 'systemctl stop rayctl-head'
    run on_machine 'pgrep -x "rayd|ray-worker"'
    ended 1
    [ "$(on_machine 'systemctl show -P Result rayctl-head')" = success ]
}

@test "a user's unit: a head comes up, runs a job, is replaced when it dies" {
    local user='XDG_RUNTIME_DIR=/run/user/0'
    on_machine 'systemctl start user@0.service'
    on_machine "$user systemctl --user start rayctl-head"
    wait_until 20 nodes_alive "$user"
    [ "$(on_machine "$user rayctl submit --quiet -- 'echo from a job'")" = 'from a job' ]
    head=$(head_of "$user")
    on_machine "kill -KILL $head"
    wait_until 20 has_another_head "$head" "$user"
    on_machine "$user systemctl --user stop rayctl-head"
    run on_machine 'pgrep -x "rayd|ray-worker"'
    ended 1
}

@test "the unit of a node says what it lacks" {
    run on_machine 'systemctl start rayctl-node'
    [ "$status" -ne 0 ]
    on_machine 'mkdir -p /run/rn && printf "RAYCTL_HEAD=127.0.0.1:1\nRAYCTL_SECRET_FILE=/nowhere\n" >/run/rn/node.conf
        mkdir -p /run/systemd/system/rayctl-node.service.d
        printf "[Service]\nEnvironmentFile=\nEnvironmentFile=/run/rn/node.conf\n" >/run/systemd/system/rayctl-node.service.d/c.conf
        systemctl daemon-reload; systemctl start rayctl-node'
    wait_until 10 journal_says '/nowhere'
    on_machine 'systemctl stop rayctl-node'
}

journal_says() {
    on_machine 'journalctl --no-pager -u rayctl-node' | grep -qF "$1"
}
