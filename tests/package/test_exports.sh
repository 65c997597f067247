#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_exports.sh LIBRARY INCLUDE: the shared library exports what the headers
# declare with PMAPSIM_API, all of it and nothing else.
set -u
library=$1
include=$2
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

here=$(dirname "$0")
"$here/api_names.sh" "$include" | sort -u > "$tmp/declared" || exit 1
[ "$(wc -l < "$tmp/declared")" -gt 150 ] ||
    { echo "the headers were not understood" >&2; exit 1; }
# Sanitizers and coverage add names of their own, with two underscores.
nm -D --defined-only "$library" | awk '$2 != "A" { print $NF }' |
    sed 's/@.*//' | grep -v '^__\|^_init$\|^_fini$' | sort -u > "$tmp/exported"
comm -23 "$tmp/declared" "$tmp/exported" |
    sed 's/$/: declared, but not exported/' > "$tmp/bad"
comm -13 "$tmp/declared" "$tmp/exported" |
    sed 's/$/: exported, but in no public header/' >> "$tmp/bad"
cat "$tmp/bad" >&2
[ ! -s "$tmp/bad" ] && echo "$(wc -l < "$tmp/exported") functions"
