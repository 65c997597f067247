#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_debug.sh PMAPSIM SOURCE 0|1: time travel by script, by what comes through a
# pipe, and typed at a terminal, which script(1) lends;
# 1 says that words are completed there.  debug.txt is what the
# commands of debug.script print, read and found right by a person.
. "$(dirname "$0")/../lib.sh"
pmapsim=$1
source=$2
completes=$3
scratch
unset PMAPSIM_SCENARIOS
NO_COLOR=1
export NO_COLOR

# check EXIT PATTERN COMMANDS: what -e does with them; where the exit is not 0
# the pattern is in the complaint.
check()
{
	"$pmapsim" debug acpi-wakeup -e "$3" > "$tmp/out" 2> "$tmp/err"
	got=$?
	[ $got -eq "$1" ] || fail "$3: exit $got, expected $1"
	if [ "$1" -eq 0 ]; then
		[ -s "$tmp/err" ] && fail "$3: complains"
		grep -q -e "$2" "$tmp/out" || fail "$3 does not print $2"
	else
		grep -q -e "$2" "$tmp/err" || fail "$3 does not say $2"
	fi
}

"$pmapsim" debug acpi-wakeup -x "$source/tests/cli/debug.script" \
    > "$tmp/out" 2>&1 || fail "the script exits $?"
diff -u "$source/tests/cli/debug.txt" "$tmp/out" ||
    fail 'the script prints something else'
# The commands again, through a pipe: all but what -x shows of each.
"$pmapsim" debug acpi-wakeup < "$source/tests/cli/debug.script" \
    > "$tmp/piped" 2>&1 || fail "the commands in a pipe exit $?"
grep -v '^> ' "$tmp/out" | cmp -s - "$tmp/piped" ||
    fail 'commands in a pipe print something else'

# Each question is one command.
check 0 '^   44  kmem_malloc' 'goto 54; who kernel 0xffffff8000001000'
check 0 'line 46 unmapped its address, and left it valid' \
    'goto 54; who kernel 0xffffff8000001000'
check 0 '9.0 comes to the end of the trace' 'goto 54; try 9.0 start'
check 0 'page" *$' 'g 54; try 9.0'
check 0 '^nobody: kernel 0xffffff8000400000' 's 2; who kernel 0xffffff8000400000'
check 0 '^nothing of the kind came before' 's; last promotion'
check 0 '^nothing of the kind comes any more' 'goto 46; until mmap'
check 0 '^line 45 has no statement\|^   45' 'goto 45'
check 0 'this is the last one' 'goto 999'
check 0 '^panic: pmap_enter' 'until panic; panic'
check 0 '^  510 =' 'goto 54; region kernel 0xffffff8000000000'
check 0 'demotions=1' 'goto 49; map'
check 0 '^stats promotions=1' 'goto 49; dump'
# Going back and forth ends in the same state.
"$pmapsim" debug acpi-wakeup -e 'goto 47; dump' > "$tmp/once"
"$pmapsim" debug acpi-wakeup -e 'c; goto 44; c; b 2; goto 46; s; dump' |
    sed -n '/^stats promotions/,$p' > "$tmp/twice"
sed -n '/^stats promotions/,$p' "$tmp/once" | cmp -s - "$tmp/twice" ||
    fail 'going back leads elsewhere'
[ -s "$tmp/twice" ] || fail 'no state was dumped'

check 2 'did you mean "step"' stepp
check 2 '"goto LINE" would be right' goto
check 2 'no machine is there yet' 'pte kernel 0xffffff8000000000'
check 2 'no pmap is called "p"' 's; pte p 0x1000'
check 2 'this is the start' back
check 2 'this is the end' 'c; s'
check 2 'an address like' 's; who kernel here'
check 2 'would be right' 'until promotoin'
check 2 'commands begin so' 'st'
check 2 'has not panicked' 's; panic'
check 2 'did you mean\|unknown\|no revision\|no kernel' 's; try 9.9'
check 2 'there is no stop 3' 'unstop 3'
check 2 'no counter' 's; print vm.nothing'
check 2 'cannot show' 's; kernel 9.0; map'
# What follows a command that cannot be run is not run.
"$pmapsim" debug acpi-wakeup -e 'nothing; step' 2> /dev/null | grep -q . &&
    fail 'something was done behind an error'
printf 'step\nnothing\n' > "$tmp/bad"
"$pmapsim" debug acpi-wakeup -x "$tmp/bad" > /dev/null 2> "$tmp/err"
[ $? -eq 2 ] || fail 'a bad script does not exit 2'
grep -q 'bad:2: this command' "$tmp/err" || fail 'the line is not told'
"$pmapsim" debug acpi-wakeup -x "$tmp/absent" > /dev/null 2> "$tmp/err"
[ $? -eq 2 ] || fail 'an absent script does not exit 2'

# Every command has its help and its place in the manual.
"$pmapsim" debug acpi-wakeup -e 'complete' > "$tmp/commands"
[ "$(wc -l < "$tmp/commands")" -gt 20 ] || fail 'commands are missing'
while read -r command; do
	grep -q "^\\.It Ic $command\\( \\|\$\\)" "$source/src/man/pmapsim.1" ||
	    fail "pmapsim(1) does not tell of $command"
done < "$tmp/commands"

# At a terminal: the two questions are typed, words are completed by the
# tabulator, and what is wrong does not end the session.
[ $failures -eq 0 ] || exit 1
needs_terminal
typed()
{
	sleep 1
	printf 'unt\tpan\t\n'
	printf 'until panic\n'
	printf 'who kernel 0xffffff8000001000\n'
	printf 'tr\t9.0 start\n'
	printf 'nonsense\n'
	printf 'quit\n'
	sleep 1
}
typed | script -qec "stty cols 200; TERM=xterm '$pmapsim' debug acpi-wakeup" \
    /dev/null > "$tmp/typed" 2>&1
tr -d '\r' < "$tmp/typed" > "$tmp/shown"
shows()
{
	grep -q -e "$1" "$tmp/shown" || {
		fail "the terminal does not show $1"
		tail -n 40 "$tmp/shown"
	}
}
shows '^   44  kmem_malloc'
shows 'line 46 unmapped its address'
shows '9.0 comes to the end of the trace'
shows 'no command "nonsense"'
[ "$completes" -eq 0 ] || shows '^stopped by panic'

[ $failures -eq 0 ]
