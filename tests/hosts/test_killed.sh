#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_killed.sh PMAPSIM [KILLS [CALLS [WORD...]]]: a hunt that is killed at
# random moments by a signal that nothing can catch, and resumed each time, ends
# with the report of one that was never killed.  WORD... are further words of
# "hunt".  SEED in the environment repeats a run.
set -u
. "$(dirname "$0")/../lib.sh"
pmapsim=$1
kills=${2:-6}
calls=${3:-150K}
shift
[ $# -eq 0 ] || shift
[ $# -eq 0 ] || shift
seed=${SEED:-$(date +%s)}
scratch
echo "seed $seed, $kills kills in $calls calls"
hunt="hunt --quiet --kernel 2010-04+remove-kernel-pde --families kmem --calls $calls"

"$pmapsim" $hunt "$@" > "$tmp/whole" || exit 1
mkdir "$tmp/out"
awk -v seed="$seed" -v n="$kills" 'BEGIN {
	srand(seed)
	for (i = 0; i < n; i++)
		printf "%.3f\n", 1.3 * rand()
}' > "$tmp/moments"
hit=0
while read -r moment; do
	"$pmapsim" $hunt "$@" --state "$tmp/out/s" \
	    > "$tmp/part" 2> "$tmp/err" &
	sleep "$moment"
	kill -KILL $! 2> /dev/null
	wait $! 2> /dev/null
	[ -s "$tmp/part" ] || hit=$((hit + 1))
	[ ! -s "$tmp/err" ] || { cat "$tmp/err"; exit 1; }
done < "$tmp/moments"
# A process that is killed cannot take its temporary file away; what it had
# written before is whole.
"$pmapsim" $hunt "$@" --state "$tmp/out/s" > "$tmp/part" || exit 1
echo "$hit of the kills came before the end"
if ! cmp -s "$tmp/part" "$tmp/whole"; then
	echo "FAIL: killed and resumed, the hunt ends elsewhere:"
	diff "$tmp/whole" "$tmp/part"
	exit 1
fi
[ $hit -gt 0 ] || { echo "FAIL: the hunt was over before any kill"; exit 1; }
