#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_revisions.sh PMAPSIM SOURCE: what README.md and pmapsim-kernels(7) say of
# revisions is what "pmapsim kernels" says: which there are, their order, their
# dates, what each is, and which switches are on in it.
set -u
. "$(dirname "$0")/../lib.sh"
pmapsim=$1
source=$2
scratch

# compare WHAT: the file of that name is what the command says.
compare()
{
	[ -s "$tmp/$1.command" ] || fail "$1: the command says nothing"
	diff "$tmp/$1.command" "$tmp/$1" >&2 || fail "$1: see above"
}

"$pmapsim" kernels > "$tmp/list" || fail "pmapsim kernels fails"

# "NAME|DATE|WHAT", in order; in README a row of a table.
# What is too long for a line goes on in the next.
awk '/^revisions/ { on = 1; next } /^$/ { exit }
    on && /^  [^ ]/ {
	name = $1; what = $0; sub(/^ *[^ ]+ +/, "", what); told = 0; next
    }
    !on || told { next }
    { sub(/^ */, "") }
    /^\(/ {
	sub(/^\(/, ""); sub(/:.*/, ""); print name "|" $0 "|" what; told = 1; next
    }
    { what = what " " $0 }' \
    "$tmp/list" > "$tmp/README.command"
sed -n '/^| revision | date /,/^$/s/^| \([^ |]*\) | \([0-9-]*\) | \(.*\) |$/\1|\2|\3/p' \
    "$source/README.md" | grep -v '^---' > "$tmp/README"
compare README

# "DATE SWITCH...", in the order of the revisions.
cut -d '|' -f 1,2 "$tmp/README.command" | while IFS='|' read -r name date; do
	awk -v want="$name" -v line="$name $date" '
	    /^switches/ { on = 1; next }
	    on && /^  [^ ]/ { name = $1 }
	    on && /^ *on in / {
		for (i = 3; i <= NF; i++)
			if ($i == want)
				line = line " " name
	    }
	    END { print line }' "$tmp/list"
done > "$tmp/manual.command"
awk '/^\.Sh/ { on = $2 == "REVISIONS"; next }
    !on { next }
    /^\.It Ic / { name = $3; next }
    /^On, / { sub(/:.*/, "", $2); line = name " " $2; list = 1; next }
    list && /^\.Ic / { line = line " " $2; next }
    list { print line; list = 0 }' "$source/src/man/pmapsim-kernels.7" \
    > "$tmp/manual"
compare manual

# JSON has them too.
"$pmapsim" kernels --json > "$tmp/json"
while IFS='|' read -r name date what; do
	grep -q "\"name\": \"$name\"" "$tmp/json" &&
	    grep -q "\"date\": \"$date\"" "$tmp/json" ||
	    fail "--json lacks $name of $date"
done < "$tmp/README.command"

[ $failures -eq 0 ] || exit 1
echo "$(wc -l < "$tmp/README") revisions"
