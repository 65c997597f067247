#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_calls.sh PMAPSIM-RACE: under the kernels that are right no access by
# another CPU inside a call does harm, but inside pmap_remove_pages(), whose
# callers see to it that there is none; and what is found replays.
set -u
race=$1
here=$(dirname "$0")
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
failures=0

fail()
{
	echo "FAIL: $1"
	sed 's/^/    /' "$tmp/out"
	failures=$((failures + 1))
}

# Something is found in the calls of pmap_remove_pages() alone.
for kernel in 2010-04 8.0 9.0; do
	for trace in "$here"/traces/*.trace; do
		name=$(basename "$trace" .trace)
		expected=0
		case $name in
		remove-pages*) expected=1 ;;
		esac
		"$race" race --quiet --kernel $kernel "$trace" > "$tmp/out" 2>&1
		[ $? -eq $expected ] || fail "$name under $kernel"
	done
done

# Two accesses in one call, for the calls that change most.
for name in protect-4k-clean promote-clean remove-page; do
	"$race" race --quiet --actions 2 "$here/traces/$name.trace" \
	    > "$tmp/out" 2>&1 || fail "$name with two accesses"
done
# Where accesses cannot matter they do not.
"$race" race --quiet --unreduced "$here/traces/remove-page.trace" \
    > "$tmp/out" 2>&1 || fail "remove-page, unreduced"

# What is found is a trace that replays, twice the same.
"$race" race --quiet -o "$tmp/found.trace" \
    "$here/traces/remove-pages.trace" > "$tmp/out"
[ $? -eq 1 ] && [ -s "$tmp/found.trace" ] || fail "nothing is written"
echo digest >> "$tmp/found.trace"
for n in 1 2; do
	"$race" record "$tmp/found.trace" > "$tmp/recorded.$n" 2> "$tmp/out" ||
	    fail "what was found does not replay"
done
cmp -s "$tmp/recorded.1" "$tmp/recorded.2" || fail "two replays differ"

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
pmap_protect u 0x40000000 0x40008000 prot=r
pmap_is_modified o 3 => 0
EOF
"$race" replay "$tmp/meanwhile.trace" > "$tmp/out" 2>&1 ||
    fail "a meanwhile statement does not replay"

[ $failures -eq 0 ]
