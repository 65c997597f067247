#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# check_texts.sh TREE [LIST]: no function of TREE/src decides by the wording of
# a text but those in LIST ("file function  reason"), which compare what a user
# wrote, what a trace says, or a name.  Panics have codes, statements are values,
# findings name their rule; ask those.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tree=$1
list=${2:-$here/texts.txt}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
bad=0

# "file function" of each that compares texts; a definition's name begins its
# line.
for file in "$tree"/src/*/*.[ch]; do
	[ -f "$file" ] || continue
	awk -v file="${file#"$tree"/src/}" '
		match($0, /^[A-Za-z_][A-Za-z_0-9]*\(/) {
			name = substr($0, 1, RLENGTH - 1)
		}
		/^[ \t]*(\*|\/\*|\/\/)/ { next }
		/(^|[^A-Za-z_0-9])(str(n|case|ncase)?cmp|strstr|strcasestr|sscanf|fnmatch)\(/ {
			print file, name
		}' "$file"
done | sort -u > "$tmp/found"
grep -v -e '^#' -e '^$' "$list" | awk '{ print $1, $2 }' | sort -u > "$tmp/listed"
comm -23 "$tmp/found" "$tmp/listed" > "$tmp/new"
while read -r file function; do
	echo "src/$file: $function() compares texts; ask a code or a value," \
	    "or give the reason in $list" >&2
	bad=1
done < "$tmp/new"
comm -13 "$tmp/found" "$tmp/listed" > "$tmp/old"
while read -r file function; do
	echo "$list: $function() of src/$file compares no texts any more" >&2
	bad=1
done < "$tmp/old"
exit $bad
