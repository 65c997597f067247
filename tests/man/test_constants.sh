#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_constants.sh INCLUDE MAN CC: the manual has each constant and each
# structure that the headers in INCLUDE define, and they are what it says.  A
# page tells a constant in a row of a table, ".It Dv NAME Ta Li VALUE Ta ...",
# whose value the compiler CC checks, or inside a structure or enumeration that
# it prints, which is compared with the header's but for comments.
set -u
. "$(dirname "$0")/../lib.sh"
include=$1
man=$2
cc=$3
here=$(dirname "$0")
scratch

# What pages print literally, as text.
for page in "$man"/*.3; do
	awk '
	/^\.Ed/ { on = 0 }
	on { gsub(/\\e/, "\\"); gsub(/\\&/, ""); print }
	/^\.Bd -literal/ { on = 1 }' "$page"
done > "$tmp/literal"

# structures FILE...: each struct and enum of the text, a line each: its name, a
# tab, and all of it without comments and with single blanks.  An enumeration
# that a macro fills is left out.
structures()
{
	cat "$@" | awk '
	function strip(s,    out, at) {
		# Comments may take several lines.
		out = ""
		while (s != "") {
			if (comment) {
				at = index(s, "*/")
				if (!at) return out
				s = substr(s, at + 2)
				comment = 0
				continue
			}
			at = index(s, "/*")
			if (!at) return out s
			out = out substr(s, 1, at - 1)
			s = substr(s, at + 2)
			comment = 1
		}
		return out
	}
	{ line = strip($0) }
	!body && line ~ /^(struct|enum|union) [a-z_0-9]+ \{/ {
		split(line, word, " ")
		name = word[1] " " word[2]
		body = line
		next
	}
	body {
		if (line ~ /^#/) { body = ""; next }
		body = body " " line
		if (line !~ /^\}/) next
		gsub(/[ \t]+/, " ", body)
		gsub(/ ,/, ",", body)
		print name "\t" body
		body = ""
	}' | sort -u
}

structures "$include"/pmapsim/*.h > "$tmp/declared"
structures "$tmp/literal" > "$tmp/printed"
[ "$(wc -l < "$tmp/declared")" -gt 20 ] || fail "the structures are not read"
cut -f 1 "$tmp/printed" | uniq -d > "$tmp/twice"
[ -s "$tmp/twice" ] && fail "pages differ in $(cat "$tmp/twice")"
while IFS='	' read -r name body; do
	printed=$(grep "^$name	" "$tmp/printed" | cut -f 2)
	# A name that ends so is a macro's own.  An enumeration may be told by a
	# list instead.
	case $name:$printed in
	*_: | enum*:) continue ;;
	esac
	if [ -z "$printed" ]; then
		fail "no page of section 3 prints $name"
	elif [ "$printed" != "$body" ]; then
		fail "$name is
  $body
and section 3 prints
  $printed"
	fi
done < "$tmp/declared"

# ---- constants -------------------------------------------------------------
awk -f "$here/constants.awk" "$include"/pmapsim/*.h | sort -u > "$tmp/names"
[ "$(wc -l < "$tmp/names")" -gt 150 ] || fail "the constants are not read"
{
	sed -n 's/^\.It Dv \([A-Za-z_0-9]*\).*/\1/p
	    s/^\.It Fn [a-z_0-9]* x , Fn \([a-z_0-9]*\) x$/\1/p
	    s/^\.Fn \(PMAPSIM_RECORD\) .*/\1/p' "$man"/*.3
	sed -n 's/^\.It Fn \([A-Za-z_0-9]*\).*/\1/p' "$man"/*.3
	grep -o '[A-Z][A-Z0-9_]*' "$tmp/printed"
} | sort -u > "$tmp/entries"
comm -23 "$tmp/names" "$tmp/entries" > "$tmp/missing"
while read -r name; do
	fail "section 3 has no entry for the constant $name"
done < "$tmp/missing"

{
	for header in "$include"/pmapsim/*.h; do
		case $header in
		*/cmocka.h) ;;
		*) echo "#include <pmapsim/$(basename "$header")>" ;;
		esac
	done
	sed -n 's/^\.It Dv \([A-Z_0-9a-z]*\) Ta Li \([0-9a-fx]*\)\( .*\)*$/\
_Static_assert((uint64_t)(\1) == UINT64_C(\2), "\1 is not \2");/p' "$man"/*.3
} > "$tmp/values.c"
values=$(grep -c '^_Static_assert' "$tmp/values.c")
[ "$values" -gt 100 ] || fail "the values are not read"
$cc -std=c11 -I"$include" -fsyntax-only "$tmp/values.c" > "$tmp/errors" 2>&1 || {
	grep -o 'static assertion failed.*\|error:.*' "$tmp/errors" >&2
	fail "the manual gives another value"
}

[ $failures -eq 0 ] || exit 1
echo "$(wc -l < "$tmp/declared") structures, $(wc -l < "$tmp/names")" \
    "constants, $values values"
