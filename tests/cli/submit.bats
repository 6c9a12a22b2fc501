#!/usr/bin/env bats
# rayctl submit

load ../support/cluster

setup_file() {
    cluster_folder
    cluster_start --num-cpus 2
}

teardown_file() {
    cluster_end
}

@test "a job's output and status are ours" {
    status=0
    output=$(rayctl submit -- sh -c 'echo out; echo err >&2; exit 3' 2>"$BATS_TEST_TMPDIR/said") || status=$?
    ended 3
    [ "$output" = "out
err" ]
    output=$(cat "$BATS_TEST_TMPDIR/said")
    says 'submitted'
    says 'failed: the command exited with status 3'
    run rayctl submit --quiet -- true
    ended 0
    [ -z "$output" ]
}

@test "a job that a signal kills has status 128+n" {
    # shellcheck disable=SC2016 # for the job's shell
    run rayctl submit -- 'kill -TERM $$'
    ended 143
}

@test "one word is a shell line, several are words" {
    run rayctl submit --quiet -- 'echo a   b | tr a-z A-Z'
    [ "$output" = 'A B' ]
    run rayctl submit --quiet -- printf '%s|' 'a  b' "it's" ''
    [ "$output" = "a  b|it's||" ]
}

@test "options after the command are the command's" {
    run rayctl submit --quiet -- echo --quiet -x
    [ "$output" = '--quiet -x' ]
    run rayctl submit --quiet echo --help
    [ "$output" = '--help' ]
}

@test "environment, folder and address" {
    mkdir "$BATS_TEST_TMPDIR/work"
    # shellcheck disable=SC2016
    run rayctl submit --quiet --env A=1 --env 'B=x y' --working-dir "$BATS_TEST_TMPDIR/work" -- \
        'echo "$A $B $PWD"; test -n "$RAY_ADDRESS" && rayctl status >/dev/null && echo reached'
    [ "${lines[0]}" = "1 x y $BATS_TEST_TMPDIR/work" ]
    [ "${lines[1]}" = reached ]
}

@test "a job that is a driver is one job" {
    run rayctl submit --quiet --submission-id driver-1 -- "$hello" "$hello.so"
    ended 0
    [ "$output" = 'sum of squares: 285' ]
    run rayctl list jobs --filter submission_id=driver-1 --format json
    [ "$(jq .total <<<"$output")" = 1 ]
    [ "$(jq -r '.rows[0].status' <<<"$output")" = SUCCEEDED ]
    [ "$(jq -r '.rows[0].job_id' <<<"$output")" != null ]
}

@test "--no-wait prints the id and nothing else" {
    run rayctl submit --no-wait -- sleep 0
    ended 0
    [[ $output =~ ^raysubmit_[A-Za-z0-9]{16}$ ]]
    rayctl job wait --quiet "$output"
}

@test "an id is taken once" {
    rayctl submit --quiet --submission-id twice -- true
    run rayctl submit --submission-id twice -- true
    ended 1
    says "there is a job 'twice' already"
    run rayctl submit --submission-id 'a b' -- true
    ended 2
}

@test "what is wrong is said before anything runs" {
    run rayctl submit
    ended 2
    run rayctl submit --working-dir /nowhere -- true
    ended 2
    says '/nowhere'
    run rayctl submit --env NOVALUE -- true
    ended 2
    run rayctl submit -- /nowhere/program
    ended 127
}

@test "much output comes whole" {
    rayctl submit --quiet -- seq 1 300000 >"$BATS_TEST_TMPDIR/out"
    cmp "$BATS_TEST_TMPDIR/out" <(seq 1 300000)
}

@test "Ctrl-C stops looking, not the job" {
    rayctl submit --submission-id endless -- sleep 1000 2>"$BATS_TEST_TMPDIR/said" &
    submit=$!
    wait_until 10 grep -q submitted "$BATS_TEST_TMPDIR/said"
    # Asked again: the first may come before it listens.
    ended_by_interrupt() {
        kill -INT "$submit" 2>/dev/null || true
        ! kill -0 "$submit" 2>/dev/null
    }
    wait_until 10 ended_by_interrupt
    run wait "$submit"
    ended 130
    grep -q 'goes on' "$BATS_TEST_TMPDIR/said"
    [ "$(rayctl list jobs --filter submission_id=endless --format json | jq -r '.rows[0].status')" = RUNNING ]
    rayctl job stop --quiet endless
}
