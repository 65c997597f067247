#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Counts the instructions of the operations of "budget" under callgrind and
# compares them with budgets.txt.
#
#	check_budgets.sh PROGRAM BUDGETS "COMPILER" [REPORT]
#
# COMPILER is what PROGRAM was built by; budgets of another one do not apply.
# With REPORT what was counted is written there, in the form of BUDGETS, and
# nothing is compared.  Exits with 77 for "skipped".
set -eu
. "$(dirname "$0")/../lib.sh"
program=$1
budgets=$2
compiler=$3
report=${4-}

needs valgrind
recorded=$(sed -n 's/^compiler //p' "$budgets" 2>/dev/null) || recorded=
if [ -z "$report" ] && [ "$compiler" != "$recorded" ]; then
	skip "budgets are for $recorded, this build is by $compiler"
fi

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
valgrind --tool=callgrind --instr-atstart=no \
    --callgrind-out-file="$dir/out" "$program" >"$dir/log" 2>&1 ||
	{ cat "$dir/log"; exit 1; }

# "operation instructions", in the order in which they ran.
for i in $(seq 1 1000); do
	[ -e "$dir/out.$i" ] || break
	awk '/^desc: Trigger: Client Request: / { name = $5; number = $6 }
	    /^totals: / { printf "%s %.1f\n", name, $2 / number }' "$dir/out.$i"
done >"$dir/counted"
if [ ! -s "$dir/counted" ]; then
	echo "check_budgets.sh: callgrind counted nothing"
	cat "$dir/log"
	exit 1
fi

if [ -n "$report" ]; then
	{
		echo "compiler $compiler"
		cat "$dir/counted"
	} >"$report"
	exit 0
fi

# Both too many and too few: a budget that is not reached any more hides the
# next slowdown.
awk -v tolerance="$(sed -n 's/^tolerance //p' "$budgets")" '
	/^#/ || NF != 2 || $1 == "compiler" || $1 == "tolerance" { next }
	FNR == NR { budget[$1] = $2; next }
	{
		seen[$1] = 1
		if (!($1 in budget)) {
			printf "%s: %s instructions, no budget\n", $1, $2
			bad = 1
			next
		}
		off = 100 * ($2 / budget[$1] - 1)
		verdict = ""
		if (off > tolerance || off < -tolerance) {
			verdict = off > 0 ? "  TOO MANY" : "  FEWER: lower it"
			bad = 1
		}
		printf "%-44s %12.1f of %12.1f %+6.1f%%%s\n", $1, $2,
		    budget[$1], off, verdict
	}
	END {
		for (name in budget)
			if (!(name in seen)) {
				printf "%s: not counted\n", name
				bad = 1
			}
		exit (bad)
	}' "$budgets" "$dir/counted"
