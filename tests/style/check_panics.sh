#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# check_panics.sh TREE: each panic(), KASSERT() and stop() of TREE/src has its
# one row in panic_codes.def, found by its text, and each row such a call.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tree=$1
codes=$tree/include/pmapsim/panic_codes.def
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
bad=0

for file in "$tree"/src/*/*.[ch]; do
	awk -v RS='\001' -f "$here/list_panics.awk" "$file" > "$tmp/one"
	sed "s|^|$file: |" "$tmp/one" >> "$tmp/places"
	cat "$tmp/one" >> "$tmp/calls.all"
done
# A row's text is the first string behind its parenthesis.
sed 's/^PMAPSIM_PANIC(/ panic(/' "$codes" > "$tmp/rows.c"
awk -v RS='\001' -f "$here/list_panics.awk" "$tmp/rows.c" > "$tmp/rows.all"
sort -u "$tmp/calls.all" > "$tmp/calls"
sort -u "$tmp/rows.all" > "$tmp/rows"
[ -s "$tmp/calls" ] || { echo "no panic was found in $tree" >&2; exit 1; }

sort "$tmp/rows.all" | uniq -d > "$tmp/twice"
while IFS= read -r text; do
	echo "$codes: two rows have the text $text" >&2
	bad=1
done < "$tmp/twice"
comm -23 "$tmp/calls" "$tmp/rows" > "$tmp/missing"
while IFS= read -r text; do
	place=$(grep -F -e ": $text" "$tmp/places" | head -n 1)
	echo "$place has no row in $codes" >&2
	bad=1
done < "$tmp/missing"
comm -13 "$tmp/calls" "$tmp/rows" > "$tmp/extra"
while IFS= read -r text; do
	echo "$codes: nothing panics with $text" >&2
	bad=1
done < "$tmp/extra"
exit $bad
