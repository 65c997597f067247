#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_map.sh PMAPSIM SOURCE: maps as text and as pictures, and that what the
# repository shows of them is what the command draws.
set -u
. "$(dirname "$0")/lib.sh"
pmapsim=$1
source=$2
here=$source/tests/cli
scratch
checks=0
unset PMAPSIM_SCENARIOS NO_COLOR

# draws EXIT PATTERN ARGUMENT...: check, of "pmapsim map ARGUMENT...".
draws()
{
	draws_exit=$1
	draws_pattern=$2
	shift 2
	check "$draws_exit" "$draws_pattern" map "$@"
}

# count WANT WORDS: lines of the last output that hold the words.
count()
{
	checks=$((checks + 1))
	got=$(grep -c -F -e "$2" "$tmp/out")
	[ "$got" -eq "$1" ] || fail "$got times $2, expected $1"
}

xml=
has xmllint "a full check of the pictures" && xml=yes

# well_formed: the last output is XML.  Without xmllint(1) at least each
# element that is opened is closed, and no "&" or "<" stands alone.
well_formed()
{
	checks=$((checks + 1))
	if [ -n "$xml" ]; then
		xmllint --noout "$tmp/out" 2> "$tmp/err" || fail "no XML"
		return
	fi
	tr -d '\n' < "$tmp/out" | awk '{
		n = 0
		while (match($0, /<[^>]*>/)) {
			text = substr($0, 1, RSTART - 1)
			tag = substr($0, RSTART, RLENGTH)
			$0 = substr($0, RSTART + RLENGTH)
			if (text ~ /</ || text ~ /&[^a-z]/ || tag ~ /<.*</)
				bad = 1
			if (tag ~ /^<\//) {
				if (n == 0 || "</" stack[n--] ">" != tag)
					bad = 1
			} else if (tag !~ /\/>$/) {
				sub(/^</, "", tag)
				sub(/[ >].*/, "", tag)
				stack[++n] = tag
			}
		}
		exit bad || n != 0
	}' || fail "no XML"
}

# ---- text -------------------------------------------------------------------
draws 0 '' "$here/map.trace"
diff "$here/map.txt" "$tmp/out" > "$tmp/err" ||
    { cat "$tmp/err"; fail "the map is another"; }
cp "$tmp/out" "$tmp/plain"
draws 0 '' "$here/map.trace" --color never
cmp -s "$tmp/plain" "$tmp/out" || fail "--color never differs"
draws 0 '' "$here/map.trace" --color always
escape=$(printf '\033')
grep -q "$escape" "$tmp/out" || fail "--color always has none"
sed "s/$escape\[[0-9;]*m//g" "$tmp/out" | cmp -s - "$tmp/plain" ||
    fail "colour changes more than colour"

draws 0 '' acpi-wakeup
prints '^acpi-wakeup at its end$' \
    '^panic: pmap_enter: attempted pmap_enter on 2MB page$' \
    '^  0xffffff8000000000 superpage of 0x1800000$'
draws 0 '' acpi-wakeup --at 44
prints '^acpi-wakeup after line 44 (kmem_malloc 2M nowait)$' \
    '^  0xffffff8000000000 superpage of 0x1800000$'
draws 0 '' acpi-wakeup --at 46
prints 'populated 510 of 512: 2 unused, 510 wired$' \
    'not promoted: its reservation is populated by 510 of 512$'
draws 0 '' acpi-wakeup --at 46 --kernel 2010-04
prints '^kernel 2010-04; ' '^  0xffffff8000000000 510 of 512 PTEs valid$'
draws 0 '' acpi-wakeup-no-superpages
prints 'not promoted: superpages are off'
# A machine is drawn in the rows in which something is.
printf 'machine mem=1G first=4M kmem=128M\n' > "$tmp/large.trace"
draws 0 '' "$tmp/large.trace"
prints '^  \.\.\.  *14 more rows like this one$' \
    '^  \.\.\.  *1 more row like this one$'

# ---- where to stop ----------------------------------------------------------
draws 2 'acpi-wakeup.trace:43: no statement is there; lines 40 and 44 have' \
    acpi-wakeup --at 43
draws 2 'acpi-wakeup.trace:1: no statement is there; line 40 has the first' \
    acpi-wakeup --at 1
draws 2 'acpi-wakeup.trace:55: the trace ends before, in line 54' \
    acpi-wakeup --at 55
draws 0 '' acpi-wakeup --at 54
draws 0 '' acpi-wakeup --at 40
# Without --at: the panic, or where the most pages are in use; not the end.
draws 0 '' acpi-wakeup
prints '^acpi-wakeup at its end$' '^panic: '
draws 0 '' fork-cow
prints '^fork-cow after line 57 '
draws 0 '' fork-cow --at end
prints '^fork-cow at its end$' '7164 of 7168 pages free\|716[0-9] of 7168'
for at in 0 -1 x '' 46x 99999999999; do
	draws 2 'the number of a line of the trace would be right' \
	    acpi-wakeup --at "$at"
done
draws 2 'did you mean "litter"' acpi-wakeup --kernel 2010-04+liter
draws 2 'no scenario and no file' acpi-wakup

