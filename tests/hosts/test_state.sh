#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_state.sh PMAPSIM: the state file of a hunt.  A hunt that was stopped ends,
# when it goes on, where it would have ended without the stop, with all counts;
# a file that is another hunt's, damaged, or unreadable is refused and stays.
set -u
. "$(dirname "$0")/../lib.sh"
pmapsim=$1
scratch
cd "$tmp" || exit 1

hunt="$pmapsim hunt --quiet --kernel 2010-04+remove-kernel-pde --families kmem"

# ---- stopped and resumed ----------------------------------------------------
for extra in '' '--json' '--shard 1/3 --seed 7'; do
	rm -f s
	$hunt --calls 40K $extra > whole || fail "hunt $extra: exits $?"
	for calls in 1 3K 11K 40K; do
		$hunt --calls $calls $extra --state s > part ||
		    fail "hunt --calls $calls $extra --state: exits $?"
	done
	cmp -s part whole || fail "hunt $extra: resumed it ends elsewhere:
$(diff part whole)"
	# It has ended; once more it does nothing, and says what it said.
	$hunt --calls 40K $extra --state s > part
	cmp -s part whole || fail "hunt $extra: ended, it goes on"
	# With more to do it goes on to where a longer one ends.
	$hunt --calls 50K $extra > whole
	$hunt --calls 50K $extra --state s > part
	cmp -s part whole || fail "hunt $extra: does not go on to a new end"
done
# What was found is found again: the state stays before it.
found="$pmapsim hunt --quiet --kernel 2010-04 --invariants"
$found --calls 9K --state f > out || fail "a finding: too early"
$found > whole
[ $? -eq 1 ] || fail "nothing was found"
for i in 1 2; do
	$found --state f > part
	[ $? -eq 1 ] || fail "resumed, nothing was found"
	cmp -s part whole || fail "a finding: resumed it finds something else"
done

# ---- another's --------------------------------------------------------------
# refused WHY WORD...: exits 2, names the file, and leaves it as it was.
refused()
{
	why=$1
	shift
	cp s before 2> /dev/null
	"$@" > out 2> err
	code=$?
	[ $code -eq 2 ] || fail "$why: exits $code"
	[ ! -s out ] || fail "$why: says $(cat out)"
	grep -q '^pmapsim: s:' err || fail "$why: does not name the file"
	[ ! -f before ] || cmp -s s before || fail "$why: the file was changed"
	rm -f before
}

rm -f s
$hunt --calls 5K --state s > out || fail "no state"
cp s good
for other in '--kernel 9.0' '--against 9.0' '--seed 2' '--families raw' \
    '--cpus 1' '--invariants' '--tlb nehalem' '--audit 21' '--shard 0/2'; do
	refused "a state of another hunt than $other" $hunt --calls 9K $other --state s
	grep -q 'of another hunt: ".*", and this one has ".*"' err ||
	    fail "$other: the message does not say what is wrong: $(cat err)"
done
sed '2s/.*/version 0.0.1/' good > s
refused 'a state of another version' $hunt --calls 9K --state s

# ---- damaged ----------------------------------------------------------------
size=$(wc -c < good)
at=0
while [ $at -lt "$size" ]; do
	head -c $at good > s
	refused "a state cut after $at bytes" $hunt --calls 9K --state s
	{ head -c $at good; printf '~'; tail -c +$((at + 2)) good; } > s
	refused "a state with another byte at $at" $hunt --calls 9K --state s
	{ head -c $at good; printf '\0'; tail -c +$((at + 2)) good; } > s
	refused "a state with a NUL at $at" $hunt --calls 9K --state s
	at=$((at + (at < 200 ? 19 : 2011)))
done
head -c $((size - 1)) good > s
refused "a state without its last byte" $hunt --calls 9K --state s
{ cat good; echo; } > s
refused "a state with something behind it" $hunt --calls 9K --state s
for text in 'seed 3\nround 14\ncalls 52' 'seed -1 round -1 calls -1' \
    'seed 99999999999999999999999 round 0 calls 0\n' ''; do
	printf "$text" > s
	refused "the state \"$text\"" $hunt --calls 9K --state s
done

# ---- unreadable -------------------------------------------------------------
rm -f s
ln -s s s
refused 'a link to itself' $hunt --calls 9K --state s
rm -f s
if [ "$(id -u)" -ne 0 ]; then
	cp good s
	chmod 222 s
	"$pmapsim" hunt --quiet --calls 9K --state s > out 2> err
	[ $? -eq 2 ] || fail "a state that may not be read: not refused"
	chmod 644 s
	cmp -s s good || fail "a state that may not be read: overwritten"
fi
rm -f s
mkdir s
"$pmapsim" hunt --quiet --calls 9K --state s > out 2> err
[ $? -eq 2 ] && grep -q '^pmapsim: s: ' err || fail "a folder: not refused"

[ $failures -eq 0 ]
