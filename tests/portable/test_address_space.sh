#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_address_space.sh PMAPSIM SOURCE: a small machine boots where the host
# allows 2 GB of address space (ulimit -v), and where it allows too little for
# any, that is said.
set -u
. "$(dirname "$0")/../lib.sh"
pmapsim=$1
scratch

# limited KILOBYTES COMMAND...
limited()
{
	limit=$1
	shift
	(ulimit -v "$limit" || exit 9; exec "$@") > "$tmp/out" 2>&1
}

fail()
{
	echo "FAIL: $1"
	tail -n 20 "$tmp/out" | sed 's/^/    /'
	exit 1
}

limited 4000000 true || skip "this shell has no ulimit -v"
for what in "replay acpi-wakeup" "compare acpi-wakeup" "diff mprotect-middle \
    --kernels 2010-04,9.0" "replay fork-cow --audit every" \
    "replay stale-after-promotion"; do
	limited 2000000 $pmapsim $what
	status=$?
	$pmapsim $what > "$tmp/want" 2>&1
	[ $? -eq $status ] && cmp -s "$tmp/out" "$tmp/want" ||
	    fail "pmapsim $what: another result with 2 GB of address space"
done
limited 150000 $pmapsim replay acpi-wakeup && fail "150 MB were enough?"
grep -q 'the host gave no address space for a machine of 32 MiB' "$tmp/out" ||
    fail "it is not said that the host gave no address space"
echo "as with all the address space"
