#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_sample.sh PMAPSIM-RACE GOLDEN REVISION [PART]: in the calls of some golden
# traces of the revision no access by another CPU does harm.  Of the placements
# one in PART is tried, by default one in 200, and in each trace others; "1"
# tries all, of all of the traces, and takes an hour.
set -u
race=$1
golden=$2
revision=$3
part=${4-200}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
failures=0
placements=0
number=0

# 8.0 and 8.1 give the bytes of 2010-04's traces.
case $revision in
8.*) folder=2010-04 ;;
*) folder=$revision ;;
esac
for trace in "$golden/$folder"/*.trace; do
	number=$((number + 1))
	# A sample is of the traces, too: the short ones, of today's kernels two.
	case $part:$revision:$(basename "$trace") in
	1:*) ;;
	*:202*:user-promote-small-0.trace | *:202*:kmem-small-0.trace) ;;
	*-small-*.trace | *:pressure-reserv-break.trace) continue ;;
	esac
	"$race" race --quiet --all --kernel "$revision" \
	    --shard $((number % part))/"$part" "$trace" > "$tmp/out" 2>&1
	code=$?
	n=$(sed -n 's/.*: nothing in \([0-9]*\) placements.*/\1/p' "$tmp/out")
	placements=$((placements + ${n:-0}))
	if [ $code -ne 0 ]; then
		echo "FAIL: $(basename "$trace") under $revision"
		head -n 2 "$tmp/out" | sed 's/^/    /'
		failures=$((failures + 1))
	fi
done
echo "$placements placements"
[ "$placements" -ge 100 ] && [ $failures -eq 0 ]
