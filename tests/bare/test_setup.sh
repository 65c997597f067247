#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_setup.sh SOURCE: ./setup on machines that lack something.  A machine is
# a folder of commands, the only one in PATH: what ./setup itself needs, true;
# what it looks for and calls, false.
set -u
. "$(dirname "$0")/../lib.sh"
source=$1
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
machine=$tmp/bin
mkdir "$machine"
for tool in sh env grep id tr sort sed cat; do
	ln -s "$(command -v "$tool")" "$machine/$tool"
done

fail()
{
	echo "FAIL: $1"
	sed 's/^/    /' "$tmp/out"
	exit 1
}

# command_is NAME TEXT: the machine's command NAME is the script TEXT.
command_is()
{
	rm -f "$machine/$1"
	printf '#!/bin/sh\n%s\n' "$2" > "$machine/$1"
	chmod +x "$machine/$1"
}

# setup STATUS ARGUMENT...: ends so.
setup()
{
	expected=$1
	shift
	rm -f "$tmp/installed"
	PATH=$machine "$source/setup" "$@" > "$tmp/out" 2>&1
	status=$?
	[ $status -eq "$expected" ] ||
	    fail "setup $*: exit status $status, and must be $expected"
}

says()
{
	grep -q -F -e "$1" "$tmp/out" || fail "is not said: $1"
}

installed()
{
	[ -e "$tmp/installed" ]
}

for tool in ninja make cc; do
	command_is "$tool" :
done
command_is cmake 'echo "cmake version 3.25.1"'
command_is pkg-config 'exit 0'
command_is id 'echo 0'
command_is apt-get "echo \"\$*\" >> '$tmp/installed'"
setup 0
[ ! -s "$tmp/out" ] || fail "nothing is missing, and it says something"
installed && fail "nothing is missing, and it calls apt-get"
setup 0 -n build
[ ! -s "$tmp/out" ] || fail "nothing is missing, and -n says something"

# What is missing is said before it is installed; -n installs nothing.
command_is pkg-config 'case $* in *jansson) exit 1; esac'
rm "$machine/ninja"
setup 1 -n
says 'missing: ninja-build libjansson-dev'
installed && fail "-n installs"
setup 0
says 'missing: ninja-build libjansson-dev'
says 'to fetch'
[ "$(sed -n '$s/.* //p' "$tmp/installed")" = libjansson-dev ] ||
    fail "libjansson-dev is not installed"
grep -q '^install .* ninja-build ' "$tmp/installed" || fail "ninja-build is not installed"

# What fails in apt-get fails here.
command_is apt-get 'exit 100'
setup 100
says 'could not install these packages'

# One list of packages that cannot be read need not matter.
command_is apt-get "echo \"\$*\" >> '$tmp/installed'
case \$1 in update) exit 100; esac"
setup 0
says 'could not read every list of packages'
grep -q '^install .* ninja-build ' "$tmp/installed" || fail "one list is missing, and nothing is installed"

# Who is not root needs sudo, and is told so where there is none.
command_is apt-get "echo \"apt-get \$*\" >> '$tmp/installed'"
command_is id 'echo 1000'
setup 1
says 'run it as root, or install sudo'
installed && fail "installs without root and sudo"
command_is sudo "echo sudo >> '$tmp/installed'; exec \"\$@\""
setup 0
says 'installing these, by sudo'
[ "$(grep -c sudo "$tmp/installed")" -eq 2 ] || fail "not by sudo"
rm "$machine/apt-get"
setup 1
says 'not a Debian system'

# An old CMake is told its version.
command_is ninja :
command_is pkg-config 'exit 0'
command_is cmake 'echo "cmake version 3.18.4"'
setup 1
says 'cmake is version 3.18.4, and pmapsim needs 3.25 or later'

setup 2 everything
says 'usage: ./setup'
echo "each machine is told what it lacks"
