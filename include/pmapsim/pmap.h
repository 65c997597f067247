/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmap(9) of FreeBSD/amd64 (pmap.c), under FreeBSD's names behind one first
 * parameter, the machine.  To be called inside a guard: each may panic as the
 * kernel does.  Addresses are bytes; locks are not modelled.
 */
#ifndef PMAPSIM_PMAP_H
#define PMAPSIM_PMAP_H

#include <pmapsim/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Address spaces.  pmapsim_pmap_create() makes the empty structure that the
 * caller then gives to pmap_pinit(); the machine owns it. */
PMAPSIM_API pmap_t pmapsim_kernel_pmap(struct machine *mach);
PMAPSIM_API pmap_t pmapsim_pmap_create(struct machine *mach, const char *name);
PMAPSIM_API void pmapsim_pmap_destroy(struct machine *mach, pmap_t pmap);
PMAPSIM_API const char *pmapsim_pmap_name(pmap_t pmap);
PMAPSIM_API int64_t pmapsim_pmap_resident_count(pmap_t pmap); /* pages */
PMAPSIM_API int64_t pmapsim_pmap_wired_count(pmap_t pmap);    /* pages */
PMAPSIM_API uint32_t pmapsim_pmap_active(pmap_t pmap);	      /* CPU mask */
PMAPSIM_API void pmapsim_pmap_set_active(pmap_t pmap, uint32_t mask);
PMAPSIM_API int pmap_pinit(struct machine *mach, pmap_t pmap);
PMAPSIM_API void pmap_pinit0(struct machine *mach, pmap_t pmap);
PMAPSIM_API void pmap_release(struct machine *mach, pmap_t pmap);
/* Makes "pmap" the current one of the current CPU (takes a thread in FreeBSD). */
PMAPSIM_API void pmap_activate(struct machine *mach, pmap_t pmap);
PMAPSIM_API void pmap_growkernel(struct machine *mach, vm_offset_t addr);

/* Making mappings. */
PMAPSIM_API void pmap_enter(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_prot_t access, vm_page_t m, vm_prot_t prot, boolean_t wired);
PMAPSIM_API void pmap_enter_quick(struct machine *mach, pmap_t pmap,
    vm_offset_t va, vm_page_t m, vm_prot_t prot);
PMAPSIM_API void pmap_enter_object(struct machine *mach, pmap_t pmap,
    vm_offset_t start, vm_offset_t end, vm_page_t m_start, vm_prot_t prot);
PMAPSIM_API void pmap_object_init_pt(struct machine *mach, pmap_t pmap,
    vm_offset_t addr, vm_object_t object, vm_pindex_t pindex, vm_size_t size);
PMAPSIM_API void pmap_copy(struct machine *mach, pmap_t dst_pmap,
    pmap_t src_pmap, vm_offset_t dst_addr, vm_size_t len,
    vm_offset_t src_addr);

/* Taking mappings away. */
PMAPSIM_API void pmap_remove(struct machine *mach, pmap_t pmap,
    vm_offset_t sva, vm_offset_t eva);
PMAPSIM_API void pmap_remove_all(struct machine *mach, vm_page_t m);
PMAPSIM_API void pmap_remove_pages(struct machine *mach, pmap_t pmap);

/* Changing mappings. */
PMAPSIM_API void pmap_protect(struct machine *mach, pmap_t pmap,
    vm_offset_t sva, vm_offset_t eva, vm_prot_t prot);
PMAPSIM_API void pmap_remove_write(struct machine *mach, vm_page_t m);
PMAPSIM_API void pmap_change_wiring(struct machine *mach, pmap_t pmap,
    vm_offset_t va, boolean_t wired);

/* Asking. */
PMAPSIM_API vm_paddr_t pmap_extract(struct machine *mach, pmap_t pmap,
    vm_offset_t va);
PMAPSIM_API vm_page_t pmap_extract_and_hold(struct machine *mach, pmap_t pmap,
    vm_offset_t va, vm_prot_t prot);
PMAPSIM_API vm_paddr_t pmap_kextract(struct machine *mach, vm_offset_t va);
PMAPSIM_API boolean_t pmap_is_prefaultable(struct machine *mach, pmap_t pmap,
    vm_offset_t addr);
PMAPSIM_API int pmap_mincore(struct machine *mach, pmap_t pmap,
    vm_offset_t addr);
PMAPSIM_API boolean_t pmap_page_exists_quick(struct machine *mach, pmap_t pmap,
    vm_page_t m);
PMAPSIM_API boolean_t pmap_page_is_mapped(struct machine *mach, vm_page_t m);
PMAPSIM_API int pmap_page_wired_mappings(struct machine *mach, vm_page_t m);

/* Referenced and modified. */
PMAPSIM_API boolean_t pmap_is_modified(struct machine *mach, vm_page_t m);
PMAPSIM_API boolean_t pmap_is_referenced(struct machine *mach, vm_page_t m);
PMAPSIM_API int pmap_ts_referenced(struct machine *mach, vm_page_t m);
PMAPSIM_API void pmap_clear_modify(struct machine *mach, vm_page_t m);
PMAPSIM_API void pmap_clear_reference(struct machine *mach, vm_page_t m);

/* Kernel mappings without accounting. */
PMAPSIM_API void pmap_kenter(struct machine *mach, vm_offset_t va,
    vm_paddr_t pa);
