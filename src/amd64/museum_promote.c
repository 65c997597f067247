/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Promotion as three other kernels make it, for the museum.  pmap_promote.c
 * comes here only where one of their switches is on; who reads how the kernel
 * of April 2010 promotes need not.
 *
 *	errant-promotion	trusts that the first PTE is valid
 *	ascending-scan		reads the PTEs upwards
 *	promote-without-a	does not ask for PG_A
 */
#include "amd64/pmap_promote.h"

/*
 * Tries to replace the 512 mappings in the table at "*pde" by one of 2 MB, as
 * pmap_promote_pde() does but for those three differences.
 *
 * Of a user table promoted whatever PG_A says, the superpage has PG_A if all
 * PTEs had it; the kept table has it in each, as the image of a superpage that
 * the MMU may use.
 *
 * FreeBSD amd64/pmap.c pmap_promote_pde() before 2010, before R179777 of 2008,
 * and of 2023: adapted, the reason of a failure is kept.
 */
void
museum_promote_pde(struct machine *mach, pmap_t pmap, pd_entry_t *pde,
    vm_offset_t va)
{
	pt_entry_t bits, first, ignored, *pte, used;
	unsigned i, n;
	FRAME_AS("pmap_enter");

	ignored = 0;
	if (promotion_ignores_accessed(mach) && pmap_is_user_va(va))
		ignored = PG_A;
	pte = physmem_table(mach, *pde);
retry:
	first = pte_load(mach, &pte[0]);
	/* Without the test for PG_V, the second PTE tells what the first is. */
	if (promotion_trusts_first_pte(mach) && pmap == kernel_pmap &&
	    (first & PG_V) == 0)
		first = pte[1] - PAGE_SIZE;
	bits = ((first & PROMOTE_FIRST_MASK) ^ PROMOTE_FIRST) & ~ignored;
	if (bits != 0) {
		promote_failed(mach, pmap, va, PMAPSIM_PROMOTE_FIRST_UNUSABLE,
		    0, first, bits);
		return;
	}
	if ((first & (PG_M | PG_RW)) == PG_RW) {
		if (!pte_cmpset(mach, &pte[0], first, first & ~PG_RW))
			goto retry;
		first &= ~PG_RW;
	}
	used = first;
	for (n = 1; n < NPTEPG; n++) {
		i = promotion_scans_upwards(mach) ? n : NPTEPG - n;
		if (!promote_pte(mach, pmap, va, pte, i, first, ignored))
			return;
		used &= pte[i];
	}
	if ((used & PG_A) == 0)
		for (i = 0; i < NPTEPG; i++)
			if ((pte[i] & PG_A) == 0)
				pte_set_bits(mach, &pte[i], PG_A);
	pmap_promote_install(mach, pmap, pde, va, first & (used | ~PG_A));
}
