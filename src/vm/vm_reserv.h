/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vm_reserv: superpage reservations, one level of 512 pages.
 */
#ifndef VM_VM_RESERV_H
#define VM_VM_RESERV_H

#include "vm/vm_page.h"

#define VM_LEVEL_0_ORDER 9
#define VM_LEVEL_0_NPAGES 512
#define VM_LEVEL_0_SHIFT 21
#define VM_LEVEL_0_SIZE UINT64_C(0x200000)

/*
 * A reservation.  Element i of the array stands for the 2 MB frame at i * 2
 * MB for the life of the machine; it is active while "object" is set.
 *
 * vm_reserv_alloc_page() activates it when an object first needs a page of a
 * 2 MB-aligned window and puts it at the head of the object's rvq.  popcnt
 * counts the pages of the frame in use; while 0 < popcnt < 512 it is on
 * rvq_partpop, at whose tail each change puts it, so that the head is the one
 * changed longest ago and the first to be reclaimed.  It dies when its last
 * page is freed (the frame goes back to vm_phys whole), or when it is broken
 * or reclaimed (its unused pages go back one by one).
 */
struct vm_reserv {
	TAILQ_ENTRY(vm_reserv) partpopq;
	LIST_ENTRY(vm_reserv) objq;
	struct vm_object *object; /* NULL: inactive */
	vm_pindex_t pindex;	  /* of the first page, in object */
	int popcnt;
	bool inpartpopq;
	int lasttick; /* of the last change that counted; since 2017 */
} __attribute__((aligned(64)));

TAILQ_HEAD(vm_reservq, vm_reserv);
LIST_HEAD(vm_reservlist, vm_reserv);

/* Made by vm_reserv_startup(); lives as long as the machine. */
struct vm_reserv_state {
	struct vm_reserv *array; /* [nframes] */
	uint64_t nframes;
	struct vm_reservq rvq_partpop; /* least recently changed first */
	long broken, freed, reclaimed; /* vm.reserv.* */
};

void vm_reserv_startup(struct machine *mach);
/* vm_reserv_alloc_page(), vm_reserv_free_page(): vm_reserv_page.h */
boolean_t vm_reserv_reactivate_page(struct machine *mach, vm_page_t m);
boolean_t vm_reserv_free_again(struct machine *mach, vm_page_t m);
void vm_reserv_rename(struct machine *mach, vm_page_t m, vm_object_t new_object,
    vm_object_t old_object, vm_pindex_t old_object_offset);
/* The first page of the frame; NULL when the frame is not all real memory. */
vm_page_t vm_reserv_pages(struct machine *mach, const struct vm_reserv *rv);

/* The reservation structure of "m"'s frame, active or not. */
static inline struct vm_reserv *
vm_reserv_from_page(const struct machine *mach, const struct vm_page *m)
{
	return ((struct vm_reserv *)(mach->reserv_bias +
	    vm_page_frame(m) * sizeof(struct vm_reserv)));
}

/* Whether all pages of "rv" are in use, as a promotion of its frame needs. */
static inline bool
vm_reserv_is_full(const struct vm_reserv *rv)
{
	return (rv->popcnt == VM_LEVEL_0_NPAGES);
}

static inline vm_paddr_t
vm_reserv_to_phys(const struct vm_reserv_state *st, const struct vm_reserv *rv)
{
	return ((vm_paddr_t)(rv - st->array) << VM_LEVEL_0_SHIFT);
}

/*
 * The page size that "m" can be mapped with as the first of a superpage: 1, a
 * large one, while its reservation is full; else 0.
 *
 * FreeBSD vm_page.h m->psind: adapted, not kept in the page.
 */
static inline int
vm_page_psind(const struct machine *mach, const struct vm_page *m)
{
	return ((vm_page_to_phys(mach, m) & (VM_LEVEL_0_SIZE - 1)) == 0 &&
	    vm_reserv_from_page(mach, m)->popcnt == VM_LEVEL_0_NPAGES);
}

/* vm.reserv.partpopq; length as snprintf. */
int vm_reserv_sysctl_partpopq(struct machine *mach, char *buf, size_t size);

#endif /* VM_VM_RESERV_H */
