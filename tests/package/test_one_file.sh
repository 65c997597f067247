#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_one_file.sh SOURCE CMAKE BUILD CC: the library as two files compiles
# alone, without a warning of clashing names, and README's cmocka example
# passes with it.
set -u
. "$(dirname "$0")/../lib.sh"
source=$1
cmake=$2
build=$3
cc=$4
scratch

die()
{
	echo "FAIL: $1" >&2
	grep -E 'error|warning' "$tmp/log" | head -n 30 | sed 's/^/    /' >&2
	exit 1
}

"$cmake" --build "$build" --target pmapsim_one_file > "$tmp/log" 2>&1 ||
    die "the two files are not written"
cp "$build/one_file/pmapsim.c" "$build/one_file/pmapsim.h" "$tmp/"
cd "$tmp" || exit 1
if grep -n '^#[ 	]*include "' pmapsim.c | grep -v '"pmapsim.h"' > log; then
	die "pmapsim.c includes files of the tree"
fi
"$cc" -c pmapsim.c > log 2>&1 ||
    die "pmapsim.c does not compile: two sources use one static name?"
[ ! -s log ] || die "pmapsim.c compiles with warnings"

# The example as README prints it, but for its includes.
{
	printf '#include <%s>\n' setjmp.h stdarg.h stddef.h stdint.h cmocka.h
	echo '#include "pmapsim.h"'
	awk '/^```c$/ { inside = 1; next } /^```/ { inside = 0 }
	    inside && !/^#include <pmapsim/' "$source/README.md"
} > test_fix.c
grep -q cmocka_run_group_tests test_fix.c || die "README has no cmocka example"
"$cc" -Wall -o test_fix test_fix.c pmapsim.o -lcmocka > log 2>&1 ||
    die "README's example does not build"
./test_fix > log 2>&1 || { cat log; die "README's example fails"; }
grep -q 'PASSED.* 1 test' log || die "README's example ran no test"
# Without cmocka, as a plain program.
sed 's,<pmapsim/[a-z]*\.h>,"pmapsim.h",' "$source/tests/package/c/panic.c" \
    > panic.c
"$cc" -Wall -o panic panic.c pmapsim.o > log 2>&1 || die "a plain program"
./panic > log 2>&1
grep -q 'attempted pmap_enter on 2MB page' log || die "no panic is printed"
wc -l pmapsim.c pmapsim.h
