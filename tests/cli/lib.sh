# SPDX-License-Identifier: BSD-2-Clause
# What the tests of the command share, beside what all tests do.  They set
# $pmapsim, $tmp, $failures and $checks.
. "$(dirname "$0")/../lib.sh"

# check EXIT PATTERN ARGUMENT...: runs the command; it must exit so, and its
# standard error hold the pattern, or nothing where the pattern is empty.
check()
{
	want=$1
	pattern=$2
	shift 2
	checks=$((checks + 1))
	"$pmapsim" "$@" > "$tmp/out" 2> "$tmp/err" < "${stdin:-/dev/null}"
	got=$?
	if [ $got -ne "$want" ]; then
		fail "pmapsim $*: exit $got, expected $want"
	elif [ -z "$pattern" ] && [ -s "$tmp/err" ]; then
		fail "pmapsim $*: complains"
	elif [ -n "$pattern" ] && ! grep -q -e "$pattern" "$tmp/err"; then
		fail "pmapsim $*: does not say \"$pattern\""
	fi
}

# prints PATTERN...: the last check printed a line that matches each.
prints()
{
	for pattern in "$@"; do
		checks=$((checks + 1))
		grep -q -e "$pattern" "$tmp/out" ||
		    fail "the output lacks \"$pattern\""
	done
}
