#!/usr/bin/env bash
# top.sh - `rayctl top` before a cluster with BENCH_ACTORS (1,000) actors and 100,000 tasks: one screen as text,
# and the live program under tmux for ten seconds: its CPU and its memory.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/bench/row.bash disable=SC1091
. "$here/row.bash"
actors=${BENCH_ACTORS:-1000}
seconds=10

command -v tmux >/dev/null || { echo 'no row for rayctl top: tmux is not here'; exit 0; }
RAYCTL_TMPDIR=$(mktemp -d "${TMPDIR:-/tmp}/rb.XXXXXX")
export RAYCTL_TMPDIR
finish() {
    TMUX='' tmux -S "$RAYCTL_TMPDIR/tmux" kill-server 2>/dev/null || true
    exec 8>&-
    rayctl stop --quiet || true
    rm -rf "$RAYCTL_TMPDIR"
}
trap finish EXIT

rayctl start --head --quiet
mkfifo "$RAYCTL_TMPDIR/input"
"$row_built/tests/bench/crowd" "$actors" 100000 <"$RAYCTL_TMPDIR/input" >"$RAYCTL_TMPDIR/said" &
exec 8>"$RAYCTL_TMPDIR/input"
for ((i = 0; i < 3000; i++)); do
    [[ ! -s $RAYCTL_TMPDIR/said ]] || [[ $(rayctl list actors --filter state=ALIVE --limit 1 --format json |
        jq .total) -lt $actors ]] || break
    sleep 0.1
done
once=$(for ((i = 0; i < 9; i++)); do
    begin=$(now)
    COLUMNS=100 LINES=30 rayctl top --once >/dev/null
    awk -v begin="$begin" -v end="$(now)" 'BEGIN { print (end - begin) * 1000 }'
done)
row "rayctl top --once, $actors actors" ms less "$once" - - -
TMUX='' tmux -u -f /dev/null -S "$RAYCTL_TMPDIR/tmux" new-session -d -x 100 -y 30 \
    "LC_ALL=C.UTF-8 exec rayctl top"
sleep 3
top=$(TMUX='' tmux -S "$RAYCTL_TMPDIR/tmux" list-panes -F '#{pane_pid}')
[[ $(readlink "/proc/$top/exe") == */rayctl ]] || { echo 'top.sh: rayctl top is not there' >&2; exit 1; }
TMUX='' tmux -S "$RAYCTL_TMPDIR/tmux" send-keys 4 # the screen of the actors
for ((i = 0; i < 100; i++)); do
    [[ $(TMUX='' tmux -S "$RAYCTL_TMPDIR/tmux" capture-pane -p) != *"Actors: $actors"* ]] || break
    sleep 0.1
done
((i < 100)) || { echo "top.sh: no $actors actors on the screen" >&2; exit 1; }
before=$(cpu_of "$top")
sleep $seconds # what is measured is what it uses meanwhile
row "rayctl top, live, $actors actors, CPU" % less \
    "$(awk -v before="$before" -v after="$(cpu_of "$top")" "BEGIN { print (after - before) / $seconds * 100 }")" - - 3
row "rayctl top, live, $actors actors, resident" MB less "$(resident_of "$top")" - - 64
