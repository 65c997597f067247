#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# check_headers.sh INCLUDE COMPILER...: each public header compiles alone, and
# twice, as C11 by the compilers named *cc or clang, as C++17 by those named
# *++, with warnings as errors.
set -u
. "$(dirname "$0")/../lib.sh"
include=$1
shift
bad=0
done=0
compilers=
for compiler in "$@"; do
	has "$compiler" "headers compiled by it" &&
	    compilers="$compilers $compiler"
done

for header in "$include"/pmapsim/*.h; do
	name=pmapsim/$(basename "$header")
	for compiler in $compilers; do
		case $(basename "$compiler") in
		*++*) language="-x c++ -std=c++17" ;;
		*) language="-x c -std=c11" ;;
		esac
		printf '#include <%s>\n#include <%s>\n' "$name" "$name" |
		    $compiler $language -Wall -Wextra -Wpedantic -Werror \
		    -I"$include" -fsyntax-only - || {
			echo "$name: does not compile alone by $compiler" \
			    "$language" >&2
			bad=1
		}
		done=$((done + 1))
	done
done
[ $done -gt 0 ] || { echo "no header was compiled" >&2; exit 1; }
exit $bad
