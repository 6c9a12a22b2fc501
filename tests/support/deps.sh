#!/usr/bin/env bash
# deps.sh build|check... - installs the Debian or Ubuntu packages that are missing; quick, and off
# the network, when there are none. `a|b` is one package under two names, first choice first; a
# `?` in front marks what the project can do without where it is not packaged.
set -euo pipefail

# shellcheck disable=SC2034 # chosen by name, below
build='build-essential pkg-config libuv1-dev libmsgpack-c-dev|libmsgpack-dev libfyaml-dev
    libjansson-dev libsqlite3-dev libssl-dev libssh2-1-dev libarchive-dev libncurses-dev uthash-dev
    zlib1g-dev libzstd-dev liblzma-dev libbz2-dev nettle-dev
    libsvm-dev liblinear-dev ?libxgboost-dev'
# shellcheck disable=SC2034
check='libcmocka-dev bats jq python3 procps iproute2 nftables openssh-server openssh-client tmux zsh fish mandoc systemd tshark bsdextrautils libfaketime shellcheck clang ?libclang-rt-dev|libclang-rt-18-dev|libclang-rt-14-dev
    ?clang-format-14|clang-format'

# Those of the names given that are installed, between spaces. dpkg-query fails when it has never heard of one.
installed() {
    { dpkg-query -W -f='${db:Status-Status} ${Package} \n' "$@" 2>/dev/null || true; } |
        sed -n 's/^installed / /p' | tr -d '\n'
}

is_packaged() {
    [[ $(apt-cache policy "$1" 2>/dev/null) == *'Candidate: '[0-9]* ]]
}

as_root() {
    if [[ $(id -u) == 0 ]]; then
        env DEBIAN_FRONTEND=noninteractive "$@"
    elif command -v sudo >/dev/null; then
        sudo env DEBIAN_FRONTEND=noninteractive "$@"
    else
        echo "deps: neither root nor sudo here; ask an administrator for: $*" >&2
        return 1
    fi
}

# The choices given of which no name is installed, one a line.
missing() {
    local words=${*//[?]/} names have choice name
    read -ra names <<<"${words//|/ }"
    have=$(installed "${names[@]}")
    for choice in "$@"; do
        for name in ${choice//[|?]/ }; do
            [[ $have != *" $name "* ]] || continue 2
        done
        echo "$choice"
    done
}

# What to install for a choice: its first name that is packaged here.
pick() {
    local name
    for name in ${1//[|?]/ }; do
        if is_packaged "$name"; then
            echo "$name"
            return
        fi
    done
    if [[ $1 == \?* ]]; then
        echo "deps: not packaged here, and not needed: ${1#\?}" >&2
    else
        echo "${1//|*/}" # let apt-get say what is wrong
    fi
}

wanted=()
for group in "$@"; do
    read -rd '' -a words <<<"${!group}" || true
    wanted+=("${words[@]}")
done
if ! command -v dpkg-query >/dev/null; then
    echo "deps: no dpkg here; what rayctl needs, by Debian's names: ${wanted[*]}"
    exit 0
fi
mapfile -t lacking < <(missing "${wanted[@]}")
if ((${#lacking[@]} == 0)); then
    echo 'deps: nothing to do'
    exit 0
fi
echo "deps: missing: ${lacking[*]}"
if [[ ${lacking[*]} =~ (^| )[^?\ ] ]]; then
    as_root apt-get update -q -o Acquire::Retries=3
fi
mapfile -t chosen < <(for choice in "${lacking[@]}"; do pick "$choice"; done)
if ((${#chosen[@]} > 0)); then
    as_root apt-get install -q -y --no-install-recommends -o Acquire::Retries=3 "${chosen[@]}"
fi
