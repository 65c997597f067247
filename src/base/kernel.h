/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernels as data.  A kernel is a revision and switches; each switch is one
 * difference in behaviour, tested at one place by KERNEL_HAS().  The table in
 * kernel.c says what each is and where it is from.
 */
#ifndef BASE_KERNEL_H
#define BASE_KERNEL_H

#include <pmapsim/machine.h>

enum kernel_switch {
	/* The hypothesis of October 2010 and the remedies its mail names. */
	KS_LITTER,
	KS_IDEMPOTENT_ENTER,
	KS_CLEAR_ON_UNUSE,
	KS_ENTER_MULTIPLE,
	KS_NO_SUPERPAGES,
	/* What upstream did later. */
	KS_REMOVE_KERNEL_PDE,
	KS_ENTER_DEMOTES,
	KS_FLUSH_WHOLE_SUPERPAGE,
	KS_ERRATUM383,
	/* What differs between 2010-04 and 9.0; the revisions pick sides. */
	KS_WRITEABLE_MANAGED_ONLY,     /* D1, 9.0 */
	KS_HARVEST_A_ON_PROTECT,       /* D2, 2010-04 */
	KS_QENTER_KEEPS_SAME,	       /* D3, 9.0 */
	KS_FREE_PTPS_AFTER_REMOVE_ALL, /* D4, 9.0 */
	KS_COLLECT_CLEARS_WRITEABLE,   /* D5, 9.0 */
	KS_ENTER_MOVES_PV,	       /* D6, 9.0 */
	KS_BATCHED_INVALIDATION,       /* D7, 9.0 */
	KS_PANIC_NAMES_PAGE,	       /* D8, 9.0 */
	KS_ASSERT_MANAGED,	       /* D9, 9.0 */
	/* The museum's, one per bug or fix; see the table. */
	KS_ERRANT_PROMOTION,
	KS_DEMOTE_UNCOUNTED,
	KS_ASCENDING_SCAN,
	KS_RESERVE_PV_BEFORE_DEMOTION,
	KS_SUPERPAGE_FRAME_MASK,
	KS_REGISTER_BOOT_PTPS,
	KS_REFILL_BOOT_PTPS,
	KS_REFILL_UNPROMOTED,
	KS_WIRED_SUPERPAGE_NO_PTP,
	KS_DMAP_PTP_RESERVE,
	KS_PTP_LEAK,
	KS_PROMOTE_WITHOUT_A,
	KS_KEEP_A_OF_WIRED,
	KS_SEPARATE_SIZE_TEST,
	KS_RECLAIM_CONTIG_ALIGN,
	KS_PARTPOPQ_HEAD,
	KS_RESERV_POPMAP,
	KS_FALSE_PV,
	KS_CLEAN_WRITABLE_SUPERPAGE,
	KS_FORK_COPIES_WIRED,
	KS_DEMOTION_FAILURE_IGNORED,
	KS_COPY_WHOLE_SUPERPAGES,
	KS_COUNT
};
_Static_assert(KS_COUNT <= 64, "switches fit one word");

/*
 * A parsed kernel.  Made by kernel_parse() before boot, constant while its
 * machine lives; "name" is its canonical spelling.
 */
struct kernel {
	uint64_t switches; /* bit k: switch k is on */
	char name[256];
};

#define KERNEL_HAS(mach, ks) (((mach)->kernel.switches >> (ks)) & 1)

bool kernel_parse(const char *text, struct kernel *kernel, char *err,
    size_t errsize);
/* The switch's name as in "2010-04+NAME". */
const char *kernel_switch_name(enum kernel_switch ks);

#endif /* BASE_KERNEL_H */
