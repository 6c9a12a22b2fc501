#!/usr/bin/env bats
# rayctl top, in a real terminal (tmux)

load ../support/cluster
load ../support/screen

setup_file() {
    cluster_folder
    cluster_start --num-cpus 2
    rayctl submit --quiet --submission-id hello-1 -- "$hello" "$hello.so" >/dev/null
}

teardown_file() {
    cluster_end
}

teardown() {
    screen_end
}

@test "digits, Tab and arrows go through the screens; q leaves" {
    screen_start 100 24 rayctl top
    screen_shows ' of 2 cores'
    screen_shows '1 SUCCEEDED'
    screen_type 2
    screen_shows 'Nodes: 1'
    screen_shows '10.' || screen_shows '127.0.0.1'
    screen_type Tab
    screen_shows 'hello-1'
    screen_type Right
    screen_shows 'Actors: '
    screen_type 5
    screen_shows 'square'
    screen_type BTab
    screen_shows 'Actors: '
    screen_type 6
    screen_shows 'node-head.log'
    screen_type q
    screen_left 0
    [ ! -s "$screen_folder/err" ]
}

@test "what changes in the cluster comes by itself" {
    screen_start 100 24 rayctl top --screen jobs
    screen_shows 'Jobs: '
    rayctl submit --quiet --submission-id appears --no-wait -- 'sleep 1000' >/dev/null
    screen_shows 'appears'
    screen_shows 'RUNNING'
    screen_type / 'submission_id=appears' Enter
    screen_shows 'with submission_id=appears'
    screen_hides 'hello-1'
    # Ended from here, after a question.
    screen_type k
    screen_shows 'stop job appears: sleep 1000? (y/n)'
    screen_type n
    screen_hides '(y/n)'
    [ "$(rayctl get job appears --format json | jq -r .status)" = RUNNING ]
    screen_type k y
    screen_shows 'stopping job appears'
    screen_shows 'STOPPED'
    [ "$(rayctl get job appears --format json | jq -r .status)" = STOPPED ]
    screen_type k
    screen_shows 'that job has ended already'
}

@test "a group of tasks, its tasks, one task; and back" {
    screen_start 120 24 rayctl top --screen tasks
    screen_shows 'square'
    screen_type / square Enter
    screen_shows 'Tasks: 1 of '
    screen_type Enter
    screen_shows 'Tasks of the function: 10'
    screen_type Enter
    screen_shows 'func_or_class_name:  square'
    screen_type Escape
    screen_shows 'Tasks of the function: 10'
    screen_type / 'state=FAILED' Enter
    screen_shows 'Tasks of the function: 0'
    screen_type Escape
    screen_shows 'Tasks of the function: 10'
    screen_type Escape
    screen_shows 'Tasks: 1 of '
    screen_type Escape
    screen_shows 'counter.add'
}

@test "the log of a job is followed; what would drive the terminal is shown, not done" {
    cat >"$BATS_TEST_TMPDIR/talk" <<'END'
printf 'first\033[2J\033]0;evil\007 line\n'
printf 'bad utf-8: \377\n'
until [ -e "$0.go" ]; do sleep 0.05; done
echo second line
END
    rayctl submit --quiet --submission-id talker --no-wait -- "sh $BATS_TEST_TMPDIR/talk" >/dev/null
    screen_start 100 24 rayctl top --screen jobs
    screen_shows 'talker'
    screen_type / talker Enter l
    screen_shows 'first\x1b[2J\x1b]0;evil\x07 line'
    screen_shows 'bad utf-8: \xff'
    screen_shows 'following'
    touch "$BATS_TEST_TMPDIR/talk.go"
    screen_shows 'second line'
    screen_shows 'ended'
    [ "$(screen_tmux display-message -p '#{pane_title}')" != evil ]
    screen_type / second Enter
    screen_hides 'first'
    screen_type Escape Escape
    screen_shows 'Jobs: '
}

@test "the log of an actor's worker, its other stream, and of a file" {
    screen_start 100 24 rayctl top --screen actors
    screen_shows 'counter'
    screen_type l
    screen_shows '.out  ended' # its driver has gone
    screen_type e
    screen_shows '.err  ended'
    screen_type 6 / head.log Enter
    screen_shows 'Logs: 2 of '
    screen_type End Enter
    screen_shows 'following'
    screen_shows 'log'
}

@test "an actor is killed after a question" {
    "$automl" --data "$top/examples/automl/data/wine.csv" --candidates 2 --plain --quiet >/dev/null
    screen_start 110 24 rayctl top --screen actors
    screen_shows 'ALIVE'
    screen_type / 'state=ALIVE' Enter
    screen_shows 'with state=ALIVE'
    alive=$(rayctl list actors --filter state=ALIVE --format json | jq .total)
    [ "$alive" -ge 1 ]
    screen_type k
    screen_shows '(y/n)'
    screen_type y
    screen_shows 'killed actor'
    fewer() {
        [ "$(rayctl list actors --filter state=ALIVE --format json | jq .total)" -lt "$alive" ]
    }
    wait_until 10 fewer
}

