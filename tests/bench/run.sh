#!/usr/bin/env bash
# run.sh BUILT PROGRAM... - every row of `make bench`: those of the programs (transfer and crowd are run by the two
# scripts), then those that a shell measures. A table on stdout, the same as a list in build/bench.json. A target
# that is missed is no failure. BENCH_ONLY: a regular expression on the names of programs and scripts.
set -uo pipefail
built=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
BENCH_ROWS=$(mktemp "${TMPDIR:-/tmp}/rb.XXXXXX") || exit 1
export BENCH_ROWS
unset RAYCTL_ADDRESS RAY_ADDRESS RAYCTL_SECRET_DIR
trap 'rm -f "$BENCH_ROWS"' EXIT
failed=0

printf '%-38s %10s %-5s %22s %-45s %6s  %-12s\n' row median '' 'quartiles      ' 'limit of this run' ratio target
for program in "$@" "$here/transfer.sh" "$here/top.sh"; do
    name=${program##*/}
    [[ $name != transfer && $name != crowd ]] || continue
    [[ ${name%.sh} =~ ${BENCH_ONLY:-} ]] || continue
    BENCH_BUILT=$built "$program" || failed=1
done
echo 'no row for command tasks beside xargs -P: there is no rayctl map yet'
awk 'BEGIN { print "[" } NR > 1 { print before "," } { before = $0 } END { print before; print "]" }' \
    "$BENCH_ROWS" >build/bench.json
exit "$failed"
