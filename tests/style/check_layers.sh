#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# check_layers.sh TREE: who may include whom.  Each file of TREE/src includes
# headers of its own and of lower folders only, always as "folder/name.h";
# the layers below the pmap see none of its words.
set -u
tree=$1
bad=0

# allowed FOLDER: the folders of src, then the public headers, that it may see.
# A word may also be one header of a folder.  The command and the page in the
# browser are clients of the public headers and of what $shown lists: the values
# of study that they show, and the files of program.  Those headers see public
# headers and each other, so that nothing else reaches the command by them.
shown="study/compare study/explain study/machine_map study/region study/svg \
study/table_entry study/timeline study/travel program/import program/program \
program/run_ahead program/run_file program/run_format program/run_pack"
allowed()
{
	case $1 in
	base)	echo "base | types machine panic_codes.def" ;;
	hw)	echo "base hw | types machine hw" ;;
	vm)	echo "base vm | types machine vm pmap" ;;
	amd64)	echo "base hw vm amd64 | types machine hw vm pmap" ;;
	audit)	echo "base hw vm amd64 audit |" \
		    "types machine hw vm pmap audit" ;;
	trace)	echo "base hw vm amd64 audit trace |" \
		    "types machine hw vm pmap audit trace" ;;
	race)	echo "base hw vm amd64 audit trace race | *" ;;
	study)	echo "base hw vm amd64 audit trace race study | *" ;;
	program)	echo "base vm program | *" ;;
	cli)	echo "cli $shown | *" ;;
	web)	echo "web $shown | *" ;;
	*)	return 1 ;;
	esac
}

complain()
{
	echo "$1: $2" >&2
	bad=1
}

for file in "$tree"/src/*/*.[ch]; do
	[ -f "$file" ] || continue
	folder=$(basename "$(dirname "$file")")
	if ! rule=$(allowed "$folder"); then
		complain "$file" "folder \"$folder\" has no rule here"
		continue
	fi
	own=" ${rule%%|*} "
	public=" ${rule#*|} "
	name=${file#"$tree/src/"}
	case " $shown " in
	*" ${name%.h} "*)
		own=" $shown "
		folder="a header that the command sees" ;;
	esac
	while IFS= read -r line; do
		number=${line%%:*}
		header=$(expr "$line" : '.*include[[:space:]]*[<"]\([^>"]*\)')
		case $line in
		*\<pmapsim/*)
			name=${header#pmapsim/}
			case $public in
			*" * "* | *" ${name%.h} "*) ;;
			*) complain "$file:$number" \
			    "$folder may not include <$header>" ;;
			esac ;;
		*\"*/*)
			case $own in
			*" ${header%%/*} "* | *" ${header%.h} "*) ;;
			*) complain "$file:$number" \
			    "$folder may not include \"$header\"" ;;
			esac ;;
		*\"*) complain "$file:$number" \
		    "\"$header\" does not name its folder" ;;
		esac
	done <<-END
	$(grep -n '^[[:space:]]*#[[:space:]]*include' "$file" || true)
	END
	case $folder in
	base | hw | vm)
		# A page-table entry is the pmap's affair (and the walker's).
		[ "$folder" = hw ] && continue
		hits=$(grep -nwE 'p[tdm]_entry_t|pdp_entry_t|pml4_entry_t|PG_FRAME|PG_PS' \
		    "$file" | grep -vE '^[0-9]+:[[:space:]]*(/?\*|//)') &&
		    complain "$file:${hits%%:*}" \
			"$folder may not see a page-table entry" ;;
	esac
done

# Nothing installed may need what is not installed.
for file in "$tree"/include/pmapsim/*.h; do
	[ -f "$file" ] || continue
	hits=$(grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "$file") &&
	    complain "$file:${hits%%:*}" "a public header includes a private one"
done
exit $bad
