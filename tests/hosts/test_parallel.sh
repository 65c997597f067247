#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_parallel.sh PMAPSIM SOURCE: a campaign by contrib/parallel/hunt.sh, on
# this host, is the folder that its shards make one after the other, and the
# merge gives one finding for the panic of 2010.
set -u
. "$(dirname "$0")/../lib.sh"
command -v parallel > /dev/null || skip "lacks parallel"
parallel --version 2>&1 | grep -q GNU || skip "this parallel is not GNU's"
pmapsim=$1
source=$2
scratch
cd "$tmp" || exit 1
export PMAPSIM="$pmapsim" HOME="$tmp"

options='--quiet --kernel 2010-04+litter --calls 20K'
for shard in 0 1 2; do
	"$pmapsim" hunt $options --campaign alone --shard $shard/3 > out || exit 1
done
"$source/contrib/parallel/hunt.sh" "$tmp/campaign" 3 : $options 2> err || {
	echo "FAIL: hunt.sh exits $?"
	cat err
	exit 1
}
diff -r alone campaign || { echo "FAIL: another folder"; exit 1; }
"$pmapsim" findings campaign > findings
[ $? -eq 1 ] && [ "$(grep -c '^panic ' findings)" -eq 1 ] || {
	echo "FAIL: not one finding"
	cat findings
	exit 1
}
