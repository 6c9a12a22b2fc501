#!/usr/bin/env bash
# transfer.sh - 1 GiB from node to node over TLS, beside what openssl's own programs and plain TCP carry over the
# loopback in the same run. The far node's folder is in a mount namespace of its own, so that the two nodes and the driver
# take each other for other machines.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/bench/row.bash disable=SC1091
. "$here/row.bash"
size=$((1 << 30))

RAYCTL_TMPDIR=$(mktemp -d "${TMPDIR:-/tmp}/rb.XXXXXX")
export RAYCTL_TMPDIR
far=$(mktemp -d "${TMPDIR:-/tmp}/rb.XXXXXX")
finish() {
    [[ -z ${server:-} ]] || kill "$server" 2>/dev/null || true
    echo >&8
    [[ -z ${far_node:-} ]] || wait "$far_node" || true
    rayctl stop --quiet || true
    rm -rf "$RAYCTL_TMPDIR" "$far"
}
trap finish EXIT

# GB/s of a file (a hole, so no disk is read) from `openssl s_server` to `openssl s_client`, with a pre-shared key.
openssl_round() {
    local begin key=000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f suite=TLS_AES_128_GCM_SHA256
    begin=$(now)
    printf 'GET /hole HTTP/1.0\r\n\r\n' | openssl s_client -psk $key -tls1_3 -ciphersuites $suite -quiet \
        -connect "127.0.0.1:$1" 2>/dev/null >/dev/null
    awk -v begin="$begin" -v end="$(now)" -v size=$size 'BEGIN { print size / 1e9 / (end - begin) }'
}

openssl_serve() {
    truncate -s $size "$far/hole"
    : >"$far/said"
    (cd "$far" && exec openssl s_server -nocert -psk 000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f \
        -tls1_3 -HTTP -accept 127.0.0.1:0 >"$far/said" 2>&1) &
    server=$!
    for ((i = 0; i < 100; i++)); do
        port=$(sed -n 's/^ACCEPT .*:\([0-9]*\)$/\1/p' "$far/said")
        [[ -z $port ]] || break
        sleep 0.05
    done
}

median() {
    printf '%s\n' "$@" | sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

rayctl start --head --quiet --node-ip-address 127.0.0.1 --num-cpus 0 --object-store-memory 3G
mkfifo "$RAYCTL_TMPDIR/stay"
# shellcheck disable=SC2016 # for the shell over there
far_side='mount -t tmpfs -o mode=0700 none "$RAYCTL_TMPDIR" || exit
    rayctl start --quiet --address "$1" --num-cpus 1 --secret-file "$2" --node-name far --object-store-memory 3G || exit
    read -r _ <"$3"
    rayctl stop --quiet'
near=$RAYCTL_TMPDIR
unshare --map-root-user --mount env RAYCTL_TMPDIR="$far" bash -c "$far_side" - "$(cat "$near/default/address")" \
    "$near/default/secret" "$near/stay" &
far_node=$!
exec 8<>"$RAYCTL_TMPDIR/stay"
until [[ $(rayctl list nodes --filter state=ALIVE --format json | jq .total) == 2 ]]; do
    kill -0 "$far_node" || exit
    sleep 0.1
done
figures=$("$row_built/tests/bench/transfer" "unix:$RAYCTL_TMPDIR/default/head.sock")
objects=$(awk '$1 == "object" { print $2 }' <<<"$figures")
# shellcheck disable=SC2046 # the figures are words
plain=$(median $(awk '$1 == "plain" { print $2 }' <<<"$figures"))
openssl_serve
tls=$(median "$(openssl_round "$port")" "$(openssl_round "$port")" "$(openssl_round "$port")")
row 'node to node, 1 GiB, TLS' GB/s more "$objects" "$tls" 'openssl s_client' "$(awk "BEGIN { print 0.8 * $tls }")"
row 'node to node, 1 GiB, TLS, beside plain' GB/s more "$objects" "$plain" 'plain TCP, loopback' -
