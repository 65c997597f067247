#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_refusals.sh PMAPSIM SOURCE: every subcommand with input that is none,
# with places that cannot be written, and with readers that go away: what it
# exits with, and that it says why, once.
set -u
. "$(dirname "$0")/../lib.sh"
pmapsim=$1
source=$2
scratch
checks=0
unset PMAPSIM_SCENARIOS NO_COLOR
cd "$tmp" || exit 1

# says PATTERN WORDS: the last command, described by WORDS, said one line, which
# has the pattern.
says()
{
	checks=$((checks + 1))
	grep -q -e "^pmapsim: .*$1" err && [ "$(wc -l < err)" -eq 1 ] ||
	    fail "$2: does not say \"$1\" in one line"
}

# refuses PATTERN ARGUMENT...: exits 2, prints nothing and says so.
refuses()
{
	pattern=$1
	shift
	"$pmapsim" "$@" > out 2> err < /dev/null
	[ $? -eq 2 ] || fail "$*: does not exit 2"
	[ -s out ] && fail "$*: prints something"
	says "$pattern" "$*"
}

# ---- input that is none -----------------------------------------------------
mkdir directory
: > empty
head -c 3000 "$pmapsim" > binary
ln -s loop loop
for command in replay compare diff record shrink map timeline sysctl; do
	refuses 'none/none: No such file' $command none/none
	refuses 'did you mean "acpi-wakeup"' $command acpi-wakup
	refuses 'no file ""' $command ''
	refuses 'directory: Is a directory' $command directory
	refuses 'empty:1: no statement; a trace starts with machine' \
	    $command empty
	refuses 'binary:1: byte 0x7f in column 1' $command binary
	refuses 'loop: Too many levels' $command ./loop
done
refuses 'none/none: No such file' tlb none/none
refuses 'did you mean nehalem' tlb nehalm
refuses 'directory: Is a directory' tlb directory
refuses 'empty:1: ' tlb empty
refuses 'binary: byte 8 is a NUL' tlb binary
refuses 'no bug "none/none"' museum none/none
refuses 'did you mean "litter"' museum liter
for command in explore hunt kernels scenarios; do
	refuses 'one operand too many' $command empty
done
refuses 'bash' completion csh

# ---- what is wrong behind what a replay stops at ----------------------------
# late NAME: the trace that is the input, with a statement behind it that is
# wrong.
late()
{
	{ cat; echo 'vm_page_free kernel zero'; } > "$1"
	lines=$(wc -l < "$1")
	for how in '' -q -j '-q --tlb k10' '-q --audit end' '-q --cpus 2'; do
		refuses "$1:$lines: \"zero\" is no number" replay $how "$1"
	done
}
echo 'machine mem=32M first=4M' | late nothing
printf 'machine mem=32M first=4M\nkmem_malloc 4K => 0x0\n' | late mismatch
sed 's/ *=> panic.*//' "$source/src/scenarios/acpi-wakeup.trace" | late panic
printf '\n# words\n  machine mem=32M kernel=8.9\nstats\n' > kernel
printf 'machine mem=32M tlb=k11\nstats\n' > tlb
for how in '' -q -j; do
	refuses 'kernel:3: [^(]*8\.9[^(]*$' replay $how kernel
	refuses 'kernel:3: [^(]*8\.9[^(]*$' replay $how kernel --kernel 9.0
	refuses 'tlb:1: [^(]*k11[^(]*$' replay $how tlb
	refuses 'tlb:1: [^(]*k11[^(]*$' replay $how tlb --tlb k10
done

# ---- standard output --------------------------------------------------------
cat > commands <<END
replay acpi-wakeup
replay -j acpi-wakeup
compare acpi-wakeup --kernels 2010-04
compare -j acpi-wakeup --kernels 2010-04
diff mprotect-middle
diff -j mprotect-middle
record acpi-wakeup
record acpi-wakeup -o -
shrink acpi-wakeup
shrink -j acpi-wakeup
map acpi-wakeup
map -j acpi-wakeup
map acpi-wakeup --svg -
map acpi-wakeup --region 0xffffff8000000000
map -j acpi-wakeup --region 0xffffff8000000000
map acpi-wakeup --region 0xffffff8000000000 --svg -
timeline acpi-wakeup
sysctl acpi-wakeup
sysctl -j acpi-wakeup
tlb
tlb -j
tlb k10
museum
museum -j
museum litter
museum -j litter
explore --depth 2
explore --depth 2 -j
hunt --calls 2000
hunt --calls 2000 -j
kernels
kernels -j
scenarios
scenarios -j
completion bash
completion zsh
--help
--version
replay --help
END
while read -r words; do
	# shellcheck disable=SC2086
	"$pmapsim" $words > out 2> err < /dev/null
	code=$?
	checks=$((checks + 1))
	[ $code -le 1 ] && [ -s out ] && ! [ -s err ] ||
	    fail "$words: exits $code"
	# Any terminal and any locale can show it.
	LC_ALL=C grep -q '[^[:print:][:space:]]' out &&
	    fail "$words: not ASCII alone"
	# shellcheck disable=SC2086
	"$pmapsim" $words >&- 2> err < /dev/null
	[ $? -eq 2 ] || fail "$words: closed standard output: no exit of 2"
	says 'standard output: Bad file descriptor' "$words"
	if [ -w /dev/full ]; then
		# shellcheck disable=SC2086
		"$pmapsim" $words > /dev/full 2> err < /dev/null
		[ $? -eq 2 ] || fail "$words: full disk: no exit of 2"
		says 'standard output: No space left' "$words"
	fi
	# A reader that goes away is no error, and is not told.
	# shellcheck disable=SC2086
	{ "$pmapsim" $words 2> err < /dev/null; echo $? > status; } |
	    head -n 1 > /dev/null
	checks=$((checks + 1))
	[ -s err ] && fail "$words: complains of a pipe"
	case $(cat status) in
	$code | 141) ;;
	*) fail "$words: a pipe that closes: exits $(cat status)" ;;
	esac
