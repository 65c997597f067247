#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_calls.sh PMAPSIM-RACE PMAPSIM: what CPUs do besides accesses is found or
# not, as the kernel is; shards share a search; and what is found replays, and
# can be shrunk.
set -u
. "$(dirname "$0")/../lib.sh"
race=$1
pmapsim=$2
here=$(dirname "$0")
traces=$here/traces
scratch

# exits CODE WHAT ARGUMENT...: how the search ends.
exits()
{
	code=$1 what=$2
	shift 2
	"$race" race --quiet "$@" > "$tmp/out" 2>&1
	[ $? -eq "$code" ] || fail "$what"
}

# A CPU in the middle of a switch is a finding where %cr3 comes first, and none
# where pm_active does.
for name in protect-4k-dirty remove-page promote-clean; do
	exits 0 "$name, CPUs that switch" --with switch \
	    --kernel 2010-04+no-cr3-before-pm-active "$traces/$name.trace"
done
exits 1 "a CPU that begins to switch is not missed" --with switch \
    --kernel 2010-04 "$traces/remove-page.trace"
grep -q 'begins to switch' "$tmp/out" || fail "another finding"
# The meeting for erratum 383 misses a CPU, in the code of 2022 too.
for kernel in 2010-04+erratum383+no-cr3-before-pm-active 2022-07+erratum383; do
	exits 1 "no CPU is missed, $kernel" --with switch --tlb k10 \
	    --kernel $kernel "$traces/promote-dirty.trace"
	grep -q ': two page sizes$' "$tmp/out" || fail "another finding, $kernel"
	exits 0 "a CPU is missed, $kernel" --with switch --tlb k10 \
	    --kernel $kernel+rendezvous-reads-active \
	    "$traces/promote-dirty.trace"
done
# 9.0 may be asked without a lock; 2010-04 may not, and would tell wrong.
exits 0 "9.0 answers wrong" --with query --kernel 9.0 \
    "$traces/enter-over-written.trace"
exits 1 "2010-04 answers right" --with query --kernel 2010-04 \
    "$traces/enter-over-written.trace"
# A stray bit counts as a mapping, unless the kernel masks it.
exits 1 "a stray bit does no harm" --with stray --kernel 2010-04 \
    "$traces/remove-page.trace"
exits 0 "a stray bit does harm" --with stray --kernel 2010-04+ignore-stray-ad \
    "$traces/remove-page.trace"

# Shards share the placements out; each makes the run without actions.
exits 0 "remove-page" "$traces/remove-page.trace"
all=$(sed -n 's/.* \([0-9]*\) placements.*/\1/p' "$tmp/out")
sum=0
for i in 0 1 2; do
	exits 0 "shard $i" --shard $i/3 "$traces/remove-page.trace"
	n=$(sed -n 's/.* \([0-9]*\) placements.*/\1/p' "$tmp/out")
	sum=$((sum + n))
done
[ $((sum - 2)) -eq "$all" ] || fail "$sum placements in shards, $all in all"

# A machine that is too large to be put back is replayed for each placement.
sed 's/mem=16M/mem=512M/' "$traces/remove-page.trace" > "$tmp/large.trace"
exits 0 "remove-page in much memory" "$tmp/large.trace"
grep -q " $all placements" "$tmp/out" || fail "other placements in much memory"

# A call that waits for memory lets the page daemon run, whose scans clear what
# tells of uses; no use from before a scan is missed.
cat > "$tmp/waits.trace" <<'EOF'
machine mem=8M ncpu=2 kernel=8.0
vmspace_alloc u
mmap u 0x800000000 16M prot=rw fixed
access u 0x800000000 w
access u 0x800001000 r repeat=965
access u 0x800f00000 w
EOF
[ "$("$race" sysctl --quiet "$tmp/waits.trace" 2> "$tmp/out" |
    sed -n 's/pmapsim.pageout_scans: //p')" = 12 ] ||
    fail "the page daemon does not scan"
exits 0 "a use before the page daemon's scan is lost" \
    --address 0x800000000,0x800001000 "$tmp/waits.trace"

