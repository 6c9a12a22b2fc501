#!/usr/bin/env bats
# The head dies or sleeps while a driver works: the work does not notice, the cluster is whole again after it.

# shellcheck disable=SC2016 # for the shells of jobs
load ../support/cluster

setup() {
    cluster_folder
    cluster_start --num-cpus 1
    rayctl start --quiet --node-name second --num-cpus 1
    naps=
}

# SIGNAL: to the head.
head_gets() {
    kill "-$1" "$(cut -d' ' -f1 "$RAYCTL_TMPDIR/default/pids/head")"
}

teardown() {
    # A test that failed half-way must not leave the head asleep, nor its driver.
    head_gets CONT 2>/dev/null || true
    [[ -z $naps ]] || kill -KILL "$naps" 2>/dev/null || true
    cluster_end
}

begin_naps() {
    CHECKS_ADDRESS=unix:$RAYCTL_TMPDIR/default/head.sock "$built/tests/cluster/naps" >"$BATS_TEST_TMPDIR/naps" 3>&- &
    naps=$!
    wait_until 20 grep -q begun "$BATS_TEST_TMPDIR/naps"
}

naps_are_taken() {
    wait "$naps"
    naps=
    grep -q '^ok 1' "$BATS_TEST_TMPDIR/naps"
}

nodes_alive() {
    [ "$(rayctl list nodes --filter state=ALIVE --format json | jq .total)" = "$1" ]
}

@test "the head is killed under load and started again: no nap is lost" {
    begin_naps
    head_gets KILL
    run rayctl start --head
    ended 0
    wait_until 10 nodes_alive 2
    naps_are_taken
    wait_until 5 job_is SUCCEEDED # the same one, which its driver has taken up again
}

job_is() {
    [ "$(rayctl list jobs --format json | jq -r '.rows | map(.status) | join(" ")')" = "$1" ]
}

@test "the head is killed under load and comes back when the work is over" {
    begin_naps
    head_gets KILL
    naps_are_taken
    run rayctl start --head
    ended 0
    wait_until 10 nodes_alive 2
    run rayctl submit -- "$hello"
    ended 0
    says 'sum of squares: 285'
}

@test "the head sleeps for 10 s: tasks go on, a command waits, no node is taken for dead" {
    begin_naps
    head_gets STOP
    (sleep 10 && head_gets CONT) 3>&- &
    alarm=$!
    naps_are_taken # while it sleeps: 60 naps of 0.1 s on two CPUs
    run rayctl list nodes --timeout 20s --filter state=ALIVE --format json
    ended 0
    [ "$(jq .total <<<"$output")" = 2 ]
    wait "$alarm"
    nodes_alive 2
    run grep 'lost name=' "$RAYCTL_TMPDIR/default/logs/head.log"
    ended 1
}

@test "an actor is asked for while there is no head: the next one makes it" {
    mkfifo "$BATS_TEST_TMPDIR/go"
    CHECKS_ADDRESS=unix:$RAYCTL_TMPDIR/default/head.sock "$built/tests/cluster/late" \
        <"$BATS_TEST_TMPDIR/go" >"$BATS_TEST_TMPDIR/naps" 3>&- &
    naps=$!
    exec 4>"$BATS_TEST_TMPDIR/go"
    wait_until 20 grep -q begun "$BATS_TEST_TMPDIR/naps"
    head_gets KILL
    exec 4>&-
    wait_until 5 grep -q asking "$BATS_TEST_TMPDIR/naps"
    run rayctl start --head
    ended 0
    naps_are_taken
}

@test "a submitted job goes on without its head; whoever waits for it waits on" {
    rayctl submit --submission-id stays -- 'for i in 1 2 3 4 5 6 7 8; do echo line $i; sleep 0.5; done; exit 9' \
        >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
    submit=$!
    wait_until 10 grep -qx 'line 1' "$BATS_TEST_TMPDIR/out"
    head_gets KILL
    wait_until 10 head_has_gone
    rayctl start --head --quiet
    [ "$(rayctl job status stays --format json | jq -r .status)" = RUNNING ]
    run rayctl job wait stays
    ended 9
    status=0
    wait "$submit" || status=$?
    [ "$status" = 9 ]
    [ "$(grep '^line' "$BATS_TEST_TMPDIR/out")" = "$(printf 'line %d\n' {1..8})" ]
}

head_has_gone() {
    ! kill -0 "$(cut -d' ' -f1 "$RAYCTL_TMPDIR/default/pids/head")" 2>/dev/null
}

@test "a submitted job ends while there is no head: the next one knows how" {
    rayctl submit --no-wait --submission-id well -- 'sleep 0.5'
    rayctl submit --no-wait --submission-id badly -- 'sleep 0.5; exit 4'
    rayctl submit --no-wait --submission-id killed -- 'sleep 0.5; kill -SEGV $$'
    for id in well badly killed; do
        rayctl wait "job/$id" --for state=RUNNING --timeout 10s
    done
    head_gets KILL
    wait_until 10 jobs_have_ended
    rayctl start --head --quiet
    run rayctl job wait well
    ended 0
    run rayctl job wait badly
    ended 4
    run rayctl job wait killed
    ended 139
}

