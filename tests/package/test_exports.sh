#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_exports.sh LIBRARY INCLUDE COVERAGE: the shared library exports what the
# headers declare with PMAPSIM_API, all of it and nothing else.  COVERAGE is
# PMAPSIM_COVERAGE, ON or OFF.  Exits with 77 for "skipped".
set -u
. "$(dirname "$0")/../lib.sh"
needs nm
library=$1
include=$2
if [ "$3" = ON ]; then
	skip "gcov adds symbols of its own"
fi
scratch

here=$(dirname "$0")
"$here/api_names.sh" "$include" | sort -u > "$tmp/declared" || exit 1
[ "$(wc -l < "$tmp/declared")" -gt 150 ] ||
    { echo "the headers were not understood" >&2; exit 1; }
# Sanitizers add names of their own, with two underscores.
nm -D --defined-only "$library" | awk '$2 != "A" { print $NF }' |
    sed 's/@.*//' | grep -v '^__\|^_init$\|^_fini$' | sort -u > "$tmp/exported"
comm -23 "$tmp/declared" "$tmp/exported" |
    sed 's/$/: declared, but not exported/' > "$tmp/bad"
comm -13 "$tmp/declared" "$tmp/exported" |
    sed 's/$/: exported, but in no public header/' >> "$tmp/bad"
cat "$tmp/bad" >&2
[ ! -s "$tmp/bad" ] && echo "$(wc -l < "$tmp/exported") functions"
