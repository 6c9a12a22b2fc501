# screen.bash - a terminal for a bats file: tmux runs a program, types, and reads what is on the screen.
#
# The file has loaded cluster.bash. One tmux server a test, in the private folder.

# COLUMNS LINES [NAME=VALUE...] COMMAND...: in a terminal of that size. Its exit status ends in the file `left`.
screen_start() {
    local columns=$1 lines=$2
    shift 2
    screen_folder=$(mktemp -d "$RAYCTL_TMPDIR/tm.XXXXXX")
    printf 'env %s 2>%q\necho $? >%q\n' "$(printf '%q ' "$@")" "$screen_folder/err" "$screen_folder/left" \
        >"$screen_folder/run"
    screen_tmux new-session -d -x "$columns" -y "$lines" "LC_ALL=C.UTF-8 bash $screen_folder/run; sleep infinity"
}

screen_tmux() {
    TMUX='' tmux -u -f /dev/null -S "$screen_folder/tmux" "$@"
}

# For teardown; harmless when there is none.
screen_end() {
    [[ -z ${screen_folder:-} ]] || screen_tmux kill-server 2>/dev/null || true
}

# KEY...: as tmux names them (Enter, Escape, Up, BTab), or characters.
screen_type() {
    screen_tmux send-keys "$@"
}

screen_text() {
    screen_tmux capture-pane -p
}

# Waits until the text is on the screen.
screen_shows() {
    wait_until 10 screen_has "$1" || {
        printf 'expected: %s\non the screen:\n%s\n' "$1" "$(screen_text)"
        return 1
    }
}

screen_has() {
    [[ $(screen_text) == *"$1"* ]]
}

# Waits until it is not there any more.
screen_hides() {
    wait_until 10 screen_lacks "$1" || {
        printf 'still there: %s\non the screen:\n%s\n' "$1" "$(screen_text)"
        return 1
    }
}

screen_lacks() {
    ! screen_has "$1"
}

# Whether there is a colour on it.
screen_colours() {
    screen_tmux capture-pane -p -e | grep -q $'\e\[[0-9;]*[34][0-7]m'
}

# STATUS: the program has ended with it.
screen_left() {
    wait_until 10 grep -qsx "$1" "$screen_folder/left" || {
        printf 'expected status %s\n%s\n%s\n' "$1" "$(cat "$screen_folder/left" "$screen_folder/err")" \
            "$(screen_text)"
        return 1
    }
}
