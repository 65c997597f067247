#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_html.sh MAN: the pages in the folder MAN become HTML, each is in the
# index, and every link to a page of ours leads to one.
set -u
. "$(dirname "$0")/../lib.sh"
man=$1
needs mandoc
scratch

"$man/html.sh" "$man" "$tmp/out" || fail "html.sh exits $?"
for page in "$man"/*.[1-9]; do
	name=$(basename "$page")
	grep -q '</html>' "$tmp/out/$name.html" || fail "$name has no end"
	grep -q "href=\"$name.html\"" "$tmp/out/index.html" ||
	    fail "the index lacks $name"
done
links=0
for html in "$tmp"/out/*.html; do
	for link in $(grep -o 'href="[^"#]*"' "$html" | cut -d '"' -f 2); do
		links=$((links + 1))
		case $link in
		https://*query=pmapsim*) fail "$(basename "$html"): $link is ours" ;;
		https://*) ;;
		*) [ -f "$tmp/out/$link" ] ||
		    fail "$(basename "$html") links to $link, which is not there" ;;
		esac
	done
done
[ $failures -eq 0 ] || exit 1
echo "$links links"
[ "$links" -gt 50 ]
