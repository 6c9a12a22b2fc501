#!/usr/bin/env bats
# The AutoML service on clusters of different shapes, and with workers that are killed.

load ../support/cluster

setup() {
    cluster_folder
}

teardown() {
    cluster_end
}

# DATA OUT: the leaderboard without times and nodes.
board() {
    "$automl" --data "$top/examples/automl/data/$1.csv" --seed 7 --plain --quiet "${@:3}" >"$2"
}

@test "the same leaderboard on one node and on three" {
    cluster_start --num-cpus 1
    board breast_cancer "$BATS_TEST_TMPDIR/one"
    rayctl stop --quiet
    rayctl up --quiet "$top/examples/automl/cluster.yaml"
    board breast_cancer "$BATS_TEST_TMPDIR/three" --heavy
    rayctl down --quiet "$top/examples/automl/cluster.yaml"
    cmp "$BATS_TEST_TMPDIR/one" "$BATS_TEST_TMPDIR/three"
    [ "$(wc -l <"$BATS_TEST_TMPDIR/one")" -ge 39 ]
}

# The pid of a worker that trains at this moment.
training_pid() {
    rayctl list tasks --filter name!=trainer.run --filter state=RUNNING \
        --filter func_or_class_name=evaluate_trial --format json |
        jq -r '[.rows[].worker_pid | select(. > 0)][0] // empty'
}

kill_one() {
    local pid
    pid=$(training_pid)
    [[ -n $pid ]] && kill -KILL "$pid" 2>/dev/null
}

was_retried() {
    rayctl list tasks --filter error_type=WORKER_DIED --format json | jq -e '.total > 0'
}

# What the worker was training may have ended just before: then there is nothing to run again, and another one has to go.
killed_in_the_middle() {
    kill_one && wait_until 1 was_retried
}

@test "the same leaderboard when workers are killed in the middle" {
    rayctl up --quiet "$top/examples/automl/cluster.yaml"
    board digits "$BATS_TEST_TMPDIR/undisturbed" --candidates 20
    board digits "$BATS_TEST_TMPDIR/disturbed" --candidates 20 --json "$BATS_TEST_TMPDIR/json" &
    search=$!
    wait_until 30 killed_in_the_middle
    wait_until 20 kill_one
    wait "$search"
    cmp "$BATS_TEST_TMPDIR/undisturbed" "$BATS_TEST_TMPDIR/disturbed"
    jq -e '.retried >= 1' "$BATS_TEST_TMPDIR/json"
    rayctl down --quiet "$top/examples/automl/cluster.yaml"
}

# CLASS: kills the process of its actor.
kill_actor() {
    local pid
    pid=$(rayctl list actors --filter "class_name=$1" --filter state=ALIVE --format json |
        jq -r '.rows[0].pid // empty')
    [[ -n $pid ]] && kill -KILL "$pid" 2>/dev/null
}

@test "the same leaderboard when the trainer is killed, and when the service itself is" {
    rayctl up --quiet "$top/examples/automl/cluster.yaml"
    board digits "$BATS_TEST_TMPDIR/undisturbed" --candidates 8
    board digits "$BATS_TEST_TMPDIR/disturbed" --candidates 8 &
    search=$!
    wait_until 20 kill_one
    wait_until 20 kill_actor trainer
    wait "$search"
    cmp "$BATS_TEST_TMPDIR/undisturbed" "$BATS_TEST_TMPDIR/disturbed"
    board digits "$BATS_TEST_TMPDIR/again" --candidates 8 2>"$BATS_TEST_TMPDIR/said" &
    search=$!
    wait_until 20 kill_one
    wait_until 20 kill_actor proxy
    wait "$search"
    grep -q 'the service died' "$BATS_TEST_TMPDIR/said"
    cmp "$BATS_TEST_TMPDIR/undisturbed" "$BATS_TEST_TMPDIR/again"
    rayctl down --quiet "$top/examples/automl/cluster.yaml"
}

@test "heavy candidates run where the resource is" {
    rayctl up --quiet "$top/examples/automl/cluster.yaml"
    board digits "$BATS_TEST_TMPDIR/board" --candidates 8 --heavy
    heavy=$(rayctl list nodes --filter labels.size=large --format json | jq -r '.rows[0].node_id')
    run rayctl list tasks --limit 0 --format json
    nodes=$(jq -r '[.rows[] | select(.required_resources.heavy == 1) | .node_id] | unique | join(" ")' <<<"$output")
    [ "$nodes" = "$heavy" ]
    rayctl down --quiet "$top/examples/automl/cluster.yaml"
}

@test "a data set that is not there, or is none" {
    run "$automl" --data /nowhere.csv
    ended 1
    says '/nowhere.csv'
    printf 'a,b\n1,x\n' >"$BATS_TEST_TMPDIR/bad.csv"
    run "$automl" --data "$BATS_TEST_TMPDIR/bad.csv"
    ended 1
    says 'bad.csv:2:3'
    run "$automl"
    ended 2
}

@test "the demo ends with three leaderboards and leaves nothing" {
    run "$top/examples/automl/demo.sh"
    ended 0
    [ "$(grep -c '^winner: ' <<<"$output")" = 3 ]
    [ -z "$(find "${TMPDIR:-/tmp}" -maxdepth 1 -name 'rd.*')" ]
}
