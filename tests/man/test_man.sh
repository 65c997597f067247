#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_man.sh SOURCE PMAPSIM STATEMENTS MAN: mandoc has nothing to say of the manual
# pages in MAN, and nothing public lacks its entry in them: no function of the
# headers, command, option, kernel, switch or statement of a trace.
set -u
. "$(dirname "$0")/../lib.sh"
needs mandoc
source=$1
pmapsim=$2
list_statements=$3
man=$4
scratch
entries=0

# has PAGE PATTERN WHAT: a line of the page matches the whole pattern.
has()
{
	entries=$((entries + 1))
	grep -q -x -e "$2" "$man/$1" || fail "$1 has no entry for $3"
}

# section PAGE HEADING: the lines from one heading (.Sh, .Ss) to the next.
section()
{
	awk -v heading="$2" '/^\.S[hs] / { on = $0 == heading; next } on' \
	    "$man/$1"
}

# only LIST: leaves in the file LIST what MAN_WORD names, where it is set, for who
# asks about one command or kernel.
only()
{
	[ -n "${MAN_WORD-}" ] || return 0
	grep -x -F -e "$MAN_WORD" "$1" > "$tmp/only" ||
	    fail "$MAN_WORD is not listed"
	cp "$tmp/only" "$1"
}

# ---- form ------------------------------------------------------------------
# Where MAN_ONLY names a page it is that page's form and section alone.
pages=${MAN_ONLY:-$(cd "$man" && ls *.[1-9])} || exit 1
for page in $pages; do
	# Whether the system has what a page refers to is not the page's fault.
	mandoc -T lint "$man/$page" 2>&1 |
	    grep -v 'referenced manual not found\|outdated mandoc.db' \
	    > "$tmp/lint"
	[ -s "$tmp/lint" ] && { cat "$tmp/lint" >&2; fail "$page: see above"; }
	head -n 1 "$man/$page" | grep -q 'SPDX-License-Identifier' ||
	    fail "$page: no licence line"
	# A reference to a page of ours is to one that exists.
	sed -n 's/^\.\(It \)\{0,1\}Xr \(pmapsim[^ ]*\) \([1-9]\).*/\2.\3/p' "$man/$page" |
	    sort -u > "$tmp/references"
	while read -r reference; do
		[ -f "$man/$reference" ] ||
		    fail "$page refers to $reference, which is not there"
	done < "$tmp/references"
done

# ---- section 3: each function is named, declared and described --------------
# forms WHAT SED: the sed expression gives the names that have such an entry.
forms()
{
	sed -n "s/^$2/\\1/p" "$tmp/all" | sort -u > "$tmp/$1"
	entries=$((entries + $(wc -l < "$tmp/functions")))
	comm -23 "$tmp/functions" "$tmp/$1" > "$tmp/missing"
	while read -r name; do
		fail "section 3 lacks $name() as a $1"
	done < "$tmp/missing"
}

section_3()
{
	"$source/tests/package/api_names.sh" "$source/include" | sort -u \
	    > "$tmp/functions" || exit 1
	[ "$(wc -l < "$tmp/functions")" -gt 150 ] ||
	    fail "the headers are not read"
	# In a synopsis .Fn has parameters in quotes, or void, and .Fo has them
	# below.
	sed 's/^\.Fo \(.*\)/.Fn \1 "/' "$man"/*.3 > "$tmp/all"
	word='\([A-Za-z_0-9]*\)'
	forms name "\\.Nm $word.*"
	forms prototype "\\.Fn $word [\"v].*"
	forms description "\\.It Fn $word.*"
	# And none is described that is not there.
	comm -13 "$tmp/functions" "$tmp/description" > "$tmp/extra"
	while read -r name; do
		grep -q -w -e "$name" "$source/include/pmapsim/cmocka.h" \
		    "$source/include/pmapsim/types.h" ||
		    fail "section 3 describes $name(), which no header declares"
	done < "$tmp/extra"
	# What is not the simulator's own stands for a function of the kernel,
	# and a table says for which.
	sed -n "s/^\\.It Fn $word Ta .*/\\1/p" "$tmp/all" | sort -u > "$tmp/stands"
	grep -v '^pmapsim_\|^machine_audit$' "$tmp/functions" |
	    comm -23 - "$tmp/stands" > "$tmp/missing"
	while read -r name; do
		fail "no IMPLEMENTATION NOTES say what $name() stands for"
	done < "$tmp/missing"
	comm -13 "$tmp/functions" "$tmp/stands" > "$tmp/extra"
	[ -s "$tmp/extra" ] &&
	    fail "IMPLEMENTATION NOTES have $(cat "$tmp/extra"), which no header declares"
	for header in "$source"/include/pmapsim/*.h; do
		name=pmapsim/$(basename "$header")
		grep -q -x "\\.In $name" "$tmp/all" || fail "no page has $name"
	done
}

# ---- section 1: commands and options, from the command's own tables ---------
section_1()
{
	"$pmapsim" completion zsh > "$tmp/zsh" || fail "no completion"
	"$pmapsim" --help | sed -n '/^commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p' \
	    > "$tmp/commands"
	[ "$(wc -l < "$tmp/commands")" -gt 5 ] || fail "no commands are listed"
	only "$tmp/commands"
	while read -r command; do
		has pmapsim.1 "\\.Ss $command" "command $command"
		section pmapsim.1 ".Ss $command" > "$tmp/section"
		"$pmapsim" "$command" --help |
		    sed -n '/^options:/,$s/^  \(...\) --\([a-z-]*\).*/\2 \1/p' |
		    sed 's/ -\(.\),$/ \1/; s/ *$//' > "$tmp/letters"
		sed 's/ .*//' "$tmp/letters" > "$tmp/options"
		grep -q -x help "$tmp/options" || fail "$command: no options are listed"
		cut -d ' ' -s -f 2 "$tmp/letters" | sort | uniq -d > "$tmp/twice"
		[ -s "$tmp/twice" ] && fail "$command has -$(cat "$tmp/twice") twice"
		while read -r option letter; do
			entries=$((entries + 1))
			name=--$option
			[ -n "$letter" ] && name="-$letter, $name"
			# As the page writes it.
			flags="${letter:+$letter , }-$option"
			case $option in
			color | help)
				has pmapsim.1 "\\.It Fl $flags.*" "$name"
				continue ;;
			esac
			grep -q -x -e "\\.It Fl $flags\\( .*\\)\\{0,1\\}" \
			    "$tmp/section" ||
			    fail "pmapsim.1: $command has no entry for $name"
			grep -q -x -e "\\.Op Fl -$option\\( .*\\)\\{0,1\\}" \
			    "$tmp/section" ||
			    fail "pmapsim.1: the synopsis of $command lacks --$option"
		done < "$tmp/letters"
		sed -n 's/^\.It Fl \(. , \)\{0,1\}-\([a-z-]*\).*/\2/p' "$tmp/section" |
		    while read -r option; do
			grep -q -x -e "$option" "$tmp/options" ||
			    echo "pmapsim.1: $command has no option --$option"
		done > "$tmp/extra"
		[ -s "$tmp/extra" ] && fail "$(cat "$tmp/extra")"
	done < "$tmp/commands"
	for code in 0 1 2 3; do
		has pmapsim.1 "\\.It $code" "exit status $code"
	done
}

