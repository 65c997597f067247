/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory attributes and what else concerns pages as memory: the cache bits of
 * kernel mappings, device memory, alignment for superpages, and contents by
 * way of the direct map.
 *
 * One page must not be mapped with two attributes.  Its direct-map address is
 * always there, so whatever changes another kernel mapping changes that too.
 */
#include <errno.h>
#include <string.h>

#include "amd64/pmap_var.h"

#include "vm/vm_kernels.h"
#include "vm/vm_object.h"

#define PHYS_TO_DMAP(pa) ((pa) | mach->kernel.revision->dmap_min_address)

/*
 * Returns the attribute that mappings of "m" get.
 *
 * FreeBSD amd64/pmap.h pmap_page_get_memattr(): same.
 */
vm_memattr_t
pmap_page_get_memattr(vm_page_t m)
{

	return (m != NULL ? m->pat_mode_c ^ VM_MEMATTR_DEFAULT : -1);
}

/*
 * Gives "m" the attribute "ma", in the direct map at once and in mappings
 * that are made from now on; existing ones keep theirs.
 *
 * FreeBSD amd64/pmap.c pmap_page_set_memattr(): same.
 */
void
pmap_page_set_memattr(struct machine *mach, vm_page_t m, vm_memattr_t ma)
{
	FRAME();

	CHECK_PAGE(m);
	m->pat_mode_c = (uint8_t)(ma ^ VM_MEMATTR_DEFAULT);
	if (m->pat_mode_c != 0)
		vm_page_aflag_set(mach, m, PG_MEMATTR);
	else
		vm_page_aflag_clear(mach, m, PG_MEMATTR);
	if ((vm_page_flags(m) & PG_FICTITIOUS) == 0 &&
	    pmap_change_attr(mach, PHYS_TO_DMAP(VM_PAGE_TO_PHYS(m)), PAGE_SIZE,
		ma) != 0)
		panic("memory attribute change on the direct map failed");
}

/*
 * Replaces the 1 GB mapping "pdpe" of "va" in the kernel's tables by 512 of
 * 2 MB with its attributes.  Returns FALSE, with nothing changed, when there
 * is no memory for a page directory.
 *
 * FreeBSD amd64/pmap.c pmap_demote_pdpe(): same.
 */
static boolean_t
pmap_demote_pdpe(struct machine *mach, pmap_t pmap, pdp_entry_t *pdpe,
    vm_offset_t va)
{
	pdp_entry_t oldpdpe;
	pd_entry_t *pde;
	vm_page_t mpde;
	unsigned i;
	FRAME();

	oldpdpe = *pdpe;
	KASSERT((oldpdpe & (PG_PS | PG_V)) == (PG_PS | PG_V),
	    ("pmap_demote_pdpe: oldpdpe is missing PG_PS and/or PG_V"));
	mpde = vm_page_alloc(mach, NULL, va >> PDPSHIFT,
	    VM_ALLOC_INTERRUPT | VM_ALLOC_NOOBJ | VM_ALLOC_WIRED);
	if (mpde == NULL) {
		CTR2(mach, KTR_DEMOTE_PDPE_FAILURE, va, pmap->pm_name);
		return (FALSE);
	}
	KASSERT((oldpdpe & PG_A) != 0,
	    ("pmap_demote_pdpe: oldpdpe is missing PG_A"));
	KASSERT((oldpdpe & (PG_M | PG_RW)) != PG_RW,
	    ("pmap_demote_pdpe: oldpdpe is missing PG_M"));
	/* The page directory is filled before the PDPE refers to it. */
	pde = physmem_table(mach, VM_PAGE_TO_PHYS(mpde));
	for (i = 0; i < NPDEPG; i++)
		pde[i] = oldpdpe + i * NBPDR;
	mach->pmap->pte_stores.changed += NPDEPG;
	*pdpe = VM_PAGE_TO_PHYS(mpde) | PG_M | PG_A | PG_RW | PG_V |
	    (oldpdpe & PG_U);
	pmap_invalidate_page(mach, pmap, vtopde(va));
	mach->pmap->pmap_pdpe_demotions++;
	CTR2(mach, KTR_DEMOTE_PDPE, va, pmap->pm_name);
	return (TRUE);
}

