#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_contributing_slow.sh SOURCE CMAKE CC: the diffs that CONTRIBUTING.md shows
# are made on a copy of the tree, which is built, and what they add is there:
# the switch in the list of kernels, the statement in reader, printer, checker,
# recorder, hunter, region view and manual.
set -u
. "$(dirname "$0")/../lib.sh"
source=$1
cmake=$2
cc=$3
needs mandoc
scratch

# ---- the diffs ---------------------------------------------------------------
# A hunk begins with "@@" and no numbers; its lines are found by their text,
# which must be in the file once.
mkdir "$tmp/tree"
(cd "$source" && tar cf - CMakeLists.txt bench include src tests setup LICENSE \
    README.md CHANGELOG.md CONTRIBUTING.md) | (cd "$tmp/tree" && tar xf -)
awk -v tree="$tmp/tree/" '
	function apply(    text, line, at, rest)
	{
		if (old == "" && new == "")
			return
		text = ""
		while ((getline line < file) > 0)
			text = text line "\n"
		close(file)
		at = index("\n" text, "\n" old)
		rest = substr(text, at + length(old))
		if (at == 0 || index("\n" rest, "\n" old) != 0) {
			printf "the lines are not in %s, or not once:\n%s", \
			    file, old > "/dev/stderr"
			bad = 1
		}
		printf "%s%s%s", substr(text, 1, at - 1), new, rest > file
		close(file)
		old = new = ""
		hunks++
	}
	/^```diff$/ { on = 1; next }
	/^```$/ { if (on) apply(); on = 0; next }
	!on || /^--- / { next }
	/^\+\+\+ / { apply(); file = $2; sub(/^b\//, tree, file); next }
	/^@@/ { apply(); next }
	{
		mark = substr($0, 1, 1)
		if (mark != "+")
			old = old substr($0, 2) "\n"
		if (mark != "-")
			new = new substr($0, 2) "\n"
	}
	END { print hunks + 0; exit bad }' "$source/CONTRIBUTING.md" \
    > "$tmp/hunks" || exit 1
[ "$(cat "$tmp/hunks")" -ge 5 ] || { echo "CONTRIBUTING.md shows no diffs"; exit 1; }

# ---- the build ---------------------------------------------------------------
{
	"$cmake" -S "$tmp/tree" -B "$tmp/build" -DCMAKE_C_COMPILER="$cc" \
	    -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG=-O0 \
	    -DPMAPSIM_BUILD_RACE=OFF -DPMAPSIM_INSTALL=OFF &&
	"$cmake" --build "$tmp/build" --parallel 2 \
	    --target pmapsim_cli test_trace_stmt test_hunt_rows list_statements
} > "$tmp/log" 2>&1 || { tail -n 30 "$tmp/log"; echo "it does not build"; exit 1; }
pmapsim=$(find "$tmp/build" -name pmapsim -type f | head -n 1)

# ---- a switch ----------------------------------------------------------------
"$pmapsim" kernels | grep -q '^ *promote-nothing ' ||
    fail "the new switch is not listed"
"$pmapsim" replay acpi-wakeup --kernel 2010-04+promote-nothing -q > "$tmp/out" 2>&1
[ $? -lt 2 ] || fail "the new switch cannot be booted: $(cat "$tmp/out")"

# ---- a statement -------------------------------------------------------------
"$(find "$tmp/build" -name test_trace_stmt -type f)" > "$tmp/out" 2>&1 ||
    fail "it is not printed as it is read: $(cat "$tmp/out")"
hunts=$(find "$tmp/build" -name test_hunt_rows -type f)
"$hunts" pmap_kenter_attr > "$tmp/out" 2>&1 ||
    fail "no hunt draws it: $(cat "$tmp/out")"
"$hunts" pmap_kenter_attribute > "$tmp/out" 2>&1 &&
    fail "hunts draw what does not exist"
MAN_ONLY=pmapsim-trace.5 "$source/tests/man/test_man.sh" "$tmp/tree" "$pmapsim" \
    "$(find "$tmp/build" -name list_statements -type f)" "$tmp/tree/src/man" \
    > "$tmp/out" 2>&1 || fail "the manual lacks it: $(cat "$tmp/out")"
cat > "$tmp/new.trace" <<'END'
machine mem=32M first=4M kmem=8M
kmem_alloc_nofault 2M => 0xffffff8000800000
pmap_kenter_attr 0xffffff8000801000 0xfee00000 uncacheable
pte kernel 0xffffff8000801000
END
"$pmapsim" record "$tmp/new.trace" > "$tmp/out" 2>&1 ||
    fail "it is not recorded: $(cat "$tmp/out")"
grep -q '^pte .* pte=0xfee00' "$tmp/out" || fail "it maps nothing: $(cat "$tmp/out")"
"$pmapsim" map "$tmp/new.trace" --at 3 --region 0xffffff8000801000 \
    > "$tmp/out" 2>&1
grep -q 'entered by this call (PTE 1)' "$tmp/out" ||
    fail "the region's view does not know it: $(cat "$tmp/out")"
echo 'pmap_kenter_attr 0xffffff8000801000 0xfee00000 uncachable' >> "$tmp/new.trace"
"$pmapsim" replay -q "$tmp/new.trace" > "$tmp/out" 2>&1
grep -q 'new.trace:5: "uncachable" is no way to cache' "$tmp/out" ||
    fail "its arguments are not checked: $(cat "$tmp/out")"

[ $failures -eq 0 ] || exit 1
echo "$(cat "$tmp/hunks") hunks"
