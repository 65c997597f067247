#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_cli.sh PMAPSIM SOURCE: the command as its users meet it: what it exits
# with, says and prints, above all on bad input.
set -u
. "$(dirname "$0")/lib.sh"
pmapsim=$1
source=$2
scratch
checks=0
unset PMAPSIM_SCENARIOS NO_COLOR

# trace NAME: standard input, behind a machine line, as a file.
trace()
{
	{
		echo 'machine mem=32M first=4M kmem=8M'
		cat
	} > "$tmp/$1.trace"
}

# bad PATTERN LINE...: these lines are bad input to each subcommand.
bad()
{
	pattern=$1
	shift
	printf '%s\n' "$@" > "$tmp/bad.trace"
	for command in replay compare record; do
		check 2 "$pattern" $command "$tmp/bad.trace"
	done
}
machine='machine mem=32M first=4M kmem=8M'

# ---- usage ---------------------------------------------------------------
check 2 'no command given'
check 0 '' --help
prints 'usage: pmapsim' 'replay' 'compare' 'kernels' 'record'
check 0 '' --version
prints '^pmapsim [0-9]*\.[0-9]*\.[0-9]*$'
check 2 'did you mean "replay"' reply
check 2 'no command' xyzzyxyzzy
for command in replay compare record kernels scenarios diff sysctl \
    completion; do
	check 0 '' $command --help
	prints "usage: pmapsim $command" '^options:' '--help'
	check 2 'no option' $command --no-such-option
	check 2 'no option' $command -x
done
check 2 'needs NAME|FILE' replay
check 2 'one operand too many' replay a b
check 2 'did you mean "--kernel"' replay --kernal 2010-04 acpi-wakeup
check 2 '\-\-kernel needs a value' replay acpi-wakeup --kernel
check 2 '\-\-quiet takes no value' replay acpi-wakeup --quiet=1
check 2 'one operand too many' kernels x

# ---- kernels, scenarios ---------------------------------------------------
check 0 '' kernels
prints '^revisions, by' '^  2010-04 ' '^switches, and' '^  litter ' \
    '^  idempotent-enter ' '^  clear-on-unuse ' '^  enter-multiple ' \
    '^  no-superpages ' '^  remove-kernel-pde ' '^  enter-demotes '
check 0 '' scenarios
prints '^  acpi-wakeup  *the boot-time panic' '^  count-drift '

# ---- the panic ------------------------------------------------------------
text='pmap_enter: attempted pmap_enter on 2MB page'
check 0 '' replay acpi-wakeup
prints "=> panic \"$text\"" "^panic: $text\$" '^cpuid = 0$' \
    '^Tracing pid 0 tid 0' '^  510 =  mapped' '^    1 L  litter.*(PTE 1)' \
    '^    1 E  entered.*(PTE 0)' 'The litter was left by line 46' '^Why: ' \
    'What of it is constructed' '^ *45  stats => promotions=1'
trail=$(sed -n '/^Tracing/,/^$/p' "$tmp/out" | sed -n 's/^\(.*\)() at .*/\1/p' |
    tr '\n' ' ')
