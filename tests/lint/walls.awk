# walls.awk - one third-party library, one place. Usage: awk -f walls.awk tests/lint/walls FILE...
# Tests and examples are programs of their own and stand outside the walls.

FNR == NR {
    if ($0 !~ /^#/ && NF)
        places[$1] = substr($0, length($1) + 1) " "
    next
}

FNR == 1 { outside = FILENAME ~ /^(tests|examples)\// }

!outside && /^[ \t]*#[ \t]*include[ \t]*[<"]/ {
    split($0, part, /[<">]/)
    for (header in places)
        if (index(part[2], header) == 1 && !allowed(places[header])) {
            gsub(/ +/, " ", places[header])
            print FILENAME ":" FNR ": <" part[2] "> belongs behind its wall:" places[header] \
                "(tests/lint/walls)"
            failed = 1
        }
}

function allowed(list,    place, i, n) {
    n = split(list, place)
    for (i = 1; i <= n; i++)
        if (FILENAME == place[i] || (place[i] ~ /\/$/ && index(FILENAME, place[i]) == 1))
            return 1
    return 0
}

END { exit failed }
