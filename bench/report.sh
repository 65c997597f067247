#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs all benchmarks and the instruction counts once, and writes the page of
# results and its plots.
#
#	report.sh SOURCE BUILD COMPILER BUILD_TYPE MODULE...
#
# The target "bench-report" calls it.  What it makes lies in
# BUILD/bench-report; to publish it, copy that over bench/.
set -eu
source=$1
build=$2
compiler=$3
type=$4
shift 4

out=$build/bench-report
mkdir -p "$out/results"
: >"$out/times"

# "function argument nanoseconds count": the median of three repetitions, of nine
# where a neighbour's work for a second would decide whether a mark is reached.
for module in "$@"; do
	echo "bench_$module" >&2
	case $module in
	pmap_kernel|tlb|trace) repetitions=9 ;;
	*) repetitions=3 ;;
	esac
	"$build/bin/bench_$module" --benchmark_min_time=0.05 \
	    --benchmark_repetitions=$repetitions --benchmark_report_aggregates_only=true \
	    --benchmark_format=csv 2>/dev/null | awk -F, '
		$1 == "name" {
			for (i = 1; i <= NF; i++) {
				gsub(/"/, "", $i)
				column[$i] = i
			}
			next
		}
		/_median/ {
			gsub(/"/, "", $1)
			sub(/\/manual_time_median$/, "", $1)
			n = split($1, part, "/")
			argument = "-"
			if (n == 2)
				argument = part[2]
			resident = 0
			if ("resident" in column)
				resident = $(column["resident"])
			printf "%s %s %.2f %.0f\n", part[1], argument,
			    1e9 / $7, resident
		}' >>"$out/times"
done

echo "callgrind" >&2
counts=$out/instructions
if ! "$source/tests/budget/check_budgets.sh" "$build/bin/budget" \
    "$source/tests/budget/budgets.txt" "$compiler" "$counts" >&2; then
	: >"$counts"
fi

"$source/bench/page.sh" "$out" "$compiler" "$type" \
    "$(cd "$source" && git describe --always --dirty 2>/dev/null || :)" \
    >"$out/RESULTS.md"
if gnuplot --version >/dev/null 2>&1; then
	"$source/bench/plots.sh" "$out/RESULTS.md" "$out/results"
fi
echo "$out/RESULTS.md" >&2
