#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_checks.sh CC CXX: each style check is seen to pass on a clean little
# tree and to fail, with the right complaint, on each way to break it.
set -u
. "$(dirname "$0")/../lib.sh"
unset PMAPSIM_CI # here, checks that lack something are checked too
here=$(cd "$(dirname "$0")" && pwd)
cc=$1
cxx=$2
scratch
licence='/* SPDX-License-Identifier: BSD-2-Clause */'

fresh()
{
	rm -rf "$tmp/t"
	mkdir -p "$tmp/t/src/base" "$tmp/t/src/hw" "$tmp/t/src/vm" \
	    "$tmp/t/src/cli" "$tmp/t/include/pmapsim"
	printf '%s\n#include "base/b.h"\n#include <pmapsim/machine.h>\n' \
	    "$licence" > "$tmp/t/src/vm/v.c"
	printf '%s\n' "$licence" > "$tmp/t/src/base/b.h"
	printf '%s\nint f(int);\n' "$licence" > "$tmp/t/include/pmapsim/machine.h"
}

# add FILE LINE: appends to a file of the tree, which begins with the licence.
add()
{
	[ -f "$tmp/t/$1" ] || printf '%s\n' "$licence" > "$tmp/t/$1"
	printf '%s\n' "$2" >> "$tmp/t/$1"
}

passes()
{
	what=$1
	shift
	if ! "$@" > "$tmp/out" 2>&1; then
		fail "$what: should pass"
	fi
}

# fails WHAT COMPLAINT COMMAND...
fails()
{
	what=$1
	complaint=$2
	shift 2
	if "$@" > "$tmp/out" 2>&1; then
		fail "$what: should fail"
	elif ! grep -q -e "$complaint" "$tmp/out"; then
		fail "$what: does not say \"$complaint\""
	fi
}

layers="$here/check_layers.sh"
fresh
passes "layers, clean" "$layers" "$tmp/t"
add src/cli/x.c '#include <pmapsim/machine.h>'
add src/cli/x.c '#include "study/travel.h"'
passes "cli includes what it may" "$layers" "$tmp/t"
fresh; add src/cli/x.c '#include "study/judge.h"'
fails "cli includes what is study's own" 'cli may not include "study/judge.h"' \
    "$layers" "$tmp/t"
fresh; mkdir "$tmp/t/src/study"; add src/study/travel.h '#include "trace/t.h"'
fails "cli is shown more" 'command sees may not include "trace/t.h"' \
    "$layers" "$tmp/t"
fresh; add src/base/x.c '#include "vm/v.h"'
fails "base includes vm" 'base may not include "vm/v.h"' "$layers" "$tmp/t"
fresh; add src/vm/x.c '# include "amd64/pmap_var.h"'
fails "vm includes amd64" 'vm may not include "amd64/' "$layers" "$tmp/t"
fresh; add src/vm/x.c '#include "hw/mmu.h"'
fails "vm includes hw" 'vm may not include "hw/' "$layers" "$tmp/t"
fresh; add src/hw/x.h '#include <pmapsim/vm.h>'
fails "hw includes FreeBSD" 'hw may not include <pmapsim/vm.h>' \
    "$layers" "$tmp/t"
fresh; add src/cli/x.c '#include "vm/vm_page.h"'
fails "cli includes vm" 'cli may not include "vm/' "$layers" "$tmp/t"
fresh; add src/cli/x.c '#include "trace/t.h"'
fails "cli includes trace" 'cli may not include "trace/' "$layers" "$tmp/t"
fresh; add src/vm/x.c '#include "v.h"'
fails "no folder named" 'does not name its folder' "$layers" "$tmp/t"
fresh; add src/vm/x.c 'static pt_entry_t *pte;'
fails "vm sees a PTE" 'may not see a page-table entry' "$layers" "$tmp/t"
fresh; mkdir "$tmp/t/src/misc"; add src/misc/x.c 'int x;'
fails "folder without a rule" 'has no rule' "$layers" "$tmp/t"
fresh; add include/pmapsim/x.h '#include "base/b.h"'
fails "public includes private" 'includes a private one' "$layers" "$tmp/t"

