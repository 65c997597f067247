#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_policies.sh PMAPSIM: each switch of the policy laboratory changes the
# call that it is about, and none before it; and all of them leave a machine
# that the auditor has nothing to say of.
set -u
. "$(dirname "$0")/../lib.sh"
pmapsim=$1
scratch

# parts SWITCH CALL: there the two kernels part.
parts()
{
	"$pmapsim" diff -q policy-laboratory \
	    --kernels "2010-04,2010-04+$1" > "$tmp/out" 2>&1
	grep -q "^.*:[0-9]*: $2\$" "$tmp/out" ||
	    fail "$1 does not part from 2010-04 at \"$2\""
	"$pmapsim" replay -q "$tmp/calls" --kernel "2010-04+$1" \
	    --audit every > "$tmp/out" 2>&1 ||
	    fail "$1: the auditor complains"
}
# Without results, which the switches are there to change.
sed 's/ => .*//' "$(dirname "$0")/../../src/scenarios/policy-laboratory.trace" \
    > "$tmp/calls"
parts populate-1 'access p 0x900000000 w'
parts populate-64 'access p 0x900200000 w repeat=64'
parts populate-256 'access p 0x900400000 w repeat=256'
parts promote-at-fault 'access p 0xa00000000 w'
parts aligned-anonymous 'mmap p 0 6M prot=rw'
parts sparse-first-reclaim 'vm_reserv_reclaim_inactive'
[ $failures -eq 0 ] || exit 1
