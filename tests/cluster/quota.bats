#!/usr/bin/env bats
# A node offers the CPUs and the memory that its cgroup lets it use, not those of the machine.

load ../support/cluster

setup() {
    cluster_folder
    group=rayctl-test-$$
    made=()
}

teardown() {
    cluster_end
    local folder
    for folder in "${made[@]}"; do
        rmdir "$folder"
    done
}

# FOLDER: a cgroup of this test alone; false where this machine lets nobody make one.
make_group() {
    mkdir "$1" 2>/dev/null && made+=("$1")
}

# FOLDER... -- COMMAND...: the command, inside of the groups.
inside() {
    # shellcheck disable=SC2016 # of the inner shell
    bash -c 'while [[ $1 != -- ]]; do echo $$ >"$1/cgroup.procs" || exit 99; shift; done; shift; "$@"' inside "$@"
}

resource() {
    rayctl list nodes --format json | jq ".rows[0].resources_total.$1"
}

# SIZE: a cgroup with so much memory.
limit_memory() {
    if [[ -e /sys/fs/cgroup/cgroup.controllers ]]; then
        make_group "/sys/fs/cgroup/$group" || skip 'this machine lets nobody make a cgroup'
        [[ -w /sys/fs/cgroup/$group/memory.max ]] || skip 'cgroups without memory here'
        echo "$1" >"/sys/fs/cgroup/$group/memory.max"
        [[ ! -w /sys/fs/cgroup/$group/memory.swap.max ]] || echo 0 >"/sys/fs/cgroup/$group/memory.swap.max"
    else
        make_group "/sys/fs/cgroup/memory/$group" || skip 'this machine lets nobody make a cgroup'
        echo "$1" >"/sys/fs/cgroup/memory/$group/memory.limit_in_bytes"
    fi
}

@test "a task that takes all memory is ended by its node; others go on" {
    limit_memory 400M
    RAY_memory_usage_threshold=0.5 run inside "${made[@]}" -- "$built/tests/cluster/memory" 26 'runs out of memory'
    echo "$output"
    ended 0
}

@test "a task that takes all memory at once is ended by the kernel, the daemons are not" {
    limit_memory 200M
    RAY_memory_monitor_refresh_ms=0 run inside "${made[@]}" -- "$built/tests/cluster/memory" 17 'killed by signal 9'
    echo "$output"
    ended 0
}

@test "CPUs and memory come from the cgroup" {
    if [[ -e /sys/fs/cgroup/cgroup.controllers ]]; then
        make_group "/sys/fs/cgroup/$group" || skip 'this machine lets nobody make a cgroup'
        [[ -w /sys/fs/cgroup/$group/cpu.max && -w /sys/fs/cgroup/$group/memory.max ]] || skip 'cgroups without cpu and memory here'
        echo '100000 100000' >"/sys/fs/cgroup/$group/cpu.max"
        echo 1G >"/sys/fs/cgroup/$group/memory.max"
    else
        make_group "/sys/fs/cgroup/cpu/$group" || skip 'this machine lets nobody make a cgroup'
        make_group "/sys/fs/cgroup/memory/$group" || skip 'this machine lets nobody make a cgroup'
        echo 100000 >"/sys/fs/cgroup/cpu/$group/cpu.cfs_quota_us"
        echo 1G >"/sys/fs/cgroup/memory/$group/memory.limit_in_bytes"
    fi
    inside "${made[@]}" -- "$built/bin/rayctl" start --head --quiet
    [ "$(resource CPU)" = 1 ]
    [ "$(($(resource memory) + $(resource object_store_memory)))" = $((1 << 30)) ]
}
