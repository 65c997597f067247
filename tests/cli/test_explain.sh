#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_explain.sh PMAPSIM SOURCE: entries in words, and what replay --explain
# says.  explain-NAME.txt is the whole explanation of scenario NAME, read and
# found right by a person; here it must stay as it is.
set -u
. "$(dirname "$0")/../lib.sh"
pmapsim=$1
source=$2
scratch
unset PMAPSIM_SCENARIOS
NO_COLOR=1
export NO_COLOR

# prints WORDS COMMAND...: one line of what "pmapsim COMMAND" prints is WORDS.
prints()
{
	words=$1
	shift
	"$pmapsim" "$@" > "$tmp/out" 2>&1 || fail "$* exits $?"
	sed 's/^ *//' "$tmp/out" | grep -q -x -F -e "$words" || {
		fail "$* does not print \"$words\""
		cat "$tmp/out"
	}
}

for name in acpi-wakeup count-drift mprotect-middle; do
	"$pmapsim" replay --explain "$name" > "$tmp/got" 2>&1 ||
	    fail "replay --explain $name exits $?"
	sed -n '/machine mem=/,$p' "$tmp/got" > "$tmp/$name"
	diff -u "$source/tests/cli/explain-$name.txt" "$tmp/$name" ||
	    fail "the explanation of $name is another one"
	# Each statement is still there, as without the explanation.
	"$pmapsim" replay "$name" | sed -n '/machine mem=/,/^$/p' |
	    grep '^ *[0-9]* ' > "$tmp/calls"
	grep -c . "$tmp/calls" > "$tmp/count"
	grep -x -F -f "$tmp/calls" "$tmp/$name" | grep -c . |
	    cmp -s - "$tmp/count" || fail "$name lacks a call"
	[ "$(cat "$tmp/count")" -gt 5 ] || fail "$name has too few calls"
done

prints 'As a PTE it maps the 4 KB frame 0x1800000' pte 0x1800363
prints 'As a PDE it leads to the page table 0x1001000' pte 0x1001063
prints 'As a PDE it maps the 2 MB frame 0x1800000' pte 0x18003e3
prints 'W        wired: FreeBSD'"'"'s own bit, up to 9.0' pte 0x1800363
prints 'NX       nothing may be executed there' pte 0x8000000001800363
prints 'empty: nothing is mapped' pte 0
prints 'not valid: the MMU looks at no other bit' pte 0x1000
prints 'Against 0x363: -M' pte 0x363 0x323
prints 'Against 0x363: +NX -W another address' pte 0x363 0x8000000000001163
prints 'Against 0x363: equal' pte 0x363 867
"$pmapsim" pte --json 0x18003e3 | grep -q '"PS"' || fail 'no PS in JSON'
for word in frame 12x 99999999999999999999 ''; do
	"$pmapsim" pte 0x1 "$word" > "$tmp/out" 2>&1
	[ $? -eq 2 ] || fail "pte takes \"$word\" for an entry"
	grep -q 'an entry like' "$tmp/out" ||
	    fail "pte does not say what would be right instead of \"$word\""
done

# Counters at one place, and at each.
prints 'vm.pmap.pde.promotions: 1' sysctl acpi-wakeup --at 44 \
    vm.pmap.pde.promotions
prints 'vm.pmap.pde.demotions: 0' sysctl acpi-wakeup --at 44 vm.pmap.pde
prints 'line,vm.pmap.pde.demotions,vm.pmap.pde.promotions' sysctl \
    acpi-wakeup --csv vm.pmap.pde.demotions vm.pmap.pde.promotions
[ "$(sed -n 's/^46,//p' "$tmp/out")" = 1,1 ] || fail 'row 46 is another'
[ "$(grep -c . "$tmp/out")" -eq 9 ] || fail 'it has no row for each statement'
"$pmapsim" sysctl acpi-wakeup --at 43 > /dev/null 2> "$tmp/err" &&
    fail 'a line without a statement is taken'
"$pmapsim" sysctl acpi-wakeup --csv vm.pmap.pd > /dev/null 2> "$tmp/err" &&
    fail 'an unknown counter is taken'

# Lists a line each, and one of them as JSON.
"$pmapsim" museum > "$tmp/out"
[ "$(awk 'length($0) > 80' "$tmp/out" | wc -l)" -eq 0 ] ||
    fail 'the museum is wider than 80 columns'
[ "$(grep -c '^ *[0-9]' "$tmp/out")" -eq "$("$pmapsim" museum --json |
    grep -c '^ *"number"')" ] || fail 'the museum has no line for each bug'
"$pmapsim" tlb --json nehalem | grep -q '^  "name": "nehalem"' ||
    fail 'tlb --json NAME is no JSON'

[ $failures -eq 0 ]
