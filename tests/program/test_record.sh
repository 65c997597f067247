#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_record.sh PMAPSIM CC: programs of this system are recorded and run; whole,
# collapsed and first-touch recordings agree.
set -u
. "$(dirname "$0")/../lib.sh"
pmapsim=$1
cc=$2
scratch

# What needs no QEMU: who has none is told so, and nothing is written.
mkdir "$tmp/bin"
ln -s "$(command -v sort)" "$tmp/bin/sort"
PATH=$tmp/bin "$pmapsim" record-program -o "$tmp/none" -- sort \
    2> "$tmp/err" && fail "records without QEMU"
grep -q 'Debian: qemu-user' "$tmp/err" || fail "does not say what is missing"
[ -e "$tmp/none" ] && fail "writes a recording of nothing"
"$pmapsim" record-program -o "$tmp/none" -- no-such-program 2> "$tmp/err"
grep -q 'there is no program "no-such-program"' "$tmp/err" ||
    fail "does not say that the program is not there"
echo hello > "$tmp/none"
"$pmapsim" run "$tmp/none" 2> "$tmp/err" && fail "runs what is no recording"
grep -q 'is no recording' "$tmp/err" || fail "does not say what is wrong"

# Debian 13's QEMU takes no plugins: what does record is told.
printf '#!/bin/sh\necho "-cpu model"\n' > "$tmp/bin/qemu-x86_64"
chmod +x "$tmp/bin/qemu-x86_64"
PATH=$tmp/bin:$PATH "$pmapsim" record-program -o "$tmp/without" -- sort \
    2> "$tmp/err" && fail "records without plugins"
grep -q 'import --from lackey' "$tmp/err" ||
    fail "does not say what records without plugins: $(cat "$tmp/err")"
[ -e "$tmp/without" ] && fail "writes a recording without plugins"

needs qemu-x86_64
qemu-x86_64 --help | grep -q '^-plugin' ||
    skip "the QEMU that is installed takes no plugins"
i=0
while [ $i -lt 3000 ]; do
	echo "$((i * 7919 % 3001)) line"
	i=$((i + 1))
done > "$tmp/words"

# record NAME OPTION...: a sort of these lines, on one thread.
record()
{
	name=$1
	shift
	LC_ALL=C "$pmapsim" record-program -q "$@" -o "$tmp/$name" -- \
	    sort --parallel=1 "$tmp/words" > "$tmp/out" 2> "$tmp/err" ||
	    fail "cannot record: $(cat "$tmp/err")"
	LC_ALL=C sort "$tmp/words" | cmp -s - "$tmp/out" ||
	    fail "$name: the program's own work is another"
	[ -s "$tmp/err" ] && fail "$name: the output is on standard error"
}
# Where the recording has standard output, the program has it not.
LC_ALL=C "$pmapsim" record-program -q -- sort --parallel=1 "$tmp/words" \
    > "$tmp/out" 2> "$tmp/err" || fail "cannot record to standard output"
LC_ALL=C sort "$tmp/words" | cmp -s - "$tmp/err" ||
    fail "a recording and what the program prints are mixed"
"$pmapsim" run -q "$tmp/out" --csv > "$tmp/csv" ||
    fail "a recording from standard output does not run"


# figures FILE: what a run says, addresses of the stack's contents apart.
figures()
{
	"$pmapsim" run -q "$tmp/$1" --tlb skylake --csv > "$tmp/$1.csv" ||
	    fail "$1 does not run"
	# From the figures on: recording, sizes and rates are no figures.
	cut -d, -f12- "$tmp/$1.csv"
}
record collapsed
figures collapsed > "$tmp/a"
grep -q ',0,0,0,' "$tmp/a" || fail "some accesses have no mapping: $(cat "$tmp/a")"
"$pmapsim" run -q "$tmp/collapsed" --kernels 2010-04,9.0 \
    --tlb nehalem,skylake > "$tmp/table" || fail "a sweep does not run"
[ "$(grep -c '^  [1-4]  ' "$tmp/table")" -eq 4 ] || fail "a sweep of 4 rows"
awk 'length > 80 { exit 1 }' "$tmp/table" || fail "wider than 80 columns"
"$pmapsim" run -q "$tmp/collapsed" --json > "$tmp/json" || fail "no JSON"
"$pmapsim" run -q "$tmp/collapsed" --svg "$tmp/svg" > "$tmp/table" &&
    grep -q '</svg>' "$tmp/svg" || fail "no picture"

# The run's own trace: the kernel's counters are the run's.
"$pmapsim" run -q "$tmp/collapsed" --files cold --trace "$tmp/trace" --csv \
    > "$tmp/cold.csv" || fail "no trace of a run"
"$pmapsim" replay -q "$tmp/trace" > "$tmp/replayed" ||
    fail "the trace of a run does not replay"

# A trace alone, with fewer statements than there were records.
LC_ALL=C "$pmapsim" record-program -q --kernel-only -o "$tmp/first" -- \
    sort --parallel=1 "$tmp/words" > "$tmp/out" 2> "$tmp/err" ||
    fail "cannot record first touches"
"$pmapsim" replay -q "$tmp/first" > "$tmp/replayed" ||
    fail "first touches do not replay"
[ "$(wc -l < "$tmp/first")" -lt 5000 ] || fail "first touches are too many"

# A loop in one page of code over 8 MB that are freed at its end: samples see
# the pages come, as in the whole recording.
cat > "$tmp/loop.c" << 'END'
#include <stdlib.h>
int
main(void)
{
	volatile char *area = malloc(8 << 20);

	for (size_t i = 0; area != NULL && i < 8 << 20; i++)
		area[i] = 1;
	free((void *)area);
	return (0);
}
END
"$cc" -O2 -o "$tmp/loop" "$tmp/loop.c" || fail "the loop is not compiled"
for how in "" --full; do
	"$pmapsim" record-program -q $how -o "$tmp/loop$how.run" -- \
	    "$tmp/loop" 2> /dev/null || fail "cannot record a loop"
	"$pmapsim" run -q "$tmp/loop$how.run" --csv > "$tmp/loop$how.csv"
done
for figure in promotions page_faults; do
	[ "$(csv_column $figure "$tmp/loop.csv")" = \
	    "$(csv_column $figure "$tmp/loop--full.csv")" ] ||
	    fail "$figure of a loop: another in the whole recording"
done
for how in "" --full; do
	[ "$(csv_column peak_resident_pages "$tmp/loop$how.csv")" -gt 2000 ] ||
	    fail "record-program $how: no sample has seen the pages of a loop"
done

[ $failures -eq 0 ] || exit 1
