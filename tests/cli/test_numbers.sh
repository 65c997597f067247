#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_numbers.sh PMAPSIM: each option that takes a number refuses what is
# none: overflow, a wrap to a small number, signs, white space, junk behind it.
set -u
. "$(dirname "$0")/../lib.sh"
pmapsim=$1
scratch
cd "$tmp" || exit 1

# refuses COMMAND OPTION VALUE: exits 2, prints nothing, and names the option.
refuses()
{
	command=$1 option=$2 value=$3
	$pmapsim $command "--$option" "$value" > out 2> err < /dev/null
	status=$?
	if [ $status -ne 2 ] || [ -s out ] ||
	    ! grep -q "^pmapsim: .*--$option.* would be right" err; then
		fail "$command --$option '$value': exit $status"
	fi
}

bad="-1 +1 1x x 1.5 1e3 0x 18446744073709551616 99999999999999999999999"
hunt='hunt --quiet --families kmem'
for value in $bad 18446744073709552K 18446744073710M 1KK 1k; do
	for option in calls audit seed time; do
		refuses "$hunt --calls 10" $option "$value"
	done
done
for value in $bad; do
	refuses 'replay acpi-wakeup' cpus "$value"
	refuses 'replay acpi-wakeup' audit "$value"
	refuses 'compare acpi-wakeup' cpus "$value"
	refuses 'diff count-drift --kernels 2010-04,9.0' lines "$value"
	refuses 'museum count-drift' lines "$value"
	refuses explore depth "$value"
	refuses 'map acpi-wakeup' at "$value"
	refuses 'map acpi-wakeup' region "$value"
	refuses "$hunt --calls 10" shard "$value/2"
	refuses "$hunt --calls 10" shard "0/$value"
done
refuses "$hunt" calls ' 1'
refuses "$hunt" seed ' -1'
refuses "$hunt" calls 0
refuses "$hunt" calls ''
refuses "$hunt --calls 10" audit 4294967296
refuses "$hunt --calls 10" seed 18446744073709551615
refuses "$hunt --calls 10" shard 0/4294967297
refuses "$hunt --calls 10" shard 2/2
refuses "$hunt --calls 10" shard 1
refuses 'map acpi-wakeup' at 4294967296
refuses 'map acpi-wakeup' at 0
refuses explore depth 0
refuses explore depth 255
refuses 'replay acpi-wakeup' cpus 0

[ $failures -eq 0 ]
