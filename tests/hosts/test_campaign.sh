#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_campaign.sh PMAPSIM: a campaign's folder is the same byte for byte,
# however its shards were worked off: one after the other, by --jobs, killed and
# resumed, told their numbers by the engine; and what is not the campaign's is
# refused.
set -u
. "$(dirname "$0")/../lib.sh"
pmapsim=$1
scratch
cd "$tmp" || exit 1
unset SLURM_ARRAY_TASK_ID SLURM_ARRAY_TASK_COUNT JOB_COMPLETION_INDEX

hunt="$pmapsim hunt --quiet --invariants --calls 40K"

# same FOLDER WHY
same()
{
	diff -r one "$1" > differences || fail "$2: another folder:
$(head -n 20 differences)"
}

# ---- the same whoever works -------------------------------------------------
for shard in 0 1; do
	$hunt --campaign one --shard $shard/2 > out || fail "shard $shard: exits $?"
	grep -q "^shard $shard/2: [4-9][0-9]* calls, .* in this run$" out ||
	    fail "shard $shard says $(cat out)"
done
[ "$(ls one/*.finding | wc -l)" -ge 2 ] || fail "too little was found"
$hunt --campaign jobs --jobs 2 > out || fail "--jobs: exits $?"
same jobs "two jobs"
SLURM_ARRAY_TASK_ID=0 SLURM_ARRAY_TASK_COUNT=2 $hunt --campaign slurm \
    --shard job > out || fail "as a task of Slurm: exits $?"
JOB_COMPLETION_INDEX=1 $hunt --campaign slurm --shard job/2 > out ||
    fail "as a pod of an Indexed Job: exits $?"
same slurm "numbers from the engines"
# Done; once more changes nothing.
$hunt --campaign slurm --shard 1/2 > out || fail "once more: exits $?"
same slurm "once more"
for moment in 0.1 0.3 0.2 0.5 0.4; do
	for shard in 0 1; do
		$hunt --campaign killed --shard $shard/2 > out 2>&1 &
		sleep $moment
		kill -KILL $! 2> kill.err
		wait $! 2> kill.err
	done
done
for shard in 0 1; do
	$hunt --campaign killed --shard $shard/2 > out 2> err ||
	    fail "a killed shard, resumed: exits $? $(cat err)"
done
# Who is killed cannot take its temporary files away.
rm -f killed/.pmapsim.*
same killed "killed and resumed"

# ---- the merge --------------------------------------------------------------
"$pmapsim" findings one > out
[ $? -eq 1 ] || fail "findings: exits $?"
n=$(ls one/*.finding | wc -l)
[ "$(grep -c '^    shortest: ' out)" -eq 1 ] || fail "not one bug: $(cat out)"
grep -q '^panic DEMOTE_NO_PS_OR_V in pmap_demote_pde: ' out ||
    fail "the bug has another name: $(cat out)"
grep -q "^    found $n times, first after " out || fail "not found $n times"
grep -q '^2 shards: 2 begun, 2 done$' out || fail "not two shards done"
trace=$(sed -n 's/^    shortest: \(.*\), [0-9]* statements$/\1/p' out)
"$pmapsim" replay --quiet "$trace" > replayed || fail "$trace does not replay"
"$pmapsim" findings --json one > json
[ $? -eq 1 ] && grep -q '"code": "DEMOTE_NO_PS_OR_V"' json || fail "the JSON"
# Nothing found, and not all begun.
"$pmapsim" hunt -q --campaign clean --shard 1/3 --calls 5K \
    --kernel 2010-04+remove-kernel-pde > out || fail "clean: exits $?"
"$pmapsim" findings clean > out || fail "findings of nothing: exits $?"
grep -q '^3 shards: 1 begun, 1 done$' out && grep -q '^nothing found$' out ||
    fail "findings of nothing: $(cat out)"

# ---- refusals ---------------------------------------------------------------
# refuses PATTERN WORD...
refuses()
{
	pattern=$1
	shift
	"$@" > out 2> err
	[ $? -eq 2 ] && grep -q "$pattern" err || fail "$*: $(cat out err)"
}
refuses 'of another campaign' $hunt --campaign one --shard 0/2 --seed 2
refuses 'of another campaign' $hunt --campaign one --shard 0/3
refuses 'this is no job of an array' $hunt --campaign one --shard job
refuses 'an array from 0 on' env SLURM_ARRAY_TASK_ID=2 \
    SLURM_ARRAY_TASK_COUNT=2 $hunt --campaign one --shard job
refuses 'an array from 0 on' env JOB_COMPLETION_INDEX=0 $hunt --campaign one \
    --shard job
refuses '\-\-campaign and --state' $hunt --campaign one --state s
refuses '\-\-campaign and --output' $hunt --campaign one -o s
refuses '\-\-campaign and --json' $hunt --campaign one -j
refuses 'no campaign' "$pmapsim" findings .
refuses 'No such file' $hunt --campaign none/none
for file in campaign shard-0.state shard-1-round-*.finding; do
	for f in one/$file; do
		cp "$f" kept
		head -c 100 kept > "$f"
		refuses 'it is damaged' "$pmapsim" findings one
		cp kept "$f"
		break
	done
done
cp jobs/*.finding clean/
refuses 'of another campaign' "$pmapsim" findings clean
same jobs "the refusals"
same one "the refusals"

[ $failures -eq 0 ]
