#!/usr/bin/env bash
# sweep.sh RATE... - tries learning rates as jobs of a cluster, those that failed once more with half the rate, and
# prints a table, the best first. Needs a running cluster (rayctl start --head) and jq.
#
# Exit status: 0 when any trial succeeded, 1 when none did.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
sweep=sweep-$(date +%s)-$$
(($# > 0)) || set -- 0.0005 0.001 0.002 0.004 0.008

# ROUND RATE: submits a trial and prints its id. The metadata lets a list find it.
submit() {
    rayctl job submit --quiet --no-wait --submission-id "$sweep-$1-$2" --metadata "sweep=$sweep" --metadata "round=$1" \
        --metadata "rate=$2" -- "$here/trial.sh" "$2"
}

# FILTER JQ: what jq makes of the sweep's jobs that match.
jobs() {
    rayctl list jobs --limit 0 --filter "metadata.sweep=$sweep" --filter "$1" --format json | jq -r "$2"
}

# ID...: waits until all have ended, however. The head wakes us; nothing is asked again and again.
wait_for_all() {
    (($# == 0)) || rayctl wait --quiet "${@/#/job\/}" --for state=SUCCEEDED,FAILED,STOPPED --timeout 10m
}

# Whatever happens, no trial stays behind.
finish() {
    local status=$? id
    trap - EXIT INT TERM
    for id in $(jobs status=RUNNING '.rows[].submission_id'); do
        rayctl job stop --quiet "$id" || status=1
    done
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

ids=()
for rate in "$@"; do
    ids+=("$(submit 1 "$rate")")
done
wait_for_all "${ids[@]}"

ids=()
for rate in $(jobs status=FAILED '.rows[].metadata.rate'); do
    half=$(LC_ALL=C awk -v rate="$rate" 'BEGIN { printf "%g", rate / 2 }')
    echo "rate $rate diverged; once more with $half" >&2
    ids+=("$(submit 2 "$half")")
done
wait_for_all "${ids[@]}"

for id in $(jobs status=SUCCEEDED '.rows[].submission_id'); do
    rayctl job logs "$id" # a line of JSON each
done | jq -rs 'sort_by(.loss)[] | [.rate, .loss, .x, .y] | @tsv' | {
    printf 'RATE\tLOSS\tX\tY\n'
    cat
} | column -t -s "$(printf '\t')"
[ "$(jobs status=SUCCEEDED .total)" -gt 0 ]
