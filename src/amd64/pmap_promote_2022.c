/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Promotion of 2022 and later.  It differs from 2010's in what it notes: in
 * the page table that it keeps, whether its PTEs are as good as new; in the
 * PDE, that translations of 4 KB pages may still be cached.  From 2023 on it
 * does not ask for A: the superpage has A if all of its pages had.
 */
#include "amd64/pmap_2022.h"
#include "amd64/pmap_promote.h"

/* What must not differ between the PTEs of one superpage. */
#define PROMOTE_ATTRIBUTES                                                \
	(PG_NX | PG_MANAGED | PG_G | PG_PTE_CACHE | PG_M | PG_U | PG_RW | \
	    PG_V | PG_PKU_MASK)

/*
 * A promotion that is being tried.  On the stack of pmap_promote_pde_2022();
 * constant but for "used".
 */
struct promotion {
	vm_offset_t va;
	pt_entry_t *pte;       /* [NPTEPG] */
	pt_entry_t first;      /* what PTE 0 says, A apart */
	pt_entry_t asked;      /* PG_A where the kernel asks for it */
	pt_entry_t attributes; /* what is compared */
	pt_entry_t used;       /* the AND of all PTEs so far */
};

/* Whether the eight PTEs from index "i" on continue the first one. */
static inline bool
promotion_continues(struct promotion *p, unsigned i)
{
	const pt_entry_t ignored = PG_A & ~p->asked;
	pt_entry_t image = p->first + ptoa(i);
	pt_entry_t odd, used;
	unsigned j;

	odd = 0;
	used = PG_A;
	for (j = 0; j < 8; j++, image += PAGE_SIZE) {
		odd |= p->pte[i + j] ^ image;
		used &= p->pte[i + j];
	}
	p->used &= used;
	return ((odd & ~ignored) == 0);
}

/*
 * Checks PTE "i" alone; false: the promotion fails, and why is noted.  A
 * writable PTE that is clean loses PG_RW if its frame is right, and keeps it
 * otherwise.
 *
 * FreeBSD amd64/pmap.c pmap_promote_pde(): adapted, its loop, for one PTE.
 */
static bool
promotion_check(struct machine *mach, pmap_t pmap, struct promotion *p,
    unsigned i)
{
	const pt_entry_t image = p->first + ptoa(i);
	pt_entry_t bits, pte;

retry:
	pte = pte_load(mach, &p->pte[i]);
	bits = (pte ^ image) & (PG_FRAME | PG_V | p->asked);
	if (bits != 0) {
		promote_failed(mach, pmap, p->va,
		    PMAPSIM_PROMOTE_NOT_CONTIGUOUS, i, pte, bits);
		return (false);
	}
	if ((pte & (PG_M | PG_RW)) == PG_RW) {
		/* From now on no MMU sets M in it; one that has, is seen. */
		if (!pte_cmpset(mach, &p->pte[i], pte, pte & ~PG_RW))
			goto retry;
		pte &= ~PG_RW;
		CTR2(mach, KTR_PROMOTE_PROTECT, trunc_2mpage(p->va) + ptoa(i),
		    pmap->pm_name);
	}
	bits = (pte ^ image) & p->attributes;
	if (bits != 0) {
		promote_failed(mach, pmap, p->va, PMAPSIM_PROMOTE_ATTRIBUTES, i,
		    pte, bits);
		return (false);
	}
	p->used &= pte;
	return (true);
}

/* Looks at all PTEs but the first, the last one first. */
static bool
promotion_scan(struct machine *mach, pmap_t pmap, struct promotion *p)
{
	unsigned i;

	for (i = NPTEPG - 1; i > 0; i--) {
		while (!RACE_POINTS && i % 8 == 7 && i > 7 &&
		    promotion_continues(p, i - 7))
			i -= 8;
		if (!promotion_check(mach, pmap, p, i))
			return (false);
	}
	return (true);
}

/*
 * Makes the promotion "p", of which nothing can fail any more.
 *
 * FreeBSD amd64/pmap.c pmap_promote_pde(): adapted, its second half.
 */