kernels="$here/check_kernels.sh"
# switches: a tree with one switch, its predicate and its question.
switches()
{
	fresh
	mkdir -p "$tmp/t/src/amd64"
	add src/base/kernel_switches.def 'KERNEL_SWITCH(LITTER, "litter",'
	add src/vm/vm_kernels.h ''
	add src/amd64/pmap_kernels.h 'litters(const struct machine *mach)'
	add src/amd64/pmap_kernels.h '{ return (KERNEL_HAS(mach, KS_LITTER)); }'
	add src/amd64/x.c 'int x(void) { return (litters(mach)); }'
}
switches
passes "a predicate" "$kernels" "$tmp/t"
switches; add src/amd64/x.c 'int y = KERNEL_HAS(mach, KS_LITTER);'
fails "a switch asked for elsewhere" 'x.c:3:.*KERNEL_HAS' "$kernels" "$tmp/t"
switches; add src/base/kernel_switches.def 'KERNEL_SWITCH(NEW, "new",'
fails "a switch without a predicate" 'no predicate asks for NEW' \
    "$kernels" "$tmp/t"
switches; add src/vm/vm_kernels.h 'unused(const struct machine *mach)'
fails "a predicate that nobody asks" 'unused(): nobody' "$kernels" "$tmp/t"
fresh
fails "no predicates" 'cannot be read' "$kernels" "$tmp/t"

invariants="$here/check_invariants.sh"
# rules: a tree with one audit rule, and the file that it recounts.
rules()
{
	fresh
	mkdir -p "$tmp/t/src/amd64" "$tmp/t/src/audit"
	add src/amd64/x.c ''
	add src/audit/audit.c '} rules[] = {
    {"lists",
	"all is listed"},
};'
	add src/vm/x.c '/* 1. All is listed (audit
 * rule "lists"). */'
}
rules
passes "an invariant" "$invariants" "$tmp/t"
rules; add src/vm/x.c '/* 2. Counts are right (audit rule "counts"). */'
fails "a rule that there is not" '"counts", which is none' "$invariants" \
    "$tmp/t"
rules; rm "$tmp/t/src/vm/x.c"
fails "an invariant that no file keeps" 'no file names .* "lists"' \
    "$invariants" "$tmp/t"
fresh
fails "no audit" 'no audit rule' "$invariants" "$tmp/t"

data="$here/check_data.sh"
# object SOURCE: an archive of one object.
object()
{
	rm -f "$tmp/a.a"
	printf '%s\n' "$1" > "$tmp/a.c"
	$cc -O1 -fPIC -fcommon -c "$tmp/a.c" -o "$tmp/a.o" &&
	    ar rc "$tmp/a.a" "$tmp/a.o"
}
object 'const int a = 1; static const char *const t[] = { "x" };
	const char *f(int i); const char *f(int i) { return t[i]; }'
passes "data, constants" "$data" "$tmp/a.a"
object 'int answer = 42;'
fails "initialised" 'answer is mutable data' "$data" "$tmp/a.a"
object 'static int calls; int f(void); int f(void) { return ++calls; }'
fails "static, zero" 'calls is mutable data' "$data" "$tmp/a.a"
object 'int f(void); int f(void) { static int once = 3; return once++; }'
fails "static local" 'once.* is mutable data' "$data" "$tmp/a.a"
object 'int common_one;'
fails "common" 'common_one is mutable data' "$data" "$tmp/a.a"
object '_Thread_local int per_thread = 1;'
fails "thread-local" 'per_thread is mutable data' "$data" "$tmp/a.a"
object 'const char *table[] = { "x" };'
fails "pointers to constants" 'table is mutable data' "$data" "$tmp/a.a"
fails "no archive" 'cannot be read' "$data" "$tmp/none.a"
: > "$tmp/junk.a"
fails "no archive at all" '.' "$data" "$tmp/junk.a"

