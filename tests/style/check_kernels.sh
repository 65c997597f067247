#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# check_kernels.sh TREE: what differs between kernels has a name.  Only the
# predicates of src/amd64/pmap_kernels.h and src/vm/vm_kernels.h ask whether a
# switch is on; each switch is asked for there, and each predicate is used.
set -u
tree=$1
bad=0

complain()
{
	echo "$1" >&2
	bad=1
}

headers="$tree/src/amd64/pmap_kernels.h $tree/src/vm/vm_kernels.h"
rows="$tree/src/base/kernel_switches.def"
for file in $headers "$rows"; do
	[ -r "$file" ] || { echo "$file: cannot be read" >&2; exit 1; }
done

# Whoever asks elsewhere.
asked=$(grep -rnE 'KERNEL_HAS|\<KS_[A-Z0-9_]+' "$tree/src" \
    --include='*.[ch]' | grep -vE '\<KS_COUNT\>' | grep -vE \
    '/src/(base/kernel\.[ch]|amd64/pmap_kernels\.h|vm/vm_kernels\.h):')
[ -z "$asked" ] || complain "$asked
only pmap_kernels.h and vm_kernels.h ask for a switch, by a named predicate"

for switch in $(sed -n 's/^KERNEL_SWITCH(\([A-Z0-9_]*\),.*/\1/p' "$rows"); do
	# shellcheck disable=SC2086
	grep -qw "KS_$switch" $headers ||
	    complain "$rows: no predicate asks for $switch"
done
# shellcheck disable=SC2086
for predicate in $(sed -n 's/^\([a-z_0-9]*\)(const struct machine .*/\1/p' \
    $headers); do
	[ "$(grep -rwl "$predicate" "$tree/src" --include='*.[ch]' --include='*.def' | wc -l)" \
	    -gt 1 ] || grep -qE "[^a-z_]$predicate\(mach\)" $headers ||
	    complain "$predicate(): nobody asks this"
done
exit $bad
