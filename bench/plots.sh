#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Draws the plots of a page of results from its tables.
#
#	plots.sh RESULTS.md DIRECTORY
#
# In each plot the title is the conclusion, a line is named at its end, and
# FreeBSD's own code, where it was measured, is a dashed line of that colour.
set -eu
page=$1
out=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The table of a section of the page: its cells, by tabs, without its heading.
section()
{
	awk -v heading="## $1" '
	/^## / { on = $0 ~ "^" heading; rows = 0 }
	on && /^\| / && ++rows > 2 {
		gsub(/^\| *| *\|$/, "")
		gsub(/ *\| */, "\t")
		print
	}' "$page"
}

# Colours that the colour-blind can tell apart, and that white does not swallow.
colours="#0072b2 #d55e00 #009e73 #cc79a7 #404040 #e69f00"

# ---- instructions, as bars --------------------------------------------------
section 'Instructions' | awk -F '\t' '$4 > 0 {
	sub(/, 511 failed attempts and a promotion included.*/, ", promotion included, a page", $1)
	printf "%s\t%s\t%s of %s\n", $4, $1, $2, $3
}' | sort -n > "$work/ratios"
lowest=$(head -n 1 "$work/ratios" | cut -f 1)
highest=$(tail -n 1 "$work/ratios" | cut -f 1)
rows=$(wc -l < "$work/ratios")
gnuplot <<-END
set terminal svg size 760,$((rows * 26 + 110)) font "sans,12" noenhanced background "white"
set output "$out/instructions.svg"
set label 99 "pmapsim needs $lowest to $highest of the instructions of FreeBSD's own code" at screen 0.5, screen 0.96 center font "sans,14"
set tmargin 3
set datafile separator "\t"
set xrange [0:1.15]
set yrange [$rows - 0.4 : -0.6]
set xlabel "instructions, FreeBSD's own code of April 2010 = 1"
set style fill solid 1.0 noborder
set border 1
set xtics nomirror 0.2
set ytics nomirror scale 0
set lmargin 46
unset key
set arrow 1 from 1,-0.6 to 1,$rows-0.4 nohead dashtype 2 linewidth 2 linecolor rgb "#404040" front
set label 1 "FreeBSD" at 1.01,-0.3 textcolor rgb "#404040"
plot "$work/ratios" using (\$1/2):0:(\$1/2):(0.32):ytic(2) with boxxyerror linecolor rgb "#56b4e9", \
    "" using (\$1):0:3 with labels left offset 0.5,0
END

