#!/usr/bin/env bats
# What has become of tasks is known after the head was started again.

load ../support/cluster

setup() {
    cluster_folder
    cluster_start --num-cpus 2
    naps=
}

teardown() {
    [[ -z $naps ]] || kill -KILL "$naps" 2>/dev/null || true
    cluster_end
}

has_gone() {
    ! kill -0 "$1" 2>/dev/null
}

# SIGNAL: ends the head, and starts the next one.
another_head() {
    local pid
    pid=$(cut -d' ' -f1 "$RAYCTL_TMPDIR/default/pids/head")
    kill "-$1" "$pid"
    wait_until 10 has_gone "$pid"
    rayctl start --head --quiet
}

rows() {
    rayctl list tasks --limit 0 --detail --format json "$@" | jq -cS '.rows | sort_by(.task_id)'
}

@test "tasks of before a restart are listed, filtered, counted, got by id and waited for" {
    rayctl submit -- "$hello"
    before=$(rows)
    [ "$(jq length <<<"$before")" -ge 10 ]
    summary=$(rayctl summary tasks --format json | jq -cS .)
    id=$(jq -r '.[0].task_id' <<<"$before")
    another_head TERM
    rayctl submit -- true # history goes on behind what was
    [ "$(rows)" = "$before" ]
    [ "$(rayctl summary tasks --format json | jq -cS .)" = "$summary" ]
    [ "$(rows --filter task_id="$id" | jq -r '.[].task_id')" = "$id" ]
    [ "$(rows --filter 'state!=FINISHED')" = '[]' ]
    [ "$(rayctl list tasks --limit 3 --format json | jq -c '[.total, (.rows | length)]')" = "[$(jq length <<<"$before"),3]" ]
    run rayctl get task "$id" --format json
    ended 0
    [ "$(jq -r '.task_id // .rows[0].task_id' <<<"$output")" = "$id" ]
    run rayctl wait "task/$id" --for state=FINISHED --timeout 5s
    ended 0
    run rayctl wait "task/$id" --for state=RUNNING --timeout 5s
    ended 1
    another_head TERM # and once more: nothing is there twice
    [ "$(rows)" = "$before" ]
}

finished() {
    rayctl list tasks --filter state=FINISHED --limit 0 --format json | jq .total
}

most_are_finished() {
    [ "$(finished)" -ge 50 ]
}

@test "what ends while there is no head is told to the next one" {
    CHECKS_ADDRESS=unix:$RAYCTL_TMPDIR/default/head.sock "$built/tests/cluster/naps" >"$BATS_TEST_TMPDIR/naps" 3>&- &
    naps=$!
    wait_until 20 grep -q begun "$BATS_TEST_TMPDIR/naps"
    another_head KILL
    wait "$naps"
    naps=
    wait_until 5 most_are_finished # of 60: a killed head takes along what it has not written yet
    another_head TERM
    wait_until 5 most_are_finished
}
