/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lines that the kernel prints, kept as numbers and made into text only
 * when somebody reads them.
 */
#include "base/console.h"

#include <stdio.h>

#include "base/machine.h"

#define HZ 1000		     /* ticks a second */
#define PV_LIMIT_INTERVAL 60 /* seconds */

static const char *const console_texts[] = {
    [CONSOLE_PV_LIMIT] =
	"Approaching the limit on PV entries, consider increasing either the "
	"vm.pmap.shpgperproc or the vm.pmap.pv_entry_max sysctl.",
    [CONSOLE_REMOVE_PAGES] =
	"warning: pmap_remove_pages called with non-current pmap",
};

void
console_print(struct machine *mach, enum console_line line)
{
	struct console *console = &mach->console;

	console->ring[console->count++ % PMAPSIM_CONSOLE_LINES] = (uint8_t)line;
}

void
console_print_pv_limit(struct machine *mach)
{
	struct console *console = &mach->console;

	if (console->pv_limit_told &&
	    (unsigned)mach->ticks - (unsigned)console->pv_limit_at <
		PV_LIMIT_INTERVAL * HZ)
		return;
	console->pv_limit_told = true;
	console->pv_limit_at = mach->ticks;
	console_print(mach, CONSOLE_PV_LIMIT);
}

uint64_t
pmapsim_console_count(const struct machine *mach)
{

	return (mach->console.count);
}

int
pmapsim_console_line(const struct machine *mach, uint64_t n, char *buf,
    size_t size)
{
	const struct console *console = &mach->console;

	if ((buf == NULL && size != 0) || n >= console->count ||
	    console->count - n > PMAPSIM_CONSOLE_LINES)
		return (-1);
	return (snprintf(buf, size, "%s",
	    console_texts[console->ring[n % PMAPSIM_CONSOLE_LINES]]));
}
