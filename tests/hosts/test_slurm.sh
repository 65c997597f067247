#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_slurm.sh PMAPSIM SOURCE: two shards of a campaign as an array job of a
# real Slurm, which this script starts on this host for itself and ends: the
# merge gives one finding for the panic of 2010.  A task that is requeued in the
# middle goes on, and the folder is that of a campaign without Slurm.
set -u
. "$(dirname "$0")/../lib.sh"
pmapsim=$1
source=$2
for program in munged slurmctld slurmd sbatch squeue scontrol; do
	command -v $program > /dev/null || PATH=$PATH:/usr/sbin:/sbin
	command -v $program > /dev/null || skip "lacks $program"
done
[ "$(id -u)" -eq 0 ] || skip "slurmd has to be started by root"
tmp=$(mktemp -d) || exit 1
chmod 755 "$tmp"
munged=
slurmctld=
slurmd=
end()
{
	for pid in $slurmd $slurmctld $munged; do
		kill "$pid" 2> /dev/null
	done
	wait
	rm -rf "$tmp"
}
trap end EXIT
fail()
{
	echo "FAIL: $1"
	tail -n 20 "$tmp"/*.log
	exit 1
}

# ---- a cluster of one node --------------------------------------------------
mkdir "$tmp/munge" "$tmp/state" "$tmp/spool"
chmod 700 "$tmp/munge"
dd if=/dev/urandom of="$tmp/munge/key" bs=1024 count=1 2> "$tmp/dd.log"
chmod 400 "$tmp/munge/key"
munged --foreground --force --key-file="$tmp/munge/key" \
    --socket="$tmp/munge.socket" --pid-file="$tmp/munge/pid" \
    --seed-file="$tmp/munge/seed" > "$tmp/munged.log" 2>&1 &
munged=$!
host=$(hostname -s)
cat > "$tmp/slurm.conf" <<END
ClusterName=pmapsim
SlurmctldHost=$host(127.0.0.1)
AuthType=auth/munge
AuthInfo=socket=$tmp/munge.socket
CredType=cred/munge
SlurmUser=root
SlurmctldPort=26817
SlurmdPort=26818
SlurmctldPidFile=$tmp/slurmctld.pid
SlurmdPidFile=$tmp/slurmd.pid
SlurmdSpoolDir=$tmp/spool
StateSaveLocation=$tmp/state
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
ReturnToService=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
END
export SLURM_CONF=$tmp/slurm.conf
slurmctld -D > "$tmp/slurmctld.log" 2>&1 &
slurmctld=$!
slurmd -D -N "$host" > "$tmp/slurmd.log" 2>&1 &
slurmd=$!
for second in $(seq 60); do
	state=$(sinfo -h -o %T 2> "$tmp/sinfo.log")
	[ "$state" = idle ] && break
	sleep 1
done
[ "$state" = idle ] || fail "the node is \"$state\" after 60 s"

# array ID: waits until the array job is over.
array()
{
	for second in $(seq 300); do
		[ -n "$(squeue -h -j "$1" 2> "$tmp/squeue.log")" ] || return
		sleep 1
	done
	fail "job $1 is not over after 300 s"
}

# ---- the panic of 2010 ------------------------------------------------------
# The same without Slurm comes first, so that it is known what is right.
options='--quiet --kernel 2010-04+litter --calls 60K'
for shard in 0 1; do
	"$pmapsim" hunt $options --campaign "$tmp/alone" --shard $shard/2 \
	    > "$tmp/out" || fail "alone"
done
cd "$tmp" || exit 1
export PMAPSIM="$pmapsim"
id=$(sbatch --parsable --array=0-1 --output="$tmp/task-%a.log" \
    "$source/contrib/slurm/hunt.sbatch" "$tmp/campaign" $options) ||
    fail "sbatch"
# One that runs is put in line again now and then, as a preempted one is.
for second in 1 2 3; do
	sleep 1
	scontrol requeue "${id}_1" > "$tmp/requeue.log" 2>&1
done
for second in $(seq 20); do
	scontrol release "${id}_1" > "$tmp/requeue.log" 2>&1
	scontrol update JobId="${id}_1" StartTime=now > "$tmp/requeue.log" 2>&1
	sleep 1
	[ -n "$(squeue -h -j "$id" 2> "$tmp/squeue.log")" ] || break
done
array "$id"
cat "$tmp"/task-*.log
rm -f campaign/.pmapsim.*
diff -r "$tmp/alone" "$tmp/campaign" || fail "Slurm's folder is another one"
"$pmapsim" findings campaign > findings
[ $? -eq 1 ] || fail "findings: nothing"
cat findings
[ "$(grep -c '^panic ' findings)" -eq 1 ] ||
    fail "the panic of 2010 is not one finding"
