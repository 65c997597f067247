#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_no_memory.sh PMAPSIM SHIM [--whole]: a host without memory changes no
# verdict.  Each command below is run once for every N, and the Nth time that it
# asks the host for memory it gets none.  It must then exit with 2 and a
# message, or say what it says on a host that has memory; it is killed by no
# signal, and leaves no file behind.  Without --whole the first 10 and some 10
# of the others are tried, with it every one.
set -u
. "$(dirname "$0")/../lib.sh"
pmapsim=$1
shim=$2
whole=${3:-}
scratch
unset PMAPSIM_SCENARIOS
tried=0

# Two kernels differ in it, it can be shrunk, and it is over soon.
cat > "$tmp/tiny.trace" <<'END'
# tiny: an access by a program
machine mem=32M first=4M kmem=2M ncpu=2 superpages=on invariants=on
vmspace_alloc p
mmap p 0x800000000 4096 prot=rw => 0x800000000
access p 0x800000000 w => 0x1800000
resident p => resident=1 wired=0
audit
END
# The host's failure comes while a dump is compared.
cp "$tmp/tiny.trace" "$tmp/wrong.trace"
echo 'resident p => resident=2 wired=0' >> "$tmp/wrong.trace"

# once N ON WORD...: the command with the Nth request failing, 0: none; ON is
# empty, or all requests behind it fail too.
once()
{
	n=$1
	on=$2
	shift 2
	rm -rf "$tmp/work"
	mkdir "$tmp/work"
	(
		cd "$tmp/work" || exit 1
		[ -z "$on" ] || export FAILING_HOST_ON=1
		FAILING_HOST_AT=$n FAILING_HOST_COUNT=$tmp/count \
		    LD_PRELOAD=$shim "$pmapsim" "$@" > "$tmp/out" 2> "$tmp/err"
	)
}

# judge CODE WORD...: what the failing host made of the command.
judge()
{
	code=$1
	shift
	tried=$((tried + 1))
	if [ "$code" -eq 2 ]; then
		grep -q '^pmapsim: .' "$tmp/err" ||
			grep -q '"message": ".*"' "$tmp/out" ||
			fail "$* (N=$n$on): exits 2 without a message"
	elif [ "$code" -ne "$right" ]; then
		fail "$* (N=$n$on): exits $code, with memory $right"
	elif ! cmp -s "$tmp/out" "$tmp/right"; then
		fail "$* (N=$n$on): exits $code and says something else:"
		diff "$tmp/right" "$tmp/out" | head -n 4
	fi
	left=$(find "$tmp/work" -name '.pmapsim*')
	[ -z "$left" ] || fail "$* (N=$n$on): leaves $left"
}

walk()
{
	once 0 '' "$@"
	right=$?
	cp "$tmp/out" "$tmp/right"
	if [ $right -gt 1 ] || [ ! -s "$tmp/count" ]; then
		fail "$*: exits $right on a host that has memory"
		return
	fi
	read -r requests < "$tmp/count"
	step=1
	[ -n "$whole" ] || step=$((requests / 10 + 1))
	i=1
	while [ $i -le "$requests" ]; do
		once $i '' "$@"
		judge $? "$@"
		if [ -n "$whole" ]; then
			once $i ' and on' "$@"
			judge $? "$@"
		fi
		if [ $i -lt 10 ]; then i=$((i + 1)); else i=$((i + step)); fi
	done
	echo "$*: $requests requests"
}

walk replay "$tmp/tiny.trace"
walk replay "$tmp/wrong.trace"
walk replay --json "$tmp/tiny.trace"
walk replay --explain --audit every "$tmp/tiny.trace"
walk replay acpi-wakeup
walk diff "$tmp/tiny.trace"
walk diff --json "$tmp/tiny.trace"
walk compare "$tmp/tiny.trace"
walk hunt --quiet --families space --calls 300
walk hunt --quiet --families kmem --calls 3000 --against 2010-04 --state s
walk hunt --quiet --families kmem --calls 2000 --corpus c
walk shrink --quiet --against 9.0 "$tmp/tiny.trace"
walk explore --quiet --depth 1 --json
walk map "$tmp/tiny.trace"
walk map --svg m.svg "$tmp/tiny.trace"
walk map acpi-wakeup --region 0xffffff8000000000
walk timeline -o t.json "$tmp/tiny.trace"
walk museum count-drift
walk record -o r.trace "$tmp/tiny.trace"
walk sysctl "$tmp/tiny.trace" vm.pmap

# limited WORD...: the command with ever less address space, in which the second
# or third machine of a command has no room.
limited()
{
	once 0 '' "$@"
	right=$?
	cp "$tmp/out" "$tmp/right"
	on=' of address space'
	n=1450000
	while [ $n -gt 100000 ]; do
		(
			cd "$tmp/work" || exit 1
			ulimit -v $n
			"$pmapsim" "$@" > "$tmp/out" 2> "$tmp/err"
		)
		judge $? "$@"
		n=$((n - 150000))
	done
}

# Some hosts have no such limit.
if (ulimit -v 1500000) 2> "$tmp/err"; then
	# A panic that is explained replays the trace twice more.
	limited replay acpi-wakeup
	limited diff count-drift --kernels 2010-04,2010-04
	limited museum count-drift
	limited map acpi-wakeup --region 0xffffff8000000000
	limited hunt --quiet --kernel 2010-04 --against 2010-04 --calls 1000
fi

echo "$tried failing hosts"
[ $failures -eq 0 ] || exit 1
