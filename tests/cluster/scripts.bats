#!/usr/bin/env bats
# examples/scripts on a real cluster

load ../support/cluster

setup_file() {
    cluster_folder
    cluster_start --num-cpus 2
}

teardown_file() {
    cluster_end
}

@test "a sweep: the best first, what diverged once more" {
    "$top/examples/scripts/sweep.sh" 0.0005 0.001 0.008 >"$BATS_TEST_TMPDIR/table" 2>"$BATS_TEST_TMPDIR/talk"
    [ "$(head -n 1 "$BATS_TEST_TMPDIR/table" | tr -s ' ')" = 'RATE LOSS X Y' ]
    [ "$(tail -n +2 "$BATS_TEST_TMPDIR/table" | awk '{ print $2 }')" = \
        "$(tail -n +2 "$BATS_TEST_TMPDIR/table" | awk '{ print $2 }' | LC_ALL=C sort -g)" ]
    grep -q '^0\.001 ' "$BATS_TEST_TMPDIR/table"
    [ "$(grep -c '^0\.008 ' "$BATS_TEST_TMPDIR/table")" = 0 ]
    [ "$(cat "$BATS_TEST_TMPDIR/talk")" = 'rate 0.008 diverged; once more with 0.004' ]
    [ "$(rayctl list jobs --format json | jq '[.rows[] | select(.metadata.round == "2")] | length')" = 1 ]
}

@test "a sweep without a result is status 1" {
    run "$top/examples/scripts/sweep.sh" 100
    ended 1
    says 'once more with 50'
}

@test "an interrupted sweep leaves no job behind" {
    before=$(rayctl list jobs --limit 0 --format json | jq .total)
    setsid "$top/examples/scripts/sweep.sh" 0.0001 0.0002 0.0003 0.0004 >/dev/null 2>&1 &
    sweep=$!
    more_jobs() { (("$(rayctl list jobs --limit 0 --format json | jq .total)" > before)); }
    wait_until 10 more_jobs
    kill -TERM -- "-$sweep" 2>/dev/null || kill -TERM "$sweep"
    wait "$sweep" || true
    [ "$(rayctl list jobs -f status=RUNNING --format json | jq .total)" = 0 ]
}

@test "no cluster: its exit status is the script's" {
    RAYCTL_TMPDIR=$BATS_TEST_TMPDIR run "$top/examples/scripts/sweep.sh" 0.001
    [ "$status" -ne 0 ]
    says 'rayctl start --head'
}
