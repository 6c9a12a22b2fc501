# cluster.bash - a cluster of its own for a bats file, and waiting for things.
#
# Each file has a private, short session folder (paths of sockets must stay below 108 bytes). Nothing sleeps for
# a fixed time to wait for something: wait_until looks again and again.

# shellcheck disable=SC2034,SC2154 # for the files that load this; set by run
# bats before 1.4 has no folder for each test.
BATS_TEST_TMPDIR=${BATS_TEST_TMPDIR:-$(mktemp -d "${TMPDIR:-/tmp}/rt.XXXXXX")}
top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
built=${RAYCTL_BIN:-$top/build/bin}
built=${built%/bin}
hello=$built/examples/hello/hello
automl=$built/examples/automl/automl

# Names the private folder; for setup_file.
cluster_folder() {
    RAYCTL_TMPDIR=$(mktemp -d "${TMPDIR:-/tmp}/rc.XXXXXX")
    export RAYCTL_TMPDIR
    unset RAYCTL_ADDRESS RAY_ADDRESS RAYCTL_SECRET_DIR
}

# [OPTIONS]: a head and a node in the private folder.
cluster_start() {
    rayctl start --head --quiet "$@"
}

# For teardown_file: ends every cluster of the folder, and fails when a process of it stays.
cluster_end() {
    local session
    for session in "$RAYCTL_TMPDIR"/*/; do
        [[ ! -d $session ]] || rayctl stop --quiet --cluster-name "$(basename "$session")"
    done
    wait_until 5 no_process_left
    rm -rf "$RAYCTL_TMPDIR"
}

no_process_left() {
    local process
    for process in /proc/[0-9]*; do
        case $(readlink "$process/exe") in
        */rayd | */ray-worker)
            ! grep -qzsxF "RAYCTL_TMPDIR=$RAYCTL_TMPDIR" "$process/environ" || return 1
            ;;
        esac
    done
}

# SECONDS COMMAND...: until it succeeds; fails when it does not in time.
wait_until() {
    local end=$((${EPOCHREALTIME/./} + $1 * 1000000))
    shift
    until "$@"; do
        ((${EPOCHREALTIME/./} < end)) || return 1
        sleep 0.05
    done
}

# PART: `run` has printed it, in one line.
says() {
    [[ $output == *"$1"* ]] || {
        printf 'expected: %s\nprinted: %s\n' "$1" "$output"
        return 1
    }
}

# STATUS: `run` has ended with it.
ended() {
    [[ $status == "$1" ]] || {
        printf 'expected status %s, not %s: %s\n' "$1" "$status" "$output"
        return 1
    }
}
