#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_readme.sh SOURCE_DIR BINARY_DIR: what README.md shows in blocks marked
# ```console is what the commands print.
set -u
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../console.sh"
PATH=$2/bin:$PATH
NO_COLOR=1
export PATH NO_COLOR
scratch

console_run "$1/README.md" "$tmp"
echo "$console_passed passed, $console_failed failed"
[ "$console_failed" -eq 0 ] && [ "$console_passed" -gt 5 ]
