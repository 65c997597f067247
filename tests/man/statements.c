/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists the statements of a trace with their synopses, for the check of
 * pmapsim-trace(5).
 */
#include <stdio.h>

#include <pmapsim/trace.h>

int
main(void)
{
	const struct pmapsim_trace_op_info *info;
	unsigned i;

	for (i = 0; (info = pmapsim_trace_op_info(i)) != NULL; i++)
		printf("%s%s%s\n", info->name,
		    info->synopsis[0] != '\0' ? " " : "", info->synopsis);
	return (0);
}
