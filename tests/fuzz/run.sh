#!/usr/bin/env bash
# run.sh PROGRAM - one target of tests/fuzz: every input of its corpus once, then FUZZ_SECONDS (60) of
# new ones, which begin with the corpus. Speaks TAP. An input that breaks a rule is left in
# build/check/fuzz/<parser>-*: fix the bug, and move it to tests/fuzz/corpus/<parser>/.
set -uo pipefail
program=$1
name=${program##*/}
name=${name%_fuzz}
corpus=$(cd "$(dirname "$0")" && pwd)/corpus/$name
fresh=$(mktemp -d "${TMPDIR:-/tmp}/fuzz.XXXXXX")
trap 'rm -rf "$fresh"' EXIT
seconds=${FUZZ_SECONDS:-60}
kept=build/check/fuzz
mkdir -p "$kept"
export LSAN_OPTIONS=suppressions=${corpus%/corpus/*}/leaks:print_suppressions=0
limits=(-timeout=20 -rss_limit_mb=2048 -max_len=4096 "-artifact_prefix=$kept/$name-")

# WHAT ARGUMENT...: runs the target; its talk is shown when it fails.
run() {
    local what=$1
    shift
    if "$program" "${limits[@]}" "$@" >"$fresh.log" 2>&1; then
        echo "ok - $name: $what"
    else
        tail -n 50 "$fresh.log" >&2
        echo "not ok - $name: $what"
    fi
    rm -f "$fresh.log"
}

shopt -s nullglob
inputs=("$corpus"/*)
run "the ${#inputs[@]} inputs of its corpus" "${inputs[@]}"
run "$seconds s of new inputs" "-max_total_time=$seconds" "$fresh" "$corpus"
