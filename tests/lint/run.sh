#!/usr/bin/env bash
# run.sh [--tap | --files] [LINT...] - the lints, all of them unless named. A finding is one line,
# `file:line: message`; nothing is said about what is in order. --tap reports to tests/run.sh,
# --files lists the sources that have a format. LINT_ROOT: another tree than this one.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "${LINT_ROOT:-$here/../..}" || exit 2
mapfile -t folders < <(find . -mindepth 1 -maxdepth 1 -type d ! -name '.*' ! -name build -printf '%f\n')

# PATTERN...: the files of the tree whose names match, one a line.
files() {
    local names=() pattern
    for pattern in "$@"; do
        names+=(-o -name "$pattern")
    done
    find "${folders[@]}" -type f \( "${names[@]:1}" \) | sort
}

mapfile -t sources < <(files '*.[ch]')
mapfile -t includers < <(files '*.[ch]' '*.def')

lint_layers() {
    awk -f "$here/layers.awk" "$here/layers" "${includers[@]}"
}

lint_walls() {
    awk -f "$here/walls.awk" "$here/walls" "${includers[@]}"
}

lint_order() {
    local daemon list failed=0
    for daemon in head node; do
        mapfile -t list < <(files '*.[ch]' | grep "^daemon/$daemon/")
        ((${#list[@]} == 0)) ||
            awk -v "folder=daemon/$daemon" -f "$here/order.awk" "$here/order.$daemon" "${list[@]}" ||
            failed=1
    done
    return "$failed"
}

lint_lengths() {
    awk -f "$here/strip.awk" -f "$here/lengths.awk" "${sources[@]}"
}

lint_names() {
    mapfile -t list < <(files '*.[ch]' '*.def' '*.sh' '*.bash' '*.bats' '*.awk')
    awk -f "$here/strip.awk" -f "$here/names.awk" "${list[@]}"
}

# Every version breaks lines in its own way, so that another one than 14 has no say.
lint_format() {
    if ! command -v clang-format-14 >/dev/null; then
        skip='clang-format 14 is not here'
        return
    fi
    clang-format-14 --dry-run -Werror "${sources[@]}" 2>&1 | awk -F: '
        /error:/ && !seen[$1]++ { print $1 ":" $2 ": not formatted (make format)" }
        END { exit length(seen) > 0 }'
}

# SC2317 takes functions that are called by name for dead code. SC2154 does not see what a bats file
# gets by `load` and `run`.
lint_shell() {
    local scripts bats without=--exclude=SC2317
    if ! command -v shellcheck >/dev/null; then
        skip='shellcheck is not here'
        return
    fi
    mapfile -t scripts < <(files '*.sh' '*.bash'; ls .ci/run 2>/dev/null)
    mapfile -t bats < <(files '*.bats')
    ((${#scripts[@]} == 0)) || shellcheck "$without" -f gcc -s bash "${scripts[@]}" || return
    ((${#bats[@]} == 0)) || shellcheck "$without,SC2154" -f gcc -s bats "${bats[@]}"
}

# The sources are built with gcc; this is what clang would have warned about.
lint_clang() {
    if ! command -v clang >/dev/null || [[ ! -e Makefile ]]; then
        skip='clang is not here'
        return
    fi
    "${MAKE:-make}" -s -k -j"$(nproc)" --no-print-directory CC=clang clang-warnings 2>&1
}

tap=
lints=()
for argument in "$@"; do
    case $argument in
    --tap) tap=yes ;;
    --files) printf '%s\n' "${sources[@]}" && exit ;;
    *) lints+=("$argument") ;;
    esac
done
((${#lints[@]} > 0)) || lints=(layers walls order lengths names format shell clang)

status=0
for lint in "${lints[@]}"; do
    skip=
    if "lint_$lint"; then
        verdict=ok
    else
        verdict='not ok'
        status=1
    fi
    if [[ $tap ]]; then
        echo "$verdict - $lint${skip:+ # SKIP $skip}"
    elif [[ $skip ]]; then
        echo "lint: $lint not checked: $skip"
    fi
done
exit $status
