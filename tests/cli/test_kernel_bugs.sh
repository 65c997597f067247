#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_kernel_bugs.sh PMAPSIM: what the command says where the kernel does
# something wrong, of inputs that it once was silent about.
set -u
. "$(dirname "$0")/../lib.sh"
pmapsim=$1
scratch

# says STATUS TEXT ARGUMENT...: the command ends with STATUS and prints TEXT.
says()
{
	status=$1
	text=$2
	shift 2
	"$pmapsim" "$@" > "$tmp/out" 2>&1
	code=$?
	if [ $code -ne "$status" ] || ! grep -qF -e "$text" "$tmp/out"; then
		fail "pmapsim $* ends with $code and lacks \"$text\""
	fi
}

# Locked memory that loses its rights is lost for ever.
cat > "$tmp/lost.trace" <<'EOF'
machine mem=64M first=16M kmem=8M ncpu=1
vmspace_alloc p
mmap p 0x10000000 8K prot=rw fixed
mlock p 0x10000000 8K
mprotect p 0x10000000 8K prot=-
vmspace_exit p
EOF
says 0 "lost pages, which belong to nobody: 510 free, 2 lost" \
    map --at 6 "$tmp/lost.trace"
says 1 "leaks: page 0x2000000 belongs to nobody" \
    replay --audit end "$tmp/lost.trace"

# What a copy into a shared object left mapped is freed when objects merge.
cat > "$tmp/merged.trace" <<'EOF'
machine mem=32M first=4M kmem=2M ncpu=2 invariants=off
vmspace_alloc p
mmap p 0x800000000 16K prot=rw
access p 0x800000000 w repeat=4
vmspace_fork c1 p
minherit p 0x800000000 16K share
vmspace_fork c2 p
access c2 0x800000000 w
vmspace_exit c1
EOF
for revision in 2010-04 9.0; do
	says 1 "mapped-pages: p: va 0x800000000 maps free page 0x1800000" \
	    replay --audit end -k $revision "$tmp/merged.trace"
	says 0 "ends" replay --audit end -k $revision+cow-unmaps-source \
	    "$tmp/merged.trace"
done

# A locked page that truncation frees stays in v_wire_count.
cat > "$tmp/truncated.trace" <<'EOF'
machine mem=32M first=4M kmem=2M ncpu=1
vm_object_allocate f 4
vmspace_alloc p
vm_mmap p 0x800000000 16K f 0 prot=rw shared
access p 0x800000000 w repeat=4
mlock p 0x800000000 16K
vm_object_page_remove f 0 4
vmspace_exit p
EOF
for revision in 2010-04 9.0; do
	says 1 "pages: v_wire_count is 6, 2 pages are wired" \
	    replay --audit end -k $revision "$tmp/truncated.trace"
done

# Where four pages before a fault wrap below address 0, a page is mapped that is
# below the entry, and stays.
cat > "$tmp/below.trace" <<'EOF'
machine mem=32M first=4M kmem=2M ncpu=1
vmspace_alloc p
mmap p 0x0 8K prot=rw shared fixed
access p 0x0 w
vmspace_fork c p
munmap p 0x0 4K
access p 0x1000 w
touch p 0x0 r
vmspace_free p
EOF
for revision in 2009-03 8.0 8.1 2010-04 9.0; do
	says 1 "pv-chunks: pc_chunk_count, pv_entry_spare, pv_entry_count are" \
	    replay --audit end -k $revision "$tmp/below.trace"
	says 0 "touch p 0x0 r => fault" replay --audit end \
	    -k $revision+prefault-in-entry "$tmp/below.trace"
done
says 0 "touch p 0x0 r => 0x1800000" replay "$tmp/below.trace"

# The text of a sysctl follows the revision.
cat > "$tmp/partpopq.trace" <<'EOF'
machine mem=32M first=16M kmem=0 ncpu=1
vm_object_allocate o 512 color=0
vm_page_alloc o 0 repeat=496
EOF
says 0 "   -1:     64K,      1" \
    sysctl -k 9.0 "$tmp/partpopq.trace" vm.reserv.partpopq
says 0 "-00001: 000064K, 000001" \
    sysctl -k 2010-04 "$tmp/partpopq.trace" vm.reserv.partpopq

# A page fault of the kernel is a way to end that a trace can expect.
cat > "$tmp/fault.trace" <<'EOF'
machine mem=32M first=16M kmem=0 ncpu=1
pmap_pinit p
pmap_change_wiring p 0x8000000000 1
EOF
says 3 "pmap_change_wiring: page fault trap: no page table at va 0x8000000000" \
    replay "$tmp/fault.trace"
"$pmapsim" record "$tmp/fault.trace" > "$tmp/recorded.trace" 2> /dev/null
says 0 "panics, as expected" replay "$tmp/recorded.trace"

# A multi-match says what the part that is described does.
cat > "$tmp/multimatch.trace" <<'EOF'
machine mem=64M first=16M kmem=8M ncpu=2
vmspace_alloc p
mmap p 0x10000000 2M prot=rwx fixed
access p 0x10000000 w repeat=511 cpu=0
access p 0x10001000 x cpu=1
access p 0x101ff000 w cpu=0
access p 0x10002000 x cpu=1
access p 0x10001000 x cpu=1
EOF
for check in machine-check erratum-383 itlb-multihit; do
	cat > "$tmp/$check.tlb" <<EOF
