#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_terminal.sh PMAPSIM SOURCE: what somebody at a terminal sees of work that
# takes long, and what is left when it is stopped.  script(1) lends the
# terminal.  Nothing is said of times but that progress comes within a minute.
set -u
. "$(dirname "$0")/../lib.sh"
pmapsim=$1
source=$2
needs_terminal
scratch
unset PMAPSIM_SCENARIOS NO_COLOR
TERM=xterm
export TERM
cr=$(printf '\r')

fail()
{
	echo "FAIL: $1"
	tail -c 700 "$tmp/$2" | tr '\r' '\n' | sed 's/^/    /'
	echo "$1" >> "$tmp/failures"
}
: > "$tmp/failures"

# Longer than a fast machine needs to show progress: no end is awaited.
{
	echo 'machine mem=64M first=4M kmem=16M'
	i=0
	while [ $i -lt 12000 ]; do
		echo 'kmem_malloc 2M nowait'
		echo 'kmem_free 0xffffff8000000000 2M'
		i=$((i + 1))
	done
} > "$tmp/slow"
i=0
while [ $i -lt 60 ]; do
	cat "$tmp/slow"
	i=$((i + 1))
done | awk 'NR == 1 || !/^machine/' > "$tmp/slow.trace"
# The panic at the end of much else.
{
	sed 's/^machine.*/& kernel=2010-04+litter/' "$tmp/slow" | head -n 1
	i=0
	while [ $i -lt 30000 ]; do
		echo 'stats'
		i=$((i + 1))
	done
	sed -n '/^kmem_malloc 2M/,$ {
s/ *=>.*//
p
}' "$source/src/scenarios/acpi-wakeup.trace"
} > "$tmp/panics.trace"

# What a shell starts by "&" ignores SIGINT, and so would what we start.
unignored='env --default-signal=INT'
if ! $unignored true 2> /dev/null; then
	skip "env(1) cannot undo that a signal is ignored"
fi

# on_terminal COLUMNS OUTPUT KEYS COMMAND: runs it on a terminal, whose input is
# what comes out of the command KEYS.
on_terminal()
{
	eval "$3" |
	    script -qec "stty cols $1; exec $unignored $4" /dev/null \
		> "$tmp/$2" 2>&1
}

# has NAME PATTERN: what NAME's terminal showed has it.  "\r" starts a line.
has()
{
	tr '\r' '\n' < "$tmp/$1" | grep -q -e "$2"
}

# What NAME's user does: looks until there is progress, and presses ^C.  What
# is shown of it then is the second argument, or a rate.
stop_when_shown()
{
	waited=0
	while [ $waited -lt 3000 ] && ! has "$1" "${2:-[0-9]/s}"; do
		sleep 0.1
		waited=$((waited + 1))
	done
	printf '\003'
	# An input that ends would be one more key.
	waited=0
	while [ $waited -lt 3000 ] && ! [ -e "$tmp/$1.ended" ]; do
		sleep 0.1
		waited=$((waited + 1))
	done
}

# stops NAME WHAT ARGUMENT...: the command shows how many WHAT it has done and
# how fast, ends by the signal on ^C, and leaves no such line.
stops()
{
	name=$1
	what=$2
	shift 2
	: > "$tmp/$name"
	on_terminal 80 "$name" "stop_when_shown $name" \
	    "sh -c 'trap : INT; \"$pmapsim\" $*; echo \"ends \$?\"; : > $tmp/$name.ended'"
	has "$name" "^[0-9].* $what.*, [0-9]*/s" ||
	    fail "$name shows no progress" "$name"
	has "$name" '^pmapsim: interrupted after [0-9]* ' ||
	    fail "$name does not say that it was interrupted" "$name"
	# The line is gone: behind the last number come blanks alone.
	tr '\r' '\n' < "$tmp/$name" | sed -n '/[0-9]\/s/h
/[0-9]\/s/!{x
s/.*//
x
}
/^  *$/p' | grep -q . || fail "$name leaves its progress" "$name"
	tr -d '\r' < "$tmp/$name" | grep -v '^\^C' |
	    grep -q '^ends 130$' || fail "$name does not end by SIGINT" "$name"
}