static void
promotion_install(struct machine *mach, pmap_t pmap, pd_entry_t *pde,
    const struct promotion *p)
{
	pd_entry_t newpde;
	vm_page_t mpte;

	mpte = phys_to_vm_page(mach, *pde & PG_FRAME);
	KASSERT((*pde & PG_FRAME) < mach->config.mem,
	    ("pmap_promote_pde: page table page is out of range"));
	KASSERT(mpte->pindex == pmap_pde_pindex(p->va),
	    ("pmap_promote_pde: page table page's pindex is wrong mpte PTR "
	     "pidx %#llx va %#llx va pde pidx %#llx",
		(unsigned long long)mpte->pindex, (unsigned long long)p->va,
		(unsigned long long)pmap_pde_pindex(p->va)));
	newpde = p->first & ~PG_A;
	newpde |= p->used & PG_A;
	mpte->valid = (p->used & PG_A) != 0 ? PTP_FULL : PTP_PARTIAL;
	pmap_insert_pt_page(mach, pmap, mpte);

	if ((newpde & PG_MANAGED) != 0)
		pmap_pv_promote_pde(mach, pmap, p->va, newpde & PG_PS_FRAME);

	/* In a PDE the bit that is PAT's in a PTE means the page's size. */
	if ((newpde & PG_PTE_PAT) != 0)
		newpde ^= PG_PDE_PAT | PG_PTE_PAT;
	if (size_change_needs_rendezvous(mach))
		pmap_update_pde(mach, pmap, p->va, pde, newpde | PG_PS);
	else
		pte_store(mach, pde,
		    newpde | PG_PS |
			(promotion_is_marked(mach) ? PG_PROMOTED : 0));
	pmap_superpage_gained(mach, pmap);
	mach->pmap->pmap_pde_promotions++;
	CTR2(mach, KTR_PROMOTE, p->va, pmap->pm_name);
}

/*
 * Tries to replace the 512 mappings of 4 KB in the table at "*pde" by one of
 * 2 MB.
 *
 * FreeBSD amd64/pmap.c pmap_promote_pde(), 2022 and 2026: adapted, in the
 * steps above, and the reason of a failure is kept.
 */
void
pmap_promote_pde_2022(struct machine *mach, pmap_t pmap, pd_entry_t *pde,
    vm_offset_t va)
{
	pt_entry_t bits, first, wanted;
	struct promotion p;
	FRAME_AS("pmap_promote_pde");

	p.va = va;
	p.pte = physmem_table(mach, *pde);
	p.asked = promotion_ignores_accessed(mach) ? 0 : PG_A;
	wanted = PG_V | p.asked;
retry:
	first = pte_load(mach, &p.pte[0]);
	bits = (first & (wanted | (PG_FRAME & PDRMASK))) ^ wanted;
	if (bits != 0) {
		promote_failed(mach, pmap, va, PMAPSIM_PROMOTE_FIRST_UNUSABLE,
		    0, first, bits);
		return;
	}
	if ((first & (PG_M | PG_RW)) == PG_RW) {
		/* An MMU that has set M meanwhile makes it be read again. */
		if (!pte_cmpset(mach, &p.pte[0], first, first & ~PG_RW))
			goto retry;
		first &= ~PG_RW;
	}
	p.used = first;
	p.first = first;
	p.attributes = PROMOTE_ATTRIBUTES | pmap_pg_w(mach);
	if (promotion_scan(mach, pmap, &p))
		promotion_install(mach, pmap, pde, &p);
}

void
pmap_try_promote_2022(struct machine *mach, pmap_t pmap, vm_offset_t va,
    pd_entry_t *pde, vm_page_t m)
{

	if (!mach->pmap->pg_ps_enabled ||
	    (vm_page_flags(m) & PG_FICTITIOUS) != 0)
		return;
	if (vm_reserv_from_page(mach, m)->popcnt == VM_LEVEL_0_NPAGES)
		pmap_promote_pde_2022(mach, pmap, pde, va);
	else
		promote_note(mach, pmap, va, PMAPSIM_PROMOTE_NO_RESERVATION,
		    pmap_pte_index(va), 0, 0);
}
