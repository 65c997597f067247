#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# check_comments.sh TREE: no line is wider than 80 columns, tabs being 8, but
# for one that is a string alone, whose width is the output's; and each
# function that src/vm and src/amd64 give to other files says where it is from:
# "FreeBSD FILE function(): ...", "Simulator only" or "Stub: ...", in the
# comment before it or elsewhere in its file, which tells of the static one
# that does its work.  The prefix pmapsim_ says it by itself.  What follows the
# name of a function of FreeBSD begins with "same", "adapted" or "stub", as
# CONTRIBUTING.md defines them.
set -u
tree=$1

list=$(find "$tree/src" "$tree/include" "$tree/bench" \
    \( -name '*.[ch]' -o -name '*.cc' \) -type f 2>/dev/null | sort)
[ -n "$list" ] || { echo "$tree: no file" >&2; exit 1; }

code=0
awk '
	function complain(line, text)
	{
		printf "%s:%d: %s\n", FILENAME, line, text
		bad = 1
	}
	# What the file before this one has left open.
	function settle(i)
	{
		for (i = 1; i <= nopen; i++)
			if (!(open_name[i] in told)) {
				printf "%s:%d: %s() does not say where it is from\n",
				    file, open_line[i], open_name[i]
				bad = 1
			}
		nopen = 0
		split("", told)
	}
	FNR == 1 {
		settle()
		file = FILENAME
		kernel = FILENAME ~ /\/src\/(vm|amd64)\/[^\/]*\.c$/
		comment = type = ""
		within = 0
	}
	{
		wide = $0
		gsub(/[^\t]/, "", wide)
		if (length($0) + 7 * length(wide) > 80 &&
		    $0 !~ /^[ \t]*".*"[,;)]*$/) {
			# To the column: a tab goes to the next stop.
			at = 0
			for (i = 1; i <= length($0); i++)
				if (substr($0, i, 1) == "\t")
					at += 8 - at % 8
				else
					at++
			if (at > 80)
				complain(FNR, at " columns, more than 80")
		}
	}
	!kernel { next }
	/^\/\*/ { comment = ""; within = 1 }
	within {
		comment = comment $0
		text = $0
		if (text ~ /FreeBSD/ || sentence) {
			# The functions named between "FreeBSD" and ":".
			sub(/^.*FreeBSD/, "", text)
			sentence = !sub(/:.*/, "", text)
			while (match(text, /[A-Za-z_0-9]+\(\)/)) {
				told[substr(text, RSTART, RLENGTH - 2)] = 1
				text = substr(text, RSTART + RLENGTH)
			}
		}
		if (/\*\//)
			within = sentence = 0
		type = ""
		next
	}
	# The type on a line of its own, the name at the beginning of the next.
	/^[a-z_][A-Za-z_0-9() \t*,]*$/ && !/[;={]/ && !/^[a-z_]+\(/ {
		type = type $0
		next
	}
	/^[A-Za-z_][A-Za-z_0-9]*\(/ {
		if (type != "" && type !~ /(^|[^a-z_])static([^a-z_]|$)/ &&
		    !/;$/) {
			name = substr($0, 1, index($0, "(") - 1)
			if (name !~ /^pmapsim_/ &&
			    comment !~ /FreeBSD|Simulator only|Stub:/) {
				open_name[++nopen] = name
				open_line[nopen] = FNR
			}
		}
	}
	{
		# A comment goes with what stands right behind it.
		comment = type = ""
	}
	END { settle(); exit bad }' $list >&2 || code=1

kernel=$(printf '%s\n' "$list" | grep -E '/src/(vm|amd64)/[^/]*$')
[ -z "$kernel" ] || awk '
	/^\/\*/ { comment = ""; within = 1 }
	within {
		text = $0
		sub(/^ \*\/?/, "", text)
		comment = comment text
	}
	/\*\// {
		within = 0
		source = "FreeBSD( [0-9.]+)? [a-z0-9_/]+\\.[ch] [^:]*\\(\\)[^:]*: *"
		if (match(comment, source) && substr(comment, RSTART + RLENGTH) \
		    !~ /^(same|adapted|[Ss]tub)/) {
			printf "%s:%d: neither same, adapted nor stub: %s\n",
			    FILENAME, FNR, substr(comment, RSTART, 60)
			bad = 1
		}
		comment = ""
	}
	END { exit bad }' $kernel >&2 || code=1
exit $code
