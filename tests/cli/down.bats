#!/usr/bin/env bats
# rayctl down

load ../support/cluster

setup() {
    cluster_folder
}

teardown() {
    cluster_end
}

@test "down leaves nothing, and may be said twice" {
    rayctl up --quiet "$top/examples/automl/cluster.yaml"
    run rayctl down "$top/examples/automl/cluster.yaml"
    ended 0
    says '4 processes ended'
    [ -z "$(ls "$RAYCTL_TMPDIR")" ]
    no_process_left
    run rayctl down "$top/examples/automl/cluster.yaml"
    ended 0
}

@test "a folder that somebody else may enter is refused" {
    chmod 755 "$RAYCTL_TMPDIR"
    run rayctl down "$top/examples/automl/cluster.yaml"
    ended 6
    says 'mode 0700'
    chmod 700 "$RAYCTL_TMPDIR"
}
