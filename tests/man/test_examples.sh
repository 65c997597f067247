#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_examples.sh INCLUDE MAN BIN LIB CC: each page of the manual has examples,
# and they are as it says.  A literal block of a page is tested when it begins
# with "$ ", as a console block is (tests/console.sh), and when it begins with
# "#include": that is a whole program, which is compiled, linked with the library
# in the folder LIB and run, and prints what the block after it shows.
set -u
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../console.sh"
include=$1
man=$2
PATH=$3:$PATH
lib=$4
cc=$5
NO_COLOR=1
export PATH NO_COLOR
scratch
programs=0

# What a page's reader has when the library is installed.
mkdir "$tmp/pkgconfig" "$tmp/bin"
cat > "$tmp/pkgconfig/pmapsim.pc" <<END
Name: pmapsim
Description: the library in the build tree
Version: 0
Cflags: -I$include
Libs: -L$lib -lpmapsim
END
ln -s "$(command -v "$cc")" "$tmp/bin/cc"
PATH=$tmp/bin:$PATH
PKG_CONFIG_PATH=$tmp/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
LD_LIBRARY_PATH=$lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export PATH PKG_CONFIG_PATH LD_LIBRARY_PATH

# blocks PAGE FOLDER: writes each literal block of PAGE as a reader sees it, as
# NNN.c where it is a program, NNN.out where it follows one, and all consoles
# together into console.md.
blocks()
{
	awk -v dir="$2" '
	function done(    i, kind) {
		if (!n) return
		name = sprintf("%s/%03d", dir, ++count)
		kind = line[1] ~ /^#include/ ? "c" : \
		    line[1] ~ /^\$ / ? "console" : last == "c" ? "out" : ""
		if (kind == "console") {
			print "```console" > (dir "/console.md")
			for (i = 1; i <= n; i++)
				print line[i] > (dir "/console.md")
			print "```" > (dir "/console.md")
		} else if (kind != "") {
			if (kind == "out") name = sprintf("%s/%03d", dir, count - 1)
			for (i = 1; i <= n; i++)
				print line[i] > (name "." kind)
		}
		last = kind
		n = 0
	}
	/^\.Ed/ { done(); on = 0 }
	on {
		gsub(/\\e/, "\\")
		gsub(/\\&/, "")
		gsub(/\\\(aq/, "\047")
		gsub(/\\-/, "-")
		line[++n] = $0
	}
	/^\.Bd -literal/ { on = 1; n = 0 }' "$1"
}

# Where MAN_ONLY names a page it is that page's examples alone.
least=5
[ -z "${MAN_ONLY-}" ] || least=-1
for path in "$man"/${MAN_ONLY:-*.[1-9]}; do
	page=$(basename "$path")
	folder=$tmp/$page
	mkdir "$folder"
	blocks "$path" "$folder"
	[ "$page" = pmapsim-tutorial.7 ] || grep -q '^\.Sh EXAMPLES' "$path" ||
	    fail "$page has no EXAMPLES"
	set -- "$folder"/[0-9]*.c
	[ -e "$1" ] || [ -e "$folder/console.md" ] ||
	    fail "$page has no example that can be tested"
	[ -e "$folder/console.md" ] && console_run "$folder/console.md" "$folder"
	for program in "$folder"/[0-9]*.c; do
		[ -e "$program" ] || continue
		base=${program%.c}
		libraries=$lib/libpmapsim.a
		grep -q 'pmapsim/race.h' "$program" &&
		    libraries=$lib/libpmapsim_race.a
		if grep -q cmocka "$program"; then
			printf '#include <%s>\n' stdarg.h stddef.h stdint.h \
			    setjmp.h cmocka.h | $cc -E -x c - > /dev/null 2>&1 ||
			    { echo "skipped in part: lacks cmocka for $page"
			    continue; }
			libraries="$libraries -lcmocka"
		fi
		# shellcheck disable=SC2086
		if ! $cc -std=c11 -Wall -Wextra -Wno-unused-parameter -Werror \
		    -I"$include" -o "$base" "$program" $libraries \
		    > "$base.why" 2>&1; then
			fail "$page: a program does not compile: $(cat "$base.why")"
			continue
		fi
		programs=$((programs + 1))
		(cd "$folder" && "$base") > "$base.got" 2>&1
		[ -e "$base.out" ] || fail "$page: does not say what a program prints"
		console_same "$base.out" "$base.got" > "$base.why" ||
		    fail "$page: a program prints something else:
$(cat "$base.why")"
	done
done
[ "$console_failed" -eq 0 ] || fail "$console_failed commands print something else"
echo "$console_passed commands, $programs programs"
[ $failures -eq 0 ] && [ "$console_passed" -gt $least ] && [ $programs -gt $least ]
