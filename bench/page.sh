#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Writes the page of results from what report.sh measured.
#
#	page.sh DIRECTORY COMPILER BUILD_TYPE REVISION
set -eu
out=$1
compiler=$2
type=$3
revision=$4

# The instructions of pmapsim and of FreeBSD's own code, a line each:
# text | count | reference | instructions that are not the operation's | why
# where 0.7 is missed.  A count that is subtracted may be an operation's name.
cat > "$out/compared" <<'END'
pmap_enter, managed, promotion included, a page|pmap_enter/promoted/page|374
pmap_enter, managed, no promotion, a page|pmap_enter/plain/page|286
pmap_enter, kernel, 511 failed attempts and a promotion included, a page (without 16 of the loop that calls it)|pmap_enter/kernel-promoted/page|230|16
promotion of managed pages|pmap_promote_pde/managed|44840
demotion of managed pages|pmap_demote_pde/managed|33900
pmap_remove of a superpage, managed|pmap_remove/2M-managed|14800
pmap_remove of 512 pages, managed, a page|pmap_remove/512x4K/page|175
kmem_malloc of 64K, a page|kmem_malloc/64K/page|582
kmem_malloc of 2M, a page|kmem_malloc/2M/page|582
kmem_free of 64K, a page|kmem_free/64K/page|419
kmem_free of 2M, a page|kmem_free/2M/page|419
fault on anonymous memory, a page|vm_fault/zero-fill/page|1778
fault that copies on write, a page|vm_fault/copy-on-write/page|2457||copying the contents is 565 of it, and 533 of FreeBSD's; next row
copy on write without the copying, a page|vm_fault/copy-on-write/page|1924|pmap_copy_page
fork, 64 MB in 32 superpages|vmspace_fork/32x2M|8711
fork, 64 MB in 16,384 pages|vmspace_fork/16384x4K|1839629
exit of the child that shares 32 superpages|vmspace_exit/shared-32x2M|4770||half of it is the end of the map and of four pages of tables; a superpage takes 65
exit of the child that shares 16,384 pages|vmspace_exit/shared-16384x4K|1773255
exit that frees 64 MB in 32 superpages|vmspace_exit/freed-32x2M|3282661
exit that frees 64 MB in 16,384 pages|vmspace_exit/freed-16384x4K|5287991
mmap and munmap of 64 KB|mmap+munmap/64K|739||twelve functions, each called once or twice; arguments, entry, frame and return are two fifths of it, and no loop is left
mmap, 16 pages written, munmap|mmap+munmap/64K-written|38844
mlock of 2 MB in a superpage|mlock/2M|431207||a demotion, 511 attempts to promote, and a walk and a splay of the tree of pages a page, each as in FreeBSD
munlock of it|munlock/2M|106372
mprotect of a page inside a superpage|mprotect/in-2M|38284
END
# The same of a kernel of today, revision 2026-pmap.
cat > "$out/compared-today" <<'END'
pmap_enter, managed, promotion included, a page|today/pmap_enter/promoted/page|460
pmap_enter, managed, no promotion, a page|today/pmap_enter/plain/page|389
promotion of managed pages|today/pmap_promote_pde/managed|36388
demotion of managed pages|today/pmap_demote_pde/managed|17016
pmap_remove of a superpage, managed|today/pmap_remove/2M-managed|15939
pmap_remove of 511 pages, managed, a page|today/pmap_remove/511x4K/page|201
pmap_enter of a superpage, psind=1|today/pmap_enter/psind=1|3681
pmap_enter_object making a superpage|today/pmap_enter_object/2M|1616
vm_page_alloc from a reservation|today/vm_page_alloc/reservation|611
vm_page_lookup and vm_page_free back to it|today/vm_page_lookup+vm_page_free/reservation|417
kmem_malloc of 64K|today/kmem_malloc/64K|10537
kmem_free of 64K|today/kmem_free/64K|4955
kmem_malloc of 2M, a page|today/kmem_malloc/2M/page|672
kmem_free of 2M, a page|today/kmem_free/2M/page|228
END
# ratios_of FILE: adds the ratio, or "-" where nothing was counted:
# text | count | reference | ratio
ratios_of()
{
	awk -v counts="$out/instructions" '
	BEGIN {
		while ((getline line < counts) > 0) {
			split(line, word, " ")
			count[word[1]] = word[2]
		}
		FS = OFS = "|"
	}
	!($2 in count) { print $1, "-", $3, "-", ""; next }
	{
		number = count[$2] - ($4 in count ? count[$4] : $4)
		print $1, sprintf("%.0f", number), $3,
		    sprintf("%.2f", number / $3), $5
	}' "$1"
}
ratios_of "$out/compared" > "$out/ratios"
ratios_of "$out/compared-today" > "$out/ratios-today"
# verdicts FILE: the rows of a table of such ratios.
verdicts()
{
	awk -F '|' '{
	printf "| %s | %s | %s | %s | %s |\n", $1,
	    $2 == "-" ? "not counted" : $2, $3, $4 == "-" ? "" : $4,
	    $4 == "-" ? "" : $4 <= 0.7 ? "reached" : \
	    "missed" ($5 != "" ? ": " $5 : "")
}' "$1"
}
lowest=$(cut -d '|' -f 4 "$out/ratios" | sort -n | head -n 1)
highest=$(cut -d '|' -f 4 "$out/ratios" | sort -n | tail -n 1)
# time NAME ARGUMENT: in ns, with three digits.
time_of()
{
	awk -v name="$1" -v argument="$2" '
	    $1 == name && $2 == argument {
		printf $3 < 1000 ? "%.3g" : "%.0f", $3
	    }' "$out/times"
}

