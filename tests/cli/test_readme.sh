#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs each command that README.md shows with its output, in blocks marked
# ```console, and compares what it prints with what README shows.  A line of
# "..." in README stands for any lines.  Exit statuses are not compared: some
# examples are there because they fail.
#
# usage: test_readme.sh SOURCE_DIR BINARY_DIR
set -u
source=$1
PATH=$2/bin:$PATH
export PATH
NO_COLOR=1
export NO_COLOR
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# One pair of files a command: N.cmd and N.want.
awk -v dir="$tmp" '
	/^```console$/ { inside = 1; next }
	/^```/ { inside = 0; next }
	!inside { next }
	/^\$ / {
		n++
		name = sprintf("%s/%03d", dir, n)
		print substr($0, 3) > (name ".cmd")
		printf "" > (name ".want")
		next
	}
	n { print > (name ".want") }
' "$source/README.md"

# Whether file 2 is file 1 with "..." standing for any lines.
same() {
	awk '
	FNR == NR { want[++w] = $0; next }
	{ got[++g] = $0 }
	function match_from(i, j) {
		while (i <= w) {
			if (want[i] == "...") {
				if (i == w)
					return 1
				for (; j <= g; j++)
					if (got[j] == want[i + 1] && \
					    match_from(i + 1, j))
						return 1
				return 0
			}
			if (j > g || got[j] != want[i]) {
				if (i > far) {
					far = i
					say = sprintf("README: %s\ngot:    %s", \
					    want[i], j > g ? "(the end)" : got[j])
				}
				return 0
			}
			i++
			j++
		}
		return j > g
	}
	END {
		if (match_from(1, 1))
			exit 0
		print say
		exit 1
	}' "$1" "$2"
}

failed=0
passed=0
for cmd in "$tmp"/*.cmd; do
	[ -e "$cmd" ] || { echo "README shows no command"; exit 1; }
	base=${cmd%.cmd}
	(cd "$tmp" && sh -c "$(cat "$cmd")") > "$base.got" 2>&1
	if same "$base.want" "$base.got" > "$base.why"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $(cat "$cmd")"
		cat "$base.why"
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 5 ]
