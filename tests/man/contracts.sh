#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# contracts.sh HEADER MAN: prints HEADER with the contract of each function in
# front of its prototype as the pages of section 3 in the folder MAN tell it.
# What a function stands for is a row of the page's IMPLEMENTATION NOTES, and
# the last paragraph of its contract.  So the pages are what is written, and a
# header is made from them:
#
#	tests/man/contracts.sh --write include/pmapsim/pmap.h src/man
#
# contracts.sh --check HEADER MAN: says whether HEADER is what is printed.
set -u

mode=
case ${1-} in
--check | --write) mode=$1; shift ;;
esac
header=$1
man=$2
[ -r "$header" ] && [ -d "$man" ] ||
    { echo "usage: contracts.sh [--check|--write] HEADER MAN" >&2; exit 2; }
set -- "$man"/*.3

print()
{
	awk -v header="$header" '
	# The words of one mdoc line as plain text; "" for what is no text.
	function words(line,    n, w, i, out, quote, macro, first, stop) {
		if (line !~ /^\./)
			return unescape(line)
		n = split_mdoc(substr(line, 2), w)
		out = ""
		macro = ""
		glue = ""
		for (i = 1; i <= n; i++) {
			if (w[i] ~ /^(Fa|Fn|Dv|Va|Vt|Ar|Pa|In|Em|Ic|Li|Ql|Sq|Dq|Qq|Fl|Xr|Fx|Ns|No|Pq|Er|Cm|Nm|Sy|Ft)$/ &&
			    !quoted[i]) {
				if (w[i] == "Ns") { tight = 1; macro = "No"; continue }
				macro = w[i]
				if (macro == "Fx") out = add(out, "FreeBSD")
				continue
			}
			if (w[i] ~ /^[.,:;)]+$/ && !quoted[i]) {
				out = out w[i]
				continue
			}
			if (w[i] == "(" && !quoted[i]) {
				out = add(out, "(")
				tight = 1
				continue
			}
			if (macro == "Fa") out = add(out, "\"" unescape(w[i]) "\"")
			else if (macro == "Fn") {
				out = add(out, unescape(w[i]) "()")
				macro = ""
			} else if (macro == "Xr") {
				out = add(out, w[i] "(" w[i + 1] ")")
				i++
			} else if (macro == "In") out = add(out, "<" w[i] ">")
			else if (macro ~ /^[DQ]q$/) out = add(out, "\"" unescape(w[i]) "\"")
			else out = add(out, unescape(w[i]))
		}
		return out
	}
	function add(out, word,    s) {
		s = (out == "" || tight) ? out word : out " " word
		tight = 0
		return s
	}
	function unescape(s) {
		gsub(/\\&/, "", s)
		gsub(/\\\(aq/, "\047", s)
		gsub(/\\-/, "-", s)
		gsub(/\\e/, "\\", s)
		return s
	}
	# Splits by blanks, "a b" being one word; quoted[i] says which were.
	function split_mdoc(s, w,    n) {
		n = 0
		while (s != "") {
			sub(/^ +/, "", s)
			if (s == "") break
			n++
			quoted[n] = 0
			if (s ~ /^"/) {
				s = substr(s, 2)
				match(s, /("|$)/)
				w[n] = substr(s, 1, RSTART - 1)
				s = substr(s, RSTART + 1)
				quoted[n] = 1
			} else {
				match(s, /( |$)/)
				w[n] = substr(s, 1, RSTART - 1)
				s = substr(s, RSTART)
			}
		}
		return n
	}
	# A row of the table is complete: "Stands for NAMES of FILE: HOW."
	function stand(    names) {
		if (row == "") return
		names = whom == "" ? row "()" : whom
		stands[row] = "Stands for " names " of " file ": " how "."
		row = ""
	}
	FNR == 1 { reading = ""; table = 0 }
	FILENAME != header {
		if ($0 ~ /^\.(Sh|El|It)/) stand()
		if ($0 ~ /^\.Sh /) table = $0 == ".Sh IMPLEMENTATION NOTES"
		if (table && $0 ~ /^\.It Em from Ta /) {
			file = words("." substr($0, length(".It Em from Ta ") + 1))
			next
		}
		if (table && $0 ~ /^\.It Fn /) {
			row = $3
			whom = how = ""
			if ($5 != "Fn") {
				how = substr($0, index($0, " Ta ") + 4)
				next
			}
			# Others than the function of that name, up to a colon.
			whom = words("." substr($0, index($0, " Ta ") + 4))
			sub(/:$/, "", whom)
			next
		}
		if (row != "") {
			how = how (how == "" ? "" : " ") words($0)
			next
		}
		if (table) next
		if ($0 ~ /^\.It Fn /) {
			name = $3
			reading = name
			if (!(name in text)) text[name] = ""
			else reading = ""
			next
		}
		if ($0 ~ /^\.(It|El|Sh|Bl)/) { reading = ""; next }
		if (reading == "") next
		if ($0 ~ /^\.Pp/) { text[reading] = text[reading] "\n"; next }
		if ($0 ~ /^\.\\"/) next
		line = words($0)
		if (line == "") next
		last = substr(text[reading], length(text[reading]))
		# A new line of a page begins a new sentence: two blanks.
		if (last ~ /[.]/) text[reading] = text[reading] "\001"
		text[reading] = text[reading] \
		    ((last == "" || last == "\n") ? "" : " ") line
		next
	}
	function comment(s,    paragraphs, n, i, w, m, j, line) {
		n = split(s, paragraphs, "\n")
		if (n == 1 && length(s) <= 74) {
			gsub(/\001/, " ", s)
			print "/* " s " */"
			return
		}
		print "/*"
		for (i = 1; i <= n; i++) {
			if (paragraphs[i] == "") continue
			if (i > 1) print " *"
			m = split(paragraphs[i], w, " ")
			line = " *"
			for (j = 1; j <= m; j++) {
				word = w[j]
				ends = gsub(/\001/, "", word)
				if (length(line) + 1 + length(word) > 79) {
					sub(/ +$/, "", line)
					print line
					line = " *"
				}
				line = line " " word (ends ? " " : "")
			}
			sub(/ +$/, "", line)
			print line
		}
		print " */"
	}
	function flush() {
		if (held != "") printf "%s", held
		held = ""
	}
	# A comment is held until what follows it is seen.
	!inproto && /^\/\*/ {
		flush()
		held = $0 "\n"
		incomment = $0 !~ /\*\//
		next
	}
	incomment {
		held = held $0 "\n"
		if ($0 ~ /\*\//) incomment = 0
		next
	}
	/^PMAPSIM_API/ { inproto = 1; proto = "" }
	inproto {
		proto = proto $0 "\n"
		if ($0 !~ /;/) next
		inproto = 0
		name = proto
		gsub(/__attribute__\(\([^)]*\)\)/, "", name)
		match(name, /[A-Za-z_0-9]+\(/)
		name = substr(name, RSTART, RLENGTH - 1)
		if (text[name] != "") {
			if (name in stands)
				text[name] = text[name] "\n" stands[name]
			comment(text[name])
			held = ""
		} else
			flush()
		printf "%s", proto
		next
	}
	{ flush(); print }
	END { flush() }' "$@" "$header"
}

case $mode in
--check)
	print "$@" | diff -u "$header" - >&2 || {
		echo "$header: not what the manual says; make it anew by" \
		    "tests/man/contracts.sh --write $header $man" >&2
		exit 1
	} ;;
--write)
	new=$(mktemp) || exit 1
	trap 'rm -f "$new"' EXIT
	print "$@" > "$new" && [ -s "$new" ] && cat "$new" > "$header" ;;
*)
	print "$@" ;;
esac
