#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_switch.sh TREE CC: a switch is one row and one predicate.  What
# CONTRIBUTING.md shows as a diff is done on a copy of the kernel's layers: the
# new switch is then listed, can be booted, and does what its row says.
set -u
. "$(dirname "$0")/../lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
tree=$1
cc=$2
scratch

fail()
{
	echo "FAIL: $1" >&2
	exit 1
}

command -v patch > /dev/null || { echo "skipped: this test needs patch"; exit 77; }
sed -n '/^## Add a switch/,/^## /{/^```diff/,/^```$/{/^```/d;p;};}' \
    "$tree/CONTRIBUTING.md" > "$tmp/diff"
[ -s "$tmp/diff" ] || fail "CONTRIBUTING.md shows no diff under \"Add a switch\""
[ "$(grep -c '^+++ b/' "$tmp/diff")" -eq 3 ] ||
    fail "a switch is a row, a predicate and a question: three files"

mkdir "$tmp/src"
for layer in base hw vm amd64; do
	cp -R "$tree/src/$layer" "$tmp/src/" || exit 1
done
cp -R "$tree/include" "$tmp/" || exit 1
(cd "$tmp" && patch -s -p1 < diff) || fail "the diff does not fit the sources"
# Traces ask too, for calls that a kernel has or not; they are not built here.
cp -R "$tree/src/trace" "$tmp/src/" || exit 1
"$here/check_kernels.sh" "$tmp" || fail "what the diff makes breaks the rules"
rm -r "$tmp/src/trace"

cat > "$tmp/main.c" <<'END'
#include <pmapsim/machine.h>
#include <pmapsim/vm.h>

#include <stdio.h>
#include <string.h>

static int
promotions(const char *kernel)
{
	struct pmapsim_config config;
	struct machine *mach;
	int64_t value = -1;
	char err[200];

	pmapsim_config_init(&config);
	config.kernel = kernel;
	if (pmapsim_boot(&config, &mach, err, sizeof(err)) != PMAPSIM_OK) {
		fprintf(stderr, "%s: %s\n", kernel, err);
		return (-1);
	}
	kmem_malloc(mach, pmapsim_kmem_map(mach), 0x200000, M_NOWAIT);
	pmapsim_sysctl(mach, "vm.pmap.pde.promotions", &value);
	pmapsim_destroy(mach);
	return ((int)value);
}

int
main(void)
{
	const struct pmapsim_kernel_info *info;
	unsigned i, listed = 0;

	for (i = 0; (info = pmapsim_kernel_info(i)) != NULL; i++)
		listed += strcmp(info->name, "promote-nothing") == 0;
	printf("listed %u, promotions %d without it and %d with it\n", listed,
	    promotions("2010-04"), promotions("2010-04+promote-nothing"));
	return (0);
}
END
cd "$tmp" || exit 1
# A new row moves those behind it, so that everything is compiled again.
if ! ls src/*/*.c | xargs -P 2 -n 8 "$cc" -std=gnu11 -O0 -w -Iinclude -Isrc \
    -DPMAPSIM_VERSION='"1"' \
    -c > out 2>&1 || ! "$cc" -w -Iinclude main.c ./*.o -lm -o main > out 2>&1
then
	cat out >&2
	fail "the copy does not compile"
fi
./main > out || fail "the copy does not run"
grep -qx 'listed 1, promotions 1 without it and 0 with it' out ||
    fail "the new switch: $(cat out)"
