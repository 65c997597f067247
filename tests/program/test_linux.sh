#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_linux.sh PMAPSIM CC: what Linux and cachegrind count of a program that does
# the same each time, pmapsim counts too: its page faults within 20 per cent and
# its instructions within 0.1 per cent.
set -u
. "$(dirname "$0")/../lib.sh"
pmapsim=$1
cc=$2
scratch
needs qemu-x86_64

# It touches memory of mmap, of brk and of a file, gives some back and takes it
# again, counts in registers for a while, and says how many page faults it took.
# Linux may not use huge pages of its own, which would be one fault each.
cat > "$tmp/touch.c" << 'END'
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#define PAGE 4096
#define PAGES 2000
int
main(int argc, char **argv)
{
	struct rusage usage;
	volatile char *p;
	volatile char sum = 0;
	unsigned long i, j, x = 1;

	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	for (j = 0; j < 2; j++) {
		p = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		for (i = 0; i < PAGES; i++)
			p[i * PAGE] = 1;
		munmap((void *)p, PAGES * PAGE);
	}
	p = sbrk(500 * PAGE);
	for (i = 0; i < 500; i++)
		p[i * PAGE] = 1;
	p = mmap(NULL, 256 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE,
	    open(argv[1], O_RDONLY), 0);
	for (i = 0; i < 256; i++)
		sum += p[i * PAGE];
	for (i = 0; i < 20000000; i++) {
		x = x * 6364136223846793005 + 1;
		__asm__ volatile("" : "+r"(x));
	}
	getrusage(RUSAGE_SELF, &usage);
	printf("%ld\n", usage.ru_minflt);
	return (argc == 2 ? 0 : 1);
}
END
"$cc" -O2 -static -o "$tmp/touch" "$tmp/touch.c" 2> "$tmp/err" ||
    lacks "a C library to link with -static"
dd if=/dev/zero of="$tmp/file" bs=4096 count=256 2> "$tmp/err"

# near WHAT OURS THEIRS PARTS: apart by at most one part of PARTS.
near()
{
	echo "$1: $2, and $3 elsewhere"
	awk -v a="$2" -v b="$3" -v parts="$4" 'BEGIN {
		exit !(a > 0 && b > 0 && (a - b) * parts <= b &&
		    (b - a) * parts <= b) }' || fail "$1: $2 and not near $3"
}

linux=$("$tmp/touch" "$tmp/file") || fail "the program does not run"
[ "$linux" -gt 4500 ] || skip "Linux took $linux page faults: it has huge pages"
"$pmapsim" record-program -q -o "$tmp/run" -- "$tmp/touch" "$tmp/file" \
    > "$tmp/out" 2> "$tmp/err" || fail "cannot record"
"$pmapsim" run -q --csv "$tmp/run" > "$tmp/csv" || fail "does not run"
near "page faults" "$(csv_column page_faults "$tmp/csv")" "$linux" 5
if has valgrind "the number of instructions"; then
	valgrind --tool=cachegrind --cache-sim=no \
	    --cachegrind-out-file=/dev/null "$tmp/touch" "$tmp/file" \
	    > "$tmp/out" 2> "$tmp/err" || fail "cachegrind"
	near instructions "$(csv_column instructions "$tmp/csv")" \
	    "$(sed -n 's/.*I *refs: *//p' "$tmp/err" | tr -d ,)" 1000
fi
[ $failures -eq 0 ] || exit 1