want='kdb_enter panic pmap_enter kmem_malloc uma_large_malloc malloc '
want="${want}acpi_alloc_wakeup_handler mi_startup btext "
[ "$trail" = "$want" ] || fail "the backtrace reads $trail"
check 0 '' replay acpi-wakeup --quiet
prints "^panic: $text\$" '^acpi-wakeup: panics, as expected; 8 statements'
grep -q 'kmem_malloc 2M' "$tmp/out" && fail "--quiet shows calls"
check 0 '' replay --ktr acpi-wakeup --quiet
# As ktrdump -ct prints them.
[ "$(head -n 2 "$tmp/out")" = "index  cpu timestamp        trace
------ --- ---------------- -----" ] || fail "--ktr has no head"
prints '^     0   0                0 pmap_promote_pde: '
check 0 '' replay --ktr acpi-wakeup
prints 'pmap_promote_pde: success for va 0xffffff80001ff000 in pmap kernel' \
    'pmap_demote_pde: success for va 0xffffff8000000000'
check 0 '' replay count-drift
prints "^panic: $text\$" '^  511 L  litter.*(PTEs 1-511)'
for file in "$source"/src/scenarios/*.trace; do
	name=$(basename "$file" .trace)
	head -n 1 "$file" | grep -q "^# $name: " ||
	    fail "$name: its first line is not its title"
	grep -q '^# What it shows\.' "$file" && grep -q \
	    '^# What of it is constructed' "$file" ||
	    fail "$name: does not say what it shows and what is constructed"
	check 0 '' replay "$name"
	case $name in
	acpi-wakeup | count-drift) prints '^panic: ' ;;
	acpi-wakeup-*) grep -q '^panic: ' "$tmp/out" &&
	    fail "$name panics" ;;
	esac
done
for condition in single-page reservation-not-full fresh-pages user-address \
    unequal-attributes no-superpages; do
	[ -f "$source/src/scenarios/acpi-wakeup-$condition.trace" ] ||
	    fail "no scenario without the condition $condition"
done

# ---- TLBs -----------------------------------------------------------------
check 0 '' replay stale-after-promotion
prints '^	stale translation: CPU 1 writes 0xffffff8000203000 ' \
    '^	stale translation: CPU 1 reads 0xffffff8000405000 ' \
    '^TLB nehalem, 2 CPUs: .*; 2 wrong entries used'
check 0 '' replay stale-after-promotion-flushed
prints '^TLB nehalem, 2 CPUs: .*; 0 wrong entries used'
check 0 '' replay erratum-383
prints '^	multi-match: CPU 0 reads 0x8001fe000 .*MC0_STATUS B6000000' \
    '; 1 wrong entry used'
# To put one in words is to expect it.
check 0 '' replay museum/erratum-383
check 0 '' replay museum/stale-after-promotion
# Without their assertions they fail, and elsewhere there is nothing wrong.
grep -v '^detection' "$source/src/scenarios/erratum-383.trace" > "$tmp/e.trace"
check 1 '1 wrong translation that the trace does not expect' \
    replay "$tmp/e.trace"
check 1 '' replay --json "$tmp/e.trace"
prints '"detections": 1'
sed 's/^\(detection 0\) .*/\1/' "$source/src/scenarios/museum/erratum-383.trace" \
    > "$tmp/e0.trace"
check 1 '1 wrong translation that the trace does not expect' \
    replay "$tmp/e0.trace"
for option in '--tlb zen2' '--tlb nehalem --cpus 1' '--cpus 32 --tlb skylake' \
    '--kernel 2010-04+erratum383'; do
	# shellcheck disable=SC2086
	check 0 '' replay $option "$tmp/e.trace"
	prints '; 0 wrong entries used'
done
check 0 '' replay --cpus 5 --quiet "$tmp/e.trace" --tlb zen2
prints '^TLB zen2, 5 CPUs: '
# Every preset, written to a file, is the same CPU again.
check 0 '' tlb
cut -d' ' -f1 "$tmp/out" > "$tmp/presets"
[ "$(wc -l < "$tmp/presets")" -ge 4 ] || fail "tlb lists too few"
while read -r preset; do
	"$pmapsim" tlb "$preset" > "$tmp/preset.tlb"
	"$pmapsim" tlb "$tmp/preset.tlb" | cmp -s - "$tmp/preset.tlb" ||
	    fail "tlb $preset does not come back"
	"$pmapsim" replay --tlb "$preset" "$tmp/e.trace" > "$tmp/a" 2>&1
	"$pmapsim" replay --tlb "$tmp/preset.tlb" "$tmp/e.trace" > "$tmp/b" 2>&1
	cmp -s "$tmp/a" "$tmp/b" || fail "--tlb FILE is not $preset"
	grep -q "^TLB $preset, 2 CPUs" "$tmp/b" || fail "no TLB $preset"
done < "$tmp/presets"
check 0 '' tlb --json
prints '"name": "k10"'
# The manual's example works.
sed -n '/^tlb small/,/^cache/p' "$source/src/man/pmapsim-tlb.5" > "$tmp/small.tlb"
check 0 '' replay --quiet --tlb "$tmp/small.tlb" acpi-wakeup
prints '^TLB small, 8 CPUs: '
check 0 '' compare --quiet --tlb "$tmp/small.tlb" acpi-wakeup
# A file that is wrong, one that is not there, and a slip.
printf 'tlb x\narry l1 unified 4K entries=4 ways=2\n' > "$tmp/wrong.tlb"
for command in tlb 'replay acpi-wakeup --tlb' 'compare acpi-wakeup --tlb' \
    'hunt --tlb'; do
	# shellcheck disable=SC2086
	check 2 'wrong.tlb:2: "arry".*did you mean array' $command \
	    "$tmp/wrong.tlb"
done
check 2 'nowhere.tlb: No such file' replay --tlb "$tmp/nowhere.tlb" acpi-wakeup
check 2 'did you mean skylake?' tlb skylak
# What a hunt finds with a file replays with it, and only so.
"$pmapsim" tlb nehalem | sed 's/^tlb .*/tlb mine/' > "$tmp/mine.tlb"
# A seed with which it is soon found.
hunt='hunt --quiet --families raw --seed 7 --time 60'
# shellcheck disable=SC2086
check 1 '' $hunt --tlb "$tmp/mine.tlb" --output "$tmp/h.trace"
prints 'TLB: stale translation: '
check 0 '' replay --quiet --tlb "$tmp/mine.tlb" "$tmp/h.trace"
prints '^TLB mine, 2 CPUs: .*; 1 wrong entry used'
check 1 'not what the trace expects' replay --quiet "$tmp/h.trace"
check 2 '\-\-cpus 33: 1 to 32 would be right' replay --cpus 33 erratum-383
check 2 '\-\-cpus 1x: 1 to 32 would be right' compare --cpus 1x erratum-383
check 2 'tlb=nehalm is not known; did you mean nehalem?' replay --tlb nehalm erratum-383
check 2 'tlb=nehalm is not known; did you mean nehalem?' hunt --tlb nehalm
check 2 'tlb=nehalm is not known; did you mean nehalem?' compare --tlb nehalm erratum-383
# What the first remedy of the mail does for shootdowns: the header's numbers.
all=2010-04,2010-04+idempotent-enter,2010-04+erratum383
all=$all,2010-04+erratum383+idempotent-enter
check 0 '' compare same-fault-many-cpus --kernels $all
prints '^promotions  *8  *1  *8  *1$' '^demotions  *7  *0  *7  *0$' \
    '^PTE stores  *528  *514  *528  *514$' \
    '^shootdown messages  *0  *0  *105  *7$'
check 0 '' compare same-fault-many-cpus-4k --kernels $all
prints '^PTE stores  *102$' '^     2010-04+idempotent-enter$'
check 0 '' compare --cpus 2 same-fault-many-cpus-4k --tlb k10 --kernels 9.0
prints 'cpu=2: 0 to 1 would be right'
check 0 '' compare --json stale-after-promotion --kernels 2010-04
prints '"detections": 2'
# shellcheck disable=SC2086
check 1 '' $hunt --tlb nehalem
prints 'TLB: stale translation: ' '^detections => [1-9]'

# ---- the other outcomes ---------------------------------------------------
# Under the base kernel the panic that the trace expects does not come.
check 1 'acpi-wakeup.trace:' replay acpi-wakeup --kernel 2010-04
trace mismatch <<END
kmem_malloc 8K => 0xffffff8000000000
kmem_malloc 8K => 0xffffff8000000000
END
check 1 'mismatch.trace:3: ' replay "$tmp/mismatch.trace"
grep -q 'expected: 0xffffff8000000000' "$tmp/err" &&
    grep -q 'got:      0xffffff8000002000' "$tmp/err" ||
    fail "a mismatch does not show both results"
trace panic <<END
vm_page_alloc kernel 0 wired
vm_page_unwire kernel 0
vm_page_unwire kernel 0
END
check 3 'panic.trace:4: ' replay "$tmp/panic.trace"
prints '^panic: '
trace good <<END
kmem_malloc 8K => 0xffffff8000000000
END
check 0 '' replay "$tmp/good.trace"
stdin="$tmp/good.trace"
check 0 '' replay -
unset stdin

# ---- record ----------------------------------------------------------------
sed 's/ *=> .*//' "$source/src/scenarios/acpi-wakeup.trace" > "$tmp/bare.trace"
check 0 '' record "$tmp/bare.trace"
cmp -s "$tmp/out" "$source/src/scenarios/acpi-wakeup.trace" ||
    fail "record does not give the scenario back"
check 0 '' record "$tmp/bare.trace" --output "$tmp/bare.trace"
cmp -s "$tmp/bare.trace" "$source/src/scenarios/acpi-wakeup.trace" ||
    fail "record --output FILE over itself does not give the scenario back"
check 0 '' record acpi-wakeup --kernel 2010-04
cp "$tmp/out" "$tmp/base.trace"
check 0 '' replay "$tmp/base.trace"
check 2 'No such file' record acpi-wakeup --output "$tmp/none/x.trace"
# A kernel whose addresses begin elsewhere: calls and results move together.
check 0 '' record acpi-wakeup --kernel 2009-03+litter
grep -q 0xffffff80 "$tmp/out" && fail "an address of 8.0 is left"
prints '^kmem_free 0xfffffffe40000000 8K$' '^pte kernel 0xfffffffe40001000 '
cp "$tmp/out" "$tmp/moved.trace"
check 0 '' replay "$tmp/moved.trace"
check 0 '' record "$tmp/moved.trace" --kernel 8.0+litter
sed 's/^#.*//' "$source/src/scenarios/acpi-wakeup.trace" > "$tmp/bare.trace"
sed 's/^#.*//' "$tmp/out" | cmp -s - "$tmp/bare.trace" ||
    fail "moved there and back it is another trace"
# The rules of callers know where the pages are, too.
check 1 '' explore --kernel 2009-03
prints '^fails in 5 calls, and in no fewer: panic: pmap_enter: attempted'
check 2 'no kernel address; those start at 0xfffffffe40000000' \
    replay --kernel 8.0 "$(printf 'machine mem=32M first=4M kernel=2009-03\npmap_kremove 0xffffff8000000000\n' > "$tmp/low.trace"; echo "$tmp/low.trace")"
check 2 'kmem=0x180000000 is too large; at most 0x140000000' \
    replay "$(printf 'machine mem=8G first=4M kmem=6G kernel=2009-03\n' > "$tmp/wide.trace"; echo "$tmp/wide.trace")"
[ "$(echo "$tmp"/*.tmp.*)" = "$tmp/*.tmp.*" ] || fail "record leaves a file"

# ---- compare ---------------------------------------------------------------
check 0 '' compare acpi-wakeup
prints '^  1  8.0+litter$' '^     8.0+litter+remove-kernel-pde$' \
    '^outcome  *panics  *ends  *ends  *ends  *ends  *ends$' \
    '^promotions  *2  *2  *2  *2  *0  *3$' \
    '^PTE stores  *1031  *1031  *1035  *1031  *516  *1033$' \
    '^PTE stores  *1037 ' '^  7  2009-03$' '^     2010-04$' '^ *[78]  9.0$' \
    'tells the rest of its header'
awk 'length > 80 { exit 1 }' "$tmp/out" || fail "wider than 80 columns"
cp "$tmp/out" "$tmp/first"
check 0 '' compare acpi-wakeup
cmp -s "$tmp/first" "$tmp/out" || fail "compare twice is not the same"
check 0 '' compare count-drift --kernels 2010-04,2010-04+remove-kernel-pde
prints '^  1  2010-04$' '^  2  2010-04+remove-kernel-pde$' \
    '^outcome  *panics  *ends$'

# ---- bad input -------------------------------------------------------------
for command in replay compare record; do
	check 2 'no scenario and no file "acpi-wakup"; did you mean "acpi-wakeup"' \
	    $command acpi-wakup
	check 2 'No such file' $command "$tmp/none.trace"
	check 2 'directory' $command "$tmp/"
	check 2 '.' $command ''
	check 2 'too long\|File name' $command "$(printf '%05000d' 0)/x"
done
check 2 'unknown kernel revision' replay acpi-wakeup --kernel nonsense
check 2 'did you mean "litter"' replay acpi-wakeup --kernel 2010-04+liter
check 2 'did you mean "litter"' record acpi-wakeup --kernel 2010-04+liter
check 2 'did you mean "litter"' compare acpi-wakeup --kernels 2010-04,2010-04+liter
check 2 'unknown kernel' compare acpi-wakeup --kernels ,
check 2 'unknown kernel' compare acpi-wakeup --kernels "$(printf '%0250d' 0)"
check 2 'too long' compare acpi-wakeup --kernels "$(printf '%05000d' 0)"
# A file that is there and cannot be opened, even by root.
ln -s "$tmp/loop.trace" "$tmp/loop.trace"
check 2 'loop.trace: Too many levels\|symbolic link' replay "$tmp/loop.trace"

: > "$tmp/empty.trace"
check 2 '.' replay "$tmp/empty.trace"
head -c 5000 "$pmapsim" > "$tmp/binary.trace"
check 2 'binary.trace:1: ' replay "$tmp/binary.trace"
printf '%s\nkmem_malloc\0 8K\n' "$machine" > "$tmp/nul.trace"
check 2 'nul.trace:2: ' replay "$tmp/nul.trace"
printf '%s\n\377\376\n' "$machine" > "$tmp/high.trace"
check 2 'high.trace:2: ' replay "$tmp/high.trace"

bad 'bad.trace:2: .*kmem_malloc' "$machine" 'kmem_maloc 8K'
bad 'bad.trace:2: ' "$machine" 'kmem_malloc'
bad 'bad.trace:2: ' "$machine" 'kmem_malloc 8K 8K'
bad 'bad.trace:2: ' "$machine" 'kmem_malloc 8K wired'
bad 'bad.trace:2: ' "$machine" 'pmap_kremove 0xffffff8000000001'
bad 'bad.trace:2: ' "$machine" 'pmap_kenter 0xffffff8000000000 0x123'
bad 'bad.trace:2: ' "$machine" 'pmap_kenter 0xffffff8000000000 0x10000000000000'
bad 'bad.trace:2: ' "$machine" 'kmem_free 0x1000 8K'
bad 'bad.trace:2: ' "$machine" 'kmem_malloc 99999999999999999999'
bad 'bad.trace:2: ' "$machine" 'malloc 20000000000000K'
bad 'bad.trace:2: ' "$machine" 'kmem_malloc 8Q'
bad 'bad.trace:2: ' "$machine" 'kmem_malloc -1'
bad 'bad.trace:2: ' "$machine" 'malloc 0'
bad 'bad.trace:2: ' "$machine" 'vm_page_alloc nobody 0'
bad 'bad.trace:2: ' "$machine" 'vm_page_alloc kernel 0 repeat=5T'
bad 'bad.trace:2: ' "$machine" "$machine"
bad 'bad.trace:1: ' 'kmem_malloc 8K'
bad 'bad.trace:1: ' 'machine mem=4M'
bad 'bad.trace:1: ' 'machine mem=32M first=1M'
bad 'bad.trace:1: ' 'machine mem=4M first=32M'
bad 'bad.trace:1: ' 'machine mem=32M first=4M ncpu=0'
bad 'bad.trace:1: ' 'machine mem=32M first=4M ncpu=33'
bad 'bad.trace:1: ' 'machine mem=32M first=4M superpages=maybe'
bad 'bad.trace:1: ' 'machine mem=32M first=4M mem=64M'
bad 'bad.trace:1: ' 'machine mem=32M first=4M kernel=nonsense'
bad 'bad.trace:1: ' 'machine mem=32M first=4M kernel=2010-04+liter'
bad 'bad.trace:1: ' 'machine mem=16E first=4M'
bad 'bad.trace:1: ' 'machine mem=33554433 first=4M'
bad '.' 'machine mem=32M first=4M kmem=512G'
bad '.' 'machine mem=5M first=4M kmem=2G'

# A page that is not there is the trace's error, seen when it is replayed.
trace nopage <<END
vm_page_free kernel 7
END
check 2 'nopage.trace:2: ' replay "$tmp/nopage.trace"

# 10 MB in one line: of a comment, of a word, of words.
{ echo "$machine"; head -c 10485760 /dev/zero | tr '\0' 'x'; } > "$tmp/long.trace"
check 2 'long.trace:2: ' replay "$tmp/long.trace"
[ "$(wc -c < "$tmp/err")" -lt 1000 ] || fail "a long line gives a long message"
{ echo "$machine"; head -c 10485760 /dev/zero | tr '\0' ' '; } > "$tmp/long.trace"
check 0 '' replay --quiet "$tmp/long.trace"
{ echo "$machine"; printf '#'; head -c 10485760 /dev/zero | tr '\0' 'x'; } \
    > "$tmp/long.trace"
check 0 '' replay --quiet "$tmp/long.trace"
{ echo "$machine"; printf 'kmem_malloc'; yes ' 8K' | head -n 3000000 |
    tr -d '\n'; } > "$tmp/long.trace"
check 2 'long.trace:2: ' replay "$tmp/long.trace"

# Cut anywhere a trace gives an error or an outcome, and never a signal.
grep -v '^#' "$source/src/scenarios/acpi-wakeup.trace" > "$tmp/whole.trace"
size=$(wc -c < "$tmp/whole.trace")
i=0
while [ $i -lt "$size" ]; do
	head -c $i "$tmp/whole.trace" > "$tmp/cut.trace"
	"$pmapsim" replay --quiet "$tmp/cut.trace" > "$tmp/out" 2> "$tmp/err"
	[ $? -le 3 ] && ! grep -q Sanitizer "$tmp/err" ||
	    fail "cut behind byte $i: ends by a signal"
	i=$((i + 7))
done
{ echo "$machine"; echo 'kmem_free 0xffffff8000000000 8K' | head -c 9; } \
    > "$tmp/cut.trace"
check 2 'cut.trace:2: ' replay "$tmp/cut.trace"

# ---- habits -----------------------------------------------------------------
escape=$(printf '\033')
for words in 'replay acpi-wakeup' 'compare acpi-wakeup' kernels scenarios \
    'diff acpi-wakeup --kernels 2010-04+litter,2010-04'; do
	want=0
	[ "${words%% *}" = diff ] && want=1
	check $want '' $words
	cp "$tmp/out" "$tmp/plain"
	grep -q "$escape" "$tmp/out" && fail "$words: colour in a file"
	check $want '' $words --color never
	cmp -s "$tmp/plain" "$tmp/out" || fail "$words: --color never differs"
	NO_COLOR=1
	export NO_COLOR
	check $want '' $words --color=always
	unset NO_COLOR
	grep -q "$escape" "$tmp/out" || fail "$words: --color always has none"
	sed "s/$escape\[[0-9;]*m//g" "$tmp/out" | cmp -s - "$tmp/plain" ||
	    fail "$words: colour changes more than colour"
done
check 2 'auto, always or never would be right' kernels --color sometimes
check 2 'did you mean "--color"' kernels --colour auto

# A terminal is lent by script(1): colour unless NO_COLOR forbids.  Progress is
# test_terminal.sh's.
terminal()
{
	rm -f "$tmp/out"
	TERM=xterm script -qec "$1" /dev/null > "$tmp/out" < /dev/null
}
if has script "what a terminal shows" && has_terminal; then
	checks=$((checks + 3))
	terminal "'$pmapsim' kernels"
	grep -q "$escape" "$tmp/out" || fail "no colour on a terminal"
	NO_COLOR=1 terminal "'$pmapsim' kernels"
	grep -q "$escape" "$tmp/out" && fail "colour in spite of NO_COLOR"
	terminal "TERM=dumb '$pmapsim' kernels"
	grep -q "$escape" "$tmp/out" && fail "colour on a dumb terminal"
fi

check 0 '' replay acpi-wakeup --json
prints '"outcome": "matched"' "\"text\": \"$text\"" '"acpi_alloc_wakeup_handler"'
check 1 '' replay "$tmp/mismatch.trace" --json
prints '"outcome": "mismatch"' '"got": "0xffffff8000002000"'
check 3 '' replay "$tmp/panic.trace" --json
prints '"outcome": "panic"'
check 0 '' kernels --json
prints '"kind": "revision"' '"name": "litter"'
check 0 '' scenarios --json
prints '"name": "acpi-wakeup"'
check 0 '' sysctl --json acpi-wakeup vm.pmap.pde
prints '"vm.pmap.pde.promotions": 2'

# ---- shrink: what fails, and for whom ---------------------------------------
# A page is freed that is mapped: only a caller who is wrong does that.
cat > "$tmp/freed.trace" <<'END'
machine mem=64M first=16M kmem=8M ncpu=1 invariants=on
vm_object_allocate o 512 color=0
vm_page_alloc o 0 repeat=512
pmap_pinit p
pmap_enter p 0x10000000 o 0 access=rw prot=rw wired=0 repeat=512
vm_page_free o 5
END
check 0 'line 6: a page is freed that is mapped' shrink "$tmp/freed.trace"
prints 'vm_page_free o 0 => panic "vm_page_free_toq: freeing mapped page'
[ "$(grep -vc '^#' "$tmp/out")" = 6 ] || fail "the shrunk trace is not short"
check 0 '' shrink --callers any -q "$tmp/freed.trace"
check 2 'nothing fails in it up to line 6: a page is freed' \
    shrink --callers legal "$tmp/freed.trace"
check 2 'callers all: legal or any would be right' \
    shrink --callers all "$tmp/freed.trace"
# Running out of memory is how a trace may fail, too.
cat > "$tmp/pv.trace" <<'END'
machine mem=64M first=16M kmem=8M ncpu=1 superpages=off
vm_object_allocate o 512 color=0
vm_page_alloc o 0 repeat=512
pmap_pinit a
inject pv_chunk 1 after
pmap_enter a 0x10000000 o 0 access=r prot=r wired=0 repeat=512
END
check 0 '' shrink -q "$tmp/pv.trace"
prints '=> panic "get_pv_entry: increase vm.pmap.shpgperproc"'
check 0 '' shrink -q -j "$tmp/pv.trace"
prints '"code": "PV_ENTRY_LIMIT"'
# A trace that is shrunk to a violation says so itself.
cat > "$tmp/unwired.trace" <<'END'
machine mem=64M first=16M kmem=8M ncpu=1
pmap_pinit p
vm_object_allocate o 512 color=0
vm_page_alloc o 0 repeat=4
pmap_enter p 0x10000000 o 0 access=rw prot=rw wired=0
pmap_change_wiring p 0x10001000 1
stats
END
check 0 '' shrink -q --audit "$tmp/unwired.trace"
prints '^pmap_change_wiring p 0x10001000 1$' \
    '^audit => "tables: p: the level-1 table at va 0x10000000'
mv "$tmp/out" "$tmp/shrunk.trace"
check 0 '' replay "$tmp/shrunk.trace"
check 0 '' shrink -q -j --audit "$tmp/unwired.trace"
prints '"rule": "tables"'

# ---- output, and where scenarios are found ----------------------------------
if [ -w /dev/full ]; then
	checks=$((checks + 1))
	"$pmapsim" kernels > /dev/full 2> "$tmp/err"
	[ $? -eq 2 ] || fail "a full disk is not told"
	"$pmapsim" record acpi-wakeup > /dev/full 2> "$tmp/err"
	[ $? -eq 2 ] || fail "a full disk is not told by record"
fi
mkdir "$tmp/scenarios"
cp "$tmp/good.trace" "$tmp/scenarios/mine.trace"
PMAPSIM_SCENARIOS=$tmp/scenarios
export PMAPSIM_SCENARIOS
check 0 '' replay mine
check 0 '' replay acpi-wakeup --quiet
check 0 '' scenarios
prints '^  mine' '^  acpi-wakeup '

[ $failures -eq 0 ] || { echo "$failures of $checks checks failed"; exit 1; }
echo "$checks checks"
