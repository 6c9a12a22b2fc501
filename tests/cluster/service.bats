#!/usr/bin/env bats
# The whole job of a user: three machines that have nothing but sshd become a cluster, the AutoML service goes there as a
# folder and searches models for three data sets, one of the machines dies meanwhile, the cluster goes down.

# shellcheck disable=SC2016 # for the shells of the hosts
load ../support/cluster
load ../support/hosts

setup() {
    hosts_need_root
    cluster_folder
    hosts_begin
    host_add
    host_add
    host_add
    yaml=$hosts/cluster.yaml
}

teardown() {
    [[ -n ${hosts:-} ]] || return 0
    hosts_end
    cluster_end
}

# DATA: a search of the service, a job; what it says: the leaderboard, without times and nodes, and before it a line if
# the service was on a host that died.
search() {
    near rayctl submit --quiet --working-dir "$built/examples/automl" -- \
        ./automl --data "data/$1.csv" --seed 7 --plain --quiet
}

# FILE: the leaderboard in what a search has said.
board() {
    grep -v '^automl: the service died; the request goes to another$' "$1"
}

# How many evaluations run on host N.
running_on() {
    near rayctl list tasks --filter state=RUNNING --filter func_or_class_name=evaluate_trial --limit 0 --format json |
        jq --arg id "$(node_of "$1")" '[.rows[] | select(.node_id == $id)] | length'
}

node_of() {
    near rayctl list nodes --filter "node_ip=10.77.0.$1" --filter state=ALIVE --format json | jq -r '.rows[0].node_id'
}

works_on() {
    [ "$(running_on "$1")" -gt 0 ]
}

@test "three machines, three leaderboards, one machine dies, nothing is left" {
    hosts_yaml >"$yaml" <<<''
    run near rayctl up --quiet "$yaml"
    ended 0
    for data in breast_cancer wine; do
        search "$data" >"$BATS_TEST_TMPDIR/$data"
    done
    search digits >"$BATS_TEST_TMPDIR/digits" 2>"$BATS_TEST_TMPDIR/said" 3>&- &
    search=$!
    wait_until 30 works_on 3
    host_kill 3
    wait "$search" || {
        cat "$BATS_TEST_TMPDIR/digits" "$BATS_TEST_TMPDIR/said"
        return 1
    }
    for data in breast_cancer wine digits; do
        "$automl" --address local --data "$top/examples/automl/data/$data.csv" --seed 7 --plain --quiet >"$BATS_TEST_TMPDIR/alone"
        diff <(board "$BATS_TEST_TMPDIR/$data") "$BATS_TEST_TMPDIR/alone"
    done
    [ "$(near rayctl list nodes --filter state=DEAD --format json | jq .total)" = 1 ]
    host_boot 3
    run near rayctl down --quiet "$yaml"
    ended 0
    for host in 1 2 3; do
        host_is_clean "$host"
    done
}
