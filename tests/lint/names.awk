# names.awk - file names that say something and are unique, and functions that we do not call.
# Usage: awk -f strip.awk -f names.awk FILE...

BEGIN {
    instead["strcpy"] = instead["strcat"] = "snprintf, or struct buf"
    instead["sprintf"] = instead["vsprintf"] = "snprintf, or struct buf"
    instead["gets"] = "fgets or getline"
    instead["strtok"] = "strtok_r, or struct slice"
    instead["atoi"] = instead["atol"] = "strtol, and look at its end pointer"
    instead["atof"] = "strtod, and look at its end pointer"
    instead["system"] = "a spawn without a shell (posix_spawn, lib/net/proc.h)"
}

function complain(text) {
    print FILENAME ":" FNR ": " text
    failed = 1
}

FNR == 1 {
    stem = FILENAME
    sub(/^.*\//, "", stem)
    sub(/\.[a-z]+$/, "", stem)
    if (("_" stem "_") ~ /_(utils?|common|helpers?|misc)_/)
        complain("\"" stem "\" says nothing: name the one idea of the file")
    if (FILENAME ~ /\.c$/ && FILENAME !~ /^(tests|examples)\// && stem != "main") {
        if (stem in seen)
            complain("a second " stem ".c, after " seen[stem] ": the stem is the module's name")
        seen[stem] = FILENAME
    }
    source = FILENAME ~ /\.[ch]$/
}

source {
    text = code($0)
    while (match(text, /[A-Za-z_][A-Za-z_0-9]*[ \t]*\(/)) {
        called = substr(text, RSTART, RLENGTH - 1)
        sub(/[ \t]+$/, "", called)
        if (called in instead && substr(text, 1, RSTART - 1) !~ /(\.|->)$/)
            complain(called "() is banned: use " instead[called])
        text = substr(text, RSTART + RLENGTH)
    }
}

END { exit failed }