# ---- times over the amount of work, as lines ------------------------------
# draw FILE TITLE UNIT: the lines that standard input names: a benchmark, what
# it is in words, and what FreeBSD takes, in ns, or "-".
draw()
{
	section 'All times' > "$work/times"
	awk -F '\t' -v times="$work/times" -v work="$work" -v colours="$colours" '
	BEGIN {
		ncolours = split(colours, colour, " ")
		while ((getline line < times) > 0) {
			split(line, cell, "\t")
			if (cell[2] == "")
				continue
			value[cell[1], cell[2]] = cell[3]
			if (!((cell[2], "seen") in value)) {
				value[cell[2], "seen"] = 1
				argument[++arguments] = cell[2]
			}
		}
	}
	{
		n++
		words[n] = $2
		reference[n] = $3
		file = sprintf("%s/line%d", work, n)
		for (i = 1; i <= arguments; i++)
			if (($1, argument[i]) in value &&
			    argument[i] ~ /^10*$/ && argument[i] <= 10000) {
				print argument[i], value[$1, argument[i]] > file
				last[n] = log(value[$1, argument[i]])
				at[n] = argument[i]
				if (lowest == "" || value[$1, argument[i]] + 0 < lowest)
					lowest = value[$1, argument[i]] + 0
				if (value[$1, argument[i]] + 0 > highest)
					highest = value[$1, argument[i]] + 0
			}
		close(file)
		if ($3 != "-" && $3 + 0 < lowest) lowest = $3 + 0
		if ($3 != "-" && $3 + 0 > highest) highest = $3 + 0
	}
	END {
		lowest /= 1.6
		highest *= 1.6
		printf "set yrange [%g:%g]\n", lowest, highest
		# Names at the ends of the lines, as near as they can be apart.
		gap = (log(highest) - log(lowest)) / 19
		for (i = 1; i <= n; i++) order[i] = i
		for (i = 1; i <= n; i++)
			for (j = i + 1; j <= n; j++)
				if (last[order[j]] < last[order[i]]) {
					k = order[i]; order[i] = order[j]; order[j] = k
				}
		for (i = 1; i <= n; i++) {
			y = last[order[i]]
			if (i > 1 && y < before + gap) y = before + gap
			before = y
			printf "set label %d \"%s\" at graph 1.02, first %g " \
			    "textcolor rgb \"%s\"\n", i, words[order[i]], exp(y), \
			    colour[order[i]]
		}
		line = "plot "
		for (i = 1; i <= n; i++) {
			line = line sprintf("%s\"%s/line%d\" with linespoints " \
			    "pointtype 7 pointsize 0.5 linewidth 2 linecolor rgb \"%s\"", \
			    i > 1 ? ", " : "", work, i, colour[i])
			if (reference[i] != "-")
				line = line sprintf(", %s with lines dashtype 2 " \
				    "linewidth 1.5 linecolor rgb \"%s\"", reference[i], \
				    colour[i])
		}
		print line
	}' > "$work/commands"
	{
		cat <<-END
		set terminal svg size 760,400 font "sans,12" noenhanced background "white"
		set output "$out/$1.svg"
		set label 99 "$2" at screen 0.5, screen 0.96 center font "sans,14"
		set tmargin 3
		set logscale xy
		set xlabel "superpages worked on; dashed: FreeBSD's own code at one"
		set ylabel "ns $3"
		set grid linecolor rgb "#dddddd"
		set xrange [1:10000]
		set rmargin 26
		unset key
		END
		cat "$work/commands"
	} | gnuplot
	rm -f "$work"/line*
}

draw enter 'Up to 100 superpages, mappings take about the time of FreeBSD, or less' \
    'a page' <<'END'
vm_fault_anonymous	a page fault	-
pmap_enter_reservation	enter, promoted	20.4
pmap_enter_no_promotion	enter, not promoted	14.8
pmap_remove_4k	remove	10.7
pmap_protect_4k	protect	-
END
# How many times as long as with one superpage it takes with 10,000, at most.
growth=$(section 'All times' | awk -F '\t' '
	$1 ~ /^pmap_(promote|demote|remove_2m|protect_2m|enter_object_2m|copy_2m)$/ {
		if ($2 == 1)
			one[$1] = $3
		if ($2 == 10000 && one[$1] > 0 && $3 / one[$1] > most)
			most = $3 / one[$1]
	}
	END { printf "%.1f", most }')
draw superpage \
    "At most $growth times as long for 10,000 superpages as for one" \
    'a superpage' <<'END'
pmap_promote	promote	2850
pmap_demote	demote	2100
pmap_remove_2m	remove	1770
pmap_protect_2m	protect	-
pmap_enter_object_2m	enter_object	65
pmap_copy_2m	copy	-
END
draw pages \
    'Up to 10 superpages, kernel memory takes two thirds of the time of FreeBSD' \
    'a page' <<'END'
kmem_free_2m	kmem_free of 2 MB	33.2
kmem_malloc_2m	kmem_malloc of 2 MB	42.0
vm_page_free_reservation	page_free, reserved	18.5
vm_page_alloc_reservation	page_alloc, reserved	15.4
vm_page_free_plain	page_free, single	-
vm_page_alloc_plain	page_alloc, single	-
END
draw audit 'Recounting everything takes 50 to 200 ns a page' 'a page' <<'END'
digest	digest	-
audit	audit	-
END