/*
 * A kernel mapping of any size.  "pte" is NULL where nothing is mapped,
 * "level" 1 to 3 for 4 KB, 2 MB and 1 GB.
 */
struct kernel_leaf {
	pt_entry_t *pte;
	int level;
};

static const vm_size_t leaf_size[] = {0, PAGE_SIZE, NBPDR, NBPDP};

/*
 * Returns the mapping of "va", which is not below the direct map, so that
 * there is a PDP page.  Like FreeBSD it tests entries against 0, not for V.
 *
 * Simulator only: the walk of both passes below.
 */
static struct kernel_leaf
pmap_kernel_leaf(struct machine *mach, vm_offset_t va)
{
	struct kernel_leaf leaf = {NULL, 3};
	pt_entry_t *entry;

	entry = pmap_pdpe(mach, kernel_pmap, va);
	if (*entry != 0 && (*entry & PG_PS) == 0) {
		leaf.level = 2;
		entry = pmap_pdpe_to_pde(mach, entry, va);
		if (*entry != 0 && (*entry & PG_PS) == 0) {
			leaf.level = 1;
			entry = pmap_pde_to_pte(mach, entry, va);
		}
	}
	if (*entry != 0)
		leaf.pte = entry;
	return (leaf);
}

/*
 * Whether the cache bits of "leaf" are those of "mode", and, if "set" says
 * so, makes them so.
 *
 * Simulator only: one for entries of each size.
 */
static bool
pmap_leaf_has_attr(struct machine *mach, struct kernel_leaf leaf, int mode,
    bool set)
{
	pt_entry_t bits, mask, oldpte;

	bits = pmap_cache_bits(mach, mode, leaf.level > 1);
	mask = leaf.level > 1 ? PG_PDE_CACHE : PG_PTE_CACHE;
	oldpte = pte_load(mach, leaf.pte);
	if ((oldpte & mask) == bits)
		return (true);
	if (!set)
		return (false);
	if (leaf.level == 3)
		*leaf.pte = (oldpte & ~mask) | bits;
	else
		/* An MMU may set A or M meanwhile, which has to stay. */
		while (!pte_cmpset(mach, leaf.pte, oldpte,
		    (oldpte & ~mask) | bits))
			oldpte = pte_load(mach, leaf.pte);
	return (false);
}

/*
 * The first pass over [base, end): demotes the larger mappings that the range
 * covers in part and whose attribute differs.  Returns 0 when every address
 * is mapped and the second pass cannot fail, else an errno.
 *
 * FreeBSD amd64/pmap.c pmap_change_attr_locked(): same.
 */
static int
pmap_change_attr_demote(struct machine *mach, vm_offset_t base, vm_offset_t end,
    int mode)
{
	struct kernel_leaf leaf;
	vm_offset_t va;
	vm_size_t size;

	for (va = base; va < end;) {
		leaf = pmap_kernel_leaf(mach, va);
		if (leaf.pte == NULL)
			return (EINVAL);
		size = leaf_size[leaf.level];
		if (leaf.level == 1 ||
		    pmap_leaf_has_attr(mach, leaf, mode, false) ||
		    ((va & (size - 1)) == 0 && va + size <= end)) {
			va = (va & ~(size - 1)) + size;
			continue;
		}
		if (leaf.level == 3) {
			if (!pmap_demote_pdpe(mach, kernel_pmap, leaf.pte, va))
				return (ENOMEM);
			continue;
		}
		if (!pmap_demote_pde(mach, kernel_pmap, leaf.pte, va))
			return (ENOMEM);
	}
	return (0);
}

