#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# skipped.sh BUILD: names the tests that the last run of ctest in BUILD
# skipped, whole or in part, each with the line in which it said why.
set -eu
log=$1/Testing/Temporary/LastTest.log
[ -r "$log" ] || { echo "$0: no test has run in $1" >&2; exit 1; }
awk '
	# "12/134 Testing: NAME"
	/^[0-9]+\/[0-9]+ Testing: / { name = $3 }
	/^skipped(: | in part: )/ { print name ": " $0; some = 1 }
	END { if (!some) print "none" }' "$log"
