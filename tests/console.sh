# SPDX-License-Identifier: BSD-2-Clause
# How a text's console blocks are tested: each command that it shows after "$ "
# is run, and what it prints is compared with what the text shows.  A line of
# "..." there stands for any lines.  "$ cat FILE" where there is no such file
# makes it, of what the text shows: so a text tells its reader what to write
# into a file, and goes on with it.  Exit statuses are not compared, as some
# examples are there because they fail.

# console_run TEXT FOLDER: tests the blocks of TEXT, fenced by ```console and
# ```, one after the other in FOLDER.  Says what failed, and adds to
# console_passed and console_failed.
console_passed=0
console_failed=0
console_run()
{
	mkdir -p "$2/.console" || exit 1
	# One pair of files a command: N.cmd and N.want.
	awk -v dir="$2/.console" '
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
	n { print > (name ".want") }' "$1"
	for console_cmd in "$2"/.console/*.cmd; do
		[ -e "$console_cmd" ] || break
		console_base=${console_cmd%.cmd}
		console_line=$(cat "$console_cmd")
		case $console_line in
		'cat '*[!A-Za-z0-9._-]*' '*) ;;
		'cat '*)
			console_file=$2/${console_line#cat }
			[ -e "$console_file" ] ||
			    cp "$console_base.want" "$console_file" ;;
		esac
		(cd "$2" && sh -c "$console_line") > "$console_base.got" 2>&1
		if console_same "$console_base.want" "$console_base.got" \
		    > "$console_base.why"; then
			console_passed=$((console_passed + 1))
		else
			console_failed=$((console_failed + 1))
			echo "FAILED: $1: $console_line"
			cat "$console_base.why"
		fi
	done
	rm -rf "$2/.console"
}

# console_same WANT GOT: whether GOT is WANT, with "..." for any lines.
console_same()
{
	awk '
	FNR == NR { want[++w] = $0; next }
	# cmocka 1.1.6 and later put the name of the group, an array, here.
	{ sub(/^\[==========\] [a-z_]+: /, "[==========] ") }
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
					say = sprintf("the text: %s\nprinted:  %s", \
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
		# A page does not show that an output ends in an empty line.
		while (w > 0 && want[w] == "") w--
		while (g > 0 && got[g] == "") g--
		if (match_from(1, 1))
			exit 0
		print say
		exit 1
	}' "$1" "$2"
}
