# SPDX-License-Identifier: BSD-2-Clause
# For tests that build the tree again: SOURCE CMAKE GENERATOR CC are their
# arguments, $tmp is theirs alone.
. "$(dirname "$0")/../lib.sh"
source=$1
cmake=$2
CMAKE_GENERATOR=$3
cc=$4
export CMAKE_GENERATOR
scratch
unset CFLAGS LDFLAGS PMAPSIM_SCENARIOS CMAKE_PREFIX_PATH DESTDIR
here=$(cd "$(dirname "$0")" && pwd)

die()
{
	echo "FAIL: $1" >&2
	[ ! -f "$tmp/log" ] || tail -n 30 "$tmp/log" | sed 's/^/    /' >&2
	exit 1
}

# build SOURCE OPTION...: configures and builds it in $tmp/build.  A warning is
# a failure: what is rarely compiled must not rot.
build()
{
	build_source=$1
	shift
	"$cmake" -S "$build_source" -B "$tmp/build" -DCMAKE_C_COMPILER="$cc" \
	    -DPMAPSIM_WERROR=ON "$@" > "$tmp/log" 2>&1 || die "cmake"
	"$cmake" --build "$tmp/build" --parallel 2 > "$tmp/log" 2>&1 ||
	    die "the build"
}
