#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# check_files.sh TREE: each file of ours begins with the licence line and stays
# short enough to be read (a test twice as long, being a list of cases);
# reports the ten longest.
set -u
tree=$1
bad=0

list=$(find "$tree/src" "$tree/include" "$tree/tests" "$tree/bench" \
    \( -name '*.[ch]' -o -name '*.cc' -o -name '*.sh' -o \
    -name CMakeLists.txt \) -type f 2>/dev/null | sort)
[ -n "$list" ] || { echo "$tree: no file" >&2; exit 1; }

for file in $list; do
	lines=$(wc -l < "$file")
	case $file in
	"$tree"/tests/*) limit=2000 ;;
	*) limit=1000 ;;
	esac
	if [ "$lines" -gt $limit ]; then
		echo "$file: $lines lines, more than $limit: split it" >&2
		bad=1
	fi
	head -n 2 "$file" | grep -q 'SPDX-License-Identifier: BSD-2-Clause' || {
		echo "$file: no licence line at the top" >&2
		bad=1
	}
done
echo "longest files:"
wc -l $list | grep -v ' total$' | sort -rn | head -n 10
exit $bad