done < commands

# A stream that is closed is not replaced by a file that is opened: neither what
# is printed nor what is complained of lands in it.
"$pmapsim" hunt --kernel 2010-04+litter -q -o hunted >&- 2> err
"$pmapsim" replay -q hunted > out 2> err < /dev/null || fail "hunted: no trace"
for closed in '>&-' '2>&-' '<&-' '<&- >&- 2>&-'; do
	rm -f recorded
	eval "\"\$pmapsim\" record acpi-wakeup -o recorded $closed"
	checks=$((checks + 1))
	cmp -s recorded "$source/src/scenarios/acpi-wakeup.trace" ||
	    fail "record $closed: does not give the scenario back"
done

# ---- files that are written -------------------------------------------------
# Root may write what nobody may, unless it is not allowed that.
as=
if [ "$(id -u)" -eq 0 ]; then
	as='setpriv --bounding-set=-dac_override'
	$as true 2> /dev/null || as=
fi
ln -s nowhere dangling
mkfifo pipe
# The host's own devices are not root's to try this with.
full=
if mknod full c 1 7 2> /dev/null && [ -w full ]; then
	full=full
elif [ -w /dev/full ] && ! [ -w /dev ]; then
	full=/dev/full
fi
# writes EXIT ARGUMENT...: how "pmapsim ARGUMENT... FILE" meets each file.
writes()
{
	want=$1
	shift
	refuses 'directory: Is a directory' "$@" directory
	refuses 'none/x: No such file' "$@" none/x
	refuses 'empty/x: Not a directory' "$@" empty/x
	refuses 'loop: Too many levels' "$@" loop
	refuses 'name of a file to write is empty' "$@" ''
	refuses 'dangling: this link leads to no file' "$@" dangling
	[ -e nowhere ] && fail "$*: writes what a link leads to"
	if [ "$(id -u)" -ne 0 ] || [ -n "$as" ]; then
		rm -f readonly
		echo old > readonly
		chmod 444 readonly
		$as "$pmapsim" "$@" readonly > out 2> err < /dev/null
		[ $? -eq 2 ] || fail "$*: writes a file that is read-only"
		says 'readonly: Permission denied' "$*"
		[ "$(cat readonly)" = old ] || fail "$*: changes it"
	fi
	# What is no file is written to, and stays what it is.
	cat pipe > piped &
	"$pmapsim" "$@" pipe > out 2> err < /dev/null
	code=$?
	wait $!
	checks=$((checks + 1))
	[ $code -eq "$want" ] && [ -p pipe ] && [ -s piped ] ||
	    fail "$* pipe: exits $code"
	if [ -n "$full" ]; then
		"$pmapsim" "$@" "$full" > out 2> err < /dev/null
		[ $? -eq 2 ] || fail "$*: a full disk is not told"
		says "$full: No space left" "$*"
		[ -c "$full" ] || fail "$*: the device is none any more"
	fi
	# Through a link it is the file that changes; its mode stays.
	rm -f file link
	echo old > file
	chmod 640 file
	ln -s file link
	"$pmapsim" "$@" link > out 2> err < /dev/null
	code=$?
	checks=$((checks + 1))
	[ $code -eq "$want" ] && ! [ -s err ] || fail "$* link: exits $code"
	[ -h link ] && [ "$(head -n 1 file)" != old ] && [ -s file ] ||
	    fail "$*: not written through the link"
	[ "$(stat -c %a file)" = 640 ] || fail "$*: the mode is another"
	# What failed left nothing, and no file is half written.
	checks=$((checks + 1))
	ls -A | grep '\.tmp' > err && fail "$*: leaves a file"
}
writes 0 record acpi-wakeup -o
writes 0 timeline acpi-wakeup --output
writes 0 map acpi-wakeup --svg
writes 0 map acpi-wakeup --region 0xffffff8000000000 --svg
writes 0 shrink acpi-wakeup -q -o
writes 1 hunt --kernel 2010-04+litter -q -o
[ "$(id -u)" -ne 0 ] || [ -n "$as" ] ||
    echo "no setpriv(1): read-only files are not tested as root"

# ---- museum -----------------------------------------------------------------
# With another scenario of the name it is not as the museum says.
mkdir -p scenarios/museum
echo 'machine mem=32M first=4M kmem=8M' > scenarios/museum/litter.trace
PMAPSIM_SCENARIOS=$tmp/scenarios
export PMAPSIM_SCENARIOS
for option in -q -j; do
	"$pmapsim" museum $option litter > out 2> err < /dev/null
	code=$?
	checks=$((checks + 1))
	[ $code -eq 1 ] && ! [ -s err ] || fail "museum $option: exits $code"
	grep -q 'litter: no difference between 8.0+litter and\|"difference": null' \
	    out || fail "museum $option: does not say that nothing differs"
	grep -q 'the museum says: panic\|"as_expected": false' out ||
	    fail "museum $option: does not say what is not as it should be"
done

[ $failures -eq 0 ] || { echo "$failures failed, of $checks checks"; exit 1; }
echo "$checks checks"