mkdir "$tmp/out"
slow="\"$tmp/slow.trace\""
stops replay statements replay -q "$slow" &
stops record statements record "$slow" -o "$tmp/out/record" &
stops timeline statements timeline "$slow" -o "$tmp/out/timeline" &
stops compare statements compare "$slow" &
wait
stops diff statements diff --kernels 2010-04,2010-04 --exact "$slow" &
stops map statements map "$slow" &
stops sysctl statements sysctl "$slow" &
stops explore sequences explore --family user --depth 14 &
wait
stops shrink trials shrink --audit "\"$tmp/panics.trace\"" &
stops hunt calls hunt --kernel 2010-04+remove-kernel-pde --state \
    "$tmp/out/state" -o "$tmp/out/hunt" &
# These are looked at below.
: > "$tmp/narrow"
on_terminal 40 narrow 'stop_when_shown narrow "statements ("' \
    "sh -c 'trap : INT; \"$pmapsim\" replay -q $slow; : > $tmp/narrow.ended'" &
: > "$tmp/quiet"
on_terminal 80 quiet 'sleep 5' \
    "timeout -s INT 4 \"$pmapsim\" diff -q --kernels 9.0,9.0 --exact $slow" &
: > "$tmp/file"
{
	# On a busy machine 4 seconds may end before the first statement.
	for seconds in 4 16 64 256; do
		timeout -s INT $seconds "$pmapsim" replay -q \
		    "$tmp/slow.trace" > "$tmp/file" 2>&1
		echo $? > "$tmp/file.code"
		[ ! -s "$tmp/file" ] || break
	done
} &
wait
for name in replay record timeline compare diff map sysctl; do
	case $name in
	# How often the whole is gone through is known of these.
	diff) total=1440001 ;;
	map) total=2880002 ;; # once to find the fullest moment
	compare) total=10080007 ;; # seven revisions
	*) total=1440001 ;;
	esac
	has $name "of $total statements ([0-9]*%), [0-9]*/s, [0-9]* [a-z]* left" ||
	    fail "$name does not say how long it will take" $name
done
# What was being written is not there, and what is to be kept is whole.
ls "$tmp/out" > "$tmp/left"
[ "$(cat "$tmp/left")" = state ] || fail "these files are left:" left
grep -q '^end [0-9a-f]*$' "$tmp/out/state" ||
    fail "the state of the hunt is not kept" hunt
calls=$(sed -n 's/^calls //p' "$tmp/out/state")
has hunt "^pmapsim: interrupted after $calls calls" ||
    fail "the state of the hunt is an old one" hunt
has hunt '^nothing found: ' || fail "hunt does not say what it did" hunt
has hunt 'left; round [0-9]' ||
    fail "hunt does not say where it is" hunt
has explore '^nothing fails to depth [0-9]*: .*; cut off' ||
    fail "explore does not say what it did" explore

# ---- narrow terminals, quiet ones, and none ---------------------------------
# No line is as wide as the terminal, where a second row could not be wiped.
# "^C" is the terminal's own echo.
tr '\r' '\n' < "$tmp/narrow" | sed 's/\^C$//' | grep 'statements' |
    grep -v '^pmapsim\|/slow.trace' > "$tmp/lines"
[ -s "$tmp/lines" ] || fail "a narrow terminal shows no progress" narrow
grep -q '^.\{40\}' "$tmp/lines" && fail "a narrow terminal is overflown" lines
has quiet '/s' && fail "--quiet shows progress" quiet
[ "$(cat "$tmp/file.code")" -eq 124 ] && grep -q '^pmapsim: interrupted after [0-9]* statements$' \
    "$tmp/file" && [ "$(wc -l < "$tmp/file")" -eq 1 ] ||
    fail "without a terminal it should say one line" file
# What is ignored stays so: nohup(1), and a shell's jobs behind "&".
(
	trap '' INT
	"$pmapsim" hunt -q --calls 300K --kernel 9.0+remove-kernel-pde \
	    --families kmem > "$tmp/ignored" 2>&1 &
	kill -INT $!
	wait $!
)
grep -q '^nothing found' "$tmp/ignored" ||
    fail "a signal that is ignored stops it" ignored

[ -s "$tmp/failures" ] && exit 1
echo "11 commands watched and stopped"