# 2009-03 counts a page table twice when it demotes a page of 2 MB that was
# used.  That is no race, though only another CPU uses the page here.
cat > "$tmp/miscounts.trace" <<'EOF'
machine mem=20M first=4M kmem=2M ncpu=2 kernel=2009-03
vm_object_allocate A 512 color=0
vm_page_alloc A 0 repeat=512
pmap_pinit a active=1
pmap_enter_object a 0x40000000 0x40200000 A 0 prot=r
pmap_remove a 0x40003000 0x40004000
EOF
exits 0 "a kernel's own miscount is a race" "$tmp/miscounts.trace"
grep -q 'not judged.*user-counts' "$tmp/out" || fail "nothing is miscounted"

# Today pmap_remove() does nothing while the kernel has one mapping, so that what
# is freed stays mapped: that is no race either.
cat > "$tmp/one.trace" <<'EOF'
machine mem=96M first=4M kernel=2022-07
kmem_malloc 16K
kmem_free 0xfffffe0000000000 16K
kmem_malloc 4K
kmem_free 0xfffffe0000000000 4K
EOF
exits 0 "what the call alone leaves mapped is a race" "$tmp/one.trace"

# What is found is a trace that replays, twice the same, by either command.
exits 1 "nothing is written" -o "$tmp/found.trace" "$traces/remove-pages.trace"
cp "$tmp/found.trace" "$tmp/digest.trace"
echo digest >> "$tmp/digest.trace"
"$race" record "$tmp/digest.trace" > "$tmp/recorded.1" 2> "$tmp/out" ||
    fail "what was found does not replay"
"$pmapsim" record - < "$tmp/digest.trace" > "$tmp/recorded.2" 2> "$tmp/out" ||
    fail "what was found does not replay from standard input"
cmp -s "$tmp/recorded.1" "$tmp/recorded.2" || fail "two replays differ"

# shrinks FILE: to one action, and to a trace that replays.
shrinks()
{
	"$pmapsim" shrink --quiet "$1" > "$tmp/shrunk" 2> "$tmp/out" ||
	    fail "$1 does not shrink"
	if [ "$(grep -c '^meanwhile' "$tmp/shrunk")" -ne 1 ] ||
	    [ "$(grep -c '^[a-z]' "$tmp/shrunk")" -gt 9 ] ||
	    ! grep -q '^outcome 0 => 0x' "$tmp/shrunk"; then
		cp "$tmp/shrunk" "$tmp/out"
		fail "$1 is not short"
	fi
	"$pmapsim" replay --quiet "$tmp/shrunk" > "$tmp/out" 2>&1 ||
	    fail "$1, shrunk, does not replay"
}

# A finding shrinks to its action and the calls that this needs.
shrinks "$tmp/found.trace"
# Two actions of which one does harm are one in the end.
cat > "$tmp/two.trace" <<'EOF'
machine mem=16M first=4M kmem=2M ncpu=2 tlb=nehalem kernel=2010-04+protect-plain-store
vm_object_allocate o 1024 color=0
vm_page_alloc o 0 repeat=512
pmap_pinit u
pmap_enter u 0x40000000 o 0 access=r prot=rw wired=0 repeat=8
meanwhile load pte u 0x40005000 r cpu=1
meanwhile store pte u 0x40003000 w cpu=1
pmap_protect u 0x40000000 0x40008000 prot=r
EOF
shrinks "$tmp/two.trace"

# All calls in one replay are what each is in a replay of its own.
cat > "$tmp/all.trace" <<'EOF'
machine mem=16M first=4M kmem=2M ncpu=2 tlb=nehalem kernel=2010-04
vm_object_allocate o 1024 color=0
vm_page_alloc o 0 repeat=512
pmap_pinit u
pmap_enter u 0x40000000 o 0 access=rw prot=rw wired=0 repeat=512
pmap_protect u 0x40003000 0x40004000 prot=r
pmap_enter u 0x40003000 o 3 access=rw prot=rw wired=0
pmap_clear_modify o 9
pmap_remove u 0x40000000 0x40200000
EOF
sum=0
for line in 5 6 7 8 9; do
	exits 0 "line $line" --line $line "$tmp/all.trace"
	n=$(sed -n 's/.* \([0-9]*\) placements.*/\1/p' "$tmp/out")
	sum=$((sum + n))
done
exits 0 "all lines" --all "$tmp/all.trace"
grep -q " $sum placements of 5 calls; 3 calls have no address" "$tmp/out" ||
    fail "all lines have not $sum placements of 5 calls"

