#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_neighbours.sh PMAPSIM SOURCE: between two revisions that follow each other
# in time, "pmapsim diff" over the smallest traces for their differences names
# each switch in which they differ, and no other; but for seven that no such
# trace shows.
set -u
. "$(dirname "$0")/../lib.sh"
pmapsim=$1
source=$2
scratch
pairs=0

"$pmapsim" kernels > "$tmp/list" || fail "pmapsim kernels fails"
# "SWITCH REVISION...", for all that a revision has on.
awk '/^switches/ { on = 1; next }
    on && /^  [^ ]/ { name = $1 }
    on && /^ *on in / { $1 = $2 = ""; print name, $0 }' "$tmp/list" > "$tmp/on"

# The switches that are on in one of $1 and $2 alone.
between()
{
	awk -v a="$1" -v b="$2" '{
		has = 0
		for (i = 2; i <= NF; i++)
			has += ($i == a) + ($i == b)
		if (has == 1)
			print $1
	}' "$tmp/on" | sort
}

# What no such trace shows in a state or a result: how much is invalidated at a
# time, the blanks of a text, a call that would never end, page tables made
# earlier, and entries merged that the same calls use alike.  A wired superpage
# without A comes of promote-without-a, which is named first; and whether pages
# behind a superpage are passed over or each found to be mapped, nobody sees.
unseen='batched-invalidation
partpopq-plain
alloc-attr-gives-up
insert-grows-kernel
insert-simplifies
demote-wired-without-a
enter-pde-no-space'

# Over a promoted superpage of the kernel comes another one: whether its page
# table comes back for a moment, invalidations tell.
cat > "$tmp/psind.trace" <<'END'
machine mem=24M first=4M kva=4M invariants=on kernel=2022-07
vm_object_allocate a 1024 color=0
vm_page_alloc a 0 repeat=1024
pmap_enter kernel 0xfffffe0000200000 a 0 access=rw prot=rw wired=0 repeat=512
pmap_enter kernel 0xfffffe0000200000 a 512 access=rwx prot=rwx wired=1 psind=1
tlb
END

last=
for revision in $(awk '/^revisions/ { on = 1; next } /^$/ { exit }
    on && /^  [^ ]/ { print $1 }' "$tmp/list"); do
	[ -n "$last" ] || { last=$revision; continue; }
	traces=$source/tests/golden/*/differences/*.trace
	case $revision in
	# Between 9.0 and this one lie ten years and no such traces.
	2022-07) last=$revision; continue ;;
	2026-pmap) traces="$source/tests/golden/2022-07/user-*.trace $tmp/psind.trace" ;;
	esac
	pairs=$((pairs + 1))
	between "$last" "$revision" | grep -vxF "$unseen" > "$tmp/want"
	: > "$tmp/named"
	for trace in $traces; do
		"$pmapsim" diff --all --quiet "$trace" \
		    --kernels "$last,$revision" > "$tmp/out" 2> "$tmp/err"
		[ $? -le 1 ] || fail "$(cat "$tmp/err")"
		sed -n 's/^  The switch \(.*\) accounts for it\.$/\1/p
		    s/^  The switches \(.*\) account for it together\.$/\1/p' \
		    "$tmp/out" | sed 's/ and /\n/g' >> "$tmp/named"
		grep -q 'No switch' "$tmp/out" &&
		    fail "$trace: $last and $revision differ without a switch"
	done
	sort -u "$tmp/named" | diff "$tmp/want" - >&2 ||
	    fail "$last and $revision: see above"
	last=$revision
done
[ "$pairs" -ge 5 ] || fail "only $pairs pairs of revisions"

[ $failures -eq 0 ] || exit 1
echo "$pairs pairs"
