#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_today.sh PMAPSIM: kernels of today beside older ones.  A call that a
# kernel does not have is refused under each revision that lacks it, and made
# under each that has it; "pmapsim diff" names what ended a panic; and the
# detector finds what is stale in a kernel that invalidates too little.
set -u
. "$(dirname "$0")/../lib.sh"
pmapsim=$1
scratch

# refused KERNEL PATTERN, the trace on standard input: line 1 or the last one is
# refused, with file, line and what PATTERN says.
refused()
{
	cat > "$tmp/t.trace"
	"$pmapsim" replay --quiet "$tmp/t.trace" > "$tmp/out" 2> "$tmp/err"
	code=$?
	[ $code -eq 2 ] || fail "$1: exit code $code, not 2: $(cat "$tmp/t.trace")"
	grep -q "t\.trace:[0-9]*: $2" "$tmp/err" ||
	    fail "$1: $(cat "$tmp/err"), where \"$2\" was to come"
}

# made KERNEL: the trace on standard input is replayed.
made()
{
	cat > "$tmp/t.trace"
	"$pmapsim" replay --quiet "$tmp/t.trace" > "$tmp/out" 2> "$tmp/err" ||
	    fail "$1: $(cat "$tmp/err" "$tmp/t.trace")"
}

# ---- calls and keys that some revisions lack --------------------------------
"$pmapsim" kernels > "$tmp/kernels" || fail "pmapsim kernels fails"
revisions=$(awk '/^revisions/ { on = 1; next } /^$/ { exit }
    on && /^  [^ ]/ { print $1 }' "$tmp/kernels")
# "who has it|statement|what is said where it is missing"
cat > "$tmp/rows" <<'END'
today|pmap_unwire p 0x10000000 0x10001000|kernel K has no pmap_unwire(); one with the switch "pmap-unwire" has
today|pmap_advise p 0x10000000 0x10001000 free|kernel K has no pmap_advise(); one with the switch "pmap-advise" has
today|pmap_is_referenced a 0|kernel K has no pmap_is_referenced(); one with the switch "pmap-is-referenced" has
today|pmap_enter p 0x10000000 a 0 access=rw prot=rw wired=0 nosleep|kernel K has no pmap_enter() with psind= or nosleep; one with
today|pmap_enter p 0x10000000 b 0 access=rw prot=rw wired=0 psind=1|kernel K has no pmap_enter() with psind= or nosleep; one with
today|vm_object_allocate c 1 named|named: to kernel K all objects are alike; kernels from 2022-07 on
today|kva=4M|kva= under kernel K, which has a kmem_map instead; kmem= gives
old|kmem=4M|kmem= under kernel K, which has no kmem_map; kva= gives
old|pmap_change_wiring p 0x10003000 0|pmap_change_wiring: kernel K has no such call any more; kernels up to 9.0
old|pmap_clear_reference a 0|pmap_clear_reference: kernel K has no such call any more; kernels up to 9.0
old|kmem_alloc_contig 4K 0 0xffffffff 4K 0|kmem_alloc_contig: kernel K has no such call any more; kernels up to 9.0
old|kmem_alloc_nofault 4K|kmem_alloc_nofault: kernel K has no such call any more; kernels up to 9.0
old|malloc 6144|malloc: kernel K has no such call any more; kernels up to 9.0
old|vmspace_alloc q|vmspace_alloc: programs are simulated with kernels up to 9.0; of kernel K
END
asked=0
for revision in $revisions; do
	case $revision in 2022-07|2026-pmap) has=today ;; *) has=old ;; esac
	while IFS='|' read -r who statement says; do
		key=
		case $statement in kva=*|kmem=*) key=$statement statement=stats ;; esac
		{
			echo "machine mem=16M first=4M invariants=off $key kernel=$revision"
			echo 'pmap_pinit p'
			echo 'vm_object_allocate a 4'
			echo 'vm_object_allocate b 512 color=0'
			echo 'vm_page_alloc a 0 repeat=4'
			echo 'vm_page_alloc b 0 repeat=512'
			echo 'pmap_enter p 0x10003000 a 3 access=r prot=r wired=1'
			case $statement in
			pmap_unwire*)
				echo 'pmap_enter p 0x10000000 a 0 access=r prot=r wired=1' ;;
			esac
			echo "$statement"
		} > "$tmp/in"
		asked=$((asked + 1))
		if [ "$who" = "$has" ]; then
			made "$revision" < "$tmp/in"
		else
			refused "$revision" "$(echo "$says" |
			    sed "s/kernel K/kernel $revision/")" < "$tmp/in"
		fi
	done < "$tmp/rows"
