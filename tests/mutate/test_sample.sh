#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_sample.sh BUILD: sample.pl finds the tests of BUILD, links them with an
# error and sees one fail.  It draws both errors that can be made where two
# functions ask for a superpage; more is measured by hand, because each error
# takes seconds and one that nothing catches minutes.
set -u
. "$(dirname "$0")/../lib.sh"
needs perl ninja
perl -MJSON::PP -e 1 2> /dev/null || lacks "JSON::PP of perl"
scratch

perl "$(dirname "$0")/sample.pl" -l 'pmap_query.c:if ((*pde & PG_PS) != 0)' "$1" \
    1 2 unit > "$tmp/out" 2> "$tmp/err" || fail "it exits $?"
[ "$(grep -c '^caught src/amd64/pmap_query\.c:' "$tmp/out")" -eq 2 ] ||
    fail "two errors are planted, and not both are caught"
[ "$(grep -c '^    unit: test_pmap_query, golden: -$' "$tmp/out")" -eq 2 ] ||
    fail "the test of pmap_query.c does not catch them"
grep -q '^2 errors: 2 caught (100\.0%); unit tests 100\.0%, golden traces 0\.0% alone, 0\.0% by what is recorded in them$' \
    "$tmp/out" || fail "the rates are not told"
[ $failures -eq 0 ]