/*
 * Gives the kernel mappings of [va, va + size), rounded to pages, the
 * attribute "mode".  Where they are not the direct map's, the direct map of
 * the same memory follows, one run of contiguous memory at a time.
 *
 * Returns EINVAL below the direct map and where nothing is mapped, ENOMEM
 * when a larger mapping could not be demoted; what was demoted until then
 * stays so.
 *
 * FreeBSD amd64/pmap.c pmap_change_attr(): adapted, no locks.
 */
int
pmap_change_attr(struct machine *mach, vm_offset_t va, vm_size_t size, int mode)
{
	const vm_offset_t base = trunc_page(va), end = round_page(va + size);
	struct kernel_leaf leaf;
	vm_paddr_t pa, pa_end, pa_start;
	vm_size_t leafsize;
	bool changed;
	int error;
	FRAME();

	if (base < mach->kernel.revision->dmap_min_address)
		return (EINVAL);
	error = pmap_change_attr_demote(mach, base, end, mode);
	if (error != 0)
		return (error);

	changed = false;
	pa_start = pa_end = 0;
	for (va = base; va < end && error == 0;
	     va = (va & ~(leafsize - 1)) + leafsize) {
		leaf = pmap_kernel_leaf(mach, va);
		leafsize = leaf_size[leaf.level];
		if (!pmap_leaf_has_attr(mach, leaf, mode, true))
			changed = true;
		if (va < vm_min_kernel_address(mach))
			continue;
		pa = *leaf.pte & (leaf.level == 1 ? PG_FRAME : PG_PS_FRAME);
		if (pa_start != pa_end && pa_end != pa) {
			error = pmap_change_attr(mach, PHYS_TO_DMAP(pa_start),
			    pa_end - pa_start, mode);
			pa_start = pa_end;
		}
		if (pa_start == pa_end)
			pa_start = pa_end = pa;
		pa_end += leafsize;
	}
	if (error == 0 && pa_start != pa_end)
		error = pmap_change_attr(mach, PHYS_TO_DMAP(pa_start),
		    pa_end - pa_start, mode);
	/* Caches last: a stale translation could fill them again. */
	if (changed) {
		pmap_invalidate_range(mach, kernel_pmap, base, end);
		pmap_invalidate_cache_range(mach, base, end);
	}
	return (error);
}

/*
 * Maps "size" bytes of device memory at "pa" with attribute "mode" and returns
 * where: in the direct map if that reaches so far, else at new kernel
 * addresses.
 *
 * FreeBSD amd64/pmap.c pmap_mapdev_attr(): same.
 */
vm_offset_t
pmap_mapdev_attr(struct machine *mach, vm_paddr_t pa, vm_size_t size, int mode)
{
	vm_offset_t offset, tmpva, va;
	FRAME();

	if (pa < mach->pmap->dmaplimit && pa + size < mach->pmap->dmaplimit) {
		va = PHYS_TO_DMAP(pa);
		if (pmap_change_attr(mach, va, size, mode) == 0)
			return (va);
	}
	offset = pa & PAGE_MASK;
	size = round_page(offset + size);
	va = kmem_alloc_nofault(mach, pmapsim_kernel_map(mach), size);
	if (va == 0)
		panic("pmap_mapdev: Couldn't alloc kernel virtual memory");
	pa = trunc_page(pa);
	for (tmpva = va; tmpva < va + size; tmpva += PAGE_SIZE) {
		pmap_kenter_attr(mach, tmpva, pa, mode);
		pa += PAGE_SIZE;
	}
	pmap_invalidate_range(mach, kernel_pmap, va, va + size);
	pmap_invalidate_cache_range(mach, va, va + size);
	return (va + offset);
}

/*
 * Maps device registers, uncacheable.
 *
 * FreeBSD amd64/pmap.c pmap_mapdev(): same.
 */
vm_offset_t
pmap_mapdev(struct machine *mach, vm_paddr_t pa, vm_size_t size)
{

	return (pmap_mapdev_attr(mach, pa, size, VM_MEMATTR_UNCACHEABLE));
}