@test "a submission that waits for its folder when the head dies begins under the next one" {
    mkdir "$BATS_TEST_TMPDIR/work"
    echo data >"$BATS_TEST_TMPDIR/work/file"
    node=$(cut -d' ' -f1 "$RAYCTL_TMPDIR/default/pids/node-head")
    kill -STOP "$node" # it cannot make the folder
    rayctl submit --no-wait --submission-id early --working-dir "$BATS_TEST_TMPDIR/work" -- cat file
    rayctl submit --no-wait --submission-id ended --working-dir "$BATS_TEST_TMPDIR/work" -- cat file
    [ "$(rayctl job status early --format json | jq -r .status)" = PENDING ]
    rayctl job stop ended
    head_gets KILL
    wait_until 10 head_has_gone
    kill -CONT "$node"
    rayctl start --head --quiet
    run rayctl job wait early
    ended 0
    [ "$(rayctl job logs early)" = data ]
    [ "$(rayctl job status ended --format json | jq -r .status)" = STOPPED ]
}

jobs_have_ended() {
    [ "$(find "$RAYCTL_TMPDIR/default" -maxdepth 1 -name 'job-*.ended' | wc -l)" = 3 ]
}

@test "a job that another head has started is stopped, and so is what it has started" {
    rayctl submit --no-wait --submission-id stopped -- 'setsid sleep 7741 & sleep 7742'
    rayctl wait job/stopped --for state=RUNNING --timeout 10s
    head_gets KILL
    rayctl start --head --quiet
    rayctl job stop stopped
    [ "$(rayctl job status stopped --format json | jq -r .status)" = STOPPED ]
    run pgrep -f 'sleep 774[12]'
    ended 1
}

# How many evaluations of the search run.
evaluates() {
    [ "$(rayctl list tasks --filter state=RUNNING --filter func_or_class_name=evaluate_trial --limit 0 --format json | jq .total)" -gt 0 ]
}

alive_actors() {
    rayctl list actors --filter state=ALIVE --format json | jq -c '[.rows[] | [.actor_id, .pid]] | sort'
}

actors_are() {
    [ "$(alive_actors)" = "$1" ]
}

@test "the AutoML search outlives three heads; its actors are the same processes" {
    local data=$top/examples/automl/data/digits.csv
    "$automl" --address local --data "$data" --seed 7 --plain --quiet >"$BATS_TEST_TMPDIR/alone"
    "$automl" --address "unix:$RAYCTL_TMPDIR/default/head.sock" --data "$data" --seed 7 --plain --quiet \
        >"$BATS_TEST_TMPDIR/naps" 2>"$BATS_TEST_TMPDIR/said" 3>&- &
    naps=$!
    for _ in 1 2 3; do
        wait_until 20 evaluates
        actors=$(alive_actors)
        [ "$actors" != '[]' ]
        head_gets KILL
        wait_until 10 head_has_gone
        rayctl start --head --quiet
        wait_until 10 actors_are "$actors"
    done
    status=0
    wait "$naps" || status=$?
    naps=
    cat "$BATS_TEST_TMPDIR/said"
    [ "$status" = 0 ]
    diff "$BATS_TEST_TMPDIR/naps" "$BATS_TEST_TMPDIR/alone"
}

@test "a detached actor is found by its name under the next head, and dies for good when it is killed" {
    [ "$("$built/tests/cluster/keeper" make)" = 1 ]
    head_gets KILL
    wait_until 10 head_has_gone
    rayctl start --head --quiet
    [ "$("$built/tests/cluster/keeper" add)" = 2 ]
    rayctl kill-actor --name keeper --namespace tests --no-restart
    head_gets KILL
    wait_until 10 head_has_gone
    rayctl start --head --quiet
    [ "$(rayctl list actors --filter name=keeper --format json | jq -r '.rows[0].state')" = DEAD ]
    run "$built/tests/cluster/keeper" add
    ended 1
}

@test "an actor that dies while there is no head is started again by the next one" {
    [ "$("$built/tests/cluster/keeper" make)" = 1 ]
    pid=$(rayctl list actors --filter name=keeper --format json | jq -r '.rows[0].pid')
    head_gets KILL
    wait_until 10 head_has_gone
    kill -KILL "$pid"
    rayctl start --head --quiet
    wait_until 10 keeper_is_another "$pid"
    [ "$("$built/tests/cluster/keeper" add)" = 1 ]
}

keeper_is_another() {
    [ "$(rayctl list actors --filter name=keeper --format json | jq -r '.rows[0] | "\(.state) \(.pid != '"$1"')"')" = 'ALIVE true' ]
}
