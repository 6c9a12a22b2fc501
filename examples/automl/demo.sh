#!/usr/bin/env bash
# demo.sh - what `make demo` shows: a cluster of three nodes comes up, the AutoML service searches models
# for three data sets on it, the cluster goes down. Results are kept in build/demo/. Needs a build.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
out=$top/build/demo
automl=$top/build/examples/automl/automl
PATH=$top/build/bin:$PATH

# A session folder of its own: the demo never meets another cluster.
RAYCTL_TMPDIR=$(mktemp -d "${TMPDIR:-/tmp}/rd.XXXXXX")
export RAYCTL_TMPDIR
unset RAYCTL_ADDRESS RAY_ADDRESS
mkdir -p "$out"

finish() {
    local status=$?
    trap - EXIT INT TERM
    rayctl down --quiet "$here/cluster.yaml" || status=1
    rm -rf "$RAYCTL_TMPDIR"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

say() {
    printf '\n-- %s\n' "$*"
}

# Shows a command, then runs it.
try() {
    printf '\n$ %s\n' "${*//"$top/"/}" # without the long path
    "$@"
}

# DATA ACCURACY: one request, and whether the winner is good enough.
search() {
    try rayctl submit --quiet -- "$automl" --data "$here/data/$1.csv" --heavy \
        --json "$out/$1.json" --model "$out/$1.model"
    awk -v wanted="$2" -v data="$1" -F'[:,}]' '/"accuracy"/ {
            found = 1
            for (i = 1; i < NF; i++)
                if ($i ~ /"accuracy"/ && $(i + 1) + 0 < wanted) {
                    print data ": accuracy " $(i + 1) " is below " wanted
                    exit 1
                }
        }
        END { if (!found) exit 1 }' "$out/$1.json"
}

say 'Three nodes come up as processes of this machine; one declares the resource "heavy".'
try rayctl up "$here/cluster.yaml"
try rayctl list nodes
say 'The first client starts the service; it trains 36 candidates by successive halving.'
search breast_cancer 0.95
say 'The service has stayed: the next client finds it by its name.'
search wine 0.95
say 'Ten digits, 64 pixels each: long enough to look on from another terminal.'
search digits 0.97 &
searching=$!
# Meanwhile, from the outside: once tasks of the last search run.
for ((i = 0; i < 100; i++)); do
    running=$(rayctl list tasks --filter state=RUNNING --format csv | wc -l)
    ((running > 2)) && break
    sleep 0.1
done
try rayctl status
try rayctl list tasks --filter state=RUNNING --limit 5
wait "$searching"
say 'What the cluster has done.'
try rayctl summary tasks
try rayctl list actors
say 'The winner is a file; without any cluster it says the same of the rows that were held out.'
try "$automl" --data "$here/data/digits.csv" --check-model "$out/digits.model"
say "All three are good enough. Leaderboards and models are in ${out#"$top/"}/."
