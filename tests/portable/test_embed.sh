#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_embed.sh SOURCE CMAKE GENERATOR CC: the tree as a part of another, by
# add_subdirectory() and by FetchContent, and built alone, where there is
# nothing but a compiler and the library's headers: no command, no test, no
# rule to install is forced on anybody, and what is left out is told.
set -u
. "$(dirname "$0")/lib.sh"
# A pkg-config that finds nothing stands for a machine without jansson, cmocka.
printf '#!/bin/sh\n[ "$1" = --version ] && echo 1.8.1\nexit 1\n' > "$tmp/none"
chmod +x "$tmp/none"

# project NAME LINE...: a project of others that uses the library by LINEs.
project()
{
	name=$1
	shift
	mkdir "$tmp/$name"
	cp "$source/tests/package/c/panic.c" "$tmp/$name/panic.c"
	{
		printf '%s\n' 'cmake_minimum_required(VERSION 3.25)' \
		    'project(others LANGUAGES C)'
		printf '%s\n' "$@" 'add_executable(panic panic.c)' \
		    'target_link_libraries(panic pmapsim::pmapsim)'
	} > "$tmp/$name/CMakeLists.txt"
}

# works NAME: it builds, prints the panic, and has none of our other targets.
works()
{
	build "$tmp/$1" -DCMAKE_BUILD_TYPE=Debug -DPKG_CONFIG_EXECUTABLE="$tmp/none"
	"$tmp/build/panic" > "$tmp/log" 2>&1 || die "$1: the program fails"
	grep -q 'panic: pmap_enter: attempted pmap_enter on 2MB page' \
	    "$tmp/log" || die "$1: no panic"
	"$cmake" --build "$tmp/build" --target help > "$tmp/log" 2>&1
	grep -E '(^|[ /:])(pmapsim_cli|test_vm_page|bench_[a-z]+)' "$tmp/log" &&
	    die "$1: more than the library is built"
	grep -q pmapsim_shared "$tmp/log" || die "$1: the targets are not listed"
	"$cmake" --install "$tmp/build" --prefix "$tmp/installed" \
	    > "$tmp/log" 2>&1
	[ ! -e "$tmp/installed/include" ] || die "$1: our headers are installed"
}

project subdirectory "add_subdirectory($source pmapsim)"
works subdirectory
rm -rf "$tmp/build"
project fetched 'include(FetchContent)' \
    "FetchContent_Declare(pmapsim SOURCE_DIR $source)" \
    'FetchContent_MakeAvailable(pmapsim)'
"$cmake" -S "$tmp/fetched" -B "$tmp/build" -DCMAKE_C_COMPILER="$cc" \
    -DPKG_CONFIG_EXECUTABLE="$tmp/none" > "$tmp/log" 2>&1 || die "FetchContent"
"$cmake" --build "$tmp/build" --target help 2>&1 | grep -q pmapsim_cli &&
    die "FetchContent: more than the library is built"

# Alone, as "cmake -S . -B build" does it.
rm -rf "$tmp/build"
"$cmake" -S "$source" -B "$tmp/build" -DCMAKE_C_COMPILER="$cc" \
    -DPKG_CONFIG_EXECUTABLE="$tmp/none" > "$tmp/log" 2>&1 || die "alone"
for part in 'command: not built, for lack of jansson' \
    'tests: not built, for lack of cmocka'; do
	grep -q "$part" "$tmp/log" || die "it does not say \"$part\""
done
"$cmake" -S "$source" -B "$tmp/build" -DPMAPSIM_CI=ON > "$tmp/log" 2>&1 &&
    die "PMAPSIM_CI=ON: what is lacking must be an error"
echo "the library alone"