# ---- a region ---------------------------------------------------------------
draws 0 '' acpi-wakeup --region 0xffffff8000000000
prints '^    0 EL=' '^  510 =  mapped' '^    1 L  litter.*(PTE 1)' \
    'The litter was left by line 46' '^Why: when malloc entered PTE 0'
draws 0 '' acpi-wakeup --region 0xffffff8000000000 --at 46
prints '^    0 LL=' '^    2 L  litter.*(PTEs 0-1)' 'The PDE is 0x1001063\.$'
draws 0 '' acpi-wakeup --region 0xffffff8000001000 --at 44
prints '^    0 EE' '^  512 E  entered by this call (PTEs 0-511)$' \
    'one 2 MB mapping'
draws 0 '' acpi-wakeup --region 0xffffff8000200000
prints '^  512 \.  not valid (PTEs 0-511)$'
draws 0 '' "$here/map.trace" --region program:0x600000
prints '^  100 =  mapped.*(PTEs 0-99)$' '^  412 \.  not valid (PTEs 100-511)$'
# What differs from the first PTE keeps the region from being promoted.
draws 0 '' mprotect-middle --region p:0x800000000 --at 52
prints '^  384 =  mapped.*(PTEs 0-127, 256-511)$' '^  128 wwwwwwww' \
    '^  128 w  mapped without RW M, unlike the first (PTEs 128-255)$'
draws 0 '' mprotect-middle --region p:0x800000000 --at 45
prints '^  128 w  mapped without RW A M, unlike the first (PTEs 128-255)$'
draws 0 '' mprotect-middle --region p:0x800000000 --at 52 --svg -
well_formed
count 129 'mapped without RW M, unlike the first'
draws 0 '' mprotect-middle --region p:0x800000000 --at 52 --json
prints '"letter": "w"'
draws 2 'no pmap is called "nobody"' "$here/map.trace" --region nobody:0x600000
draws 2 'no address of the pmap "kernel"' acpi-wakeup --region 0x600000
draws 2 'an address like' acpi-wakeup --region here
draws 2 'no statement is there' acpi-wakeup --region 0xffffff8000000000 --at 43
draws 2 'the trace ends before' acpi-wakeup --region 0xffffff8000000000 \
    --at 60

# ---- pictures ---------------------------------------------------------------
draws 0 '' "$here/map.trace" --svg -
well_formed
count 16 '<g class="frame">'
count 7 '<g class="region">'
# One of a frame, one of a region.
count 2 'class="n">100</text>'
prints '<title id="title">Memory map of map after line 28 (kmem_malloc 8K)</title>' \
    'PTE 256 differs from PTE 0 in PG_RW PG_M' '>broken reservation</text>'
cp "$tmp/out" "$tmp/first.svg"
draws 0 '' "$here/map.trace" --svg "$tmp/file.svg"
[ -s "$tmp/out" ] && fail "--svg prints text too"
cmp -s "$tmp/first.svg" "$tmp/file.svg" || fail "--svg FILE differs"
draws 0 '' acpi-wakeup-user-address --svg -
well_formed
draws 0 '' "$tmp/large.trace" --svg -
well_formed
prints '14 more rows like this one'
draws 2 'No such file' acpi-wakeup --svg "$tmp/none/x.svg"
draws 2 'acpi-wakeup.trace:43' acpi-wakeup --at 43 --svg "$tmp/none.svg"
[ -e "$tmp/none.svg" ] && fail "a picture of nothing is left behind"
# What of a name is not a name in XML.
cp "$here/map.trace" "$tmp/<&>.trace"
draws 0 '' "$tmp/<&>.trace" --svg -
well_formed
prints 'of &lt;&amp;&gt; after'

# The README shows this one.
draws 0 '' acpi-wakeup --region 0xffffff8000000000 --svg -
well_formed
count 512 '<g class="pte">'
cmp -s "$tmp/out" "$source/src/scenarios/pictures/acpi-wakeup.svg" ||
    fail "src/scenarios/pictures/acpi-wakeup.svg is not what is drawn now"

# And this one: five pictures.
draws 0 '' acpi-wakeup --story -
well_formed
prints '1\. A reservation' 'Line 44, kmem_malloc 2M nowait' \
    'reserves the 2 MB frame 0x1800000 for kmem' '2\. A promotion' \
    'Line 46, kmem_free' 'But 2 entries stay valid' '4\. A false promotion' \
    'panic: pmap_enter: attempted pmap_enter on 2MB page'
cmp -s "$tmp/out" "$source/src/scenarios/pictures/acpi-wakeup-story.svg" ||
    fail "acpi-wakeup-story.svg is not what is drawn now"
draws 2 'the replay does not end in' fork-cow --story -
draws 2 'no story of five pictures' count-drift --story "$tmp/none.svg"
[ -e "$tmp/none.svg" ] && fail "a story of nothing is left behind"

# What is long is cut where it matters least.
draws 0 '' count-drift --region 0xffffff8000200000 --svg -
prints '(pmap_enter kernel 0x.*\.\.\.) found it, and what it entered up to the promotion<'

[ $failures -eq 0 ] || { echo "$failures of $checks checks failed"; exit 1; }
echo "$checks checks"
