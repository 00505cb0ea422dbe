#!/usr/bin/env bash
# `make play` on a fresh Debian, first without a compiler, then with what the README's one apt line installs.
# On demand, as root: tests/debian13.sh (Debian 13, Python 3.13), or tests/debian13.sh sid (a later Python).
# It needs debootstrap and a network, and about 2 GB in /tmp. CONTRIBUTING.md has its last result.
set -euo pipefail
here="$(cd "$(dirname "$0")/.." && pwd)"
suite="${1:-trixie}"
root="$(mktemp -d "/tmp/polate-$suite-XXXX")"
trap 'umount "$root/proc" 2>/dev/null || true; rm -rf --one-file-system "$root"' EXIT

inside() {  # with nothing of this machine's environment
    chroot "$root" env --ignore-environment HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin sh -euc "$1"
}

install_packages() {
    inside "apt-get install -qq --yes --no-install-recommends -o Dpkg::Use-Pty=0 -o APT::Sandbox::User=root $* >/dev/null"
}

debootstrap --variant=minbase "$suite" "$root" >"$root.log" 2>&1 || { tail -n 20 "$root.log"; exit 1; }
rm "$root.log"
mount -t proc proc "$root/proc"
git -C "$here" archive HEAD --prefix=polate/ | tar -x -C "$root/root"
packages="$(sed -n 's/^sudo apt install //p' "$here/README.md" | head -n 1)"
install_packages ca-certificates make python3-venv
# The network may have a certificate of its own.
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
inside '. /etc/os-release; echo "$PRETTY_NAME, $(python3 --version)"'

echo "== without a compiler: no MIDI, and a way to get it"
inside 'cd /root/polate; make play ARGS="--seconds 3 --no-open --record /tmp/without.mid" >/tmp/without.txt 2>&1 ||
        { cat /tmp/without.txt; exit 1; }
    cat /tmp/without.txt
    grep -q "For MIDI: sudo apt install g++" /tmp/without.txt
    if .venv/bin/python -c "import rtmidi" 2>/dev/null; then echo "python-rtmidi is there"; exit 1; fi
    test -s /tmp/without.mid'

echo "== with $packages"
install_packages $packages
inside 'cd /root/polate; make clean play ARGS="--seconds 3 --no-open --record /tmp/with.mid"
    .venv/bin/python -c "
import rtmidi
names = [rtmidi.get_api_name(api) for api in rtmidi.get_compiled_api()]
print(\"python-rtmidi\", rtmidi.version.version, *names)
assert {\"alsa\", \"jack\"} <= set(names), names"
    test -s /tmp/with.mid
    .venv/bin/polate doctor'
echo "$suite: passed"
