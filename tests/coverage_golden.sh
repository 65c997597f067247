#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# coverage_golden.sh TREE BUILD: prints which lines of src/vm and src/amd64 the
# golden traces alone run, of all that BUILD, a build that counts, has.  Then
# each line that none runs, beside the reason that coverage_golden.txt gives for
# its function.  Fails where a function is missing there, and where one stands
# there all of whose lines are run.
#
# The traces named "long" are left out: they make the calls of the others more
# often, which without optimisation takes half an hour.
#
# What the traces run is counted in a directory of its own, so that what other
# tests ran does not count, and stays for who asks.
set -eu
tree=$1
build=$2
reasons=$tree/tests/coverage_golden.txt
traces=$build/tests/golden/unpacked
dir=$build/coverage-golden

command -v gcov > /dev/null || {
	echo "$0: gcov is not installed; ./setup all installs it" >&2
	exit 1
}
objects=$(find "$build/src" -name '*.gcno' |
    grep -E '/(vm|amd64)/[a-z0-9_]*\.c\.gcno$' | sort)
[ -n "$objects" ] || { echo "$0: $build counts nothing" >&2; exit 1; }

rm -rf "$dir"
mkdir -p "$dir" "$traces"
for archive in "$tree"/tests/golden/*.tar.xz; do
	tar xJf "$archive" -C "$traces"
done
total=0
# Files of counts are written below $dir, under the objects' own paths.
GCOV_PREFIX=$dir
export GCOV_PREFIX
for folder in $(find "$tree/tests/golden" "$traces" -name '*.trace' |
    sed 's,/[^/]*$,,' | sort -u); do
	case $folder in */workloads) continue ;; esac
	links=$(mktemp -d "$dir/traces.XXXXXX")/${folder##*/}
	mkdir "$links"
	find "$folder" -maxdepth 1 -name '*.trace' ! -name '*-long-*' \
	    -exec ln -s {} "$links" \;
	count=$(find "$links" -name '*.trace' | wc -l)
	total=$((total + count))
	[ "$count" -eq 0 ] || "$build/tests/golden/test_golden" "" "$count" \
	    "$links" > "$dir/log" 2>&1 ||
		{ tail -n 20 "$dir/log" >&2; exit 1; }
done
unset GCOV_PREFIX

# gcov wants the notes beside the counts.
for notes in $objects; do
	counts=${notes%.gcno}.gcda
	[ -e "$dir$counts" ] || {
		echo "no trace runs anything of ${notes##*/}"
		continue
	}
	cp "$notes" "$dir${notes%/*}/"
	# The objects know their sources by their paths in the tree.
	(cd "$tree" && gcov --stdout --object-file "$dir$counts" \
	    "$dir$counts") >> "$dir/lines" 2> "$dir/log" ||
		{ cat "$dir/log" >&2; exit 1; }
done

# A line of a .gcov file is "count:number:text"; count is "-" where there is no
# code, "#####" where none ran.  A header's line ran if it did in any file, and
# a function that style(9) writes begins in column 1 with its name.
grep -q '0:Source:.*src/vm/' "$dir/lines" || {
	echo "$0: gcov tells of no line of src/vm: it knows sources by the paths" \
	    "that the compiler saw, which ccache changes where it has a base_dir" >&2
	exit 1
}
echo "golden traces run: $total"
awk -F: -v tree="$tree/" -v reasons="$reasons" '
BEGIN {
	while ((getline line < reasons) > 0) {
		if (line ~ /^#/ || line ~ /^$/)
			continue
		if (line ~ /^[ \t]/) {
			sub(/^[ \t]+/, "", line)
			for (i = 1; i <= nkeys; i++)
				why[keys[i]] = why[keys[i]] \
				    (why[keys[i]] == "" ? "" : " ") line
			open = 1
			continue
		}
		if (open)
			nkeys = 0
		open = 0
		keys[++nkeys] = line
		why[line] = ""
	}
}
$2 ~ /^ *0$/ && $3 == "Source" {
	file = $4
	wanted = match(file, /src\/(vm|amd64)\/[^\/]*$/)
	file = substr(file, RSTART)
	next
}
!wanted || $2 ~ /^ *0$/ || $2 !~ /^ *[0-9]+$/ { next }
{
	count = $1
	gsub(/[ *]/, "", count)
	if (count == "-")
		next
	number = $2 + 0
	key = file ":" number
	lines[key] = 1
	files[file] = 1
	if (count !~ /^[#=]+$/)
		run[key] = 1
}
END {
	for (file in files) {
		number = 0
		function_name = ""
		while ((getline line < (tree file)) > 0) {
			number++
			if (line ~ /^[a-z_][A-Za-z0-9_]*\(/) {
				function_name = line
				sub(/\(.*/, "", function_name)
			} else if (line ~ /^static .*[ *][a-z_0-9]+\(.*,$/) {
				function_name = line
				sub(/\(.*/, "", function_name)
				sub(/.*[ *]/, "", function_name)
			}
			key = file ":" number
			if (!(key in lines))
				continue
			all++
			if (key in run) {
				ran++
				continue
			}
			name = file " " function_name
			missing[name]++
			sub(/^[ \t]+/, "", line)
			text[name] = text[name] "\t" number ": " line "\n"
		}
	}
	for (name in missing) {
		reason = why[name]
		if (reason == "") {
			reason = "no reason is given"
			unknown++
		}
		printf "%s: %s\n%s", name, reason, text[name]
	}
	for (name in why)
		if (!(name in missing)) {
			printf "%s: all its lines are run; its reason can go\n",
			    name
			stale++
		}
	printf "\nfunctions without a reason: %d, with one too many: %d\n",
	    unknown, stale
	printf "lines of src/vm and src/amd64 that golden traces run: "
	printf "%d of %d, %.1f%%\n", ran, all, 100 * ran / (all > 0 ? all : 1)
	exit (unknown + stale > 0 || all == 0)
}' "$dir/lines"
