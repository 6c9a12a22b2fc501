# strip.awk - for the other lints: code(line) is the line without comments and literals.
# A comment may go on over lines; `in_comment` carries that, and a new file ends it.

FNR == 1 { in_comment = 0 }

function code(line,    out, token) {
    if (in_comment && !leave_comment(line))
        return ""
    if (left != "") {
        line = left
        left = ""
    }
    while (match(line, /"([^"\\]|\\.)*"|'([^'\\]|\\.)*'|\/\*|\/\//)) {
        token = substr(line, RSTART, RLENGTH)
        out = out substr(line, 1, RSTART - 1)
        line = substr(line, RSTART + RLENGTH)
        if (token == "//")
            return out
        if (token != "/*") {
            out = out "\"\""
            continue
        }
        if (!leave_comment(line))
            return out
        line = left
        left = ""
    }
    return out line
}

# Is there an end of the comment in `line`? Then what follows it is in `left`.
function leave_comment(line,    at) {
    at = index(line, "*/")
    in_comment = at == 0
    left = at ? " " substr(line, at + 2) : ""
    return at != 0
}
