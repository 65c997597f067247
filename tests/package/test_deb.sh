#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_deb.sh BUILD CMAKE: cpack makes a Debian package, dpkg installs it into
# a folder of its own, the command there works, and when it is removed nothing
# is left.
set -u
. "$(dirname "$0")/../lib.sh"
build=$1
cpack=$(dirname "$2")/cpack
command -v dpkg > /dev/null || skip "no Debian"
needs dpkg-shlibdeps
[ "$(id -u)" -eq 0 ] || skip "only root installs packages"
scratch

die()
{
	echo "FAIL: $1" >&2
	tail -n 30 "$tmp/log" | sed 's/^/    /' >&2
	exit 1
}

(cd "$build" && "$cpack" -G DEB -B "$tmp/made") > "$tmp/log" 2>&1 ||
    die "cpack -G DEB"
package=$(ls "$tmp"/made/pmapsim_*.deb) || die "no package was made"
dpkg-deb --field "$package" Depends | grep -q libc6 || die "no dependencies"
dpkg-deb --field "$package" Depends | grep -q libbsd && die "it needs libbsd"

root=$tmp/root
mkdir -p "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates"
: > "$root/var/lib/dpkg/status"
into()
{
	dpkg --root="$root" --force-depends --force-script-chrootless "$@" \
	    > "$tmp/log" 2>&1
}
into --install "$package" || die "dpkg --install"
"$root/usr/bin/pmapsim" replay acpi-wakeup --quiet > "$tmp/log" 2>&1 ||
    die "the installed command"
for file in usr/include/pmapsim/machine.h usr/share/man/man1/pmapsim.1 \
    usr/lib/libpmapsim.a; do
	[ -s "$root/$file" ] || die "$file is not installed"
done
into --remove pmapsim || die "dpkg --remove"
find "$root" -path "$root/var" -prune -o ! -type d -print > "$tmp/log"
[ ! -s "$tmp/log" ] || die "these files are left"
echo "$(basename "$package"), $(($(wc -c < "$package") / 1024)) KB"
