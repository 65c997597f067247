#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# api_names.sh INCLUDE: the names of all functions that the public headers
# declare, one a line: the last word before the parameters' parenthesis.
set -eu
sed 's/^\(#define PMAPSIM_API\).*//' "$1"/pmapsim/*.h | awk '
	/^[ \t]*#/ { next }
	/^PMAPSIM_API/ { text = ""; open = 1 }
	open { text = text " " $0 }
	open && /;/ {
		open = 0
		while (match(text, /[A-Za-z_0-9]+[ \t]*\(/)) {
			name = substr(text, RSTART, RLENGTH - 1)
			if (name !~ /PMAPSIM_|__attribute__/) {
				print name
				break
			}
			text = substr(text, RSTART + RLENGTH)
		}
	}'
