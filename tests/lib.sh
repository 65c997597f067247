# SPDX-License-Identifier: BSD-2-Clause
# What the scripts of the tests share: how a test says that something is wrong,
# or not here, and where it puts its files.  Where PMAPSIM_CI is set, as the
# presets of .ci/run do, everything that "./setup all" installs must be here, and
# a test that lacks it fails.

# How often fail() was called.
failures=0

# scratch: makes the folder $tmp, which is removed when the test ends.
scratch()
{
	tmp=$(mktemp -d) || exit 1
	trap 'rm -rf "$tmp"' EXIT
}

# skip WHY: ends the test for a reason that no package mends.
skip()
{
	echo "skipped: $1"
	exit 77
}

# lacks WHAT: ends the test, because WHAT is not installed.
lacks()
{
	if [ -n "${PMAPSIM_CI-}" ]; then
		echo "FAIL: lacks $1, which ./setup all installs"
		exit 1
	fi
	skip "lacks $1"
}

# needs PROGRAM...: ends the test where one of them is not installed.
needs()
{
	for lib_program in "$@"; do
		command -v "$lib_program" > /dev/null || lacks "$lib_program"
	done
}

# has PROGRAM PART: whether it is installed; if not, PART of the test is
# skipped, and a line says so.
has()
{
	command -v "$1" > /dev/null && return
	if [ -n "${PMAPSIM_CI-}" ]; then
		echo "FAIL: lacks $1, which ./setup all installs"
		exit 1
	fi
	echo "skipped in part: lacks $1 for $2"
	return 1
}

# has_terminal: whether script(1) can lend a pseudo-terminal; it cannot in a
# chroot without /dev/pts.
has_terminal()
{
	script -qec true /dev/null < /dev/null > /dev/null 2>&1
}

# needs_terminal: ends the test where there is none.
needs_terminal()
{
	needs script
	has_terminal || skip "no pseudo-terminal is to be had here"
}

# fail WHAT: says so, with what the command under test wrote to the files out and
# err of $tmp where the test keeps them there, and counts it in $failures.
fail()
{
	echo "FAIL: $1"
	for lib_file in out err; do
		[ ! -s "${tmp-/none}/$lib_file" ] ||
		    sed "s/^/    $lib_file: /" "$tmp/$lib_file" | head -n 20
	done
	failures=$((failures + 1))
}

# csv_column NAME FILE: what the first row of a CSV file has in the column NAME.
csv_column()
{
	awk -F, -v name="$1" '/^#/ { next }
	    !n { for (i = 1; i <= NF; i++) if ($i == name) n = i; next }
	    { print $n; exit }' "$2"
}
