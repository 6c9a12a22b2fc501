#!/usr/bin/env bash
# run.sh SUITE... - builds and runs suites, then prints one sum over all of them.
#
# A suite is a function suite_X below. Its programs (cmocka tests, bats files, lints) speak TAP.
# Each has a time limit and a private folder as TMPDIR and HOME, deleted afterwards; a process
# that it leaves behind is ended, and is a failure. Output stays in build/check/. Variables:
# BUILD; JOBS (at a time); TEST_LIMIT (seconds a program); TEST_ONLY (regular expression on names);
# SIM_RUNS (of each story of tests/sim), SIM_SEED (that run alone);
# KILLS_ROUNDS, KILLS_SEED (tests/cluster/kills.bats);
# ASAN_BATS (bats files that the asan suite runs too); FUZZ_SECONDS (of new inputs for a parser).
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

make=${MAKE:-make}
build=${BUILD:-release}
logs=build/check
width=${JOBS:-$(nproc)} # programs at a time
limit=${TEST_LIMIT:-120}
prefix=() # what every program is run under
case ${MAKEFLAGS:-} in
*-j*) parallel=() ;;
*) parallel=("-j$width") ;;
esac
export CMOCKA_MESSAGE_OUTPUT=TAP
unset XDG_RUNTIME_DIR XDG_CONFIG_HOME XDG_CACHE_HOME XDG_DATA_HOME RAYCTL_ADDRESS RAY_ADDRESS

