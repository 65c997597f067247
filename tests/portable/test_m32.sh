#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_m32.sh SOURCE CMAKE GENERATOR CC: the library for pointers of 32 bits,
# and its unit tests.
set -u
. "$(dirname "$0")/lib.sh"
printf '#include <stdio.h>\nint main(void) { return (0); }\n' > "$tmp/a.c"
"$cc" -m32 -o "$tmp/a" "$tmp/a.c" > "$tmp/log" 2>&1 ||
    lacks "a compiler that knows -m32 (gcc-multilib)"
"$cc" -m32 -o "$tmp/a" "$tmp/a.c" -lcmocka > "$tmp/log" 2>&1 ||
    lacks "cmocka for 32 bits (libcmocka-dev:i386)"
"$tmp/a" || skip "this kernel runs no program of 32 bits"

# pkg-config names the 64-bit libraries, unless it looks elsewhere.
PKG_CONFIG_LIBDIR=/usr/lib/$("$cc" -m32 -print-multiarch)/pkgconfig
export PKG_CONFIG_LIBDIR
# Warnings are no errors: with -Os gcc 12 doubts locals around setjmp().
build "$source" -DCMAKE_BUILD_TYPE=MinSizeRel -DCMAKE_C_FLAGS=-m32 \
    -DPMAPSIM_BUILD_CLI=OFF -DPMAPSIM_BUILD_TESTS=ON -DPMAPSIM_WERROR=OFF
# The oracles ask the processor, which is no matter of our pointers.
ctest=$(dirname "$cmake")/ctest
(cd "$tmp/build" && "$ctest" -j 2 -L unit -LE oracle --output-on-failure) \
    > "$tmp/log" 2>&1 || die "tests fail"
grep '100% tests passed' "$tmp/log" || die "no tests ran"
