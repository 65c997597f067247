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

# plot FILE TITLE UNIT FUNCTION...: time of one operation over the number of
# superpages.
plot()
{
	file=$1
	title=$2
	unit=$3
	shift 3
	lines=
	for name in "$@"; do
		grep "^$name [0-9]" "$out/times" | awk '{ print $2, $3 }' \
		    >"$out/results/$name.dat"
		lines="$lines${lines:+, }'$out/results/$name.dat' with"
		lines="$lines linespoints title '$name' noenhanced"
	done
	gnuplot <<-END
	set terminal svg size 720,400 font "sans,12" background "white"
	set output "$out/results/$file.svg"
	set title "$title"
	set logscale xy
	set xlabel "superpages worked on"
	set ylabel "ns $unit"
	set yrange [1:]
	set grid
	# The default is a yellow that white swallows.
	set linetype 5 linecolor rgb "#404040"
	set key outside right
	plot $lines
	END
	rm -f "$out/results"/*.dat
}
if gnuplot --version >/dev/null 2>&1; then
	plot enter "Making and changing mappings" "a page" \
	    pmap_enter_reservation pmap_enter_no_promotion pmap_protect_4k \
	    pmap_remove_4k vm_fault_anonymous
	plot superpage "Superpages" "a superpage" pmap_promote pmap_demote \
	    pmap_remove_2m pmap_protect_2m pmap_copy_2m pmap_enter_object_2m
	plot pages "Pages and kernel memory" "a page" \
	    vm_page_alloc_reservation vm_page_free_reservation \
	    vm_page_alloc_plain vm_page_free_plain kmem_malloc_2m kmem_free_2m
	plot audit "Recounting and summing up" "a page" audit digest
fi

"$source/bench/page.sh" "$out" "$compiler" "$type" \
    "$(cd "$source" && git describe --always --dirty 2>/dev/null || :)" \
    >"$out/RESULTS.md"
echo "$out/RESULTS.md" >&2
