# SPDX-License-Identifier: BSD-2-Clause
# one_file.awk: writes the library as two files, OUT/pmapsim.c and
# OUT/pmapsim.h.
#
#	awk -v tree=SOURCE -v out=OUT -v version=N -f one_file.awk SOURCE...
#
# Each SOURCE is a file below tree/src.  A header is written where it is first
# included, a table (.def) wherever it is; what a source defines for the
# preprocessor ends with that source.  All sources are one translation unit
# then, so no two may use one static name; the compiler tells.

# The file of the tree that "name" includes; "" when it is not of the tree.
function find(name,    path, line)
{
	path = tree "/src/" name
	if ((getline line < path) >= 0) {
		close(path)
		return path
	}
	path = tree "/include/" name
	if ((getline line < path) >= 0) {
		close(path)
		return path
	}
	return ""
}

# Writes "path" to "to"; "public" says that "to" is the header.
function emit(path, to, public, source,    line, name, file, lines, n, i)
{
	# Read as a whole first, since it may include itself by another.
	while ((getline line < path) > 0)
		lines[n++] = line
	close(path)
	for (i = 0; i < n; i++) {
		line = lines[i]
		if (line ~ /^#[ \t]*define[ \t]+_GNU_SOURCE/)
			continue # it stands at the top
		if (source && match(line, /^#[ \t]*define[ \t]+[A-Za-z_0-9]+/)) {
			name = substr(line, RSTART, RLENGTH)
			sub(/^#[ \t]*define[ \t]+/, "", name)
			defined[name] = 1
		}
		if (line !~ /^#[ \t]*include[ \t]*[<"]/) {
			print line > to
			continue
		}
		name = line
		sub(/^[^<"]*[<"]/, "", name)
		sub(/[>"].*/, "", name)
		file = find(name)
		if (file == "")
			print line > to
		else if (name ~ /\.def$/)
			emit(file, to, public, 0)
		else if (!(file in done)) {
			if (!public && file ~ /\/include\/pmapsim\//) {
				printf "%s: %s is not in pmapsim.h\n", path, \
				    name > "/dev/stderr"
				failed = 1
			}
			done[file] = 1
			emit(file, to, public, 0)
		}
	}
}

BEGIN {
	h = out "/pmapsim.h"
	c = out "/pmapsim.c"
	licence = "/* SPDX-License-Identifier: BSD-2-Clause */"
	print licence > h
	print "/*\n * pmapsim " version ", its public headers in one file, " \
	    "made by one_file.awk.  Where\n * <cmocka.h> is included before, " \
	    "the assertions for it are here, too.\n */" > h
	n = split(headers, header, " ")
	for (i = 1; i <= n; i++) {
		file = tree "/include/pmapsim/" header[i]
		if (header[i] == "cmocka.h" || file in done)
			continue
		done[file] = 1
		emit(file, h, 1, 0)
	}
	print "#ifdef cmocka_unit_test" > h
	emit(tree "/include/pmapsim/cmocka.h", h, 1, 0)
	print "#endif" > h

	print licence > c
	print "/*\n * pmapsim " version ", all its sources in one file, made " \
	    "by one_file.awk:\n * cc -c pmapsim.c\n */" > c
	print "#ifndef _GNU_SOURCE\n#define _GNU_SOURCE\n#endif" > c
	print "#define PMAPSIM_VERSION \"" version "\"" > c
	print "#include \"pmapsim.h\"" > c
	for (i = 1; i < ARGC; i++) {
		print "\n/* ==== src/" ARGV[i] " ==== */" > c
		split("", defined)
		emit(tree "/src/" ARGV[i], c, 0, 1)
		for (name in defined)
			print "#undef " name > c
	}
	exit failed
}
