# layers.awk - every #include "..." goes down the table of layers, or stays in its folder.
# Usage: awk -f layers.awk tests/lint/layers FILE...   Tests may include anything.

function complain(text) {
    print FILENAME ":" FNR ": " text
    failed = 1
}

# The layer of a path: the longest known folder that it begins with (lib/ray.h is one by itself).
function layer(path) {
    while (!(path in known))
        if (!sub(/\/[^\/]*$/, "", path))
            return ""
    return path
}

FNR == NR {
    if ($0 !~ /^#/)
        for (i = 1; i <= NF; i++) {
            known[$i]
            may[$1, $i]
        }
    next
}

FNR == 1 {
    user = FILENAME ~ /^examples\//
    test = FILENAME ~ /^tests\//
    from = layer(FILENAME)
    if (!user && !test && from == "")
        complain("in no layer: its folder is not in tests/lint/layers")
}

!test && /^[ \t]*#[ \t]*include[ \t]*"/ {
    split($0, part, "\"")
    to = layer(part[2])
    if (user) {
        if (part[2] ~ /\//)
            complain("\"" part[2] "\": examples include \"ray.h\" and their own folder only")
    } else if (part[2] !~ /\//)
        complain("\"" part[2] "\": write it from the root, as in \"lib/base/buf.h\"")
    else if (to == "")
        complain("\"" part[2] "\" is in no layer of tests/lint/layers")
    else if (from != "" && !((from, to) in may))
        complain("\"" part[2] "\": " from " may not include " to " (tests/lint/layers)")
}

END { exit failed }
