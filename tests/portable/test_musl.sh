#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_musl.sh SOURCE CMAKE GENERATOR CC: with musl for libc the command is one
# static file, without jansson, and prints the panic.
set -u
. "$(dirname "$0")/lib.sh"
needs musl-gcc
[ -f /usr/include/bsd/sys/queue.h ] || lacks libbsd-dev

cc=musl-gcc
# musl has no <sys/queue.h>; of the host's headers it gets libbsd's alone.
mkdir "$tmp/include"
ln -s /usr/include/bsd "$tmp/include/bsd"
# Nor has it the host's libraries.
export PKG_CONFIG_LIBDIR="$tmp"
build "$source" -DCMAKE_BUILD_TYPE=MinSizeRel -DPMAPSIM_JSON=OFF \
    -DPMAPSIM_BUILD_TESTS=OFF -DCMAKE_C_FLAGS="-isystem $tmp/include" \
    -DCMAKE_EXE_LINKER_FLAGS=-static
command=$tmp/build/bin/pmapsim
if readelf -d "$command" | grep -q NEEDED; then
	die "the command is not static"
fi
"$command" replay acpi-wakeup > "$tmp/log" 2>&1 || die "replay"
grep -q '^panic: pmap_enter: attempted pmap_enter on 2MB page$' "$tmp/log" ||
    die "no panic is printed"
tail -n 1 "$tmp/log" | grep -q 'panics, as expected.*all results match' ||
    die "the replay differs"
"$command" kernels --json > "$tmp/log" 2>&1 && die "--json is not refused"
grep -q 'built without jansson' "$tmp/log" || die "--json is refused otherwise"
echo "a static command of $(($(wc -c < "$command") / 1024)) KB"