headers="$here/check_headers.sh"
fresh
passes "headers, clean" "$headers" "$tmp/t/include" "$cc" "$cxx"
fresh; add include/pmapsim/x.h 'size_t f(void);'
fails "header needs another" 'x.h: does not compile alone' \
    "$headers" "$tmp/t/include" "$cc"
fresh; add include/pmapsim/x.h 'struct x { int a; };'
fails "header without a guard" 'x.h: does not compile alone' \
    "$headers" "$tmp/t/include" "$cc"
fresh; add include/pmapsim/x.h 'int f(int class);'
fails "header not C++" 'x.h: does not compile alone' \
    "$headers" "$tmp/t/include" "$cxx"
passes "the same in C" "$headers" "$tmp/t/include" "$cc"
fresh
fails "no compiler" 'no header was compiled' \
    "$headers" "$tmp/t/include" no-such-compiler

portable="$here/check_portable.sh"
fresh
passes "portable, clean" "$portable" "$tmp/t"
fresh; add src/vm/x.c 'printf("%lx", (unsigned long)pa);'
fails "a cast to long" '64 bits everywhere' "$portable" "$tmp/t"
fresh; add src/vm/x.c '#ifdef __linux__'
fails "a system asked for" 'ask for the feature' "$portable" "$tmp/t"
fresh; add src/vm/x.c '#include <linux/kvm.h>'
fails "a header of Linux" 'only Linux has' "$portable" "$tmp/t"
fails "no tree" 'no src' "$portable" "$tmp/none"

files="$here/check_files.sh"
fresh
passes "files, clean" "$files" "$tmp/t"
fresh; echo 'int x;' > "$tmp/t/src/vm/x.c"
fails "no licence" 'no licence line' "$files" "$tmp/t"
fresh; i=0
while [ $i -lt 1001 ]; do echo; i=$((i + 1)); done >> "$tmp/t/src/vm/v.c"
fails "too long" 'split it' "$files" "$tmp/t"

panics="$here/check_panics.sh"
# panicking ROW: a tree with one panic, and the row as panic_codes.def.
panicking()
{
	fresh
	add src/vm/v.c 'void f(void) { KASSERT(a, ("f: page "'
	add src/vm/v.c '    PANIC_TEXT_PTR " is \"bad\" %d", n)); }'
	printf '%s\n' "$1" > "$tmp/t/include/pmapsim/panic_codes.def"
}
row='PMAPSIM_PANIC(BAD, BUG, "f: page PTR is \"bad\" %d")'
panicking "$row"
passes "panics, clean" "$panics" "$tmp/t"
panicking ''
fails "panic without a row" 'v.c: "f: page PTR is ."bad." %d" has no row' \
    "$panics" "$tmp/t"
panicking "$row"; add include/pmapsim/panic_codes.def \
    'PMAPSIM_PANIC(OLD, BUG, "g: gone")'
fails "row without a panic" 'nothing panics with "g: gone"' "$panics" "$tmp/t"
panicking "$row"; add include/pmapsim/panic_codes.def "$row"
fails "two rows" 'two rows have the text' "$panics" "$tmp/t"
fresh; : > "$tmp/t/include/pmapsim/panic_codes.def"
fails "no panics" 'no panic was found' "$panics" "$tmp/t"

texts="$here/check_texts.sh"
# comparing LINE: a function f() of src/vm/v.c that holds the line.
comparing()
{
	fresh
	add src/vm/v.c 'int'
	add src/vm/v.c 'f(const char *s)'
	add src/vm/v.c "$1"
}
echo '# none' > "$tmp/listed"
comparing '	/* strcmp(s, t) says the same. */'
passes "texts, none compared" "$texts" "$tmp/t" "$tmp/listed"
comparing '	return (strcmp(s, "panic: no memory"));'
fails "a text compared" 'vm/v.c: f() compares texts' \
    "$texts" "$tmp/t" "$tmp/listed"
