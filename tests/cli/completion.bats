#!/usr/bin/env bats
# completion: the scripts in the shells that they are for, which ask rayctl itself.

load ../support/cluster
load ../support/screen

setup_file() {
    cluster_folder
    cluster_start --num-cpus 2
    rayctl submit --submission-id finished-job -- true
}

teardown_file() {
    cluster_end
}

teardown() {
    screen_end
}

# WORD...: the candidates for the last word, one a line.
candidates() {
    rayctl completion words "$@" | cut -f1
}

@test "words: commands, options, values and arguments by the tables" {
    candidates '' | grep -qx submit
    [ "$(candidates job st)" = $'status\nstop' ]
    [ "$(candidates help job st)" = $'status\nstop' ]
    [ "$(candidates list --for)" = $'--format' ]
    [ "$(candidates list --format j)" = $'json\njsonl' ]
    [ "$(candidates list --format=j)" = $'--format=json\n--format=jsonl' ]
    [ "$(candidates list --format = j)" = $'json\njsonl' ]
    [ "$(candidates list o)" = objects ]
    [ "$(candidates list tasks --filter sta)" = $'state=\nstart_time=' ]
    [ "$(candidates list tasks --columns task_id,sta)" = $'task_id,state\ntask_id,start_time' ]
    [ "$(candidates up '')" = :files ]
    [ "$(candidates env pack '')" = :folders ]
    [ "$(candidates nothing '')" = '' ]
    [ "$(rayctl completion words submit --working-dir . -- ls '')" = $':command\t4' ]
}

@test "words: what lives in the cluster; without one, nothing and at once" {
    [ "$(candidates job status fin)" = finished-job ]
    [ "$(candidates wait job/fin)" = job/finished-job ]
    node=$(rayctl list nodes --format json | jq -r '.rows[0].node_id')
    [ "$(candidates get nodes "${node:0:4}")" = "$node" ]
    RAYCTL_ADDRESS=unix:/nowhere run candidates job status fin
    ended 0
    [ "$output" = '' ]
}

# COMMANDS SHELL...: a terminal with the shell, in a folder of the test, after the commands.
shell_start() {
    local commands=$1
    shift
    # A shell talks to its user by stderr.
    screen_start 100 20 HISTFILE= sh -c 'exec "$@" 2>/dev/tty' sh "$@"
    wait_until 10 prompts
    screen_type "$commands; cd $BATS_TEST_TMPDIR; touch cluster.yaml; clear; echo rea''dy" Enter
    screen_shows ready
    wait_until 10 prompts_again
}

prompts() {
    [[ -n $(screen_text | tr -d '\n ') ]]
}

prompts_again() {
    [ "$(screen_text | tr -s '\n' | wc -l)" -gt 1 ]
}

@test "bash completes" {
    rayctl completion bash >"$BATS_TEST_TMPDIR/script"
    shell_start "source $BATS_TEST_TMPDIR/script" bash --norc
    screen_type 'rayctl summ' Tab 'ta' Tab '--format=y' Tab
    screen_shows 'rayctl summary tasks --format=yaml'
    screen_type C-u 'rayctl up cl' Tab
    screen_shows 'rayctl up cluster.yaml'
    screen_type C-u 'rayctl job status fin' Tab
    screen_shows 'rayctl job status finished-job'
    screen_type C-u 'rayctl list tasks --filter job_i' Tab '1'
    screen_shows 'rayctl list tasks --filter job_id=1'
}

@test "zsh completes" {
    rayctl completion zsh >"$BATS_TEST_TMPDIR/script"
    shell_start "autoload -U compinit; compinit -u -d $BATS_TEST_TMPDIR/dump; source $BATS_TEST_TMPDIR/script" zsh -f
    screen_type 'rayctl summ' Tab 'ta' Tab '--format=y' Tab
    screen_shows 'rayctl summary tasks --format=yaml'
    screen_type C-u 'rayctl up cl' Tab
    screen_shows 'rayctl up cluster.yaml'
    screen_type C-u 'rayctl job status fin' Tab
    screen_shows 'rayctl job status finished-job'
    screen_type C-u 'rayctl list tasks --filter job_i' Tab '1'
    screen_shows 'rayctl list tasks --filter job_id=1'
}

@test "fish completes" {
    rayctl completion fish >"$BATS_TEST_TMPDIR/script"
    shell_start "source $BATS_TEST_TMPDIR/script" fish --no-config
    screen_type 'rayctl summ' Tab 'ta' Tab '--format=y' Tab
    screen_shows 'rayctl summary tasks --format=yaml'
    screen_type C-u 'rayctl up cl' Tab
    screen_shows 'rayctl up cluster.yaml'
    screen_type C-u 'rayctl job status fin' Tab
    screen_shows 'rayctl job status finished-job'
}

@test "another shell is refused" {
    run rayctl completion tcsh
    ended 2
    says 'bash, zsh, fish'
}
