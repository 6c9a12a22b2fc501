# row.bash - a row of the bench from a shell, in the form of measure.c, and what a figure comes from.
#
# BENCH_BUILT is the folder of the build; row_built its full path.

row_built=$(cd "${BENCH_BUILT:-build}" && pwd)
PATH=$row_built/bin:$PATH

# NAME UNIT more|less VALUES LIMIT|- LIMIT_NAME TARGET|-: values in words of one string.
row() {
    # shellcheck disable=SC2086 # the values are words
    printf '%s\n' $4 | sort -g | awk -v name="$1" -v unit="$2" -v more="$3" -v limit="$5" -v limit_name="$6" \
        -v target="$7" -v rows="${BENCH_ROWS:-/dev/null}" '
        { v[NR] = $1 }
        END {
            m = v[int((NR + 1) / 2)]; low = v[int((NR + 3) / 4)]; high = v[NR + 1 - int((NR + 3) / 4)]
            met = more == "more" ? m >= target : m <= target
            ratio = limit == "-" ? "-" : sprintf("%.2f", more == "more" ? m / limit : limit / m)
            shown = limit == "-" ? "-" : sprintf("%.4g %s", limit, limit_name)
            goal = target == "-" ? "-" : sprintf("%s %.4g", more == "more" ? ">=" : "<=", target)
            printf "%-38s %10.4g %-5s %9.4g to %-9.4g %-42s %6s  %-12s %s\n", name, m, unit, low, high, shown,
                ratio, goal, target == "-" ? "" : met ? "met" : "MISSED"
            printf "{\"name\": \"%s\", \"unit\": \"%s\", \"value\": %.6g, \"spread\": %.6g, ", name, unit, m, \
                high - low >>rows
            if (limit == "-")
                printf "\"limit\": null, \"limit_name\": null, " >>rows
            else
                printf "\"limit\": %.6g, \"limit_name\": \"%s\", ", limit, limit_name >>rows
            if (target == "-")
                print "\"target\": null, \"met\": null}" >>rows
            else
                printf "\"target\": %.6g, \"met\": %s}\n", target, met ? "true" : "false" >>rows
        }'
}

# Seconds since the epoch.
now() {
    echo "${EPOCHREALTIME/,/.}"
}

# PID: seconds of CPU that it has used, as the kernel's scheduler counts them.
cpu_of() {
    cat /proc/"$1"/task/*/schedstat | awk '{ sum += $1 } END { print sum / 1e9 }'
}

# PID: MB that are resident.
resident_of() {
    awk '$1 == "VmRSS:" { print $2 / 1024 }' "/proc/$1/status"
}
