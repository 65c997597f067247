/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * "Did you mean": the nearest known name to a misspelt one.
 */
#ifndef BASE_SUGGEST_H
#define BASE_SUGGEST_H

#include <pmapsim/machine.h>

/* Known name "index"; NULL after the last: what pmapsim_nearest() asks. */
typedef const char *suggest_name(void *arg, unsigned index);

#endif /* BASE_SUGGEST_H */
