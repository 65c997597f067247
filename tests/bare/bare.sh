#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# bare.sh [-b] [-k] [-m MIRROR] [SUITE...]: does README work on a machine that
# has nothing?  For each SUITE of Debian (bookworm and trixie) it makes a bare
# system with debootstrap, clones the tree that it lies in, as committed, and
# runs README's two commands exactly as printed: as root, and in another copy
# as an ordinary user who has sudo.  What they print, the seconds and the
# megabytes must be as README and the limits below say.
#
#	-b	the machine is busy: seconds are told and not judged
#	-k	keep the systems, for a look
#	-m	the mirror; otherwise the one that this machine's apt uses
#
# Needs root, debootstrap, and some 4 GB below TMPDIR.  No part of ctest or of
# .ci/run: it takes a quarter of an hour.
set -u

limit_seconds_1=60 limit_seconds_2=480 # on an idle machine of two cores
limit_fetched_1=100		       # megabytes

busy= keep= mirror=
while getopts bkm: option; do
	case $option in
	b) busy=yes ;;
	k) keep=yes ;;
	m) mirror=$OPTARG ;;
	*) echo "usage: bare.sh [-b] [-k] [-m MIRROR] [SUITE...]" >&2
	   exit 2 ;;
	esac
done
# In a mount namespace of its own, so that no mount outlives the script.
if [ -z "${PMAPSIM_BARE-}" ]; then
	[ "$(id -u)" -eq 0 ] || { echo "$0: must be root" >&2; exit 2; }
	command -v debootstrap >/dev/null ||
	    { echo "$0: lacks debootstrap" >&2; exit 2; }
	PMAPSIM_BARE=yes exec unshare --mount --propagation private "$0" "$@"
fi
shift $((OPTIND - 1))
[ $# -gt 0 ] || set -- bookworm trixie

tree=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d) || exit 1
chmod 755 "$work"
[ -n "$keep" ] || trap 'rm -rf --one-file-system "$work"' EXIT
failures=0

fail()
{
	echo "FAIL: $1"
	failures=$((failures + 1))
}

if [ -z "$mirror" ]; then
	mirror=$(sed -nE 's/^deb +(\[[^]]*\] +)?(http[^ ]+debian\/?) .*/\2/p' \
	    /etc/apt/sources.list 2>/dev/null | head -n 1)
	[ -n "$mirror" ] || mirror=$(cat /etc/apt/sources.list.d/*.sources \
	    2>/dev/null | sed -n 's/^URIs: *//p' | grep -v security | head -n 1)
fi

# command N: what README prints as the Nth block of sh that begins with
# ./setup.
command_of_readme()
{
	awk -v wanted="$1" '
		/^```sh$/ { inside = 1; next }
		/^```/ { inside = 0; next }
		inside && /^\.\/setup/ && ++n == wanted' "$tree/README.md"
}
for n in 1 2; do
	[ "$(command_of_readme $n | wc -l)" -eq 1 ] ||
	    { echo "README has no command $n that begins with ./setup"; exit 1; }
done

disk()
{
	du -sxm --exclude=proc --exclude=dev "$1" 2>/dev/null | cut -f 1
}

# run NAME ROOT N USER: README's Nth command in that system; its last words.
run()
{
	name=$1 root=$2 n=$3 user=$4
	out=$work/$name.$n
	eval "seconds_most=\$limit_seconds_$n"
	before=$(disk "$root")
	load=$(cut -d ' ' -f 1 /proc/loadavg)
	start=$(date +%s)
	chroot "$root" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
	    su - "$user" -c "cd pmapsim && $(command_of_readme "$n")" \
	    > "$out" 2>&1 < /dev/null
	status=$?
	seconds=$(($(date +%s) - start))
	fetched=$(sed -nE 's/^Need to get ([0-9.]+) ([kM])B.*/\1 \2/p' "$out" |
	    awk '{ sum += $2 == "k" ? $1 / 1000 : $1 } END { printf "%.0f", sum }')
	echo "$name, command $n: exit status $status, $seconds s," \
	    "$fetched MB fetched, $(($(disk "$root") - before)) MB of disk," \
	    "load before $load, after $(cut -d ' ' -f 1 /proc/loadavg)"
	if [ $status -ne 0 ]; then
		fail "$name, command $n; it ends so:"
		tail -n 20 "$out" | sed 's/^/    /'
		return 1
	fi
	[ -n "$busy" ] || [ "$seconds" -le "$seconds_most" ] ||
	    fail "$name, command $n: more than $seconds_most s"
}

for suite in "$@"; do
	base=$work/$suite
	debootstrap --variant=minbase --include=git,ca-certificates,sudo \
	    "$suite" "$base" $mirror > "$work/$suite.log" 2>&1 || {
		fail "debootstrap $suite"
		tail -n 3 "$work/$suite.log"
		continue
	}
	# As this machine reaches its mirrors.
	cp /etc/apt/apt.conf.d/* "$base/etc/apt/apt.conf.d/" 2>/dev/null
	cp /etc/resolv.conf /etc/hosts "$base/etc/" 2>/dev/null
	chroot "$base" useradd -m -s /bin/sh user
	echo 'user ALL=(ALL) NOPASSWD: ALL' > "$base/etc/sudoers.d/user"
	for user in root user; do
		name=$suite-$user
		root=$work/$name.root
		cp -a "$base" "$root"
		mount -t proc proc "$root/proc"
		mount --rbind /dev "$root/dev"
		home=$root/home/user
		[ $user = user ] || home=$root/root
		git -c safe.directory='*' clone -q "file://$tree" "$home/pmapsim" ||
		    { fail "git clone"; continue; }
		chroot "$root" chown -R $user:$user "${home#"$root"}/pmapsim"
		if run "$name" "$root" 1 $user; then
			grep -q 'panic: pmap_enter: attempted pmap_enter on 2MB page' "$out" ||
			    fail "$name: no panic is shown"
			tail -n 1 "$out" | grep -q 'panics, as expected' ||
			    fail "$name: the replay does not end as README says"
			[ "$fetched" -le $limit_fetched_1 ] ||
			    fail "$name: more than $limit_fetched_1 MB fetched"
			run "$name" "$root" 2 $user &&
			    { grep '100% tests passed' "$out" ||
				fail "$name: not all tests passed"; } &&
			    sed -n '/did not run/,/^$/s/^\t/    /p' "$out"
			# Nothing is missing now, so nothing may be done.
			[ -z "$(chroot "$root" su - $user -c \
			    'cd pmapsim && ./setup && ./setup test' 2>&1)" ] ||
			    fail "$name: ./setup is not silent the second time"
		fi
		umount -l "$root/dev" "$root/proc"
		[ -n "$keep" ] || rm -rf --one-file-system "$root"
	done
	[ -n "$keep" ] || rm -rf --one-file-system "$base"
done
[ -z "$keep" ] || echo "kept: $work"
[ $failures -eq 0 ] || { echo "$failures failed"; exit 1; }