done
[ $asked -ge 84 ] || fail "only $asked questions were asked"

# ---- what ended the panic of 2010 -------------------------------------------
# ended TRACE KERNELS LINE SWITCH...: these switches, and no others, are named.
ended()
{
	trace=$1 kernels=$2 line=$3
	shift 3
	"$pmapsim" diff --quiet "$trace" --kernels "$kernels" > "$tmp/out" 2>&1
	[ $? -eq 1 ] || fail "diff $trace $kernels: $(cat "$tmp/out")"
	grep -q "^  On line $line ${kernels%%,*} panics:\$" "$tmp/out" ||
	    fail "diff $trace $kernels tells of no panic: $(cat "$tmp/out")"
	printf '%s\n' "$@" > "$tmp/want"
	sed -n '/ends that panic:$/,$ s/^    //p' "$tmp/out" > "$tmp/got"
	diff "$tmp/want" "$tmp/got" ||
	    fail "diff $trace $kernels names other switches"
}
ended count-drift 9.0,2022-07 46 remove-kernel-pde enter-demotes enter-flags
ended count-drift 9.0,2026-pmap 46 remove-kernel-pde enter-demotes enter-flags
ended acpi-wakeup 8.0+litter,2022-07 54 no-litter enter-demotes enter-flags
ended acpi-wakeup 9.0+litter,2022-07+litter 54 enter-demotes enter-flags
"$pmapsim" diff --quiet --json count-drift --kernels 9.0,2022-07 > "$tmp/out"
grep -q '"ended_by": *\["remove-kernel-pde", *"enter-demotes"' "$tmp/out" ||
    tr -d '\n ' < "$tmp/out" |
    grep -q '"ended_by":\["remove-kernel-pde","enter-demotes"' ||
    fail "diff --json does not name them: $(cat "$tmp/out")"
# Where the first kernel does not panic there is nothing to end.
"$pmapsim" diff --quiet acpi-wakeup --kernels 9.0,2022-07 > "$tmp/out" 2>&1
grep -q 'panics' "$tmp/out" && fail "9.0 does not panic: $(cat "$tmp/out")"

# ---- what is stale where too little is invalidated --------------------------
# CPU 1 keeps its translation of page 5 from before the promotion; then the
# superpage goes as a whole, and its page is read once more.
stale()
{
	cat <<-END
	machine mem=32M first=4M kva=4M ncpu=2 invariants=on tlb=nehalem kernel=$1
	vm_page_alloc kernel 512 wired repeat=512
	pmap_enter kernel 0xfffffe0000200000 kernel 512 access=rw prot=rw wired=1 repeat=511
	mmu_access kernel 0xfffffe0000205000 w cpu=1
	pmap_enter kernel 0xfffffe00003ff000 kernel 1023 access=rw prot=rw wired=1
	pmap_remove kernel 0xfffffe0000200000 0xfffffe0000400000
	mmu_access kernel 0xfffffe0000205000 r cpu=1
	detections
	END
}
for revision in 2022-07 2026-pmap; do
	stale $revision > "$tmp/t.trace"
	"$pmapsim" replay "$tmp/t.trace" > "$tmp/out" 2>&1
	grep -q 'stale translation' "$tmp/out" &&
	    fail "$revision leaves something stale"
	stale $revision+no-pg-promoted > "$tmp/t.trace"
	"$pmapsim" replay "$tmp/t.trace" > "$tmp/out" 2>&1
	grep -q 'stale translation: CPU 1 reads 0xfffffe0000205000' \
	    "$tmp/out" || fail "$revision+no-pg-promoted is not found out"
	stale $revision+no-pg-promoted+flush-whole-superpage > "$tmp/t.trace"
	"$pmapsim" replay "$tmp/t.trace" > "$tmp/out" 2>&1
	grep -q 'stale translation' "$tmp/out" &&
	    fail "flush-whole-superpage leaves something stale"
done
exit $((failures > 0))
