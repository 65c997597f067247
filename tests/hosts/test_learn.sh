#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_learn.sh PMAPSIM: a hunt that learns.  The same options and folder give
# the same hunt and the same folder; what is kept is a legal trace, is played
# first by who goes on with it, and is refused where it is damaged; what cannot
# be done together is refused with a sentence.
set -u
. "$(dirname "$0")/../lib.sh"
pmapsim=$1
scratch
cd "$tmp" || exit 1

hunt="$pmapsim hunt --quiet --kernel 2010-04+remove-kernel-pde --calls 40K"

# ---- by the seed ------------------------------------------------------------
$hunt --learn > blind.not || fail "--learn: exits $?"
$hunt > blind
cmp -s blind blind.not && fail "with --learn it does what it does without"
for i in 1 2; do
	$hunt --corpus c$i > out$i || fail "--corpus: exits $?"
done
cmp -s out1 out2 || fail "twice is not the same: $(diff out1 out2)"
cmp -s out1 blind.not || fail "--corpus and --learn differ:
$(diff out1 blind.not)"
diff -r c1 c2 > out || fail "the folders differ: $(head -n 3 out)"
$hunt --seed 2 --calls 150K --corpus c2 > out || fail "a second seed: exits $?"
kept=$(find c1 -name '*.trace' | wc -l)
more=$(find c2 -name '*.trace' | wc -l)
[ "$kept" -gt 3 ] || fail "$kept sequences are kept"
[ "$more" -gt "$kept" ] || fail "a second seed kept nothing: $more"

# ---- what is kept -----------------------------------------------------------
for trace in c1/*.trace; do
	grep -q '^#! [0-9]' "$trace" || fail "$trace: no choices"
	"$pmapsim" replay --audit every "$trace" > out ||
	    fail "$trace: exits $?: $(tail -n 1 out)"
done
# They are played first, whatever the seed: with no more calls than that takes
# two seeds do the same.
for seed in 3 4; do
	$hunt --calls 20K --seed $seed --corpus c1 | sed 's/seed [0-9]*//' > out$seed
done
cmp -s out3 out4 || fail "played first: $(diff out3 out4)"
[ "$(find c1 -name '*.trace' | wc -l)" -eq "$kept" ] ||
    fail "what was played is kept once more"
# A finding is found by who learns, too.
"$pmapsim" hunt --quiet --kernel 8.0+litter --learn > out
[ $? -eq 1 ] || fail "litter: not found"
grep -q 'attempted pmap_enter on 2MB page' out || fail "litter: $(cat out)"

# ---- refused ----------------------------------------------------------------
# refused TEXT WORD...: exits 2, and says TEXT.
refused()
{
	text=$1
	shift
	"$@" > out 2> err
	code=$?
	[ $code -eq 2 ] || fail "$*: exits $code"
	grep -q -e "$text" err || fail "$*: says $(cat err)"
}
refused '--learn and --jobs: a hunt that learns' $hunt --learn --jobs 2
refused '--learn and --shard' $hunt --learn --shard 1/2
refused '--learn and --state' $hunt --learn --state s
refused '--corpus and --campaign' $hunt --corpus c1 --campaign f
mkdir bad
echo 'machine mem=32M' > bad/a.trace
refused 'bad/a.trace: no sequence of a hunt' $hunt --corpus bad
for line in '#! 1 x' '#! 70000' '#!1' '#! 1'; do
	printf '#! 1 2\n%s' "$line" > bad/a.trace
	refused 'bad/a.trace, line 2: not the choices' $hunt --corpus bad
done
refused 'Not a directory' $hunt --corpus blind
[ "$(id -u)" -eq 0 ] || {
	chmod 500 c1
	refused 'Permission denied' $hunt --seed 9 --corpus c1
	chmod 700 c1
}

[ $failures -eq 0 ] || exit 1
echo "$kept sequences kept by one seed, $more by two"
