#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# check_portable.sh TREE: nothing of ours is cut down to the host's long, which
# has 32 bits on many hosts where the simulated machine's addresses have 64;
# and no function or header of one system is taken for granted.
set -u
tree=$1
bad=0

# refuse PATTERN WHY
refuse()
{
	if grep -rnE --include='*.[ch]' -e "$1" "$tree/src" "$tree/include"; then
		echo "$2" >&2
		bad=1
	fi
}

[ -d "$tree/src" ] || { echo "$tree: no src" >&2; exit 1; }
refuse '\((unsigned )?long\)' \
    'a cast to long: (long long), with %lld or %llx, has 64 bits everywhere'
refuse '#[ \t]*ifn?def[ \t]+(__linux__|__FreeBSD__|__APPLE__|__EMSCRIPTEN__)' \
    'ask for the feature, such as MAP_NORESERVE, not for the system'
refuse 'include <(linux|asm)/' 'a header that only Linux has'
exit $bad
