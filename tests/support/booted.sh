#!/usr/bin/env bash
# booted.sh FOLDER - a machine with systemd as its first process, in namespaces of its own: the root file system
# read-only, /tmp, /run, /var and /root empty, FOLDER at /run/keep. Nothing that it does at its boot reaches ours.
set -euo pipefail
mount --make-rprivate /
root=/mnt
mount --rbind / "$root"
mount -o remount,bind,ro "$root"
for folder in tmp run root var; do
    mount -t tmpfs -o mode=755 tmpfs "$root/$folder"
done
mkdir -p "$root"/run/keep "$root"/var/{tmp,log,lib}
chmod 1777 "$root/tmp" "$root/var/tmp"
mount --bind "$1" "$root/run/keep"
umount -R "$root/sys/fs/cgroup"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t proc proc "$root/proc"
# Its boot empties folders: never ours.
if touch "$root/etc/canary" 2>/dev/null; then
    exit 1
fi
export container=other
exec chroot "$root" /lib/systemd/systemd --system --unit=basic.target --show-status=no
