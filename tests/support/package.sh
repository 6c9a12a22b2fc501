#!/usr/bin/env bash
# package.sh - is what gets installed whole, small, and gone after `make uninstall`? Speaks TAP.
# Works in the folder TMPDIR, on the release build.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
make=${MAKE:-make}
root=${TMPDIR:-/tmp}/root
count=0

# NAME COMMAND...: one check.
check() {
    local name=$1 out
    shift
    if out=$("$@" 2>&1); then
        echo "ok $((++count)) - $name"
    else
        echo "not ok $((++count)) - $name"
        printf '# %s\n' "${out//$'\n'/$'\n# '}"
    fi
}

only_the_api_is_exported() {
    ! nm -D --defined-only build/lib/libray.so | awk '{ print $NF }' | grep -v '^ray_' &&
        ! nm -g --defined-only build/lib/libray.a | awk 'NF == 3 { print $NF }' | grep -v '^ray_'
}

few_libraries_are_needed() {
    ! readelf -d build/lib/libray.so | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
        grep -Ev '^(libc|libm|libdl|libpthread|libuv|libmsgpack-?c|libcrypto|libssl|ld-linux.*)\.so'
}

installs() {
    "$make" -s install PREFIX=/opt/ray DESTDIR="$root"
}

its_programs_run() {
    for program in rayctl rayd rayscale ray-worker; do
        [[ ! -e build/bin/$program || -x $root/opt/ray/bin/$program ]] || return 1
    done
    [[ $("$root/opt/ray/bin/rayctl" version) == "$(build/bin/rayctl version)" ]]
}

a_program_builds_against_it() {
    local base=$root/opt/ray
    echo '#include <ray.h>
int main(void) { return 0; }' >"$TMPDIR/x.c"
    export PKG_CONFIG_PATH=$base/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root
    # shellcheck disable=SC2046 # flags are words
    gcc -std=c11 -Werror -Wall -o "$TMPDIR/x" "$TMPDIR/x.c" $(pkg-config --cflags --libs ray) &&
        LD_LIBRARY_PATH=$base/lib "$TMPDIR/x"
}

uninstalls() {
    "$make" -s uninstall PREFIX=/opt/ray DESTDIR="$root" && ! find "$root" ! -type d | grep .
}

if [[ -e build/lib/libray.so ]]; then
    check 'libray exports ray_ names only' only_the_api_is_exported
    check 'libray needs few libraries' few_libraries_are_needed
fi
check 'make install' installs
[[ ! -e build/bin/rayctl ]] || check 'the programs are there' its_programs_run
[[ ! -e build/lib/libray.so ]] ||
    check 'a program finds ray.h and libray by pkg-config' a_program_builds_against_it
check 'make uninstall leaves nothing' uninstalls
echo "1..$count"
