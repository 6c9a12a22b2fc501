#!/usr/bin/env bash
# host.sh DIR NAME SIZE - the inside of a host that hosts.bash makes: its own mounts, then sshd.
set -euo pipefail
dir=$1
hostname "$2"
mount --make-rprivate /
mount -t tmpfs -o mode=755 run /run
mkdir -p /run/sshd /run/host
mount --bind "$dir" /run/host
mount -t tmpfs -o "size=$3,mode=700" home /root
mount -t tmpfs -o mode=1777 tmp /tmp
mount -t tmpfs -o mode=1777,size=2g shm /dev/shm
cd /
exec /usr/sbin/sshd -D -e -f /run/host/etc/sshd_config