tlb part
array l1 instruction 4K entries=128 ways=4
array l1 instruction 2M entries=7 ways=full
array l1 data 4K entries=64 ways=4
array l1 data 2M entries=32 ways=4
multimatch $check
EOF
done
says 1 "; machine check; tables" \
    replay --tlb "$tmp/machine-check.tlb" "$tmp/multimatch.trace"
says 1 "; AMD erratum 383: machine check, MC0_STATUS B600000000010015" \
    replay --tlb "$tmp/erratum-383.tlb" "$tmp/multimatch.trace"
# Both entries lead to one page: Intel's does not mind.
says 1 "wuxd-; tables" \
    replay --tlb "$tmp/itlb-multihit.tlb" "$tmp/multimatch.trace"

# The page table that 2010-04 makes for the range before it is moved, and 9.0
# for the range that it becomes.
cat > "$tmp/moved.trace" <<'EOF'
machine mem=32M first=4M kmem=2M ncpu=1
kmem_alloc_nofault 4K
vm_map_find 0xffffff8000000000 2052K aligned
pmap_kenter 0xffffff8000600000 0x400000
EOF
says 3 "no page table for va 0xffffff8000600000" \
    replay -k 2010-04 "$tmp/moved.trace"
says 0 "4 statements, 3 calls" replay -k 9.0 "$tmp/moved.trace"

# When pv entries become scarce the console says so, once a minute of the clock;
# kernels that take entries from each other never do.
limit="console: Approaching the limit on PV entries, consider increasing either"
limit="$limit the vm.pmap.shpgperproc or the vm.pmap.pv_entry_max sysctl."
cat > "$tmp/scarce.trace" <<'EOF'
machine mem=64M first=16M kmem=8M ncpu=1 superpages=off maxproc=1
vm_object_allocate o 4096 color=0
vm_page_alloc o 0 repeat=4096
pmap_pinit a
pmap_pinit b
pmap_pinit c
pmap_pinit d
pmap_enter a 0x10000000 o 0 access=r prot=r wired=0 repeat=4096
pmap_enter b 0x10000000 o 0 access=r prot=r wired=0 repeat=4096
pmap_enter c 0x10000000 o 0 access=r prot=r wired=0 repeat=4096
ticks 59999
pmap_enter d 0x10000000 o 0 access=r prot=r wired=0 repeat=2048
ticks 1
pmap_enter d 0x10800000 o 2048 access=r prot=r wired=0 repeat=2048
EOF
says 0 "$limit" replay "$tmp/scarce.trace"
[ "$(grep -cF "$limit" "$tmp/out")" = 2 ] ||
    fail "the limit on pv entries is not told twice"
"$pmapsim" replay -k 2022-07 "$tmp/scarce.trace" > "$tmp/out" 2>&1
! grep -q console "$tmp/out" ||
    fail "2022-07 prints a line that it does not have"

# What fails is shrunk, also where the caller breaks a rule of its own or where
# memory ends, and the shorter trace says what fails.
# shrinks TEXT NAME ARGUMENT...: NAME.trace, shrunk, ends in a call => TEXT.
shrinks()
{
	text=$1
	name=$2
	shift 2
	"$pmapsim" shrink "$@" "$tmp/$name.trace" > "$tmp/$name.short" \
	    2> "$tmp/err" || fail "shrink $name"
	cp "$tmp/$name.short" "$tmp/out"
	grep -qF -e "=> $text" "$tmp/out" ||
	    fail "$name, shrunk, does not say $text"
	says 0 "as expected" replay "$tmp/$name.short"
}

cat > "$tmp/mapped.trace" <<'EOF'
machine mem=64M first=16M kmem=8M ncpu=1 invariants=on
vm_object_allocate o 512 color=0
vm_page_alloc o 0 repeat=512
pmap_pinit p
pmap_enter p 0x10000000 o 0 access=rw prot=rw wired=0 repeat=512
vm_page_free o 5
EOF
shrinks 'panic "vm_page_free_toq: freeing mapped page PTR"' mapped
says 2 "a page is freed that is mapped, which no correct caller does" \
    shrink --callers legal "$tmp/mapped.trace"
cat > "$tmp/exhausted.trace" <<'EOF'
machine mem=64M first=16M kmem=8M ncpu=1 superpages=off
vm_object_allocate o 512 color=0
vm_page_alloc o 0 repeat=512
pmap_pinit a
inject pv_chunk 1 after
pmap_enter a 0x10000000 o 0 access=r prot=r wired=0 repeat=512
EOF
shrinks 'panic "get_pv_entry: increase vm.pmap.shpgperproc"' exhausted
cat > "$tmp/unmapped.trace" <<'EOF'
machine mem=64M first=16M kmem=8M ncpu=1
pmap_pinit p
vm_object_allocate o 512 color=0
vm_page_alloc o 0 repeat=4
pmap_enter p 0x10000000 o 0 access=rw prot=rw wired=0
pmap_change_wiring p 0x10001000 1
pte p 0x10001000
resident p
EOF
shrinks '"tables: p: the level-1 table at va' unmapped --audit
[ $failures -eq 0 ]
