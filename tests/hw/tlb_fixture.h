/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of TLBs share.
 */
#ifndef TESTS_HW_TLB_FIXTURE_H
#define TESTS_HW_TLB_FIXTURE_H

#include "hw_fixture.h"

#include <ctype.h>

/* Four data entries of any size, and as many for instructions. */
#define TINY                                                     \
	"tlb tiny\narray l1 data 4K,2M,1G entries=4 ways=full\n" \
	"array l1 instruction 4K,2M,1G entries=4 ways=full\n"
#define CACHES                                   \
	TINY "cache pde entries=2 ways=full\n"   \
	     "cache pdpte entries=2 ways=full\n" \
	     "cache pml4e entries=2 ways=full\n"

#endif /* TESTS_HW_TLB_FIXTURE_H */
