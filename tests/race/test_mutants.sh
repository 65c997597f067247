#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_mutants.sh CC SOURCE LIBRARY: plants one error at a time in a file of
# the pmap and looks whether the race search finds it by one action, and whether
# what it finds is what a finding must be.  Each line of mutants.txt is
#
#	NAME | FILE | TRACE[,query] | KIND | PERL
#
# where PERL changes the whole text of FILE in $_, and is true if it did: of
# several substitutions, with "&&" between them, each must find its place.  Other
# CPUs access memory, or ask.
set -u
. "$(dirname "$0")/../lib.sh"
cc=$1
source=$2
library=$3
here=$source/tests/race
scratch
planted=0
most=0
flags="-std=gnu11 -O0 -DPMAPSIM_RACE -w -I$source/src -I$source/include"

$cc $flags -c -o "$tmp/driver.o" "$here/race_driver.c" || exit 1

# hunts NAME FAMILIES: hunts with other CPUs in their calls, of six seeds, find
# something in the driver as it is.
hunts()
{
	for seed in 1 2 3 4 5 6; do
		got=$("$tmp/driver" hunt "$2" $seed 2> "$tmp/why")
		[ "$got" = race ] && return
	done
	echo "FAIL: $1: hunts with the seeds 1 to 6 find nothing"
	failures=$((failures + 1))
}

# Nothing is found where nothing is planted.
$cc -o "$tmp/driver" "$tmp/driver.o" "$library" || exit 1
for family in 4 8; do
	got=$("$tmp/driver" hunt $family 1 2> "$tmp/why")
	[ "$got" = nothing ] && continue
	echo "FAIL: nothing is planted, and a hunt finds \"$got\""
	sed 's/^/    /' "$tmp/why"
	failures=$((failures + 1))
done

sed -e '/^#/d' -e '/^$/d' "$here/mutants.txt" > "$tmp/list"
while IFS='|' read -r name file trace kind change; do
	name=$(echo $name) file=$(echo $file) trace=$(echo $trace)
	kind=$(echo $kind)
	planted=$((planted + 1))
	if ! perl -0pe "($change) or die \"not all of it is there\\n\"" \
	    "$source/src/amd64/$file" > "$tmp/mutant.c" 2> "$tmp/why" ||
	    cmp -s "$tmp/mutant.c" "$source/src/amd64/$file"; then
		echo "FAIL: $name: there is nothing to change in $file"
		sed 's/^/    /' "$tmp/why"
		failures=$((failures + 1))
		continue
	fi
	if ! $cc $flags -c -o "$tmp/mutant.o" "$tmp/mutant.c" ||
	    ! $cc -o "$tmp/driver" "$tmp/driver.o" "$tmp/mutant.o" "$library"
	then
		echo "FAIL: $name: does not build"
		failures=$((failures + 1))
		continue
	fi
	with=
	case $trace in
	*,*) with=${trace#*,} trace=${trace%,*} ;;
	esac
	# shellcheck disable=SC2086
	got=$("$tmp/driver" "$here/traces/$trace.trace" $with 2> "$tmp/why")
	n=${got%% *} got=${got#* }
	[ "$n" -le "$most" ] || most=$n
	if [ "$got" != "$kind" ]; then
		echo "FAIL: $name: expected \"$kind\", found \"$got\""
		sed 's/^/    /' "$tmp/why"
		failures=$((failures + 1))
	fi
	case $name in
	protect-store) hunts "$name" 8 ;;
	remove-no-flush) hunts "$name" 4 ;;
	esac
done < "$tmp/list"
echo "$planted errors planted, $failures not found as expected; at most $most" \
    "placements were tried"
# 5,000 take about two seconds.
[ $planted -ge 27 ] && [ $failures -eq 0 ] && [ "$most" -le 5000 ]
