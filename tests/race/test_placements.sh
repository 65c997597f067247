#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_placements.sh PMAPSIM-RACE KERNEL PLACEMENTS [OPTION...]: searches each
# call in traces under a kernel that is right, whole.  Something is found in the
# calls of pmap_remove_pages() alone, and exactly so many PLACEMENTS were tried:
# a search that leaves some out does not pass.
set -u
. "$(dirname "$0")/../lib.sh"
race=$1
kernel=$2
expected=$3
shift 3
here=$(dirname "$0")
placements=0
calls=0

for trace in "$here"/traces/*.trace; do
	name=$(basename "$trace" .trace)
	out=$("$race" race --quiet --kernel "$kernel" "$@" "$trace" 2>&1)
	code=$?
	case $name in
	remove-pages*) right=1 ;;
	*) right=0 ;;
	esac
	n=$(echo "$out" | sed -n '1s/.* \([0-9]*\) placements.*/\1/p')
	if [ $code -ne $right ] || [ -z "$n" ]; then
		echo "FAIL: $name under $kernel exits $code:"
		echo "$out" | sed 's/^/    /'
		failures=$((failures + 1))
	fi
	placements=$((placements + ${n:-0}))
	calls=$((calls + 1))
done
echo "$placements placements in $calls calls"
if [ $placements -ne "$expected" ]; then
	echo "FAIL: $expected placements would be right"
	failures=$((failures + 1))
fi
[ $failures -eq 0 ]
