#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_completion.sh PMAPSIM: what "pmapsim completion" writes is loaded by the
# shells, and completes there.
set -u
. "$(dirname "$0")/../lib.sh"
pmapsim=$1
scratch
checks=0
unset PMAPSIM_SCENARIOS
PATH=$(dirname "$pmapsim"):$PATH
export PATH

# refuses PATTERN ARGUMENT...: a wrong usage.
refuses()
{
	pattern=$1
	shift
	checks=$((checks + 1))
	"$pmapsim" completion "$@" > "$tmp/out" 2> "$tmp/err"
	[ $? -eq 2 ] && grep -q "$pattern" "$tmp/err" ||
	    fail "completion $*: does not say \"$pattern\""
}
refuses 'bash or zsh would be right' fish
refuses 'needs bash|zsh'
mkdir "$tmp/zsh" "$tmp/files" || exit 1
"$pmapsim" completion bash > "$tmp/bash" || exit 1
"$pmapsim" completion zsh > "$tmp/zsh/_pmapsim" || exit 1
: > "$tmp/files/a b.trace"
: > "$tmp/files/other"

# ---- how a shell is asked ---------------------------------------------------
# bash: the function is called as readline calls it.
cat > "$tmp/ask.bash" <<'END'
. "$1"
shift
COMP_WORDS=(pmapsim "$@")
COMP_CWORD=$#
_pmapsim
printf '%s\n' "${COMPREPLY[@]}"
END
# zsh: a shell on a terminal of zsh's own gets the words and a TAB; whatever
# its completion offers goes to a file instead of the screen.
cat > "$tmp/rc.zsh" <<'END'
fpath=($TMP/zsh $fpath)
autoload -Uz compinit
compinit -u -d $TMP/dump
compadd()
{
	if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
		builtin compadd "$@"
		return
	fi
	local -a hits
	builtin compadd -A hits "$@"
	print -rl -- $hits >> $TMP/hits
	builtin compadd "$@"
}
done_now() { : > $TMP/done; exit }
comppostfuncs=(done_now)
bindkey '^I' complete-word
zstyle ':completion:*' insert-tab false
precmd() { : > $TMP/ready }
END
cat > "$tmp/ask.zsh" <<'END'
zmodload zsh/zpty || exit 2
zpty shell zsh -f -i
zpty -w shell "TMP=${(q)1}; source $1/rc.zsh"
shift
# Reads what the shell shows, so that it never waits, until there is "$1".
wait_for()
{
	local i line
	for ((i = 0; i < 1000; i++)); do
		[[ -e $TMP/$1 ]] && return
		zpty -rt shell line
		sleep 0.01
	done
	print "no $1"
}
wait_for ready
zpty -w -n shell "pmapsim ${(j: :)@}"$'\t'
wait_for done
zpty -d shell
END

# asks SHELL WORD...: what the shell offers for the last word, in $tmp/out.
asks()
{
	shell=$1
	shift
	: > "$tmp/hits"
	rm -f "$tmp/done" "$tmp/ready"
	case $shell in
	bash) (cd "$tmp/files" && bash --norc "$tmp/ask.bash" "$tmp/bash" \
	    "$@") > "$tmp/hits" 2> "$tmp/err" ;;
	zsh) (cd "$tmp/files" && TMP=$tmp zsh -f "$tmp/ask.zsh" "$tmp" "$@") \
	    > "$tmp/err" 2>&1 ;;
	esac
	grep -v '^$' "$tmp/hits" | sort -u > "$tmp/out"
}

# completes WANT WORD...: the last word has these completions, in each shell.
completes()
{
	want=$1
	shift
	for shell in $shells; do
		checks=$((checks + 1))
		asks $shell "$@"
		[ "$(tr '\n' ' ' < "$tmp/out")" = "${want:+$want }" ] ||
		    fail "$shell: \"$*\" should complete to \"$want\""
	done
}

# offers WORD -- WORD...: the last word can become the first, too.
offers()
{
	want=$1
	shift 2
	for shell in $shells; do
		checks=$((checks + 1))
		asks $shell "$@"
		grep -q -x -e "$want" "$tmp/out" ||
		    fail "$shell: \"$*\" does not offer \"$want\""
	done
}

shells=
for shell in bash zsh; do
	# What zsh completes is seen at a pseudo-terminal alone.
	if [ $shell = zsh ] && command -v script > /dev/null && ! has_terminal
	then
		echo "skipped in part: no pseudo-terminal is to be had here"
		continue
	fi
	has $shell "its completion" && shells="$shells $shell"
done

# ---- what they say ----------------------------------------------------------
completes 'record record-program replay' re
completes '--kernel --ktr' replay --k
completes '--color' kernels --c
completes '2010-04+litter' replay --kernel 2010-04+l
completes '2010-04+litter' replay -k 2010-04+l
completes 'always' replay --color al
completes 'nehalem' hunt --tlb neh
completes 'acpi-wakeup-single-page' replay acpi-wakeup-si
completes 'zsh' completion z
completes 'false-pv findspace-grows-kernel fork-copies-wired' museum f
completes 'vm.pmap.pde.demotions' sysctl acpi-wakeup vm.pmap.pde.d
completes 'vm.pmap.pde.demotions' sysctl -k 9.0 count-drift vm.pmap.pde.d
completes 'acpi-wakeup-single-page' sysctl -k 9.0 acpi-wakeup-si
completes 'timeline' help ti
completes 'other' timeline -o oth
completes 'other' hunt --state oth
completes 'other' replay oth
# Every command with every option, letters included.
"$pmapsim" --help | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' \
    > "$tmp/commands"
[ "$(wc -l < "$tmp/commands")" -gt 5 ] || fail 'no commands are listed'
while read -r command; do
	"$pmapsim" "$command" --help | sed -n '/^options:/,$s/^  ... \(--[a-z-]*\).*/\1/p' |
	    sort > "$tmp/options"
	[ -s "$tmp/options" ] || fail "$command: no options are listed"
	completes "$(tr '\n' ' ' < "$tmp/options" | sed 's/ $//')" \
	    "$command" --
done < "$tmp/commands"
shells=${shells% zsh}
completes 'always' replay --color = al
completes 'a b.trace' replay a\ 

[ $failures -eq 0 ] || { echo "$failures of $checks checks failed"; exit 1; }
echo "$checks checks"
