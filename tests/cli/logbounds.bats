#!/usr/bin/env bats
# Log files are bounded: rayctl start --log-max-size, --log-max-age.

# shellcheck disable=SC2016 # for the shells of jobs
load ../support/cluster

setup() {
    cluster_folder
}

teardown() {
    cluster_end
}

# Numbered lines of about 100 bytes, until the file "enough" is there: 1,000 of them, then a nap.
chatter='i=0; pad=$(printf %080d 0); while ! [ -e enough ]; do
    for _ in 1 2 3 4 5 6 7 8 9 10; do echo "$i $pad"; i=$((i + 1)); done; sleep 0.002; done; echo last $i'

# FILE: bytes that it takes on the disk.
room() {
    echo $(($(stat -c '%b * %B' "$1")))
}

has_been_cut() {
    [ "$(stat -c %s "$log")" -gt $((3 * 1024 * 1024)) ] && [ "$(room "$log")" -lt $((2 * 1024 * 1024)) ]
}

@test "the output of a job is bounded; who follows it loses no line, who comes late gets whole lines" {
    cluster_start --num-cpus 1 --log-max-size 2MiB
    mkdir "$BATS_TEST_TMPDIR/work"
    cd "$BATS_TEST_TMPDIR/work"
    log=$RAYCTL_TMPDIR/default/logs/job-driver-chatter.log
    rayctl submit --no-wait --submission-id chatter -- "cd $PWD; $chatter"
    rayctl job logs -f chatter >"$BATS_TEST_TMPDIR/followed" 3>&- &
    follower=$!
    wait_until 60 has_been_cut
    touch enough
    wait "$follower"
    awk '$1 == "last" { done = $2 == n; next } $1 != n { print "line " NR ": " $1; exit 1 } { n++ } END { exit !done }' \
        "$BATS_TEST_TMPDIR/followed"
    rayctl job logs chatter >"$BATS_TEST_TMPDIR/late"
    [ "$(wc -c <"$BATS_TEST_TMPDIR/late")" -lt $((3 * 1024 * 1024)) ]
    awk '$1 == "last" { next } NR == 1 { n = $1 } length($2) != 80 || $1 != n { print NR ": " $0; exit 1 } { n++ } END { exit NR < 100 }' \
        "$BATS_TEST_TMPDIR/late"
    [[ "$(rayctl job logs chatter --tail 1)" == last* ]]
}

no_worker_files() {
    [ -z "$(find "$RAYCTL_TMPDIR/default/logs/head" -name 'worker-*')" ]
}

@test "files of workers and jobs that have ended go when they are old" {
    cluster_start --num-cpus 1 --log-max-age 1s
    rayctl submit --quiet --submission-id early -- "$hello"
    wait_until 30 no_worker_files
    wait_until 30 has_gone "$RAYCTL_TMPDIR/default/logs/job-driver-early.log"
    run rayctl job logs early
    ended 3
    says 'log-max-age'
    [ -s "$RAYCTL_TMPDIR/default/logs/head.log" ]
}

has_gone() {
    ! [ -e "$1" ]
}

@test "bounds that are none are refused" {
    for bound in '--log-max-size much' '--log-max-age soon' '--log-max-age -1s'; do
        # shellcheck disable=SC2086 # an option and its value
        run rayctl start --head $bound
        ended 2
        says "${bound%% *}"
    done
}
