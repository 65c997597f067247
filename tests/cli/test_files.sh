#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_files.sh PMAPSIM: files whose names, contents or neighbours are not what
# a program would wish: temporary files, long names, names that are no UTF-8,
# comments that would move a terminal's cursor.
set -u
. "$(dirname "$0")/../lib.sh"
pmapsim=$1
scratch
unset PMAPSIM_SCENARIOS NO_COLOR
cd "$tmp" || exit 1

# ---- output files -----------------------------------------------------------
# No link that somebody has planted is written through: whatever names a
# temporary file may have, it is a new one.
mkdir planted && cd planted || exit 1
echo precious > victim
sh -c 'for n in "out.json.tmp.$$" ".out.json.$$" "out.json.tmp"; do
	ln -s victim "$n"; done
	exec "$0" timeline acpi-wakeup -o out.json' "$pmapsim" ||
    fail "timeline beside planted links: does not exit 0"
[ "$(cat victim)" = precious ] || fail "a planted link is written through"
[ -f out.json ] && [ ! -h out.json ] || fail "out.json is no file of its own"
cd ..

# A name as long as the file system allows.
long=$(printf '%0250d' 0)
"$pmapsim" timeline acpi-wakeup -o "$long" || fail "a name of 250 bytes"
[ -s "$long" ] || fail "a name of 250 bytes: nothing was written"

# Permissions: a new file's are those of the umask, an old one's stay.
(umask 027; "$pmapsim" timeline acpi-wakeup -o new)
[ "$(stat -c %a new)" = 640 ] || fail "a new file does not follow the umask"
chmod 604 new
"$pmapsim" timeline acpi-wakeup -o new
[ "$(stat -c %a new)" = 604 ] || fail "a replaced file loses its mode"

# What fails leaves nothing, and the old file as it was.
mkdir failing && echo old > failing/out || exit 1
echo 'machine mem=1M' > bad.trace
"$pmapsim" timeline bad.trace -o failing/out 2> err && fail "a bad trace: exit 0"
[ "$(cat failing/out)" = old ] || fail "a failed run replaces its output"
[ "$(ls -A failing | wc -l)" -eq 1 ] || fail "a failed run leaves files behind"

# ---- names ------------------------------------------------------------------
# Names that are no UTF-8 are escaped, in JSON and in messages.
name=$(printf 'bad\377\033[31m.trace')
printf 'machine mem=32M first=4M kmem=2M ncpu=1\nkmem_malloc 8K\n' > "$name"
for command in 'replay --json' 'map --json' 'compare --json' timeline; do
	$pmapsim $command "$name" > out || fail "$command of a name that is no UTF-8"
	grep -q 'bad\\\\xff' out || fail "$command does not show the name escaped"
	LC_ALL=C grep -q "$(printf '\377')" out && fail "$command prints the raw byte"
done

$pmapsim replay "$name.none" 2> err
grep -q 'bad\\xff\\x1b\[31m' err || fail "a message shows a name unescaped"

# ---- comments ---------------------------------------------------------------
printf '# x: title\033]0;owned\007\033[31m \302\233 \303\251\n' > x.trace
echo 'machine mem=32M first=4M kmem=2M ncpu=1' >> x.trace
for command in 'replay x.trace' scenarios; do
	PMAPSIM_SCENARIOS=$tmp $pmapsim $command > out ||
	    fail "$command of a comment with escape sequences"
	LC_ALL=C grep -q "$(printf '[\033\007]')" out &&
	    fail "$command prints escape sequences of a comment"
	LC_ALL=C grep -q "$(printf '\302\233')" out &&
	    fail "$command prints a control character of Unicode"
	grep -q "title\\\\x1b\]0;owned\\\\x07" out ||
	    fail "$command does not show the title escaped"
	grep -q "$(printf '\303\251')" out || fail "$command escapes a letter"
done

[ $failures -eq 0 ]
