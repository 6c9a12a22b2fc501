#!/usr/bin/env bats
# rayctl submit

load ../support/cluster

setup_file() {
    cluster_folder
    cluster_start --num-cpus 2
}

teardown_file() {
    cluster_end
}

# A folder to submit, in $dir.
folder() {
    dir=$BATS_TEST_TMPDIR/app
    mkdir -p "$dir/sub"
    echo "$BATS_TEST_NAME" >"$dir/data"
    echo left-out >"$dir/sub/notes.md"
    # shellcheck disable=SC2016 # for the job's shell
    echo 'cat data; ls sub; echo "$PWD" "$RAY_WORKING_DIR"; echo "$A-$B"' >"$dir/main.sh"
}

# How many packages the head has.
packages() {
    find "$RAYCTL_TMPDIR/default/packages" -type f | wc -l
}

# STATUS PART ARGUMENT...: submit refuses it with one line, and there is no new job.
refused() {
    local expected=$1 part=$2 jobs
    shift 2
    jobs=$(rayctl list jobs --format json | jq .total)
    run rayctl submit "$@" -- true
    ended "$expected"
    says "$part"
    [ "${#lines[@]}" = 1 ]
    [ "$(rayctl list jobs --format json | jq .total)" = "$jobs" ]
}

@test "a job's output and status are ours" {
    status=0
    output=$(rayctl submit -- sh -c 'echo out; echo err >&2; exit 3' 2>"$BATS_TEST_TMPDIR/said") || status=$?
    ended 3
    [ "$output" = "out
err" ]
    output=$(cat "$BATS_TEST_TMPDIR/said")
    says 'submitted'
    says 'failed: the command exited with status 3'
    run rayctl submit --quiet -- true
    ended 0
    [ -z "$output" ]
}

@test "a job that a signal kills has status 128+n" {
    # shellcheck disable=SC2016 # for the job's shell
    run rayctl submit -- 'kill -TERM $$'
    ended 143
}

@test "one word is a shell line, several are words" {
    run rayctl submit --quiet -- 'echo a   b | tr a-z A-Z'
    [ "$output" = 'A B' ]
    run rayctl submit --quiet -- printf '%s|' 'a  b' "it's" ''
    [ "$output" = "a  b|it's||" ]
}

@test "options after the command are the command's" {
    run rayctl submit --quiet -- echo --quiet -x
    [ "$output" = '--quiet -x' ]
    run rayctl submit --quiet echo --help
    [ "$output" = '--help' ]
}

@test "environment, folder and address" {
    cd "$BATS_TEST_TMPDIR"
    # shellcheck disable=SC2016
    run rayctl submit --quiet --env A=1 --env 'B=x y' -- \
        'echo "$A $B $PWD"; test -n "$RAY_ADDRESS" && rayctl status >/dev/null && echo reached'
    [ "${lines[0]}" = "1 x y $BATS_TEST_TMPDIR" ]
    [ "${lines[1]}" = reached ]
}

@test "a working folder goes along, once" {
    folder
    before=$(packages)
    run rayctl submit --working-dir "$dir" --env A=1 --env B=2 -- sh main.sh
    ended 0
    says "uploading $dir: 4 entries"
    [ "${lines[2]}" = "$BATS_TEST_NAME" ]
    [ "${lines[3]}" = notes.md ]
    read -r pwd working_dir <<<"${lines[4]}"
    [ "$pwd" = "$working_dir" ]
    [ "$pwd" != "$dir" ]
    [ "${lines[5]}" = 1-2 ]
    cp -r "$dir" "$dir-2"
    run rayctl submit --working-dir "$dir-2" -- cat data
    ended 0
    [[ $output != *uploading* ]]
    [ "$(packages)" = $((before + 1)) ]
    echo changed >"$dir/data"
    run rayctl submit --working-dir "$dir" -- cat data
    says uploading
    says changed
    [ "$(packages)" = $((before + 2)) ]
}

@test "a runtime environment: a file, JSON, options on top, a package that is there" {
    folder
    cat >"$BATS_TEST_TMPDIR/env.yaml" <<EOT
working_dir: $dir
excludes: ["*.md"]
env_vars: { A: from-file, B: from-file }
EOT
    run rayctl submit --quiet --runtime-env "$BATS_TEST_TMPDIR/env.yaml" --env A=1 -- sh main.sh
    ended 0
    [ "${lines[0]}" = "$BATS_TEST_NAME" ]
    [ "${lines[2]}" = 1-from-file ]
    [[ $output != *notes* ]]
    uri=$(rayctl env push --quiet "$dir" --exclude '*.md')
    run rayctl submit --quiet --runtime-env-json "{\"working_dir\": \"$uri\", \"env_vars\": {\"A\": \"\"}}" -- sh main.sh
    ended 0
    [ "${lines[2]}" = - ]
    run rayctl submit --quiet --runtime-env "{\"working_dir\": \"/none\"}" --working-dir "$uri" -- cat data
    [ "$output" = "$BATS_TEST_NAME" ]
}

@test "what is wrong with a runtime environment, in one line each" {
    folder
    refused 2 'not both' --runtime-env '{}' --runtime-env-json '{}'
    refused 2 'expected an object' --runtime-env-json "$dir/main.sh"
    refused 3 "$dir/none" --runtime-env "$dir/none"
    refused 3 "working_dir: $dir/none" --working-dir "$dir/none"
    refused 1 "$dir/data" --working-dir "$dir/data"
    refused 1 'expected a folder' --working-dir s3://bucket/app.zip
    refused 3 'no such package' --working-dir "pkg:$(printf '%064d' 0).tar.zst"
    refused 2 "1:3: unknown key 'working_dri': did you mean 'working_dir'?" --runtime-env '{"working_dri": "x"}'
    refused 1 'pip: runtime_env:1:11: not supported' --runtime-env '{"pip": ["x"]}'
    refused 2 'env_vars: expected names with values' --runtime-env '{"env_vars": [1]}'
    refused 2 'runtime_env:2:1:' --runtime-env '{"env_vars":'
    ln -s /etc/passwd "$dir/out"
    refused 1 'out' --working-dir "$dir"
}

@test "a working folder that is too large names its largest files" {
    folder
    truncate -s 500M "$dir/sub/model"
    truncate -s 100M "$dir/cache"
    refused 1 'sub/model' --working-dir "$dir"
    says 'cache'
    echo /cache >"$dir/.gitignore"
    run rayctl submit --quiet --working-dir "$dir" -- cat data
    ended 0
}

@test "a working folder that cannot be read" {
    folder
    chmod 000 "$dir/data"
    run setpriv --bounding-set=-dac_override,-dac_read_search rayctl submit --working-dir "$dir" -- true
    ended 1
    says "$dir/data: Permission denied"
}

@test "a package that was damaged fails its job with the reason, and is sent again" {
    folder
    uri=$(rayctl env push --quiet "$dir")
    package=$RAYCTL_TMPDIR/default/packages/${uri#pkg:}
    truncate -s -7 "$package"
    run rayctl submit --submission-id damaged --working-dir "$dir" -- cat data
    ended 1
    says 'job damaged failed: runtime environment on node head: '
    says "${uri#pkg:}"
    [ "$(rayctl get job damaged --format json | jq -r .error_type)" = RUNTIME_ENV_SETUP_FAILED ]
    run rayctl submit --working-dir "$dir" -- cat data
    ended 0
    says uploading
    says "$BATS_TEST_NAME"
}

@test "a full disk at the head: the upload says so, nothing of it stays" {
    folder
    head -c 3000000 /dev/urandom >"$dir/big"
    mkdir -p "$RAYCTL_TMPDIR/default/packages"
    mount -t tmpfs -o size=1m tmpfs "$RAYCTL_TMPDIR/default/packages" || skip "needs root to mount a small disk"
    run rayctl submit --working-dir "$dir" -- true
    left=$(find "$RAYCTL_TMPDIR/default/packages" -type f)
    umount "$RAYCTL_TMPDIR/default/packages"
    ended 1
    says 'o space left'
    [ -z "$left" ]
}

@test "an upload that stopped growing is removed by the next" {
    folder
    touch -d '20 minutes ago' "$RAYCTL_TMPDIR/default/packages/.upload-1"
    touch "$RAYCTL_TMPDIR/default/packages/.upload-2"
    rayctl env push --quiet "$dir"
    [ ! -e "$RAYCTL_TMPDIR/default/packages/.upload-1" ]
    [ -e "$RAYCTL_TMPDIR/default/packages/.upload-2" ]
    rm "$RAYCTL_TMPDIR/default/packages/.upload-2"
}

@test "a job that is a driver is one job" {
    run rayctl submit --quiet --submission-id driver-1 -- "$hello" "$hello.so"
    ended 0
    [ "$output" = 'sum of squares: 285' ]
    run rayctl list jobs --filter submission_id=driver-1 --format json
    [ "$(jq .total <<<"$output")" = 1 ]
    [ "$(jq -r '.rows[0].status' <<<"$output")" = SUCCEEDED ]
    [ "$(jq -r '.rows[0].job_id' <<<"$output")" != null ]
}

@test "--no-wait prints the id and nothing else" {
    run rayctl submit --no-wait -- sleep 0
    ended 0
    [[ $output =~ ^raysubmit_[A-Za-z0-9]{16}$ ]]
    rayctl job wait --quiet "$output"
}

@test "an id is taken once" {
    rayctl submit --quiet --submission-id twice -- true
    run rayctl submit --submission-id twice -- true
    ended 1
    says "there is a job 'twice' already"
    run rayctl submit --submission-id 'a b' -- true
    ended 2
}

@test "what is wrong is said before anything runs" {
    run rayctl submit
    ended 2
    run rayctl submit --working-dir /nowhere -- true
    ended 3
    says '/nowhere'
    run rayctl submit --env NOVALUE -- true
    ended 2
    run rayctl submit -- /nowhere/program
    ended 127
}

@test "much output comes whole" {
    rayctl submit --quiet -- seq 1 300000 >"$BATS_TEST_TMPDIR/out"
    cmp "$BATS_TEST_TMPDIR/out" <(seq 1 300000)
}

@test "Ctrl-C stops looking, not the job" {
    rayctl submit --submission-id endless -- sleep 1000 2>"$BATS_TEST_TMPDIR/said" &
    submit=$!
    wait_until 10 grep -q submitted "$BATS_TEST_TMPDIR/said"
    # Asked again: the first may come before it listens.
    ended_by_interrupt() {
        kill -INT "$submit" 2>/dev/null || true
        ! kill -0 "$submit" 2>/dev/null
    }
    wait_until 10 ended_by_interrupt
    run wait "$submit"
    ended 130
    grep -q 'goes on' "$BATS_TEST_TMPDIR/said"
    [ "$(rayctl list jobs --filter submission_id=endless --format json | jq -r '.rows[0].status')" = RUNNING ]
    rayctl job stop --quiet endless
}
