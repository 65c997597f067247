#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# coverage.sh TREE BUILD: prints the branch coverage of src/vm and src/amd64 by
# the tests that ran in BUILD, then each line that has a branch never taken
# beside the reason that coverage.txt gives for it.  Fails below 90%.
#
# Not counted are the branches of KASSERT() and FRAME(): each assertion is a
# branch of its text and one of "are invariants on", and each frame one of "is
# there room"; what they guard is tested by text.  gcc's branches for
# exceptions and for code it proves unreachable do not exist in C.
set -eu
tree=$1
build=$2
minimum=90
reasons=$tree/tests/coverage.txt

command -v gcovr > /dev/null || {
	echo "$0: gcovr is not installed; ./setup all installs it" >&2
	exit 1
}
report=$(mktemp)
trap 'rm -f "$report"' EXIT
cd "$build"
gcovr --root "$tree" --filter "$tree/src/(vm|amd64)/" --branches \
    --exclude-throw-branches --exclude-unreachable-branches \
    --exclude-branches-by-pattern '.*\b(KASSERT|FRAME|FRAME_AS)\(.*' \
    --gcov-ignore-parse-errors --txt "$report" .
cat "$report"

# "FILE: TEXT" or "/RE/", and indented below it the reason.
echo
echo "Lines with a branch that no test takes:"
awk -v tree="$tree" -v reasons="$reasons" '
BEGIN {
	while ((getline line < reasons) > 0) {
		if (line ~ /^#/ || line ~ /^$/)
			continue
		if (line !~ /^[ \t]/) {
			key = line
			why[key] = ""
			if (key ~ /^\/.*\/$/)
				rules[++nrules] = key
		} else {
			sub(/^[ \t]+/, "", line)
			why[key] = why[key] (why[key] == "" ? "" : " ") line
		}
	}
}
$1 ~ /^src\// && NF == 5 {
	n = split($5, missing, ",")
	for (i = 1; i <= n; i++)
		wanted[$1 ":" missing[i]] = 1
	files[$1] = 1
}
END {
	for (file in files) {
		number = 0
		while ((getline line < (tree "/" file)) > 0) {
			number++
			if (!((file ":" number) in wanted))
				continue
			sub(/^[ \t]+/, "", line)
			key = file ": " line
			reason = key in why ? why[key] : ""
			for (i = 1; i <= nrules && reason == ""; i++)
				if (line ~ substr(rules[i], 2,
				    length(rules[i]) - 2))
					reason = why[rules[i]]
			if (reason == "")
				unknown++
			printf("%s:%d: %s\n\t%s\n", file, number, line,
			    reason != "" ? reason : "no reason is given")
		}
	}
	printf("\nlines without a reason: %d\n", unknown)
}' "$report"

percent=$(awk '$1 == "TOTAL" { sub(/%/, "", $4); print $4 }' "$report")
echo
echo "branch coverage of src/vm and src/amd64: $percent%"
[ "$percent" -ge "$minimum" ] || {
	echo "$0: less than $minimum%" >&2
	exit 1
}
