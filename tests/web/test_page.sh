#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_page.sh PMAPSIM PAGE: the page in the browser.  It runs every scenario
# and every museum entry, with the bug and with its fix, in Chromium, and each
# must end in the line and with the digest that the native command has.  PAGE
# is the folder that the preset "web" makes, build/web/page.  Not a part of
# ctest, because the page's compiler is not what the tests install.
set -u
. "$(dirname "$0")/../lib.sh"
pmapsim=$1
page=$2
needs chromium gzip
[ -f "$page/pmapsim.js" ] || skip "no page in $page: cmake --workflow --preset web"
scratch
unset PMAPSIM_SCENARIOS
# The page has the library in whose calls other CPUs can act.
[ -x "$pmapsim-race" ] || lacks "$pmapsim-race"
pmapsim=$pmapsim-race

size=$(cat "$page"/index.html "$page"/pmapsim.js "$page"/traces.js |
    gzip -9 | wc -c)
echo "the page weighs $size bytes compressed"
[ "$size" -lt 400000 ] || fail "the page weighs $size bytes compressed"

HOME=$tmp timeout -k 5 300 chromium --headless --no-sandbox --disable-gpu \
    --disable-dev-shm-usage --user-data-dir="$tmp/profile" \
    --virtual-time-budget=200000 --dump-dom \
    "file://$(cd "$page" && pwd)/index.html?test" > "$tmp/dom" 2> "$tmp/log"
sed -n '/<pre>/,/^end/p' "$tmp/dom" | sed 's/.*<pre>//; /^end/d' > "$tmp/runs"
count=0
while read -r scenario kernel line digest; do
	[ -n "$scenario" ] || continue
	count=$((count + 1))
	if [ "$kernel" = - ]; then
		"$pmapsim" debug "$scenario" -e 'continue; digest' \
		    > "$tmp/native" 2>&1
	else
		"$pmapsim" debug -k "$kernel" "$scenario" \
		    -e 'continue; digest' > "$tmp/native" 2>&1
	fi
	native=$(tail -n 1 "$tmp/native")
	[ "$digest" = "$native" ] ||
	    fail "$scenario, kernel $kernel: $digest in the page, $native here"
	grep -q "^ *$line  " "$tmp/native" ||
	    fail "$scenario, kernel $kernel: does not end in line $line here"
done < "$tmp/runs"
echo "$count runs compared"
[ "$count" -ge 60 ] || { fail "only $count runs"; tail -n 5 "$tmp/log"; }
[ $failures -eq 0 ]
