#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# check_format.sh TREE: every C and C++ file of ours is as clang-format 14
# writes it by .clang-format.  Another version breaks some lines elsewhere, so
# the test is skipped (77) where version 14 is not at hand.
set -u
. "$(dirname "$0")/../lib.sh"
tree=$1

for tool in clang-format-14 clang-format; do
	case $($tool --version 2>/dev/null) in
	*"version 14."*) break ;;
	esac
	tool=
done
if [ -z "$tool" ]; then
	needs clang-format
	skip "this clang-format is not version 14"
fi
list=$(find "$tree/src" "$tree/include" "$tree/tests" "$tree/bench" -type f \
    \( -name '*.[ch]' -o -name '*.cc' \) 2>/dev/null | sort)
[ -n "$list" ] || { echo "$tree: no file" >&2; exit 1; }
if ! echo "$list" | xargs "$tool" --style="file:$tree/.clang-format" \
    --dry-run -Werror; then
	echo "run: git ls-files '*.[ch]' '*.cc' | xargs $tool -i" >&2
	exit 1
fi
