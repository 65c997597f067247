#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_checks.sh SOURCE PMAPSIM STATEMENTS CC LIB: the checks of the manual pages
# are seen to fail, with the right complaint, on each way to break them.
set -u
. "$(dirname "$0")/../lib.sh"
needs mandoc
source=$1
pmapsim=$2
statements=$3
cc=$4
lib=$5
here=$(dirname "$0")
scratch
MAN_RUNS=
MAN_WORD=
export MAN_RUNS MAN_WORD

check_pages()
{
	MAN_ONLY=$1 "$here/test_man.sh" "$source" "$pmapsim" "$statements" \
	    "$tmp/man"
}

check_constants()
{
	"$here/test_constants.sh" "$source/include" "$tmp/man" "$cc"
}

check_examples()
{
	MAN_ONLY=$1 "$here/test_examples.sh" "$source/include" "$tmp/man" \
	    "$(dirname "$pmapsim")" "$lib" "$cc"
}

# fails COMPLAINT PAGE SED [CHECK]: the check of pages so edited complains.
fails()
{
	rm -rf "$tmp/man"
	cp -r "$source/src/man" "$tmp/man"
	sed "$3" "$source/src/man/$2" > "$tmp/man/$2"
	if cmp -s "$source/src/man/$2" "$tmp/man/$2"; then
		echo "FAIL: $3 changes nothing in $2"
		failures=$((failures + 1))
	elif "${4:-check_pages}" "$2" > "$tmp/out" 2>&1; then
		echo "FAIL: $2 after $3: should fail"
		failures=$((failures + 1))
	elif ! grep -q -e "$1" "$tmp/out"; then
		echo "FAIL: $2 after $3: does not say \"$1\""
		sed 's/^/    /' "$tmp/out"
		failures=$((failures + 1))
	fi
}

fails 'pmapsim_pmap.3: see above' pmapsim_pmap.3 's/^\.El$/.Ell/'
fails 'pmapsim.3: no licence line' pmapsim.3 1d
fails 'refers to pmapsim_nothing.3' pmapsim.3 's/pmapsim_diff 3/pmapsim_nothing 3/'
fails 'lacks pmap_enter() as a description' pmapsim_pmap.3 's/^\.It Fn pmap_enter /.It Fn pmap_entre /'
fails 'describes pmap_entre()' pmapsim_pmap.3 's/^\.It Fn pmap_enter /.It Fn pmap_entre /'
fails 'lacks kmem_free() as a name' pmapsim_kmem.3 '/^\.Nm kmem_free ,/d'
fails 'lacks vm_fault() as a prototype' pmapsim_kmem.3 's/^\.Fn vm_fault /.Fn vm_foult /'
fails 'say what kmem_free() stands for' pmapsim_kmem.3 '/^\.It Fn kmem_free Ta/d'
fails 'have kmem_tree, which no header' pmapsim_kmem.3 's/^\.It Fn kmem_free Ta/.It Fn kmem_tree Ta/'
fails 'no entry for the constant PMAPSIM_MAP_ANON' pmapsim_kmem.3 '/^\.It Dv PMAPSIM_MAP_ANON/d' check_constants
fails 'PMAPSIM_MAP_ANON is not 0x20' pmapsim_kmem.3 's/^\.It Dv PMAPSIM_MAP_ANON Ta Li 0x1000/.It Dv PMAPSIM_MAP_ANON Ta Li 0x20/' check_constants
fails 'struct pmapsim_config is' pmapsim_machine.3 '/vm_size_t kva;/d' check_constants
fails 'no page of section 3 prints struct pmapsim_config' pmapsim_machine.3 's/^struct pmapsim_config {/struct pmapsim_audit_nothing {/' check_constants
fails 'has no EXAMPLES' pmapsim_audit.3 's/^\.Sh EXAMPLES/.Sh EXEMPLES/' check_examples
fails 'a program prints something else' pmapsim_audit.3 's/^after boot all holds/all holds/' check_examples
fails 'a program does not compile' pmapsim_audit.3 's/machine_audit(mach, msg/machine_audit(msg/' check_examples
fails '1 commands print something else' pmapsim-glossary.7 's/511 times; the last/512 times; the last/' check_examples
MAN_WORD=replay
fails 'no entry for command replay' pmapsim.1 's/^\.Ss replay/.Ss again/'
fails 'replay has no entry for --ktr' pmapsim.1 '/^\.It Fl -ktr/d'
MAN_WORD=record
fails 'the synopsis of record lacks --output' pmapsim.1 '/^\.Op Fl -output/d'
MAN_WORD=timeline
fails 'timeline has no entry for -o, --output' pmapsim.1 's/^\.It Fl o , -output/.It Fl -output/'
MAN_WORD=kernels
fails 'kernels has no option --xml' pmapsim.1 's/^\.Ss kernels$/&\
.It Fl -xml/'
fails 'no entry for exit status 3' pmapsim.1 '/^\.It 3$/d'
MAN_WORD=litter
fails 'no entry for litter' pmapsim-kernels.7 '/^\.It Ic litter$/d'
fails 'litter has no text beyond its line' pmapsim-kernels.7 '/^\.It Ic litter$/,/^From:/{/^\.It/n;/^From:/!d;}'
MAN_WORD=false-pv
fails 'nothing shows what false-pv does' pmapsim-kernels.7 '/^\.Ic "pmapsim museum false-pv"/d'
MAN_RUNS=yes
fails 'false-pw" exits 2' pmapsim-kernels.7 's/^\.Ic "pmapsim museum false-pv"/.Ic "pmapsim museum false-pw"/;/^\.Ic "pmapsim /{/false-pw/!d;}'
MAN_RUNS=
MAN_WORD=9.0
fails 'no entry for 9.0' pmapsim-kernels.7 '/^\.It Ic 9\.0$/d'
MAN_WORD=
fails 'no entry for mlock' pmapsim-trace.5 '/^\.It Ic mlock$/d'
fails 'another synopsis than "kmem_malloc' pmapsim-trace.5 's/\[reserve\]//'

[ $failures -eq 0 ] || { echo "$failures failed"; exit 1; }
echo "the check of the pages fails as it should"