# growth_of NAME: its time with 10,000 superpages over that with one.
growth_of()
{
	awk -v name="$1" '
	    $1 == name { time[$2] = $3 }
	    END { if (time[1] > 0 && 10000 in time) printf "%.1f", time[10000] / time[1] }' \
	    "$out/times"
}

cat <<END
# What pmapsim costs

In short: for the same work pmapsim needs $lowest to $highest of the
instructions of FreeBSD's own code of April 2010. A page fault takes
$(time_of vm_fault_anonymous 100) ns, a page of a promoted mapping
$(time_of pmap_enter_reservation 100) ns, an access through a simulated TLB
$(time_of tlb_access 1) ns. With 10,000 superpages a promotion takes
$(growth_of pmap_promote) times as long as with one, a demotion $(growth_of pmap_demote) times: the host
waits for memory. Instructions do not grow.

![Instructions, compared with FreeBSD's](results/instructions.svg)

Written by \`cmake --build --preset bench --target bench-report\` from one run.
Times are medians of three repetitions, of nine for kernel mappings, TLBs and
traces, each of a batch of operations between two readings of the clock;
instructions are callgrind's, exact for this compiler. The reference is
FreeBSD's own code of April 2010 compiled for userspace by gcc 12 -O2, on a
core of 2.6 GHz; page-table libraries were measured on that one, too. Times of
another machine compare only roughly.

| | |
| --- | --- |
| processor | $(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -1), $(nproc) logical CPUs |
| memory | $(awk '/^MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo) |
| system | $(uname -sr) |
| compiler | $compiler, build type $type |
| revision | ${revision:-unknown} |
| load when written | $(cut -d' ' -f1-3 /proc/loadavg) |

## Instructions: at most 0.7 of FreeBSD's own

| operation | pmapsim | FreeBSD | ratio | 0.7 |
| --- | --- | --- | --- | --- |
END

verdicts "$out/ratios"

cat <<'END'

Faults, fork, exit and what follows are the kernel's function alone, on both
sides. Where FreeBSD's were measured with the program around them (fork of
16,384 pages, mmap with 16 pages written), what that takes is subtracted as the
rows show it that were measured both ways: 2457 for a fork, 6631 for mmap and
munmap, 470 for a write. A fork is one after the first, which also notes what
was written.

FreeBSD zeroes each page that a program gets, which is 526 of an anonymous
fault; here a frame is zeroed when it was used before.

## A kernel of today: at most 0.7 of its own instructions

Revision 2026-pmap beside the code that it stands for: FreeBSD of July 2022 with
promotion, demotion, enter and remove of the pmap of early 2026, compiled like
that of 2010.

| operation | pmapsim | FreeBSD | ratio | 0.7 |
| --- | --- | --- | --- | --- |
END
verdicts "$out/ratios-today"

cat <<'END'

## Times against the reference

| what | pmapsim | to reach | |
| --- | --- | --- | --- |
END
awk -v times="$out/times" '
	BEGIN {
		while ((getline line < times) > 0) {
			split(line, word, " ")
			ns[word[1] " " word[2]] = word[3]
			resident[word[1] " " word[2]] = word[4]
		}
		scan = ns["bare_scan -"]
		if (scan > 0)
			ns["promotion/scan -"] = \
			    ns["pmap_promote_kernel -"] / scan
		zeroing = ns["trace_replay 3"] - ns["trace_replay 4"]
		FS = "|"
	}
	# text, benchmark, unit in ns (0: per second; -1: ratio; -2: bytes)
	{
		value = $3 == -2 ? resident[$2] / 1048576 : ns[$2]
		if (value == "" || value == 0) {
			printf "| %s | not measured | | |\n", $1
			next
		}
		if ($3 == 0) {
			value = 1e9 / value
			good = (value >= $4)
			shown = sprintf("%.2f million/s", value / 1e6)
			wanted = sprintf(">= %.2f million/s", $4 / 1e6)
		} else if ($3 == -1) {
			good = (value <= $4)
			shown = sprintf("%.2f", value)
			wanted = sprintf("<= %.2f", $4)
		} else if ($3 == -2) {
			good = (value <= $4)
			shown = sprintf("%.1f MiB", value)
			wanted = sprintf("<= %d MiB", $4)
		} else {
			value /= $3
			good = (value <= $4)
			shown = sprintf("%.2f %s", value, $5)
			wanted = sprintf("<= %.2f %s", $4, $5)
		}
		verdict = "reached"
		if (!good)
			verdict = "missed" (($6 != "") ? ": " $6 : "")
		sub(/%s/, sprintf("%.0f", zeroing), verdict)
		printf "| %s | %s | %s | %s |\n", $1, shown, wanted, verdict
	}' <<'END'
pmap_kenter (1.2 of the libraries' map, 2.9 ns)|pmap_kenter -|1|3.48|ns
pmap_kremove (1.2 of their unmap, 2.6 ns)|pmap_kremove -|1|3.12|ns
pmap_extract (1.2 of their translate, 3.2 ns)|pmap_extract -|1|3.84|ns
promotion of unmanaged pages over our bare scan of 512 PTEs|promotion/scan -|-1|2.0
the same (2.0 of the reference's bare scan, 140 ns)|pmap_promote_kernel -|1|280|ns
access through a TLB, hit in the first level|tlb_access 1|1|10|ns
the same, hit in the second level of 512 entries|tlb_access 256|1|40|ns
the same, hit in neither, walk and two fills|tlb_access 2048|1|40|ns|40 ns is an aim of our own; an entry goes from each level, the least recently used of each, and two are made
walk of four levels without a TLB|mmu_walk 511|1|25|ns
boot of 1 TiB|boot 1048576|1e6|20|ms
resident after it|boot 1048576|-2|256
destroying a machine of 64 MiB|destroy 64|1e6|1|ms
destroying a machine of 64 GiB|destroy 65536|1e6|1|ms
destroying a machine of 1 TiB|destroy 1048576|1e6|1|ms|the boot makes 175,000 page tables for a kmem_map of 341 GiB, and the host frees the 20 MiB of their descriptors
replay of mixed-long-0, statements|trace_replay 0|0|2e6
replay of user-promote-long-0|trace_replay 1|0|2e6
replay of pressure-long-0|trace_replay 2|0|2e6
replay of kmem-long-0|trace_replay 3|0|2e6||zeroing alone takes %s ns a statement; see below; FreeBSD makes 0.18 million/s
with an audit each 100: mixed-long-0|trace_replay_audited 0|0|1e5
with an audit each 100: user-promote-long-0|trace_replay_audited 1|0|1e5
with an audit each 100: pressure-long-0|trace_replay_audited 2|0|1e5
with an audit each 100: kmem-long-0|trace_replay_audited 3|0|1e5
END

cat <<'END'

A failed promotion reads what it has to: where the first or the last PTE is
wrong, two entries; else it scans downwards to the one that is
(`pmap_promote_fails` below). `bare_map`, `bare_unmap` and `bare_translate` walk
the same tables as pmap_kenter(), pmap_kremove() and pmap_extract() and do
nothing else, not even call a function: what this machine needs at least.

A statement of kmem-long-0 allocates or frees 58 pages on average, and asks for
8 of them, 34 KB, to be zero, which whoever looks at memory sees. At 2 million
statements a second, 500 ns each, that alone would be 68 GB/s. Without M_ZERO
(`trace_replay` 4 below) the rest are the pages, at the instructions above.

## Growth: at most 2.5 from one superpage to 10,000

| operation | with 1 | with 10,000 | factor | 2.5 |
| --- | --- | --- | --- | --- |
END
while IFS='|' read -r name words; do
	one=$(time_of "$name" 1)
	many=$(time_of "$name" 10000)
	factor=$(growth_of "$name")
	[ -n "$factor" ] || continue
	printf '| %s | %s ns | %s ns | %s | %s |\n' "$words" "$one" "$many" \
	    "$factor" "$(awk -v f="$factor" 'BEGIN {
		print f <= 2.5 ? "reached" : "missed" }')"
done <<'END'
pmap_promote|promotion
pmap_demote|demotion
pmap_remove_2m|pmap_remove of a superpage
pmap_protect_2m|pmap_protect of a superpage
bare_dirty|512 pages marked dirty, and nothing else
pmap_enter_reservation|pmap_enter, promotion included, a page
pmap_enter_no_promotion|pmap_enter, no promotion, a page
pmap_enter_object_2m|pmap_enter_object of a superpage
pmap_copy_2m|pmap_copy of a superpage
pmap_remove_4k|pmap_remove, a page
pmap_protect_4k|pmap_protect, a page
vm_fault_anonymous|a page fault
vm_page_alloc_reservation|vm_page_alloc, reserved
vm_page_alloc_plain|vm_page_alloc, single
vm_page_free_reservation|vm_page_free, reserved
vm_page_free_plain|vm_page_free, single
kmem_malloc_2m|kmem_malloc of 2 MB, a page
kmem_free_2m|kmem_free of 2 MB, a page
END
cat <<'END'

Instructions do not grow: beyond some 100 superpages what is worked on is in no
cache of the host, and it waits for memory. A page's list of mappings lies apart
from its descriptor, 16 bytes after that of the page before, so a promotion and
a demotion, which look at nothing else of 512 pages, wait for 128 lines of
memory in place of 512. What a page's use leaves, that it is dirty, referenced
or may be written, lies apart, too, in two bytes after those of the page before:
to note it of 512 pages takes 16 lines, as `bare_dirty` does, which does
nothing else. Among these bits is one that says whether a page of the 2 MB may
have a list at all, so a removal of a superpage needs no other lines, and two that
say what pmap_enter() asks of a page, which needs its descriptor no more.
Prefetching gains nothing: it is the number of lines that counts. How long a line
takes differs between the minutes of a host: in three runs of one day a demotion
took 1.9 to 2.9 times as long at 10,000 superpages as at one, a promotion 1.6 to
2.4 times, and no other row of the table exceeded 2.

Pages that are freed in order are looked up first, in their object's splay tree.
Pages that came in order have made a chain of it, as long as the object has pages:
the first lookup walks it to its end, in no cache of the host, and leaves one that
is half as long to the next. The chain is FreeBSD's, and which page is at its top
decides how a page that is allocated twice panics, so it stays. With a tree of
another shape vm_page_free() took 19 ns at 10,000 superpages as well as at one.

What the host does to give memory at its first touch, it does once in a machine's
life. Before the clock runs, a machine of the pmap's benchmarks has therefore had
all its free memory touched, and all its pages entered and removed, without
promotions and with them; one of kmem_malloc() and kmem_free() has been filled
three times, one of vm_page_alloc() once. A page fault is measured in a new
machine. On the host of this page a huge page took 4 to 8 ms at its first touch:
the 40 in which 10,000 superpages have their lists of mappings added 46 to 65 ns to
each page, where pmap_enter() was measured in a new machine. The library asks for
these huge pages where a machine has 8 GB or more. Once all has been touched,
pmap_enter(), a promotion and a demotion take as long with small pages, and
vm_page_free() an eighth longer.

![Mappings](results/enter.svg)
![Superpages](results/superpage.svg)
![Pages and kernel memory](results/pages.svg)
![Audit and digest](results/audit.svg)

## All times

The argument is a number of superpages, of KiB for `kmem_*_size`, of MiB for
`boot` and `destroy`, an order for `vm_phys_*`, a PTE for `pmap_promote_fails`,
pages for `tlb_*` and `mmu_walk`, statements between audits for `hunt`, mappers for
`pmap_remove_all_mappers`, and a trace for `trace_*`: 0 mixed-long-0, 1
user-promote-long-0, 2 pressure-long-0, 3 kmem-long-0, 4 the same without
M_ZERO; digests and stats are removed.

| benchmark | argument | ns an operation |
| --- | --- | --- |
END
# Three digits: no time is known better.
awk '{
	digits = $3 < 10 ? 2 : $3 < 100 ? 1 : 0
	unit = $3 < 1000 ? 1 : 10 ^ (int(log($3) / log(10)) - 2)
	printf "| %s | %s | %.*f |\n", $1, $2 == "-" ? "" : $2, digits,
	    int($3 / unit + ($3 < 1000 ? 0 : 0.5)) * unit + \
	    ($3 < 1000 ? $3 - int($3) : 0)
}' "$out/times"
cat <<'END'

## All instruction counts

| operation | instructions |
| --- | --- |
END
awk 'NF == 2 && $1 != "compiler" { printf "| %s | %s |\n", $1, $2 }' \
    "$out/instructions"
