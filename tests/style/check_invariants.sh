#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# check_invariants.sh TREE: what the head of a file says to hold always is
# recounted.  Each audit rule that a comment in src/vm or src/amd64 names is one
# of src/audit/audit.c, and each of these is named by the file that keeps what
# it recounts.
set -u
tree=$1
bad=0

rules=$(sed -n '/ rules\[\] = {/,/^};/s/^    {"\([a-z-]*\)",.*/\1/p' \
    "$tree/src/audit/audit.c" 2> /dev/null)
[ -n "$rules" ] || { echo "$tree: no audit rule was found" >&2; exit 1; }
# A comment may break the line between "rule" and the name.
named=$(cat "$tree"/src/vm/*.c "$tree"/src/amd64/*.c |
    sed 's/^ \*//' | tr -s '\n\t ' '   ' |
    grep -oE "(audit|auditor's) rules? \"[a-z-]+\"(, \"[a-z-]+\")*" |
    grep -oE '"[a-z-]+"' | tr -d '"' | sort -u)

for name in $named; do
	echo "$rules" | grep -qx "$name" || {
		echo "a comment names the audit rule \"$name\", which is none" >&2
		bad=1
	}
done
for rule in $rules; do
	echo "$named" | grep -qx "$rule" || {
		echo "no file names the audit rule \"$rule\" that recounts it" >&2
		bad=1
	}
done
exit $bad