for call in 'strstr(s, "x")' 'strncmp(s, "x", 1)' 'sscanf(s, "%d", &i)'; do
	comparing "	return ($call);"
	fails "$call" 'vm/v.c: f() compares texts' \
	    "$texts" "$tmp/t" "$tmp/listed"
done
echo 'vm/v.c f	what a user wrote' >> "$tmp/listed"
passes "a text compared, with its reason" "$texts" "$tmp/t" "$tmp/listed"
fresh
fails "a reason for nothing" 'f() of src/vm/v.c compares no texts' \
    "$texts" "$tmp/t" "$tmp/listed"

comments="$here/check_comments.sh"
# definition COMMENT TYPE NAME: a file of src/vm with that function.
definition()
{
	fresh
	printf '%s\n%s\n%s\n%s(int i)\n{\n\n\treturn (i);\n}\n' \
	    "$licence" "$1" "$2" "$3" > "$tmp/t/src/vm/x.c"
}
definition '/* FreeBSD vm_page.c vm_x(): same. */' int vm_x
passes "comments, clean" "$comments" "$tmp/t"
definition '/* Simulator only. */' int vm_x
passes "the simulator's own" "$comments" "$tmp/t"
definition '/* Returns "i". */' 'static int' vm_x
passes "static, without a source" "$comments" "$tmp/t"
definition '' int pmapsim_x
passes "a name that says it" "$comments" "$tmp/t"
definition '' int vm_x
add src/vm/x.c "$(printf '/*\n * FreeBSD vm_page.c vm_y(),\n%s\n */' \
    ' * vm_x(): adapted, one body.')"
passes "told elsewhere in the file" "$comments" "$tmp/t"
said='vm_x() does not say where it is from'
definition '/* Returns "i". */' int vm_x
fails "no source" "x.c:4: $said" "$comments" "$tmp/t"
definition '' int vm_x
fails "no comment" "$said" "$comments" "$tmp/t"
definition '/* FreeBSD vm_page.c vm_y(): same. */

int there;' int vm_x
fails "the comment is another's" "$said" "$comments" "$tmp/t"
definition '' int vm_x
add src/vm/x.c '/* Beyond "FreeBSD vm_page.c vm_y(): same" is vm_x(). */'
add src/vm/y.c '/* FreeBSD vm_page.c vm_x(): same. */'
fails "told in another file" "$said" "$comments" "$tmp/t"
definition '/* FreeBSD vm_page.c vm_x(): that part. */' int vm_x
fails "a label of its own" 'x.c:2: neither same, adapted nor stub' \
    "$comments" "$tmp/t"
fresh; add src/base/x.h "$(printf '\tint x;%068d' 0)"
fails "81 columns with a tab" 'x.h:2: 82 columns' "$comments" "$tmp/t"
fresh; add src/base/x.h "$(printf '\tint x;%066d' 0)"
passes "80 columns" "$comments" "$tmp/t"
fresh; add src/base/x.h "$(printf '1234567\t%073d' 0)"
fails "a tab that stands for one blank" '81 columns' "$comments" "$tmp/t"
fresh; add src/cli/x.c "$(printf '\t    "%080d\\n",' 0)"
passes "a string alone" "$comments" "$tmp/t"
fresh; add src/cli/x.c "$(printf '\tputs("%080d");' 0)"
fails "a string and more" 'columns, more than 80' "$comments" "$tmp/t"
fails "nothing to look at" 'no file' "$comments" "$tmp/none"

[ $failures -eq 0 ] || { echo "$failures failed"; exit 1; }
echo "all checks pass and fail as they should"
