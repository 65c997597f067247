#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# check_data.sh ARCHIVE: no object in the library has mutable file-scope (or
# static local, or thread-local) data.  Constants that only the loader writes
# (.data.rel.ro) are constants.
set -u
archive=$1

[ -r "$archive" ] || { echo "$archive: cannot be read" >&2; exit 1; }
symbols=$(objdump -t "$archive" 2>/dev/null) ||
    { echo "$archive: objdump cannot read it" >&2; exit 1; }
printf '%s\n' "$symbols" | awk '
	# member.o:     file format elf64-x86-64
	/:[ \t]+file format/ { member = $1; sub(/:$/, "", member); next }
	# value flags(7 columns) section \t size name
	/^[0-9a-f]+ / && index($0, "\t") {
		head = substr($0, 1, index($0, "\t") - 1)
		rest = substr($0, index($0, "\t") + 1)
		n = split(head, word, " ")
		section = word[n]
		split(rest, size, " ")
		if (section !~ /^(\.data|\.bss|\.tdata|\.tbss|\.ldata|\.lbss|\*COM\*|COMMON)/)
			next
		if (section ~ /^\.data\.rel\.ro/)
			next
		if (size[2] == section) # the section itself
			next
		printf "%s: %s is mutable data (%s)\n", member, size[2],
		    section
		bad = 1
	}
	END { seen = member != ""; if (!seen) print "no object was read"
	    exit bad || !seen }' >&2
