#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_sample.sh PMAPSIM-RACE REVISION PART FOLDER...: in the calls of the golden
# traces of the revision, which lie in FOLDER and in others, no access by another
# CPU does harm.  Of the placements one in PART is tried, at least one a call, and
# in each trace others; "1" tries all, of all traces but the long ones.
set -u
. "$(dirname "$0")/../lib.sh"
race=$1
revision=$2
part=$3
shift 3
scratch
placements=0
number=0

for folder in "$@"; do for trace in "$folder"/*.trace; do
	number=$((number + 1))
	# A sample is of the traces, too: of the archive's the tiny ones, and of
	# the others the short ones.
	case $part:$trace in
	1:*-long-*) continue ;;
	1:*) ;;
	*/unpacked/*-tiny-*.trace) ;;
	*/unpacked/*.trace | *-small-*.trace) continue ;;
	*/pressure-reserv-break.trace) continue ;;
	esac
	"$race" race --quiet --all --kernel "$revision" \
	    --shard $((number % part))/"$part" "$trace" > "$tmp/out" 2>&1
	code=$?
	n=$(sed -n 's/.*: nothing in \([0-9]*\) placements.*/\1/p' "$tmp/out")
	placements=$((placements + ${n:-0}))
	if [ $code -ne 0 ]; then
		fail "$(basename "$trace") under $revision"
	fi
done; done
echo "$placements placements"
[ "$placements" -ge 100 ] && [ $failures -eq 0 ]