# Ends the processes that have this private folder in their environment, and says which.
reap() {
    local process
    grep -lzsxF "RAY_TEST_DIR=$1" /proc/[0-9]*/environ | while read -r process; do
        process=${process//[!0-9]/}
        tr '\0' ' ' 2>/dev/null <"/proc/$process/cmdline" | cut -c1-70
        kill -KILL "$process" 2>/dev/null
    done
}

# The same, after two seconds for those that are on their way out.
reap_late() {
    local i
    for ((i = 0; i < 20; i++)); do
        grep -qzsxF "RAY_TEST_DIR=$1" /proc/[0-9]*/environ || return
        sleep 0.1
    done
    reap "$1"
}

# NAME COMMAND...: one program, to its end.
run_one() {
    local name=$1 log=$logs/$1 dir status left failed text
    shift
    mkdir -p "${log%/*}"
    dir=$(mktemp -d "${TMPDIR:-/tmp}/rt.XXXXXX")
    echo "$dir" >>"$logs/dirs"
    env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL RAY_TEST_DIR="$dir" TMPDIR="$dir" HOME="$dir" \
        RAYCTL_TMPDIR="$dir" \
        timeout -k 5 "$limit" "${prefix[@]}" "$@" </dev/null >"$log.tap" 2>"$log.err"
    status=$?
    left=$(reap_late "$dir" | tr '\n' ';')
    rm -rf "$dir"
    awk -v status=$status -v limit="$limit" -v left="$left" -f tests/support/tap.awk \
        "$log.tap" >"$log.sum"
    read -r _ failed _ <"$log.sum"
    text=$(
        awk -v name="$name" 'NR == 1 { print ($2 ? "FAIL " : "ok   ") name " (" $1 + $2 + $3 ")" }
            NR > 1' "$log.sum"
        ((failed == 0)) || sed 's/^/  | /' <(grep -v '^ok ' "$log.tap" | tail -n 60) \
            <(tail -n 60 "$log.err")
    )
    { flock 9 && printf '%s\n' "$text"; } 9>"$logs/lock"
}

# NAME COMMAND...: starts one program as soon as fewer than $width are running.
start() {
    [[ $1 =~ ${TEST_ONLY:-} ]] || return 0
    while (($(jobs -rp | wc -l) >= width)); do
        wait -n
    done
    run_one "$@" &
}

# NAME TARGET...: builds. A failed build is a failure of the suite, which still runs what it can.
build() {
    local log=$logs/$1/build failed=0
    echo "$1: building $2, BUILD=$build"
    mkdir -p "${log%/*}"
    "$make" -s -k "${parallel[@]}" BUILD="$build" "$2" >"$log.log" 2>&1 || failed=1
    sed 's/^/  | /' "$log.log"
    ((failed == 0)) || echo "FAIL $1: the build"
    echo "0 $failed 0" >"$log.sum"
}

# The folder that the build's bin/ and tests/ are in.
out() {
    if [[ $build == release ]]; then echo build; else echo "build/$build"; fi
}

# PREFIX FOLDER...: every cmocka program under the folders.
programs() {
    local test under=$1
    shift
    while read -r test; do
        start "$under${test#tests/}" "$(out)/$test"
    done < <(find "$@" -name '*_test.c' 2>/dev/null | sort | sed 's/\.c$//')
    wait
}

# PREFIX: every driver of tests/cluster, which speaks TAP by itself.
drivers() {
    local driver
    for driver in tests/cluster/{values,refs,failures,actors,handles,envs,threads,cancels,calls,lanes,mix,misdeeds}_main.c; do
        driver=${driver%_main.c}
        start "$1${driver#tests/}" "$(out)/$driver"
    done
    wait
}

# PREFIX FILE...: bats files, with the programs of the build first in PATH.
bats_files() {
    local file under=$1
    shift
    RAYCTL_BIN=$PWD/$(out)/bin
    export RAYCTL_BIN
    for file in "$@"; do
        [[ ! -e $file ]] || PATH=$RAYCTL_BIN:$PATH start "$under${file%.bats}" bats --tap "$file"
    done
    wait
}

suite_lint() {
    start lint/tree tests/lint/run.sh --tap
    start lint/selftest tests/lint/selftest.sh
    wait
}

suite_unit() {
    build unit tests
    programs '' tests/unit
}

suite_sim() {
    build sim tests
    programs '' tests/sim
}

suite_fuzz() {
    local target
    sanitized
    build=fuzz
    build fuzz fuzzers
    limit=${TEST_LIMIT:-$((${FUZZ_SECONDS:-60} + 120))}
    while read -r target; do
        start "${target#tests/}" tests/fuzz/run.sh "$(out)/$target"
    done < <(find tests/fuzz -name '*_fuzz.c' | sort | sed 's/\.c$//')
    wait
}

suite_cli() {
    build cli all
    build cli tests
    start cli/package tests/support/package.sh
    limit=${TEST_LIMIT:-600}
    bats_files '' tests/cli/*.bats
    drivers ''
    width=1 # these start several daemons each
    bats_files '' tests/tui/*.bats tests/cluster/*.bats
}

# Processes of a cluster are killed and stopped by chance.
suite_kills() {
    build kills all
    build kills tests
    RAYCTL_BIN=$PWD/$(out)/bin
    export RAYCTL_BIN KILLS_ROUNDS=${KILLS_ROUNDS:-50}
    PATH=$RAYCTL_BIN:$PATH start kills/rounds bats --tap --filter 'rounds by chance' tests/cluster/kills.bats
    wait
}

# What every sanitizer run shares; old sanitizers and much randomness of addresses do not go together.
sanitized() {
    limit=${TEST_LIMIT:-360}
    ! setarch -R true 2>/dev/null || prefix=(setarch -R)
    export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 TSAN_OPTIONS=halt_on_error=1
    export ASAN_OPTIONS=halt_on_error=1:detect_stack_use_after_return=1:strict_string_checks=1
}

suite_asan() {
    local files
    sanitized
    build=asan
    build asan all
    build asan tests
    SIM_RUNS=${SIM_RUNS:-250} programs asan/ tests/unit tests/sim
    drivers asan/
    read -ra files <<<"${ASAN_BATS:-}"
    if ((${#files[@]} > 0)); then
        width=1 bats_files asan/ "${files[@]}"
    fi
}

suite_tsan() {
    sanitized
    build=tsan
    build tsan all
    build tsan tests
    drivers tsan/
    programs tsan/ tests/unit/lib/net tests/unit/lib/client
}

stop() {
    local dir
    while read -r dir; do
        reap "$dir" >/dev/null
        rm -rf "$dir"
    done <"$logs/dirs"
    exit 130
}

rm -rf "$logs"
mkdir -p "$logs"
: >"$logs/dirs"
trap stop INT TERM
for suite in "$@"; do
    if ! declare -F "suite_$suite" >/dev/null; then
        echo "run.sh: no suite called $suite" >&2
        exit 2
    fi
    (trap - INT TERM && "suite_$suite")
done
find "$logs" -name '*.sum' -exec sed -sn 1p {} + | awk '
    { passed += $1; failed += $2; skipped += $3 }
    END {
        if (passed + failed == 0)
            print "no test ran"
        printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
        exit failed > 0 || passed == 0
    }'
