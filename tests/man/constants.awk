# SPDX-License-Identifier: BSD-2-Clause
# constants.awk: prints the name of each constant that the public headers given
# define: macros that stand for a value or compute one, and enumerators.
function strip(line) {
	gsub(/\/\*[^*]*\*\//, "", line)
	if (comment) {
		if (line !~ /\*\//)
			return ""
		sub(/.*\*\//, "", line)
		comment = 0
	}
	if (line ~ /\/\*/) {
		sub(/\/\*.*/, "", line)
		comment = 1
	}
	return line
}

FNR == 1 { comment = enumeration = 0 }
{ line = strip($0) }

line ~ /^#define[ \t]/ {
	split(line, word, /[ \t(]+/)
	# Guards against a second inclusion, and what only marks declarations.
	if (word[2] ~ /_H$|^PMAPSIM_(API|API_MACH|PRINTFLIKE|NONNULL|PANIC)$|_$/)
		next
	print word[2]
	next
}
line ~ /^#/ { next }
line ~ /^(typedef )?enum [a-z_]+ \{/ { enumeration = 1; next }
enumeration && line ~ /\}/ { enumeration = 0 }
enumeration {
	n = split(line, word, ",")
	for (i = 1; i <= n; i++)
		if (match(word[i], /[A-Z][A-Z0-9_]+/))
			print substr(word[i], RSTART, RLENGTH)
}
