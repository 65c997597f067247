#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_jobs.sh PMAPSIM: a hunt by several processes says what one alone says,
# whether something is found or not, resumed with another number of them too;
# and when one of them is killed it ends with a message, and no verdict.
set -u
. "$(dirname "$0")/../lib.sh"
pmapsim=$1
scratch
cd "$tmp" || exit 1

for words in '--kernel 2010-04+remove-kernel-pde --families kmem --calls 30K' \
    '--invariants' '--kernel 2010-04+litter' \
    '--invariants --shard 2/3 --json'; do
	"$pmapsim" hunt --quiet $words > one
	code=$?
	for jobs in 2 3 7; do
		"$pmapsim" hunt --quiet $words --jobs $jobs > several
		[ $? -eq $code ] || fail "$words --jobs $jobs: not $code"
		cmp -s one several || fail "$words --jobs $jobs:
$(diff one several | head -n 5)"
	done
done
words='--kernel 2010-04+remove-kernel-pde --families kmem'
"$pmapsim" hunt --quiet $words --calls 30K > one
"$pmapsim" hunt --quiet $words --calls 4K --jobs 3 --state s > out
"$pmapsim" hunt --quiet $words --calls 15K --state s > out
"$pmapsim" hunt --quiet $words --calls 30K --jobs 2 --state s > several
cmp -s one several || fail "resumed with other jobs: $(diff one several)"

"$pmapsim" hunt --quiet $words --jobs 2 --calls 1G > out 2> err &
hunt=$!
sleep 1
child=$(ps -o pid= --ppid $hunt 2> ps.err | head -n 1)
if [ -n "$child" ]; then
	kill -KILL $child
	wait $hunt
	[ $? -eq 2 ] || fail "a killed job: not 2"
	grep -q 'a process of --jobs 2 ended early' err || fail "says $(cat err)"
	[ ! -s out ] || fail "a killed job: a verdict: $(cat out)"
else
	kill -KILL $hunt
fi
# A hunt that is killed leaves no job behind it.
"$pmapsim" hunt --quiet $words --jobs 3 --calls 1G > out 2> err &
hunt=$!
sleep 1
children=$(ps -o pid= --ppid $hunt 2> ps.err)
kill -KILL $hunt
wait $hunt 2> wait.err
for second in 1 2 3 4 5 6 7 8 9 10; do
	left=
	for child in $children; do
		kill -0 "$child" 2> kill.err && left="$left $child"
	done
	[ -z "$left" ] && break
	sleep 1
done
[ -z "$left" ] || fail "these jobs outlive their hunt:$left"

[ $failures -eq 0 ]
