#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_kernel_bugs.sh PMAPSIM: what the command says where the kernel does
# something wrong, of inputs that it once was silent about.
set -u
pmapsim=$1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
bad=0

# says STATUS TEXT ARGUMENT...: the command ends with STATUS and prints TEXT.
says()
{
	status=$1
	text=$2
	shift 2
	"$pmapsim" "$@" > "$tmp/out" 2>&1
	code=$?
	if [ $code -ne "$status" ] || ! grep -qF -e "$text" "$tmp/out"; then
		echo "pmapsim $* ends with $code and lacks \"$text\":" >&2
		tail -n 5 "$tmp/out" >&2
		bad=1
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
exit $bad
