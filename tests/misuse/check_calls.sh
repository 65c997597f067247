#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# check_calls.sh INCLUDE TABLE: TABLE (calls.h) has each function that takes
# pointers, beside a machine's, and says something of each pointer.
set -eu
include=$1
table=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# "name pointers" of each prototype: what is between top-level commas and has
# a * or one of the kernel's pointer types counts, a leading machine does not.
cat "$include"/pmapsim/*.h | awk '
	/^PMAPSIM_API/ { text = ""; open = 1 }
	open { text = text " " $0 }
	open && /;/ {
		open = 0
		gsub(/\/\*[^*]*\*\//, "", text)
		match(text, /[A-Za-z_0-9]+\(/)
		name = substr(text, RSTART, RLENGTH - 1)
		text = substr(text, RSTART + RLENGTH)
		sub(/\);[^;]*$/, "", text)
		depth = count = 0
		word = ""
		n = length(text)
		for (i = 1; i <= n + 1; i++) {
			c = i > n ? "," : substr(text, i, 1)
			if (c == "(")
				depth++
			else if (c == ")")
				depth--
			if (c != "," || depth > 0) {
				word = word c
				continue
			}
			if (word ~ /^ *(const )?struct machine \*mach$/)
				word = ""
			if (word ~ /\*|vm_page_t|vm_object_t|vm_map_t|pmap_t/)
				count++
			word = ""
		}
		if (count > 0)
			print name, count
	}' | sort >"$dir/headers"
sed -n 's/^F(\([A-Za-z_0-9]*\), "\([^"]*\)",.*/\1 \2/p' "$table" |
    awk '{ print $1, length($2) }' | sort >"$dir/table"

[ -s "$dir/headers" ] || { echo "no prototype was found" >&2; exit 1; }
diff "$dir/headers" "$dir/table" >"$dir/diff" || {
	echo "$table: not what the headers declare (< headers, > table;" \
	    "name and pointers):" >&2
	cat "$dir/diff" >&2
	exit 1
}
echo "$(wc -l <"$dir/headers") functions"
