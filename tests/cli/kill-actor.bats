#!/usr/bin/env bats
# rayctl kill-actor

load ../support/cluster

setup_file() {
    cluster_folder
    cluster_start --num-cpus 2
}

teardown_file() {
    cluster_end
}

@test "by name, once" {
    "$automl" --data "$top/examples/automl/data/wine.csv" --candidates 4 --quiet >/dev/null
    [ "$(rayctl list actors -f name=automl-proxy -f state=ALIVE --format json | jq .total)" = 1 ]
    run rayctl kill-actor --name automl-proxy --namespace automl --no-restart
    ended 0
    [ "$(rayctl list actors -f name=automl-proxy --format json | jq -r '.rows[0].state')" = DEAD ]
    run rayctl kill-actor --name automl-proxy --namespace automl
    ended 3
    says automl-proxy
}

@test "by id or by name, not both, not neither" {
    run rayctl kill-actor
    ended 2
    run rayctl kill-actor --name a 123
    ended 2
    run rayctl kill-actor ffffff
    ended 3
    run rayctl kill-actor ''
    ended 2
    says 'the id is empty'
    run rayctl kill-actor --name ''
    ended 2
}
