/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console: what the kernel prints for whoever sits before the machine.  Of
 * the code that is simulated two functions do.
 */
#ifndef BASE_CONSOLE_H
#define BASE_CONSOLE_H

#include <pmapsim/machine.h>

/* The lines; console.c has the kernel's words for each. */
enum console_line {
	CONSOLE_PV_LIMIT,    /* pv entries are above their high water mark */
	CONSOLE_REMOVE_PAGES /* pmap_remove_pages() for another CPU's pmap */
};

/*
 * Part of the machine, empty at boot.  Line n lies at
 * n % PMAPSIM_CONSOLE_LINES until it is overwritten.
 */
struct console {
	uint64_t count; /* lines ever */
	uint8_t ring[PMAPSIM_CONSOLE_LINES];
	bool pv_limit_told;
	int pv_limit_at; /* ticks, when it was told last */
};

void console_print(struct machine *mach, enum console_line line);
/* The line about pv entries, at most once in 60 seconds of the clock. */
void console_print_pv_limit(struct machine *mach) __attribute__((cold));

#endif /* BASE_CONSOLE_H */