PMAPSIM_API void pmap_kenter_attr(struct machine *mach, vm_offset_t va,
    vm_paddr_t pa, int mode);
PMAPSIM_API void pmap_kremove(struct machine *mach, vm_offset_t va);
PMAPSIM_API void pmap_qenter(struct machine *mach, vm_offset_t sva,
    vm_page_t *ma, int count);
PMAPSIM_API void pmap_qremove(struct machine *mach, vm_offset_t sva,
    int count);
PMAPSIM_API vm_offset_t pmap_map(struct machine *mach, vm_offset_t *virt,
    vm_paddr_t start, vm_paddr_t end, int prot);
PMAPSIM_API vm_offset_t pmap_kenter_temporary(struct machine *mach,
    vm_paddr_t pa, int i);

/* Memory attributes, devices, alignment, contents. */
PMAPSIM_API vm_memattr_t pmap_page_get_memattr(vm_page_t m);
PMAPSIM_API void pmap_page_set_memattr(struct machine *mach, vm_page_t m,
    vm_memattr_t ma);
/* Errors are host errno values: EINVAL, ENOMEM. */
PMAPSIM_API int pmap_change_attr(struct machine *mach, vm_offset_t va,
    vm_size_t size, int mode);
PMAPSIM_API vm_offset_t pmap_mapdev(struct machine *mach, vm_paddr_t pa,
    vm_size_t size);
PMAPSIM_API vm_offset_t pmap_mapdev_attr(struct machine *mach, vm_paddr_t pa,
    vm_size_t size, int mode);
PMAPSIM_API vm_offset_t pmap_mapbios(struct machine *mach, vm_paddr_t pa,
    vm_size_t size);
PMAPSIM_API void pmap_unmapdev(struct machine *mach, vm_offset_t va,
    vm_size_t size);
PMAPSIM_API void pmap_align_superpage(struct machine *mach,
    vm_object_t object, vm_ooffset_t offset, vm_offset_t *addr,
    vm_size_t size);
PMAPSIM_API void pmap_zero_page(struct machine *mach, vm_page_t m);
PMAPSIM_API void pmap_zero_page_area(struct machine *mach, vm_page_t m,
    int off, int size);
PMAPSIM_API void pmap_zero_page_idle(struct machine *mach, vm_page_t m);
PMAPSIM_API void pmap_copy_page(struct machine *mach, vm_page_t src,
    vm_page_t dst);

/* Invalidations: the local operation and the messages to other CPUs. */
PMAPSIM_API void pmap_invalidate_page(struct machine *mach, pmap_t pmap,
    vm_offset_t va);
PMAPSIM_API void pmap_invalidate_range(struct machine *mach, pmap_t pmap,
    vm_offset_t sva, vm_offset_t eva);
PMAPSIM_API void pmap_invalidate_all(struct machine *mach, pmap_t pmap);
PMAPSIM_API void pmap_invalidate_cache(struct machine *mach);
PMAPSIM_API void pmap_invalidate_cache_range(struct machine *mach,
    vm_offset_t sva, vm_offset_t eva);

/* Reading the tables.  Simulator only; valid for any address. */
struct pmapsim_pte {
	pml4_entry_t pml4e;
	pdp_entry_t pdpe;
	pd_entry_t pde; /* 0 when no page directory is there */
	pt_entry_t pte; /* 0 when the PDE is a 2 MB mapping or invalid */
};
PMAPSIM_API void pmapsim_pte(struct machine *mach, pmap_t pmap, vm_offset_t va,
    struct pmapsim_pte *entries);

/* Why a promotion attempt failed: what the kernel never told. */
enum pmapsim_promote_reason {
	PMAPSIM_PROMOTE_OK,
	PMAPSIM_PROMOTE_FIRST_UNUSABLE, /* PTE 0 lacks V or A, or its frame is
					   not 2 MB aligned */
	PMAPSIM_PROMOTE_NOT_CONTIGUOUS, /* PTE "index" has another frame, or
					   lacks V or A */
	PMAPSIM_PROMOTE_ATTRIBUTES,	/* PTE "index" differs in "bits" */
	PMAPSIM_PROMOTE_NO_RESERVATION, /* not attempted: the reservation is
					   absent or not fully populated */
	PMAPSIM_PROMOTE_REASONS
};
struct pmapsim_promote_failure {
	enum pmapsim_promote_reason reason;
	pmap_t pmap;
	vm_offset_t va;	 /* of the 2 MB region */
	unsigned index;	 /* of the PTE, 0..511 */
	pt_entry_t pte;	 /* what it was */
	pt_entry_t bits; /* that are wrong or differ */
};
/* The last failure, reason PMAPSIM_PROMOTE_OK when there was none. */
PMAPSIM_API void pmapsim_promote_last_failure(struct machine *mach,
    struct pmapsim_promote_failure *failure);
PMAPSIM_API uint64_t pmapsim_promote_failures(struct machine *mach,
    enum pmapsim_promote_reason reason);
/* 2 MB mappings that exist now: of "pmap", or of all when NULL. */
PMAPSIM_API uint64_t pmapsim_superpages(struct machine *mach, pmap_t pmap);

#ifdef __cplusplus
}
#endif

#endif /* PMAPSIM_PMAP_H */
