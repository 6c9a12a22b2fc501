#!/usr/bin/env bats
# Processes of the cluster are killed, or stopped for ten seconds, at random moments of the AutoML search: the
# leaderboard is that of an undisturbed run. KILLS_SEED repeats a test; KILLS_ROUNDS=N makes N rounds of faults by
# chance (`make soak`: 50).

load ../support/cluster

data=$top/examples/automl/data/digits.csv

setup_file() {
    cluster_folder
    cluster_start --num-cpus 1
    rayctl start --quiet --node-name second --num-cpus 1
    rayctl start --quiet --node-name third --num-cpus 1
    "$automl" --address local --data "$data" --seed 7 --plain --quiet >"$BATS_FILE_TMPDIR/alone"
}

setup() {
    RANDOM=${KILLS_SEED:=$((RANDOM * 32768 + RANDOM))}
    echo "# KILLS_SEED=$KILLS_SEED"
    search=
    stopped=
}

teardown() {
    [[ -z $stopped ]] || kill -CONT "$stopped" 2>/dev/null || true
    [[ -z $search ]] || kill -KILL "$search" 2>/dev/null || true
}

teardown_file() {
    cluster_end
}

# Starts a search, and returns at some moment of it.
search_begins() {
    "$automl" --address "unix:$RAYCTL_TMPDIR/default/head.sock" --data "$data" --seed 7 --plain --quiet \
        >"$BATS_TEST_TMPDIR/board" 2>"$BATS_TEST_TMPDIR/said" 3>&- &
    search=$!
    wait_until 20 evaluates
    sleep "0.$((RANDOM % 10))$((RANDOM % 10))" # the moment, not a wait
}

evaluates() {
    [ "$(rayctl list tasks --filter state=RUNNING --filter func_or_class_name=evaluate_trial --limit 0 --format json | jq .total)" -gt 0 ]
}

search_ends_well() {
    local status=0
    wait "$search" || status=$?
    search=
    cat "$BATS_TEST_TMPDIR/said"
    [ "$status" = 0 ]
    diff "$BATS_TEST_TMPDIR/board" "$BATS_FILE_TMPDIR/alone"
}

nodes_alive() {
    [ "$(rayctl list nodes --filter state=ALIVE --format json | jq .total)" = "$1" ]
}

# KIND: the pid of one of them, by chance.
pid_of() {
    local pids role
    case $1 in
    worker) mapfile -t pids < <(rayctl list workers --filter is_alive=true --filter worker_type=WORKER --limit 0 --format json | jq '.rows[].pid') ;;
    node)
        role=$([[ $((RANDOM % 2)) = 0 ]] && echo second || echo third)
        pids=("$(cut -d' ' -f1 "$RAYCTL_TMPDIR/default/pids/node-$role")")
        ;;
    head) pids=("$(cut -d' ' -f1 "$RAYCTL_TMPDIR/default/pids/head")") ;;
    driver) pids=("$search") ;;
    esac
    [ "${#pids[@]}" -gt 0 ]
    echo "${pids[RANDOM % ${#pids[@]}]}"
}

gone() {
    [[ ! -e /proc/$1 || $(cut -d' ' -f3 "/proc/$1/stat" 2>/dev/null) == Z ]]
}

# What a supervisor would do.
start_again() {
    local node
    [[ $1 != head ]] || rayctl start --head --quiet
    for node in second third; do
        [[ $1 != node || -e /proc/$(cut -d' ' -f1 "$RAYCTL_TMPDIR/default/pids/node-$node")/exe ]] ||
            rayctl start --quiet --node-name "$node" --num-cpus 1
    done
    wait_until 20 nodes_alive 3
}

# KIND
one_is_killed() {
    local pid
    search_begins
    pid=$(pid_of "$1")
    echo "kill $1 $pid"
    kill -KILL "$pid"
    wait_until 10 gone "$pid"
    start_again "$1"
    search_ends_well
}

# KIND
one_is_stopped() {
    search_begins
    stopped=$(pid_of "$1")
    echo "stop $1 $stopped"
    kill -STOP "$stopped"
    sleep 10 # as long as it is stopped
    kill -CONT "$stopped" || gone "$stopped"
    stopped=
    search_ends_well
    start_again node
}

nothing_runs() {
    [ "$(rayctl list tasks --filter func_or_class_name=nap --filter state=RUNNING --limit 0 --format json | jq .total)" = 0 ] &&
        [ "$(rayctl list actors --filter state=ALIVE --filter is_detached=false --format json | jq .total)" = 0 ]
}

# The service goes on when a client of it dies; a driver's own tasks and actors do not.
driver_is_killed() {
    CHECKS_ADDRESS=unix:$RAYCTL_TMPDIR/default/head.sock "$built/tests/cluster/naps" >"$BATS_TEST_TMPDIR/naps" 3>&- &
    search=$!
    wait_until 20 grep -q begun "$BATS_TEST_TMPDIR/naps"
    kill -KILL "$search"
    wait "$search" || true
    search=
    wait_until 10 nothing_runs
}

@test "a worker is killed" {
    one_is_killed worker
}

@test "a node daemon is killed, and started again" {
    one_is_killed node
}

@test "the head is killed, and started again" {
    one_is_killed head
}

@test "the driver is killed: its tasks and actors end with it" {
    driver_is_killed
}

@test "a worker is stopped for ten seconds" {
    one_is_stopped worker
}

@test "a node daemon is stopped for ten seconds" {
    one_is_stopped node
}

@test "the driver is stopped for ten seconds" {
    one_is_stopped driver
}

@test "rounds by chance" {
    local kinds=(worker node head driver)
    for ((round = 0; round < ${KILLS_ROUNDS:-1}; round++)); do
        kind=${kinds[RANDOM % 4]}
        if ((RANDOM % 3 == 0)); then
            one_is_stopped "$kind"
        elif [[ $kind == driver ]]; then
            driver_is_killed
        else
            one_is_killed "$kind"
        fi
    done
}
