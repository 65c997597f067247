#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_package.sh BUILD CMAKE CC GENERATOR [FLAG...]: installs BUILD into a staging
# folder, moves that elsewhere, and there builds and runs a plain C program by
# pkg-config and a cmocka suite by find_package().
set -u
. "$(dirname "$0")/../lib.sh"
needs pkg-config
build=$1
cmake=$2
cc=$3
CMAKE_GENERATOR=$4 # what builds here, so that nothing else is needed
export CMAKE_GENERATOR
shift 4
flags=$*
here=$(cd "$(dirname "$0")" && pwd)
scratch
unset PMAPSIM_SCENARIOS CMAKE_PREFIX_PATH DESTDIR

die()
{
	echo "FAIL: $1" >&2
	[ -f "$tmp/log" ] && sed 's/^/    /' "$tmp/log" | tail -n 30 >&2
	exit 1
}

# The first folder is gone before anything is used: no file may name it.
"$cmake" --install "$build" --prefix "$tmp/staged" > "$tmp/log" 2>&1 ||
    die "cmake --install"
mkdir "$tmp/moved here"
mv "$tmp/staged" "$tmp/moved here/root"
root="$tmp/moved here/root"
if grep -rIl -e "$tmp/staged" "$root" > "$tmp/log"; then
	die "installed files name the prefix"
fi

for file in bin/pmapsim include/pmapsim/cmocka.h \
    share/pmapsim/scenarios/acpi-wakeup.trace share/man/man1/pmapsim.1 \
    share/man/man5/pmapsim-trace.5 share/man/man7/pmapsim-kernels.7 \
    share/man/man3/pmapsim.3 \
    share/bash-completion/completions/pmapsim \
    share/zsh/site-functions/_pmapsim; do
	[ -s "$root/$file" ] || die "$file is not installed"
done
for file in "$root"/include/pmapsim/*.h; do
	[ -f "$here/../../include/pmapsim/$(basename "$file")" ] ||
	    die "$file: where is it from?"
done
"$root/bin/pmapsim" replay --quiet acpi-wakeup > "$tmp/log" 2>&1 ||
    die "the moved command does not find its scenarios"

pc=$(find "$root" -name pmapsim.pc)
[ -n "$pc" ] || die "no pmapsim.pc"
PKG_CONFIG_PATH=$(dirname "$pc")
export PKG_CONFIG_PATH
use=$(pkg-config --cflags --libs pmapsim) || die "pkg-config"
lib=$(dirname "$(dirname "$pc")")
text='panic: pmap_enter: attempted pmap_enter on 2MB page'
eval "$cc -Wall -Werror $flags -o '$tmp/panic' '$here/c/panic.c' $use" \
    > "$tmp/log" 2>&1 || die "the C program does not build"
LD_LIBRARY_PATH=$lib "$tmp/panic" > "$tmp/log" 2>&1 ||
    die "the C program fails"
grep -q "^pmapsim $(pkg-config --modversion pmapsim): $text\$" "$tmp/log" ||
    die "the C program does not print the panic"

# README: the library of the build tree, with nothing installed.
grep -q '`cc -Iinclude test_fix.c build/release/src/libpmapsim.a -lcmocka`' \
    "$here/../../README.md" || die "README links with another library"
eval "$cc -Wall -Werror $flags -o '$tmp/in-tree' -I'$here/../../include' \
    '$here/c/panic.c' '$build/src/libpmapsim.a'" > "$tmp/log" 2>&1 ||
    die "the C program does not build with the build tree"
"$tmp/in-tree" 2>&1 | grep -q "$text" ||
    die "the C program of the build tree does not print the panic"

"$cmake" -S "$here/cmocka" -B "$tmp/cmocka" -DCMAKE_PREFIX_PATH="$root" \
    -DCMAKE_C_COMPILER="$cc" -DCMAKE_C_FLAGS="$flags" > "$tmp/log" 2>&1 &&
    "$cmake" --build "$tmp/cmocka" >> "$tmp/log" 2>&1 ||
    die "the cmocka suite does not build"
for test in test_fix test_fix_static; do
	"$tmp/cmocka/$test" > "$tmp/log" 2>&1 || die "$test fails"
	grep -q 'PASSED.* 1 test' "$tmp/log" || die "$test ran no test"
done

# Before 1.0, 0.9 is another interface.
sed 's/pmapsim 0\.2/pmapsim 0.9/' "$here/cmocka/CMakeLists.txt" \
    > "$tmp/CMakeLists.txt"
"$cmake" -S "$tmp" -B "$tmp/wrong" -DCMAKE_PREFIX_PATH="$root" \
    -DCMAKE_C_COMPILER="$cc" > "$tmp/log" 2>&1 &&
    die "version 0.9 is found"
grep -q 'compatible with requested version' "$tmp/log" ||
    die "version 0.9 is not refused for its number"
echo "installed, moved, used by pkg-config and by find_package()"