/*
 * Maps firmware tables, which are ordinary memory.
 *
 * FreeBSD amd64/pmap.c pmap_mapbios(): same.
 */
vm_offset_t
pmap_mapbios(struct machine *mach, vm_paddr_t pa, vm_size_t size)
{

	return (pmap_mapdev_attr(mach, pa, size, VM_MEMATTR_WRITE_BACK));
}

/*
 * Undoes one of the three above.  A direct-map address keeps its mapping and
 * its attribute.
 *
 * FreeBSD amd64/pmap.c pmap_unmapdev(): same.
 */
void
pmap_unmapdev(struct machine *mach, vm_offset_t va, vm_size_t size)
{
	const vm_offset_t base = trunc_page(va), end = round_page(va + size);
	FRAME();

	if (pmap_is_direct_va(mach, va))
		return;
	for (va = base; va < end; va += PAGE_SIZE)
		pmap_kremove(mach, va);
	pmap_invalidate_range(mach, kernel_pmap, base, end);
	kmem_free(mach, pmapsim_kernel_map(mach), base, end - base);
}

/*
 * Raises "*addr", where "size" bytes of "object" from byte "offset" on are to
 * be mapped, to where superpages are possible; not if not even one is.
 *
 * FreeBSD amd64/pmap.c pmap_align_superpage(): same.
 */
void
pmap_align_superpage(struct machine *mach, vm_object_t object,
    vm_ooffset_t offset, vm_offset_t *addr, vm_size_t size)
{
	vm_offset_t superpage_offset;

	NONNULL(addr);
	if (size < NBPDR)
		return;
	if (object != NULL && (object->flags & OBJ_COLORED) != 0)
		offset += ptoa(object->pg_color);
	superpage_offset = offset & PDRMASK;
	if (size - ((NBPDR - superpage_offset) & PDRMASK) < NBPDR ||
	    (*addr & PDRMASK) == superpage_offset)
		return;
	if ((*addr & PDRMASK) < superpage_offset)
		*addr = trunc_2mpage(*addr) + superpage_offset;
	else
		*addr = round_2mpage(*addr) + superpage_offset;
}

/*
 * Fills "m" with zeroes.  A frame that was never freed still is what it was
 * at boot, and is spared; it is not taken for such a second time.
 *
 * FreeBSD amd64/pmap.c pmap_zero_page(): adapted, untouched host memory stays
 * untouched.
 */
void
pmap_zero_page(struct machine *mach, vm_page_t m)
{

	NONNULL(m);
	if (m->recycled)
		memset(physmem_ptr(mach, VM_PAGE_TO_PHYS(m)), 0, PAGE_SIZE);
	m->recycled = 1;
}

/*
 * Fills "size" bytes from byte "off" of "m" with zeroes.
 *
 * FreeBSD amd64/pmap.c pmap_zero_page_area(): same.
 */
void
pmap_zero_page_area(struct machine *mach, vm_page_t m, int off, int size)
{

	CHECK_PAGE(m);
	memset((char *)physmem_ptr(mach, VM_PAGE_TO_PHYS(m)) + off, 0,
	    (size_t)size);
}

/*
 * pmap_zero_page() for the idle process.
 *
 * FreeBSD amd64/pmap.c pmap_zero_page_idle(): same.
 */
void
pmap_zero_page_idle(struct machine *mach, vm_page_t m)
{

	CHECK_PAGE(m);
	pmap_zero_page(mach, m);
}

/*
 * Copies the contents of "src" to "dst".
 *
 * FreeBSD amd64/pmap.c pmap_copy_page(): same.
 */
void
pmap_copy_page(struct machine *mach, vm_page_t src, vm_page_t dst)
{

	CHECK_PAGE(src);
	CHECK_PAGE(dst);
	memcpy(physmem_ptr(mach, VM_PAGE_TO_PHYS(dst)),
	    physmem_ptr(mach, VM_PAGE_TO_PHYS(src)), PAGE_SIZE);
	dst->recycled = 1;
}
