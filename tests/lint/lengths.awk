# lengths.awk - how long files and functions are, how many parameters, how deep the nesting.
# Usage: awk -f strip.awk -f lengths.awk FILE...
# Depth is counted in braces of blocks; those of initializers and compound literals do not count.

function complain(line, text) {
    print file ":" line ": " text
    failed = 1
}

function end_of_file(    most) {
    most = file ~ /\.c$/ ? 600 : file ~ /(^|\/)ray\.h$/ ? 400 : 150
    if (lines > most)
        complain(lines, lines " lines, " most " at most: split it")
    else if (file ~ /\.c$/ && lines > 450)
        print file ":" lines ": warning: " lines " lines, 450 is long"
}

function open_brace(    kind) {
    if (depth == 0) {
        kind = last == ")" ? "function" : "data"
        nested = 0
        begin = FNR
        if (kind == "function" && parameters > 5)
            complain(FNR, name "() has " parameters " parameters, 5 at most")
    } else if (kinds[depth] == "data")
        kind = "data"
    else if (last == ")")
        kind = caller ~ /^[A-Za-z_]/ && caller != "return" && caller != "sizeof" ? "block" : "data"
    else
        kind = last ~ /^(else|do|[;:{}])$/ ? "block" : "data"
    kinds[++depth] = kind
    if (kind == "block" && ++nested > 3)
        complain(FNR, name "() nests " nested " deep, 3 at most")
}

function close_brace() {
    if (kinds[depth] == "block")
        nested--
    if (kinds[depth] == "function" && FNR - begin - 1 > 60)
        complain(begin, name "() has " (FNR - begin - 1) " lines, 60 at most")
    if (depth > 0)
        depth--
}

function open_paren() {
    before[++parens] = last
    if (depth == 0 && parens == 1 && last != "__attribute__") {
        name = last
        parameters = 0
    }
}

function read(token) {
    if (depth == 0 && parens == 1)
        if (parameters == 0 || token == ",")
            parameters += token != ")"
    if (token == "(")
        open_paren()
    else if (token == ")" && parens > 0)
        caller = before[parens--]
    else if (token == "{")
        open_brace()
    else if (token == "}")
        close_brace()
    last = token
}

FNR == 1 {
    if (file != "")
        end_of_file()
    file = FILENAME
    depth = parens = continued = 0
    last = ""
}

{
    lines = FNR
    text = code($0)
    directive = continued || text ~ /^[ \t]*#/
    continued = directive && $0 ~ /\\$/
    if (directive)
        next
    while (match(text, /[A-Za-z_][A-Za-z_0-9]*|[^ \t]/)) {
        token = substr(text, RSTART, RLENGTH)
        text = substr(text, RSTART + RLENGTH)
        read(token)
    }
    # Branches of an #if may open the same brace twice; the first column is the truth.
    if ($0 ~ /^}/)
        depth = parens = 0
}

END {
    if (file != "")
        end_of_file()
    exit failed
}
