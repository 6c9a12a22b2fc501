#!/usr/bin/env bats
# What a machine may lack: room on the disk, file descriptors, a folder for temporary files, memory.

# shellcheck disable=SC2016 # for the shells of jobs
load ../support/cluster

setup() {
    cluster_folder
}

teardown() {
    rayctl stop --quiet || true
    ! mountpoint -q "$RAYCTL_TMPDIR" || umount -l "$RAYCTL_TMPDIR"
    cluster_end
    clocks_end
}

# The library of the wrong clock shares memory, which stays when a process ends by a signal or by exec: what nobody has.
clocks_end() {
    local memory name
    unset LD_PRELOAD
    for memory in /dev/shm/faketime_shm_*; do
        name=${memory##*/}
        [[ -e $memory && ! -e /proc/${name##*_} ]] || continue
        grep -qsF "$name" /proc/[0-9]*/environ || rm -f "$memory" "/dev/shm/sem.faketime_sem_${name##*_}"
    done
}

small_disk() {
    mount -t tmpfs -o size=4m,mode=0700 tmpfs "$RAYCTL_TMPDIR"
}

fill_disk() {
    dd if=/dev/zero of="$RAYCTL_TMPDIR/filler" bs=4k 2>"$BATS_TEST_TMPDIR/dd" || true
    grep -q 'No space left' "$BATS_TEST_TMPDIR/dd"
}

kill_head() {
    kill -KILL "$(awk '{ print $1 }' "$RAYCTL_TMPDIR/default/pids/head")"
    rayctl start --quiet --head
}

@test "the head's disk is full: what was accepted stays, what cannot be kept is refused, and all goes on" {
    small_disk
    cluster_start --num-cpus 1
    rayctl kv put before kept
    rayctl submit --quiet --submission-id before -- true
    fill_disk
    run rayctl kv put while lost
    ended 1
    says 'store.db: database or disk is full'
    run rayctl submit --submission-id while -- true
    ended 1
    says 'store.db: database or disk is full'
    [ "$(rayctl kv get before)" = kept ]
    [ "$(rayctl list jobs --format json | jq -r '[.rows[].submission_id] | join(" ")')" = before ]
    run "$hello" "$hello.so"
    ended 0
    says 'sum of squares: 285'
    [ "$(rayctl list jobs --format json | jq .total)" = 2 ]
    rm "$RAYCTL_TMPDIR/filler"
    rayctl kv put after kept
    rayctl submit --quiet --submission-id after -- true
    kill_head
    [ "$(rayctl kv get before) $(rayctl kv get after)" = 'kept kept' ]
    [ -z "$(rayctl kv get while 2>/dev/null)" ]
    [ "$(rayctl list jobs --format json | jq -r '[.rows[] | .status] | join(" ")')" = 'SUCCEEDED SUCCEEDED SUCCEEDED' ]
    grep -q 'the head.s tables are written again' "$RAYCTL_TMPDIR/default/logs/head.log"
}

@test "no room for logs: who writes them goes on, and is heard again when there is room" {
    small_disk
    cluster_start --num-cpus 1
    mkdir "$BATS_TEST_TMPDIR/work"
    rayctl submit --no-wait --submission-id talks -- "cd $BATS_TEST_TMPDIR/work"'
        echo first; while ! [ -e full ]; do sleep 0.05; done
        i=0; while [ $i -lt 2000 ]; do echo lost $i; i=$((i + 1)); done 2>/dev/null; touch tried
        while ! [ -e room ]; do sleep 0.05; done
        echo last'
    wait_until 10 grep -q first "$RAYCTL_TMPDIR/default/logs/job-driver-talks.log"
    fill_disk
    touch "$BATS_TEST_TMPDIR/work/full"
    wait_until 20 test -e "$BATS_TEST_TMPDIR/work/tried"
    run "$hello" "$hello.so" # nor have its workers any room
    ended 0
    says 'sum of squares: 285'
    rm "$RAYCTL_TMPDIR/filler"
    touch "$BATS_TEST_TMPDIR/work/room"
    run rayctl job wait talks
    ended 0
    run rayctl job logs talks
    says first
    says last
}

# The number of descriptors that the head has open.
head_files() {
    find "/proc/$(awk '{ print $1 }' "$RAYCTL_TMPDIR/default/pids/head")/fd" -mindepth 1 | wc -l
}

@test "64 file descriptors: everybody is answered in turn, and what needs more says so" {
    ulimit -n 64
    cluster_start --num-cpus 4
    before=$(head_files)
    clients=()
    for _ in {1..80}; do
        rayctl list nodes --format json >>"$BATS_TEST_TMPDIR/lists" &
        clients+=("$!")
    done
    for client in "${clients[@]}"; do
        wait "$client"
    done
    [ "$(jq -s 'map(.total) | add' "$BATS_TEST_TMPDIR/lists")" = 80 ]
    wait_until 5 eval "((\$(head_files) == $before))"
    run timeout 60 "$built/tests/cluster/values"
    says 'no file descriptor left of its 64: raise the limit (ulimit -n)'
    run "$hello" "$hello.so"
    ended 0
    says 'sum of squares: 285'
}

@test "no folder for temporary files, and no home: the one that cannot be written is named" {
    # The build may itself be under /tmp.
    run unshare -m bash -c 'mount --bind '"$built"' /mnt && mount -t tmpfs -o ro tmpfs /tmp && mount -t tmpfs -o ro tmpfs /run &&
        exec env -u HOME -u XDG_RUNTIME_DIR -u RAYCTL_TMPDIR -u TMPDIR /mnt/bin/rayctl start --head --cluster-name ro'
    ended 1
    says '/rayctl'
    says 'Read-only file system; set RAYCTL_TMPDIR to a folder that can be written'
    unset HOME XDG_RUNTIME_DIR
    TMPDIR=/nowhere cluster_start --num-cpus 1
    # shellcheck disable=SC2016 # of the inner shell
    TMPDIR=/nowhere run rayctl submit --quiet -- sh -c 'echo "home: $HOME"'
    ended 0
    run "$hello" "$hello.so"
    ended 0
    run rayctl top --once
    ended 0
    says 'Nodes'
}

@test "names of 100 and of 100,000 characters: taken, or refused with what is the matter at the end" {
    "$built/tests/cluster/names" >"$BATS_TEST_TMPDIR/names"
    local name long
    name=$(printf '%0100d' 0)
    long=$(printf '%0100000d' 0)
    cluster_start --num-cpus 1
    rayctl kv put "$name" value
    [ "$(rayctl kv get "$name")" = value ]
    # shellcheck disable=SC2016 # of the inner shell
    run rayctl submit --quiet --submission-id "$name" --metadata "$name=$name" --env "LONG=$long" -- sh -c 'echo "${#LONG}"'
    ended 0
    says 100000
    [ "$(rayctl list jobs --format json | jq -r '.rows[0].submission_id')" = "$name" ]
    run rayctl submit --quiet -- echo "$long"
    ended 0
    says "$long"
    run rayctl kv put "$long" value
    ended 2
    says 'namespace and key have up to 4096 bytes each'
    run rayctl submit --submission-id "$long" -- true
    ended 2
    says 'submission id: use up to 128 letters'
    run rayctl submit --working-dir "/$long" -- true
    ended 1
    says '0 ... 0'
    says ': File name too long'
    RAYCTL_TMPDIR=/$long run rayctl start --head
    ended 1
    says ': File name too long'
    for command in 'get jobs' 'logs' 'kill-actor' 'job status' 'job stop'; do
        # shellcheck disable=SC2086 # words
        run rayctl $command "$long"
        ended 3
        ((${#output} < 600))
    done
    run rayctl list jobs --filter "submission_id=$long" --format json
    ended 0
    [ "$(jq .total <<<"$output")" = 0 ]
}

# SECONDS: all that runs with the library sees a clock that is wrong by as much from now on.
set_clock() {
    echo "$1" >"$BATS_TEST_TMPDIR/clock"
    export FAKETIME_TIMESTAMP_FILE=$BATS_TEST_TMPDIR/clock FAKETIME_NO_CACHE=1 DONT_FAKE_MONOTONIC=1
    LD_PRELOAD=$(dpkg -L libfaketime | grep '/libfaketimeMT.so')
    export LD_PRELOAD
}

@test "the clock is set back by two days and forward by three: whatever waits ends in its time, and all goes on" {
    set_clock +0
    local day
    day=$(date +%F)
    cluster_start --num-cpus 2
    # shellcheck disable=SC2016 # of the inner shell
    rayctl submit --quiet --no-wait --submission-id across -- sh -c "rayctl kv put began - </dev/null; until rayctl kv get over; do sleep 0.1; done; exec '$hello' '$hello.so'"
    # shellcheck disable=SC2016 # evaluated there
    wait_until 20 eval 'rayctl kv get began >"$BATS_TEST_TMPDIR/got"'
    set_clock -2d
    [ "$(date +%F)" != "$day" ]
    run rayctl wait job/across --for status=SUCCEEDED --timeout 1s
    ended 4
    rayctl submit --quiet --submission-id back -- "$hello" "$hello.so"
    rayctl kv put over yes
    rayctl job wait across
    # It ended before it began, by the clock: it took no time.
    rayctl get jobs across --format json | jq -e '.end_time < .start_time'
    [ "$(rayctl get jobs back --format json | jq '.start_time / 1e9 | floor | strftime("%F")')" = "\"$(date -u +%F)\"" ]
    kill_head
    set_clock +3d
    rayctl submit --quiet --submission-id forward -- "$hello" "$hello.so"
    [ "$(rayctl list jobs --format json | jq -r '[.rows[] | .status] | unique | join(" ")')" = SUCCEEDED ]
    rayctl list tasks --format json | jq -e 'all(.rows[]; .state == "FINISHED")'
    run rayctl top --once
    ended 0
    says 'FINISHED'
}
