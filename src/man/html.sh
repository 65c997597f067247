#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# html.sh MAN OUT: writes the pages in the folder MAN into OUT as HTML, by mandoc,
# with an index.  References between them are links; those to FreeBSD's pages
# lead to its site.
set -eu
mkdir -p "$2"
out=$(cd "$2" && pwd)
# mandoc tells our pages from others by what lies here.
cd "$1"
freebsd='https://man.freebsd.org/cgi/man.cgi?query=%N&sektion=%S'

cat > "$out/manual.css" <<'END'
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, "DejaVu Sans", sans-serif; max-width: 54em;
  margin: 0 auto; padding: 12px; overflow-wrap: anywhere }
h1 { font-size: 1.2em; margin: 1.4em 0 0.4em } h2 { font-size: 1.05em }
pre, code, .Li { font: 0.9em ui-monospace, "DejaVu Sans Mono", monospace }
pre { overflow: auto; overflow-wrap: normal; padding: 8px; background: #8882;
  border-radius: 4px }
table.head, table.foot { width: 100%; color: #888 }
td { vertical-align: top; padding-right: 1em }
.head-rtitle, .foot-os { text-align: right } .head-vol, .foot-date { text-align: center }
a.permalink { color: inherit; text-decoration: none }
.Bd-indent, .Bl-item { margin-left: 1.5em } .Bl-compact > * { margin: 0 }
.Bl-tag > dt { margin-top: 0.5em } p.Pp { margin: 0.7em 0 }
.Ar, .Fa, .Va, .Vt { font-style: italic } .Fl, .Cm, .Nm, .Fn, .Ic { font-weight: 600 }
END

{
	cat <<'END'
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The manual of pmapsim</title>
<link rel="stylesheet" href="manual.css">
<h1>The manual of pmapsim</h1>
END
	for section in '7 To read' '1 The command' '5 Formats' '3 The library'; do
		printf '<h2>%s</h2>\n<dl class="Bl-tag">\n' "${section#? }"
		for page in *."${section%% *}"; do
			name=${page%.*}
			what=$(sed -n 's/^\.Nd //p' "$page" | sed 's/&/\&amp;/g; s/</\&lt;/g')
			printf '<dt><a href="%s.html">%s(%s)</a></dt><dd>%s</dd>\n' \
			    "$page" "$name" "${page##*.}" "$what"
		done
		echo '</dl>'
	done
	echo '</html>'
} > "$out/index.html"

for page in *.[1-9]; do
	mandoc -T html -O "style=manual.css,man=%N.%S.html;$freebsd" "$page" |
	    sed 's:^<body>:&<p><a href="index.html">All pages</a></p>:' \
	    > "$out/$page.html"
done
