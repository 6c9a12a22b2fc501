#!/usr/bin/env bash
# selftest.sh - every lint, fed a bad sample, must find it, and must be silent about a good one.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
count=0

# NAME: begins a sample, an empty tree.
sample() {
    name=$1
    rm -rf "$tree"
    mkdir -p "$tree"
    cp "$here/../../.clang-format" "$tree"
}

# FILE: puts standard input there.
file() {
    mkdir -p "$(dirname "$tree/$1")"
    cat >"$tree/$1"
}

# LINT PATTERN: the lint must fail, with a line that matches.
finds() {
    local out
    if out=$(LINT_ROOT=$tree "$here/run.sh" "$1") || ! grep -Eq "$2" <<<"$out"; then
        not_ok "$out"
    else
        ok
    fi
}

# LINT: nothing to say.
passes() {
    local out
    if out=$(LINT_ROOT=$tree "$here/run.sh" "$1") && [[ ! $out ]]; then
        ok
    else
        not_ok "$out"
    fi
}

ok() {
    echo "ok $((++count)) - $name"
}

not_ok() {
    echo "not ok $((++count)) - $name"
    printf '# said: %s\n' "${1:-nothing}"
}

# N TEXT: the text, N times.
repeat() {
    local i
    for ((i = 0; i < $1; i++)); do
        printf '%s\n' "$2"
    done
}

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

sample 'layers: an upward include'
file lib/base/buf.c <<<'#include "lib/net/conn.h"'
finds layers '^lib/base/buf.c:1: .*lib/base may not include lib/net'

sample 'layers: siblings of the daemon'
file daemon/head/view.c <<<'#include "daemon/node/ledger.h"'
finds layers '^daemon/head/view.c:1: '

sample 'layers: not from the root'
file lib/base/buf.c <<<'#include "buf.h"'
finds layers '^lib/base/buf.c:1: .*from the root'

sample 'layers: a folder that is none'
file lib/extra/x.c <<<'int x;'
finds layers '^lib/extra/x.c:1: in no layer'

sample 'layers: an example looks behind the API'
file examples/sum/sum_main.c <<<'#include "lib/base/buf.h"'
finds layers '^examples/sum/sum_main.c:1: .*examples include'

sample 'layers: downward, own folder, examples and tests are fine'
file cli/cmd_top.c <<<$'#include "cli/command.h"\n#include "tui/tui.h"\n#include "lib/ray.h"'
file examples/sum/sum_main.c <<<$'#include "ray.h"\n#include "sum.h"'
file tests/unit/lib/net/conn_test.c <<<$'#include "daemon/head/head.h"\n#include "harness.h"'
passes layers

sample 'walls: libuv outside lib/net'
file daemon/node/node.c <<<$'\n#include <uv.h>'
finds walls '^daemon/node/node.c:2: <uv.h>'

sample 'walls: OpenSSL in the wrong file of the right folder'
file lib/net/conn.c <<<'#include <openssl/ssl.h>'
finds walls '^lib/net/conn.c:1: '

sample 'walls: behind them'
file lib/net/loop.h <<<'#include <uv.h>'
file lib/net/tls.c <<<'#include <openssl/ssl.h>'
file examples/x/x_main.c <<<'#include <sqlite3.h>'
passes walls

sample 'order: a call up the list of the head'
file daemon/head/nodes.c <<<'#include "daemon/head/actors.h"'
finds order '^daemon/head/nodes.c:1: .*nodes is below actors'

sample 'order: a module without a place'
file daemon/node/extra.h <<<'int extra;'
finds order '^daemon/node/extra.h:1: not in '

sample 'order: down the list, and store_sqlite as part of store'
file daemon/head/actors.c <<<$'#include "daemon/head/actors.h"\n#include "daemon/head/nodes.h"'
file daemon/head/store_sqlite.c <<<'#include "daemon/head/store.h"'
file daemon/node/node.c <<<'#include "daemon/node/leases.h"'
passes order

sample 'lengths: a long file'
repeat 601 'int x;' | file lib/base/buf.c
finds lengths '^lib/base/buf.c:601: 601 lines'

sample 'lengths: a long header'
repeat 151 'int x;' | file lib/base/buf.h
finds lengths '^lib/base/buf.h:151: '

sample 'lengths: ray.h may be longer'
repeat 400 'int x;' | file lib/ray.h
passes lengths

sample 'lengths: a long function'
{
    printf 'int f(void)\n{\n'
    repeat 61 '    g();'
    echo '}'
} | file lib/base/buf.c
finds lengths '^lib/base/buf.c:2: f\(\) has 61 lines'

sample 'lengths: six parameters'
file lib/base/buf.c <<<$'int f(int a, int b, void (*c)(int, int), int d,\n      int e, int g)\n{\n}'
finds lengths '^lib/base/buf.c:3: f\(\) has 6 parameters'

sample 'lengths: four deep'
file lib/base/buf.c <<'END'
void f(void)
{
    list_each(at, head) {
        while (at) {
            if (a) {
            } else {
                switch (b) {
                }
            }
        }
    }
}
END
finds lengths '^lib/base/buf.c:7: f\(\) nests 4 deep'

sample 'lengths: braces that are no blocks'
file lib/base/buf.c <<'END'
static const struct x xs[] = { { { { { 1 } } } } };
#define loop(x) \
    do {        \
        if (x) {

struct x f(int a, int b, void (*c)(int, int), int d, int e)
{
    struct y y = { .a = { { { { 1 } } } } }; /* { { { { { */
    if (a) {
        for (;;) {
            g((struct x){ .s = "{{{{", .c = '{', .y = { { 1 } } });
            return (struct x){ { 1 } };
        }
    }
}
END
passes lengths

sample 'names: a file that says nothing'
file lib/base/string_util.c <<<'int x;'
finds names '^lib/base/string_util.c:1: '

sample 'names: one stem twice'
file cli/drain.c <<<'int x;'
file daemon/head/drain.c <<<'int x;'
finds names '^daemon/head/drain.c:1: a second drain.c'

sample 'names: a banned function'
file lib/base/buf.c <<<$'void f(void)\n{\n    strcpy (a, b);\n}'
finds names '^lib/base/buf.c:3: strcpy\(\) is banned: use snprintf'

sample 'names: look-alikes'
file cli/main.c <<<$'void f(void)\n{\n    ops->system(a); /* gets(b) */\n    fgets(a, "atoi(3)");\n}'
file daemon/main.c <<<'int system_ready(void);'
passes names

if command -v clang-format-14 >/dev/null; then
    sample 'format: a brace on the wrong line'
    file lib/base/buf.c <<<$'int f(void) {\n    return 1;\n}'
    finds format '^lib/base/buf.c:1: not formatted'

    sample 'format: as it should be'
    file lib/base/buf.c <<<$'int f(char *p)\n{\n    if (p)\n        return 1;\n    return 0;\n}'
    passes format
fi

if command -v shellcheck >/dev/null; then
    sample 'shell: an unquoted variable'
    file tests/support/x.sh <<<$'#!/bin/bash\nrm $1'
    finds shell '^tests/support/x.sh:2:'

    sample 'shell: the same in a bats file'
    file tests/cli/x.bats <<<$'@test "x" {\n    rm $BATS_TMPDIR/x\n}'
    finds shell '^tests/cli/x.bats:2:'
fi
echo "1..$count"