# The museum's bugs that other CPUs see are found from their calls alone, and
# each finding is one or two actions and the calls that it needs.
museum=$here/../../src/scenarios/museum
while read -r name with kernel call; do
	grep -v '^meanwhile\|^outcome' "$museum/$name.trace" |
	    sed "/^$call/q" > "$tmp/$name.trace"
	exits 1 "$name is not found" --with "$with" --actions 2 \
	    --kernel "$kernel" -o "$tmp/found.trace" "$tmp/$name.trace"
	"$pmapsim" shrink --quiet "$tmp/found.trace" > "$tmp/shrunk" \
	    2> "$tmp/out" || fail "$name does not shrink"
	n=$(grep -c '^meanwhile' "$tmp/shrunk")
	cp "$tmp/shrunk" "$tmp/out"
	[ "$n" -ge 1 ] && [ "$n" -le 2 ] || fail "$name has $n actions"
	"$pmapsim" replay --quiet "$tmp/shrunk" > "$tmp/out" 2>&1 ||
	    fail "$name, shrunk, does not replay"
done <<'EOF'
cr3-before-pm-active switch 2010-04 pmap_protect
rendezvous-misses-cpu switch 2010-04+erratum383 pmap_enter u 0x401ff000
protect-loses-m access 2010-04+protect-plain-store vmspace_fork
stray-a-d stray 2010-04 pmap_remove u 0x40003000
EOF

# A kernel that miscounts by itself does not hide what other CPUs do, and what
# they do is not taken for its miscounting.
exits 0 "9.0's own bug is taken for a race" --kernel 9.0 --line 20 \
    "$museum/collect-lost-writeable.trace"
grep -q '^broken .*: writeable$' "$tmp/out" || fail "no rule is broken"
exits 0 "a rule is broken without the bug" --line 20 \
    --kernel 9.0+no-collect-clears-writeable \
    "$museum/collect-lost-writeable.trace"
grep -q '^broken' "$tmp/out" && fail "a rule is broken without the bug"

# What is written through a mapping that has no pv entry is its maker's affair.
cat > "$tmp/qenter.trace" <<'EOF'
machine mem=16M first=4M kmem=2M ncpu=2 tlb=nehalem kernel=2010-04
vm_object_allocate o 1024 color=0
vm_page_alloc o 0 repeat=4
pmap_qenter 0xffffff8000000000 o 0 4
EOF
exits 0 "a write through pmap_qenter()'s mapping is lost" "$tmp/qenter.trace"
grep -q ' in 1 placements' "$tmp/out" && fail "nothing is tried"

# The hunter draws such placements too, and finds nothing in a kernel that is
# right.
"$pmapsim" hunt --race --quiet --calls 200K --seed 1 --families user \
    > "$tmp/out" 2>&1 || fail "the hunter finds something"

# A point that is planned is met: the write inside pmap_protect() is kept, and
# the call looks at the PTE again, so that the page is dirty and no PTE says so.
cat > "$tmp/meanwhile.trace" <<'EOF'
machine mem=16M first=4M kmem=2M ncpu=2 tlb=nehalem
vm_object_allocate o 1024 color=0
vm_page_alloc o 0 repeat=512
pmap_pinit u
mmu_access u 0x40000000 r cpu=0
pmap_enter u 0x40000000 o 0 access=r prot=rw wired=0 repeat=8
meanwhile cas pte u 0x40003000 w cpu=1
meanwhile cas pte u 0x40003000 w nth=9 cpu=1
meanwhile cas pte u 0x40003000 query cpu=1
meanwhile end any u 0x40003000 w cpu=1
pmap_protect u 0x40000000 0x40008000 prot=r
outcome 0 => 0x403000
outcome 1 => never
outcome 2 => unknown
outcome 3 => fault
pmap_is_modified o 3 => 0
EOF
"$race" replay "$tmp/meanwhile.trace" > "$tmp/out" 2>&1 ||
    fail "a meanwhile statement does not replay"

# What cannot be is said.
refused()
{
	sed "$2" "$tmp/meanwhile.trace" > "$tmp/wrong.trace"
	"$race" replay "$tmp/wrong.trace" > "$tmp/out" 2>&1
	[ $? -gt 1 ] && grep -q "$1" "$tmp/out" || fail "not refused: $2"
}
refused 'makes the call' '7s/cpu=1/cpu=0/'
refused 'looks ahead' '7s/cpu=1/switching cpu=1/'
refused 'no event' '7s/cas/case/'
refused 'query or stray' '7s/ w / z /'
refused 'nothing was planned' '$s/.*/outcome 4/'

[ $failures -eq 0 ]
