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

@test "up again gives a new head to nodes whose head has died" {
    rayctl up --quiet "$yaml"
    kill -KILL "$(cut -d' ' -f1 "$RAYCTL_TMPDIR/three/pids/head")"
    head_is_gone() {
        ! rayctl status --quiet >/dev/null 2>&1
    }
    wait_until 5 head_is_gone
    run rayctl up "$yaml"
    ended 0
    says 'runs already'
    all_alive() {
        [ "$(rayctl list nodes --filter state=ALIVE --format json | jq .total)" = 3 ]
    }
    wait_until 10 all_alive
    rayctl submit --quiet -- true
}

@test "min_workers of the head's type are nodes of their own" {
    sed -i 's/^  head:/&\n    min_workers: 1/; s/min_workers: 2/min_workers: 0/' "$yaml"
    run rayctl up "$yaml"
    ended 0
    [ "$(rayctl list nodes --format json | jq -c '[.rows[] | [.node_name, .is_head_node]] | sort')" = \
        '[["head",true],["head-1",false]]' ]
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
    refused 'cluster_name: a b\n' "1:15: cluster_name 'a b': use up to 64 letters"
    types='head_node_type: x\navailable_node_types:\n  x:\n    min_workers: 3\n'
    refused "${head}max_workers: 2\n$types" '3:14: max_workers: the min_workers of all node types are 3'
    refused "${head}${types/x:/x y:}" "5:3: 'x y' cannot begin the name of a node"
    [ -z "$(ls "$RAYCTL_TMPDIR")" ]
}

@test "keys of Ray that are not honoured yet are named" {
    printf 'setup_commands: [ "true" ]\nauth: { ssh_user: me }\nidle_timeout_minutes: 5\n' >>"$yaml"
    run rayctl up "$yaml"
    ended 0
    says "warning: 'setup_commands' has no effect with provider 'process'"
    says "warning: 'auth' has no effect with provider 'process'"
}
