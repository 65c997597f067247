#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_scenarios.sh PMAPSIM: the six recorded programs replay with the counts
# of the run that they were taken from, and show what their headers say.
set -u
. "$(dirname "$0")/../lib.sh"
pmapsim=$1

# promotes PROGRAM N N N N: what each kernel of the program's header promotes.
promotes()
{
	program=program-$1
	shift
	said=$("$pmapsim" replay -q "$program" 2>&1) || fail "$said"
	case $said in
	*'all results match') ;;
	*) fail "$program: $said" ;;
	esac
	for kernel in 2010-04 2010-04+no-superpages 2010-04+populate-64 \
	    2010-04+populate-1; do
		got=$("$pmapsim" sysctl "$program" vm.pmap.pde.promotions \
		    --kernel "$kernel")
		[ "$got" = "vm.pmap.pde.promotions: $1" ] ||
		    fail "$program, $kernel: $got, and not $1"
		shift
	done
}
promotes sort 1 0 2 2
promotes sqlite 2 0 2 2
promotes lua 4 0 4 4
promotes python 0 0 0 0
promotes cc1 0 0 1 2
promotes redis 4 0 7 8
[ $failures -eq 0 ] || exit 1
