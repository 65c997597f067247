/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the operations of the files share: where callgrind counts.
 */
#ifndef BUDGET_BUDGET_H
#define BUDGET_BUDGET_H

#include "bench_support.h"

#define MB (UINT64_C(1) << 20)

/* Counting begins. */
void budget_begin(void);
/* Counting ends: that were "number" times "operation". */
void budget_end(const char *operation, unsigned number);

/* budget_programs.c: the calls of programs. */
void measure_programs(void);
/* budget_today.c: the calls of a kernel of today. */
void measure_today(void);

#endif /* BUDGET_BUDGET_H */
