#!/usr/bin/env bats
# The manual: pages made from the tables, and what man(1) finds of it once it is installed.

load ../support/cluster

# What `make install` places.
setup_file() {
    make -s -C "$top" install PREFIX=/usr DESTDIR="$BATS_FILE_TMPDIR/root"
    export MANPATH=$BATS_FILE_TMPDIR/root/usr/share/man
    manual_commands >"$BATS_FILE_TMPDIR/commands"
}

# Every command, a line each, as its page is called.
manual_commands() {
    rayctl help | awk '/^  / { sub(/^  /, ""); sub(/  .*/, ""); gsub(/ /, "-"); print }'
}

@test "every command has a page with its options and an example, and there are no others" {
    diff <(sort "$BATS_FILE_TMPDIR/commands") \
        <(cd "$MANPATH/man1" && printf '%s\n' rayctl-*.1 | sed 's/^rayctl-//; s/\.1$//' | sort)
    while read -r name; do
        man "rayctl-$name" | col -b >"$BATS_TEST_TMPDIR/page"
        case $name in
        job-* | kv-* | env-* | context-*) words=("${name%%-*}" "${name#*-}") ;;
        *) words=("$name") ;;
        esac
        for option in $(rayctl help "${words[@]}" | grep -o -- '--[a-z][a-z-]*' | sort -u); do
            grep -qe "$option" "$BATS_TEST_TMPDIR/page" || { echo "$name: $option"; return 1; }
        done
        grep -q '^EXAMPLES' "$BATS_TEST_TMPDIR/page"
    done <"$BATS_FILE_TMPDIR/commands"
}

@test "rayctl(1) names all of them" {
    man rayctl | col -b >"$BATS_TEST_TMPDIR/page"
    while read -r name; do
        grep -q "rayctl-$name(1)" "$BATS_TEST_TMPDIR/page"
    done <"$BATS_FILE_TMPDIR/commands"
}

@test "mandoc finds nothing to say" {
    # Pages of others are not there: man-db keeps another index than mandoc's.
    mandoc -T lint "$MANPATH"/man?/* 2>/dev/null | grep -v 'referenced manual not found' >"$BATS_TEST_TMPDIR/said" || true
    cat "$BATS_TEST_TMPDIR/said"
    [ ! -s "$BATS_TEST_TMPDIR/said" ]
}

@test "every page that is referred to is there" {
    cat "$MANPATH"/man?/* | sed -n 's/^\.Xr \([^ ]*\) \([0-9]\).*/\1.\2/p' | sort -u >"$BATS_TEST_TMPDIR/pages"
    while read -r page; do
        [[ $page == @(sshd.8|systemd.unit.5) || -e $MANPATH/man${page##*.}/$page ]] || { echo "$page"; return 1; }
    done <"$BATS_TEST_TMPDIR/pages"
}

# PROGRAM SOURCE COMPILER FLAG...: the source as a program and, beside it, as a task library.
build_both() {
    local out=$1 source=$2
    shift 2
    # shellcheck disable=SC2046 # flags are words
    "$@" -Wall -Wextra -Wpedantic -Werror -shared -fPIC -o "$out.so" "$source" $(pkg-config --cflags --libs ray) &&
        "$@" -Wall -Wextra -Wpedantic -Werror -rdynamic -o "$out" "$source" $(pkg-config --cflags --libs ray)
}

# Finds what was installed, as a user's build does.
use_installed() {
    root=$BATS_FILE_TMPDIR/root
    libdir=$(dirname "$(find "$root" -name ray.pc)")/..
    export PKG_CONFIG_PATH=$libdir/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root LD_LIBRARY_PATH=$libdir
    export PATH=$root/usr/bin:$PATH
    cluster_folder
}

@test "the example of every page of section 3 compiles, runs and prints what it says" {
    use_installed
    for page in "$MANPATH"/man3/*.3; do
        [[ ! -L $page ]] || continue
        program=$BATS_TEST_TMPDIR/$(basename "$page" .3)
        sed -n '/^\.Sh EXAMPLES/,/^\.Ed/p' "$page" | sed '1,/^\.Bd/d; /^\.Ed/d; s/^\\&//; s/\\e/\\/g' >"$program.c"
        build_both "$program" "$program.c" gcc -std=gnu11
        "$program" "$program.so" >"$program.out"
        diff <(sed -n 's|.*/\* prints \(.*\) \*/.*|\1|p' "$program.c") "$program.out"
    done
    cluster_end
}

@test "every function of ray.h has a page" {
    sed -n 's/^RAY_API.* \**\(ray_[a-z_]*\)(.*/\1/p' "$top/lib/ray.h" >"$BATS_TEST_TMPDIR/names"
    [ "$(wc -l <"$BATS_TEST_TMPDIR/names")" -gt 30 ]
    while read -r name; do
        [ -e "$MANPATH/man3/$name.3" ] || { echo "$name"; return 1; }
        man 3 "$name" | col -b | grep -q "$name("
    done <"$BATS_TEST_TMPDIR/names"
}

@test "C++ programs include ray.h" {
    use_installed
    build_both "$BATS_TEST_TMPDIR/include" "$top/tests/cluster/include.cc" g++ -std=c++17
    [ "$("$BATS_TEST_TMPDIR/include" "$BATS_TEST_TMPDIR/include.so")" = $'ab\nc' ]
    cluster_end
}
