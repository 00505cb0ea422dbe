#!/usr/bin/env bash
# `make play` on a fresh Debian 13 with what the README's one apt line installs. On demand, as root: tests/debian13.sh
# It needs debootstrap and a network, and about 2 GB in /tmp.
set -euo pipefail
here="$(cd "$(dirname "$0")/.." && pwd)"
root="$(mktemp -d /tmp/polate-debian13-XXXX)"
trap 'umount "$root/proc" 2>/dev/null || true; rm -rf --one-file-system "$root"' EXIT

debootstrap --variant=minbase trixie "$root"
mount -t proc proc "$root/proc"
git -C "$here" archive HEAD --prefix=polate/ | tar -x -C "$root/root"
packages="$(sed -n 's/^sudo apt install //p' "$here/README.md" | head -n 1)"
chroot "$root" apt-get install --yes --no-install-recommends ca-certificates $packages
chroot "$root" sh -c 'cd /root/polate && make play ARGS="--seconds 3 --no-open --record /tmp/take.mid" && test -s /tmp/take.mid'
chroot "$root" sh -c 'cd /root/polate && .venv/bin/polate doctor'
