# order.awk - within a daemon, calls go down a list. Usage: awk -v folder=daemon/head -f order.awk
# tests/lint/order.head FILE...   A file may include headers of the modules listed before its own.

function complain(text) {
    print FILENAME ":" FNR ": " text
    failed = 1
}

# The listed module that a file belongs to: store_sqlite.c is part of store.
function module(file) {
    sub(/\.[a-z]+$/, "", file)
    sub(/^.*\//, "", file)
    while (!(file in rank))
        if (!sub(/_[^_]*$/, "", file))
            return ""
    return file
}

FNR == NR {
    if ($0 !~ /^#/)
        for (i = 1; i <= NF; i++)
            rank[$i] = ++count
    next
}

FNR == 1 {
    own = module(FILENAME)
    if (own == "")
        complain("not in " ARGV[1] ": give it its place there")
}

own != "" && /^[ \t]*#[ \t]*include[ \t]*"/ {
    split($0, part, "\"")
    if (index(part[2], folder "/") != 1)
        next
    other = module(part[2])
    if (other != own && rank[other] > rank[own])
        complain("\"" part[2] "\": " own " is below " other " in " ARGV[1] ", events go up by callback")
}

END { exit failed }
