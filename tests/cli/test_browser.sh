#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_browser.sh PMAPSIM SOURCE: a browser opens the pictures and draws what
# they say, of the size that they say.  Exits 77 where there is no browser.
set -u
. "$(dirname "$0")/../lib.sh"
pmapsim=$1
source=$2
browser=
for name in chromium chromium-browser google-chrome chrome; do
	browser=$(command -v $name) && break
done
[ -n "$browser" ] || lacks chromium
scratch
unset PMAPSIM_SCENARIOS

# browse OPTION...: the browser, without a window, network or profile.
browse()
{
	HOME=$tmp timeout -k 5 60 "$browser" --headless --no-sandbox \
	    --disable-gpu --disable-dev-shm-usage --hide-scrollbars \
	    --user-data-dir="$tmp/profile" "$@" 2> "$tmp/log"
}

# Some hosts forbid what a browser needs; that says nothing of the pictures.
printf '<p>alive</p>' > "$tmp/alive.html"
if ! browse --dump-dom "file://$tmp/alive.html" | grep -q alive; then
	echo "skipped: $browser does not run here:"
	tail -n 3 "$tmp/log"
	exit 77
fi

# draws NAME CLASS CELLS: the page with the picture tells how many cells the
# browser made of it, and that its title is its name; the screenshot is a
# PNG and not one colour.
draws()
{
	file=$tmp/$1.svg
	{
		echo '<!DOCTYPE html><body>'
		cat "$file"
		cat <<END
<script>
const svg = document.querySelector('svg'), box = svg.getBoundingClientRect();
let outside = 0;
for (const e of svg.querySelectorAll('text, rect, circle')) {
	if (e.closest('defs')) continue;
	const b = e.getBoundingClientRect();
	if (b.left < box.left - 1 || b.right > box.right + 1 ||
	    b.top < box.top - 1 || b.bottom > box.bottom + 1) outside++;
}
document.title = 'cells=' + svg.querySelectorAll('g.$2').length +
    ' outside=' + outside +
    ' error=' + document.querySelectorAll('parsererror').length;
</script>
END
	} > "$tmp/page.html"
	title=$(browse --dump-dom "file://$tmp/page.html" |
	    sed -n 's/.*<title>\(cells=[^<]*\)<.*/\1/p')
	[ "$title" = "cells=$3 outside=0 error=0" ] ||
	    fail "$1: the browser sees \"$title\", expected $3 cells"
	browse --screenshot="$tmp/$1.png" --window-size=1000,700 \
	    "file://$file" > /dev/null
	[ "$(wc -c < "$tmp/$1.png" 2>/dev/null || echo 0)" -gt 10000 ] ||
	    fail "$1: the browser draws nothing"
}

cp "$source/src/scenarios/pictures/acpi-wakeup.svg" "$tmp/region.svg"
draws region pte 512
"$pmapsim" map "$source/tests/cli/map.trace" --svg "$tmp/frames.svg" || exit 1
draws frames frame 16
draws frames region 7

[ $failures -eq 0 ] || exit 1
echo "3 pictures drawn"
