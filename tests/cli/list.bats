#!/usr/bin/env bats
# rayctl list: kinds, formats, filters, limits

load ../support/cluster

setup_file() {
    cluster_folder
    cluster_start --num-cpus 2
    rayctl submit --quiet -- "$hello" "$hello.so" >/dev/null
}

teardown_file() {
    cluster_end
}

@test "every kind in every format" {
    for kind in nodes actors tasks jobs workers objects; do
        rayctl list "$kind" --format json | jq -e '.total == (.rows | length) and .truncated == false'
        [ "$(rayctl list "$kind" --format jsonl | jq -s length)" = "$(rayctl list "$kind" --format json | jq .total)" ]
        rayctl list "$kind" --format csv | python3 -c '
import csv, sys
rows = list(csv.reader(sys.stdin))
assert len(rows) >= 1 and all(len(row) == len(rows[0]) for row in rows), rows'
        run rayctl list "$kind" --format yaml
        ended 0
        says 'total'
        run rayctl list "$kind"
        [ "${lines[0]}" = "${lines[0]^^}" ]
    done
}

@test "tasks of a driver: 10 squares, 10 calls, one constructor" {
    run rayctl list tasks --format json
    [ "$(jq '[.rows[] | select(.state == "FINISHED")] | length' <<<"$output")" = 21 ]
    [ "$(jq '[.rows[] | select(.type == "ACTOR_TASK")] | length' <<<"$output")" = 10 ]
    [ "$(jq '[.rows[] | select(.end_time >= .start_time)] | length' <<<"$output")" = 21 ]
}

@test "filters are the server's" {
    [ "$(rayctl list tasks -f name=square --format json | jq .total)" = 10 ]
    [ "$(rayctl list tasks -f name!=square -f state=finished --format json | jq .total)" = 11 ]
    [ "$(rayctl list tasks -f state=FAILED --format json | jq .total)" = 0 ]
    run rayctl list tasks --filter colour=red
    ended 2
    run rayctl list tasks --filter stat=RUNNING
    ended 2
    says "did you mean 'state'?"
    run rayctl list tasks --filter state
    ended 2
}

@test "a limit cuts, and says so" {
    run rayctl list tasks --limit 5 --format json
    [ "$(jq -c '[.total, .truncated, (.rows | length)]' <<<"$output")" = '[21,true,5]' ]
    run rayctl list tasks --limit 5
    says '(5 of 21 shown'
    run rayctl list tasks --limit -1
    ended 2
}

@test "sorted before the limit" {
    all=$(rayctl list tasks --limit 0 --format json)
    [ "$(rayctl list tasks --sort start_time --limit 5 --format json | jq -c '[.rows[].start_time]')" = \
        "$(jq -c '[.rows[].start_time] | sort | .[:5]' <<<"$all")" ]
    [ "$(rayctl list tasks --sort=-start_time --limit 5 --format json | jq -c '[.rows[].start_time]')" = \
        "$(jq -c '[.rows[].start_time] | sort | reverse | .[:5]' <<<"$all")" ]
    [ "$(rayctl list tasks --sort task_id --format json | jq -c '[.rows[].task_id]')" = \
        "$(jq -c '[.rows[].task_id] | sort' <<<"$all")" ]
    [ "$(rayctl list tasks --sort task_id --limit 5 --format json | jq -c '[.total, .truncated]')" = '[21,true]' ]
    # What is equal stays as it came.
    [ "$(rayctl list tasks --sort job_id --format json | jq -c '[.rows[].task_id]')" = \
        "$(jq -c '[.rows[].task_id]' <<<"$all")" ]
    run rayctl list tasks --sort star_time
    ended 2
    says "did you mean 'start_time'?"
    run rayctl list nodes --sort labels.zone
    ended 2
    says "cannot be sorted by 'labels.zone'"
    [ "$(rayctl list workers --sort=-pid --format json | jq -c '[.rows[].pid]')" = \
        "$(rayctl list workers --format json | jq -c '[.rows[].pid] | sort | reverse')" ]
}

@test "chosen columns, in any format" {
    run rayctl list tasks --columns state,end_time,name --limit 1 --format csv
    [ "${lines[0]}" = state,end_time,name ]
    [ "$(rayctl list tasks --columns end_time --limit 1 --format json | jq -c '.rows[0] | keys')" = '["end_time"]' ]
    [[ $(rayctl list tasks --columns name,state | head -n 1) =~ ^NAME\ +STATE$ ]]
    for columns in nam '' 'name,' name,name labels.x; do
        run rayctl list tasks --columns "$columns"
        ended 2
    done
    run rayctl list nodes --columns labels.x
    ended 2
    says 'only a part'
}

@test "--detail shows more columns" {
    run rayctl list tasks --limit 1
    [[ $output != *CREATION_TIME* ]]
    run rayctl list tasks --limit 1 --detail
    says CREATION_TIME
}

@test "unknown kinds, formats and options" {
    run rayctl list nods
    ended 2
    says "did you mean 'nodes'?"
    run rayctl list placement-groups
    ended 1
    says 'not there yet'
    run rayctl list nodes --format xml
    ended 2
    says 'table, json, jsonl, yaml or csv'
    run rayctl list nodes --fromat json
    ended 2
    says 'did you mean --format?'
    run rayctl list
    ended 2
    run rayctl list nodes extra
    ended 2
}

@test "no cluster: exit status 5 and what to do" {
    RAYCTL_TMPDIR=$BATS_TEST_TMPDIR run rayctl list nodes
    ended 5
    says 'rayctl start --head'
    run rayctl list nodes --address unix:/nowhere/head.sock
    ended 5
    says '/nowhere/head.sock'
    run rayctl list nodes --address 127.0.0.1:1
    [ "$status" -ge 5 ]
}

@test "a reader that goes away is no error" {
    set -o pipefail
    run bash -c 'rayctl list tasks --format jsonl | head -n 1'
    [ "${#lines[@]}" = 1 ]
}

@test "a full disk is one" {
    run bash -c 'rayctl list tasks >/dev/full'
    ended 1
    says 'No space left'
}

@test "no time limit, and a small one" {
    rayctl list nodes --timeout 0 --format json | jq -e '.total == 1'
    run rayctl list nodes --timeout -1s
    ended 2
}
