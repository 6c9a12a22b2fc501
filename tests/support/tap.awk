# tap.awk - one program's results, from its TAP and the way it ended.
# Usage: awk -v status=N -v limit=SECONDS -v left=NAMES -f tap.awk FILE.tap
# Prints "PASSED FAILED SKIPPED", then a line for each failure and each skip.

function blame(text) {
    failed++
    report = report "  FAIL " text "\n"
}

/^1\.\.[0-9]+/ { planned += substr($1, 4) }

/^(not )?ok / {
    name = $0
    sub(/^(not )?ok *[0-9]* *-? */, "", name)
    if (toupper(name) ~ /# *SKIP/) {
        skipped++
        report = report "  SKIP " name "\n"
    } else if ($1 == "ok")
        passed++
    else
        blame(name)
}

END {
    ran = passed + failed + skipped
    if (status == 124 || status == 137)
        blame("stopped after its limit of " limit " s")
    else if (status > 128)
        blame("killed by signal " status - 128)
    else if (status != 0 && failed == 0)
        blame("exit status " status)
    else if (ran < planned)
        blame("only " ran " of " planned " tests reported a result")
    else if (ran == 0 && planned == 0)
        blame("no test ran")
    if (left != "")
        blame("left processes behind: " left)
    printf "%d %d %d\n%s", passed, failed, skipped, report
}
