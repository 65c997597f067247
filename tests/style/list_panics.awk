# SPDX-License-Identifier: BSD-2-Clause
# list_panics.awk: the format of each panic(), stop(), KASSERT() and panic_at()
# of a C file, one a line as a C literal of one piece.  Read with RS="\001", so
# that a record is a whole file.  The format is the first string behind the
# opening parenthesis; PANIC_TEXT_PTR within it is written out.
function skip(text,    n)
{
	match(text, /^([ \t\n\r]|PANIC_TEXT_PTR)*/)
	n = RLENGTH
	return (n)
}
{
	text = $0
	# Comments hold examples, and macro definitions hold no format.
	while (match(text, /\/\*([^*]|\*+[^*\/])*\*+\//))
		text = substr(text, 1, RSTART - 1) " " \
		    substr(text, RSTART + RLENGTH)
	gsub(/PANIC_TEXT_PTR/, "\"PTR\"", text)
	while (match(text, /[^A-Za-z_](panic|stop|KASSERT|panic_at)\(/)) {
		text = substr(text, RSTART + RLENGTH)
		# A literal, and those that are joined to it.
		if (!match(text, /"([^"\\]|\\.)*"([ \t\n]*"([^"\\]|\\.)*")*/))
			break
		literal = substr(text, RSTART, RLENGTH)
		# Behind the call's own end it is another's.
		if (index(substr(text, 1, RSTART - 1), ";") != 0)
			continue
		gsub(/"[ \t\n]+"/, "", literal)
		gsub(/""/, "", literal)
		print literal
	}
}