# ---- section 7: kernels -----------------------------------------------------
section_7()
{
	"$pmapsim" kernels | sed -n 's/^  \([^ ][^ ]*\)\( .*\)*$/\1/p' > "$tmp/kernels"
	[ "$(wc -l < "$tmp/kernels")" -gt 10 ] || fail "no kernels are listed"
	only "$tmp/kernels"
	while read -r kernel; do
		has pmapsim-kernels.7 "\\.It Ic $kernel" "$kernel"
		# More than the table's one line: mechanism, symptom, cost, and where
		# to look.  Of a revision it is the traces that it reproduces.
		awk -v item=".It Ic $kernel" '
		    /^\.It / || /^\.El/ { on = $0 == item; next } on
		' "$man/pmapsim-kernels.7" | sed '/^From:/,$d' > "$tmp/entry"
		[ "$(sed 's/^\.[A-Z][a-z] //' "$tmp/entry" | wc -w)" -ge 40 ] ||
		    fail "pmapsim-kernels.7: $kernel has no text beyond its line"
		grep -q '^\.Ic "pmapsim \|^\.Pa tests/golden/\|golden traces' \
		    "$tmp/entry" ||
		    fail "pmapsim-kernels.7: nothing shows what $kernel does"
	done < "$tmp/kernels"
	# What the page says that a command shows can be looked at: each runs, unless
	# MAN_RUNS is empty, for who has only other questions.
	sed -n 's/^\.Ic "pmapsim \(.*\)".*/\1/p' "$man/pmapsim-kernels.7" | sort -u \
	    > "$tmp/shown"
	[ -n "${MAN_RUNS-yes}" ] || : > "$tmp/shown"
	while read -r arguments; do
		entries=$((entries + 1))
		# shellcheck disable=SC2086
		"$pmapsim" $arguments > "$tmp/out" 2> "$tmp/err"
		code=$?
		[ -s "$tmp/err" ] || [ $code -gt 1 ] &&
		    fail "pmapsim-kernels.7: \"pmapsim $arguments\" exits $code:
$(cat "$tmp/err")"
		# A diff or a museum piece that shows nothing shows nothing.
		case $arguments in
		diff*) [ $code -eq 1 ] ||
		    fail "pmapsim-kernels.7: \"pmapsim $arguments\" shows no difference" ;;
		*) [ $code -eq 0 ] ||
		    fail "pmapsim-kernels.7: \"pmapsim $arguments\" is not as it says" ;;
		esac
	done < "$tmp/shown"
	sed -n 's/^\.Pa \(tests[^ ]*\).*/\1/p' "$man/pmapsim-kernels.7" > "$tmp/paths"
	while read -r path; do
		[ -n "$(ls "$source/$path"* 2> /dev/null)" ] ||
		    fail "pmapsim-kernels.7: there is no $path"
	done < "$tmp/paths"
}

# ---- section 5: the format --------------------------------------------------
section_5()
{
	"$list_statements" > "$tmp/statements" || exit 1
	[ "$(wc -l < "$tmp/statements")" -gt 50 ] || fail "no statements are listed"
	while IFS= read -r statement; do
		has pmapsim-trace.5 "\\.It Ic ${statement%% *}" "${statement%% *}"
		entries=$((entries + 1))
		grep -q -x -F -e ".Li $statement" "$man/pmapsim-trace.5" ||
		    fail "pmapsim-trace.5 has another synopsis than \"$statement\""
	done < "$tmp/statements"
}

for number in 3 1 7 5; do
	case $pages in
	*.$number*) section_$number ;;
	esac
done

[ $failures -eq 0 ] || exit 1
echo "$entries entries"