@test "the mouse: a screen's name, a row, the wheel" {
    screen_start 100 24 rayctl top
    screen_shows ' of 2 cores'
    # X10 reports: button, column, line, each plus 32 (1 is the first).
    screen_tmux send-keys -l $'\e[M :!' # column 26, line 1: Jobs
    screen_tmux send-keys -l $'\e[M#:!' # let go
    screen_shows 'hello-1'
    screen_type 6
    screen_shows 'head.log'
    screen_tmux send-keys -l $'\e[M %$' # line 4: the first row
    screen_shows 'following'
    screen_type Escape
    screen_shows 'Logs: '
}

@test "40x10 is enough, less is said in one line; it grows again" {
    screen_start 100 24 rayctl top --screen nodes
    screen_shows 'Nodes: 1'
    screen_tmux resize-window -x 40 -y 10
    screen_hides 'WORKERS'
    screen_shows 'Nodes: 1'
    screen_tmux resize-window -x 30 -y 8
    screen_shows '40x10 needed, this is 30x8'
    screen_tmux resize-window -x 120 -y 30
    screen_shows 'WORKERS'
}

@test "colours, and NO_COLOR" {
    screen_start 100 24 NO_COLOR=1 rayctl top --screen jobs
    screen_shows 'SUCCEEDED'
    run screen_colours
    ended 1
    screen_end
    screen_start 100 24 NO_COLOR= rayctl top --screen jobs
    screen_shows 'SUCCEEDED'
    run screen_colours
    ended 0
}

@test "Ctrl-C and SIGTERM give the terminal back" {
    screen_start 100 24 rayctl top
    screen_shows ' of 2 cores'
    [ "$(screen_tmux display-message -p '#{alternate_on}')" = 1 ]
    screen_type C-c
    screen_left 0
    [ "$(screen_tmux display-message -p '#{alternate_on} #{cursor_flag}')" = '0 1' ]
}

@test "no terminal, or one that cannot be used: one line, status 2" {
    run rayctl top
    ended 2
    says 'is no terminal; --once prints one screen'
    [ "${#lines[@]}" = 1 ]
    screen_start 80 24 TERM=no-such-type rayctl top
    screen_left 2
    grep -q "terminal type 'no-such-type' (TERM) is unknown here" "$screen_folder/err"
    [ "$(wc -l <"$screen_folder/err")" = 1 ]
    screen_end
    screen_start 80 24 TERM=dumb rayctl top
    screen_left 2
    grep -q 'cannot move its cursor' "$screen_folder/err"
}

@test "--once prints each screen as text" {
    run env LC_ALL=C.UTF-8 COLUMNS=100 LINES=24 rayctl top --once
    ended 0
    says ' of 2 cores'
    says 'Leased'
    [ "${#lines[@]}" -le 24 ]
    [[ $output != *$'\e'* ]]
    for screen in nodes jobs actors tasks logs; do
        run rayctl top --once --screen "$screen"
        ended 0
    done
    says 'node-head.log'
    # Without UTF-8, signs stand for the pictures.
    run env LC_ALL=C rayctl top --once
    ended 0
    [[ $output != *█* && $output == *'....'* ]]
    run rayctl top --once --screen planets
    ended 2
    says "no screen is called 'planets'"
    run rayctl top --once --address unix:/nowhere
    ended 5
    run sh -c 'rayctl top --once >/dev/full'
    ended 1
}

@test "nodes say how busy their machine is while somebody watches" {
    known() {
        rayctl list nodes --format json | jq -e '.rows[0] | .cpu_total > 0 and .memory_total > .memory_used'
    }
    screen_start 100 24 rayctl top
    wait_until 10 known
    screen_type q
    screen_left 0
}

# The last one: the head dies in it.
@test "the cluster goes away and comes back under it" {
    screen_start 100 24 rayctl top --screen jobs
    screen_shows 'hello-1'
    head=$(rayctl status --format json | jq .head_pid)
    kill -KILL "$head"
    screen_shows 'The cluster is away since'
    screen_has 'hello-1'
    screen_type 6 3 # keys work
    screen_shows 'hello-1'
    cluster_start
    screen_hides 'The cluster is away'
    rayctl submit --quiet --submission-id afterwards --no-wait -- true >/dev/null
    screen_shows 'afterwards'
}

# No rayctl of this folder runs.
no_monitor() {
    local process
    for process in $(pgrep -x rayctl || true); do
        ! grep -qzsxF "RAYCTL_TMPDIR=$RAYCTL_TMPDIR" "/proc/$process/environ" || return 1
    done
}

@test "the terminal goes away, and the cluster with it: the monitor ends" {
    screen_start 100 24 rayctl top
    screen_shows ' of 2 cores'
    kill -KILL "$(rayctl status --format json | jq .head_pid)"
    screen_shows 'The cluster is away since'
    screen_tmux kill-server
    wait_until 10 no_monitor
    cluster_start
}
