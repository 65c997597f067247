#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_rows.sh PMAPSIM PAGE: the manual's page defines each row of "pmapsim run",
# by its names in CSV and in the table, in order, and no other; CSV and JSON say
# which version made them.
set -u
. "$(dirname "$0")/../lib.sh"
pmapsim=$1
page=$2
scratch

# A program of three accesses.
printf '%s\n' '==1== Lackey, an example Valgrind tool' 'I  0401000,4' \
    ' S 1fff000010,8' ' L 0804000,8' > "$tmp/lackey"
"$pmapsim" import --from lackey -q -o "$tmp/run" "$tmp/lackey" > "$tmp/out" ||
    fail "cannot import"
run()
{
	"$pmapsim" run -q "$tmp/run" --tlb skylake "$@"
}
run --csv > "$tmp/csv" || fail "does not run"
# The names behind "refused", which is the last of what is no figure.
sed -n 2p "$tmp/csv" | sed 's/.*,refused,//' | tr , '\n' |
    grep -v '_per_1000$' > "$tmp/names"
run | sed -n '/^ *1$/,/^per 1,000/p' | sed '1d;$d' |
    sed 's/^ *//; s/   *[0-9.%]*$//' > "$tmp/words"
paste -d ' ' "$tmp/names" "$tmp/words" | sed 's/ \(.*\)/ (\1)/' > "$tmp/rows"
[ "$(wc -l < "$tmp/rows")" -gt 20 ] || fail "the rows are not to be found"
sed -n '/^\.Ss The rows/,/^\.El/s/^\.It //p' "$page" > "$tmp/page"
diff "$tmp/page" "$tmp/rows" > "$tmp/out" ||
    fail "the page defines what is marked <, the table has what is marked >"

version=$("$pmapsim" --version)
[ "$(sed -n 1p "$tmp/csv")" = "# $version" ] || fail "CSV does not say who made it"
run --json | grep -q "\"version\": \"${version#pmapsim }\"" ||
    fail "JSON does not say who made it"
[ $failures -eq 0 ] || exit 1
