#!/usr/bin/env bats
# rayctl up, and what is wrong with a cluster.yaml
# shellcheck disable=SC2030,SC2031 # bats runs each test in a subshell of its own

load ../support/cluster

setup() {
    cluster_folder
    yaml=$BATS_TEST_TMPDIR/cluster.yaml
    cat >"$yaml" <<'END'
cluster_name: three
provider: { type: process }
head_node_type: head
available_node_types:
  head:
    resources: { CPU: 1 }
  worker:
    min_workers: 2
    resources: { CPU: 2, gold: 0.5 }
    labels: { zone: b }
END
}

teardown() {
    cluster_end
}

node_state() {
    rayctl list nodes --filter "node_name=$1" --format json | jq -r '.rows[0].state'
}

is_dead() {
    [ "$(node_state "$1")" = DEAD ]
}

@test "up brings up what the file says; up again changes nothing" {
    run rayctl up "$yaml"
    ended 0
    says '3 nodes are up'
    run rayctl list nodes --format json
    [ "$(jq '[.rows[] | select(.state == "ALIVE")] | length' <<<"$output")" = 3 ]
    [ "$(jq '[.rows[].resources_total.gold] | add' <<<"$output")" = 1 ]
    [ "$(rayctl list nodes --filter labels.zone=b --format json | jq .total)" = 2 ]
    run rayctl up "$yaml"
    ended 0
    says 'runs already'
    [ "$(rayctl list nodes --format json | jq .total)" = 3 ]
}

@test "up again starts what has died" {
    rayctl up --quiet "$yaml"
    kill -KILL "$(cut -d' ' -f1 "$RAYCTL_TMPDIR/three/pids/node-worker-2")"
    wait_until 10 is_dead worker-2
    run rayctl up "$yaml"
    ended 0
    [ "$(rayctl list nodes --filter state=ALIVE --format json | jq .total)" = 3 ]
}

@test "a file that is not there" {
    run rayctl up "$BATS_TEST_TMPDIR/none.yaml"
    ended 3
    says 'none.yaml'
}

# TEXT PART: a file with that text is refused at the place that PART names.
refused() {
    printf '%b' "$1" >"$yaml"
    run rayctl up "$yaml"
    ended 2
    says "cluster.yaml:$2"
    [ "${#lines[@]}" = 1 ]
}

@test "each mistake in a file has its line and column" {
    refused 'cluster_name: [\n' '2:1:'
    refused 'cluster_name: a\ncluster_name: b\n' "2:1: duplicate key"
    refused 'cluster_nam: a\n' "1:1: unknown key 'cluster_nam'; did you mean 'cluster_name'?"
    refused 'max_workers: 2\n' '1:1: cluster_name is missing'
    refused 'cluster_name: a\nprovider: { type: aws }\n' "2:19: provider type 'aws'"
    refused 'cluster_name: a\nprovider: process\n' '2:11: provider: expected a map'
    refused 'cluster_name: a\nmax_workers: many\n' '2:14: max_workers: expected a whole number'
    head='cluster_name: a\nprovider: { type: process }\n'
    refused "$head" '1:1: head_node_type is missing'
    refused "${head}head_node_type: x\navailable_node_types: { y: {} }\n" "3:17: head_node_type: no node type is called 'x'"
    refused "${head}available_node_types:\n  y:\n    resources: { CPU: -1 }\n" '5:23:'
    refused "${head}available_node_types:\n  y:\n    min_workers: 3\n    max_workers: 1\n" '4:3: y: min_workers is above max_workers'
    refused '' '1:1: the file is empty'
}

@test "keys of Ray that are not honoured yet are named" {
    printf 'setup_commands: [ "true" ]\nauth: { ssh_user: me }\nidle_timeout_minutes: 5\n' >>"$yaml"
    run rayctl up "$yaml"
    ended 0
    says "warning: 'setup_commands' is not honoured yet"
    says "warning: 'auth' is not honoured yet"
}
