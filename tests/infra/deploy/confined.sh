#!/bin/bash
# Runs a command as the image does, without a daemon, as root: `unshare --mount confined.sh ROOT STATE COMMAND…`.
#
# ROOT becomes a root of its own that nobody can write to, with this machine's system, the project (PROJECT) and its
# Python (PYTHON_HOME) in it; STATE is what lies at the documented place; /tmp is memory. The command gets a user that no
# list names, no rights, and of the environment what stands here.
set -euo pipefail
root=$1 state=$2
shift 2
umask 022
mount --make-rprivate /
mount -t tmpfs -o mode=0755 root "$root"
mkdir -p "$root/proc" "$root/dev" "$root/tmp" "$root/var/lib/gpt2030"
mount --rbind /proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=1777 tmp "$root/tmp"
for place in /usr /etc /bin /sbin /lib /lib64 "$PROJECT" "$PYTHON_HOME"; do
  if [ -L "$place" ]; then
    cp -P "$place" "$root$place"
  elif [ -d "$place" ]; then
    mkdir -p "$root$place"
    mount --bind "$place" "$root$place"
    mount -o remount,bind,ro "$root$place"
  fi
done
mount --bind "$state" "$root/var/lib/gpt2030"
mount -o remount,bind,ro "$root"
exec chroot "$root" /usr/bin/setpriv --reuid 10001 --regid 10001 --clear-groups --no-new-privs --bounding-set=-all \
  --inh-caps=-all /usr/bin/env -i "PATH=$PROJECT/.venv/bin:/usr/bin:/bin" HOME=/var/lib/gpt2030 PYTHONUNBUFFERED=1 \
  PYTHONDONTWRITEBYTECODE=1 /bin/sh -c 'cd /var/lib/gpt2030 && exec "$@"' sh "$@"
