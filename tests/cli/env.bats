#!/usr/bin/env bats
# rayctl env: folders as archives, and what of others' archives is refused

load ../support/cluster

setup() {
    work=$BATS_TEST_TMPDIR
    dir=$work/dir
    mkdir -p "$dir/sub/deep" "$dir/empty"
    echo hello >"$dir/a"
    printf '#!/bin/sh\necho run\n' >"$dir/run"
    chmod 755 "$dir/run"
    ln -s sub/deep "$dir/link"
    echo x >"$dir/sub/deep/file"
    cd "$work" || return 1
}

# NAME PYTHON...: makes an archive entry by entry; t is the open tarfile, add(name, data) adds a file.
hostile() {
    python3 - "$1" "$2" <<'EOT'
import io, sys, tarfile
t = tarfile.open(sys.argv[1], "w:gz")
def info(name, kind=tarfile.REGTYPE, target="", size=0):
    i = tarfile.TarInfo(name)
    i.type, i.linkname, i.size = kind, target, size
    return i
def add(name, data=b"x"):
    t.addfile(info(name, size=len(data)), io.BytesIO(data))
exec(sys.argv[2])
t.close()
EOT
}

refused() {
    hostile "$work/bad.tar.gz" "$1"
    run rayctl env unpack "$work/bad.tar.gz" "$work/out"
    ended 6
    says "$2"
    [ "${#lines[@]}" = 1 ]
    [ ! -e "$work/out" ]
    [ -z "$(find "$work" -name 'out.*')" ]
    run rayctl env inspect "$work/bad.tar.gz"
    ended 6
}

@test "the same folder gives the same bytes, wherever and whenever" {
    rayctl env pack dir -o one.tar.zst 2>/dev/null
    cp -r dir other
    touch -d 2001-01-01 other/a
    chmod 600 other/a
    rayctl env pack other -o two.tar.zst 2>/dev/null
    cmp one.tar.zst two.tar.zst
    rayctl env pack dir -o one.zip 2>/dev/null
    rayctl env pack other -o two.zip 2>/dev/null
    cmp one.zip two.zip
    [ "$(rayctl env verify one.zip)" = "$(rayctl env verify two.tar.zst)" ]
}

@test "what goes in comes out" {
    name=$(rayctl env pack dir 2>/dev/null)
    [[ $name =~ ^[0-9a-f]{64}\.tar\.zst$ ]]
    [ "$(rayctl env verify "$name")" = "${name%%.*}" ]
    rayctl env unpack "$name" out
    diff -r dir out
    [ "$(out/run)" = run ]
    [ "$(readlink out/link)" = sub/deep ]
    run rayctl env unpack "$name" out
    ended 1
    says 'is there already'
    [ "$(rayctl env inspect "$name" --format json | jq -r '.rows[] | select(.path == "a") | .size')" = 6 ]
}

@test "ignore files, excludes and the usual folders are left out" {
    mkdir dir/.git dir/__pycache__ dir/build
    echo x >dir/.git/x
    echo x >dir/build/x
    echo x >dir/x.o
    echo x >dir/keep.o
    echo x >dir/sub/local
    printf 'build/\n*.o\n!keep.o\n' >dir/.gitignore
    echo /local >dir/sub/.rayignore
    name=$(rayctl env pack dir --exclude 'deep' 2>/dev/null)
    [ "$(rayctl env inspect "$name" --format json | jq -r '[.rows[].path] | join(" ")')" = \
        '.gitignore a empty keep.o link run sub sub/.rayignore' ]
}

@test "too large: the ten largest are named; nothing is written" {
    for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
        head -c $((i * 1000)) /dev/zero >"dir/file$i"
    done
    run rayctl env pack dir --max-size 10K -o big.tar.zst
    ended 1
    says 'file12 (12000)'
    says 'file3 (3000)'
    [[ $output != *'file2 ('* ]]
    [ ! -e big.tar.zst ]
}

@test "what cannot be packed" {
    run rayctl env pack nowhere
    ended 3
    says nowhere
    mkfifo dir/pipe
    run rayctl env pack dir
    ended 1
    says 'dir/pipe is neither a file nor a folder'
    rm dir/pipe
    ln -s ../../etc/passwd dir/out
    run rayctl env pack dir
    ended 1
    says 'dir/out: a link that leads outside'
    rm dir/out
    run rayctl env pack dir -o /dev/full
    ended 1
}

@test "archives that could do harm are refused by the name of their entry" {
    refused 'add("/tmp/evil")' "entry '/tmp/evil': its path is not relative"
    refused 'add("a/../../evil")' "entry 'a/../../evil'"
    refused 'add("ok"); add("./x")' "entry './x'"
    refused 't.addfile(info("l", tarfile.SYMTYPE, "/etc"))' "entry 'l': a link that leads outside"
    refused 't.addfile(info("d/l", tarfile.SYMTYPE, "../../x"))' "entry 'd/l': a link that leads outside"
    refused 't.addfile(info("l", tarfile.SYMTYPE, ".")); add("l/x")' "entry 'l/x': what is above it is no folder"
    refused 'add("a"); t.addfile(info("h", tarfile.LNKTYPE, "a"))' "entry 'h': a hard link"
    refused 't.addfile(info("dev", tarfile.CHRTYPE))' "entry 'dev': neither a file"
    refused 't.addfile(info("fifo", tarfile.FIFOTYPE))' "entry 'fifo': neither a file"
    refused 'add("a"); add("a")' "entry 'a': it comes twice"
}

@test "damaged archives, and what is none" {
    name=$(rayctl env pack dir 2>/dev/null)
    size=$(stat -c %s "$name")
    head -c $((size / 2)) "$name" >cut.tar.zst
    run rayctl env unpack cut.tar.zst out
    ended 1
    says cut.tar.zst
    [ ! -e out ]
    echo 'not an archive' >text
    run rayctl env inspect text
    ended 1
    echo more >>dir/a
    rayctl env pack dir -o "$name" 2>/dev/null # another content under the old name
    run rayctl env verify "$name"
    ended 1
    says 'not what its name says'
    run rayctl env inspect nowhere.zip
    ended 3
}
