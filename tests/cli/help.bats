#!/usr/bin/env bats
# rayctl help, version, and commands that are not there

load ../support/cluster

@test "every command has help with an example" {
    run rayctl help
    ended 0
    while read -r name; do
        read -ra words <<<"$name"
        run rayctl help "${words[@]}"
        ended 0
        says "rayctl $name"
        says 'Example: rayctl'
        run rayctl "${words[@]}" --help
        ended 0
    done < <(rayctl help | awk '/^  / { sub(/^  /, ""); sub(/  .*/, ""); print }')
}

@test "a mistyped command is guessed" {
    run rayctl lst
    ended 2
    says "did you mean 'list'?"
    run rayctl zzzzzz
    ended 2
    says 'rayctl help'
    run rayctl
    ended 2
    run rayctl help nothing
    ended 2
}

@test "the version" {
    run rayctl version
    [[ $output =~ ^rayctl,\ version\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
    [ "$(rayctl --version)" = "$output" ]
}
