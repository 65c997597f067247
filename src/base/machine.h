/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * struct machine: the one object that owns everything.
 *
 * Made by machine_create() as the first bytes of one host reservation
 * (MAP_NORESERVE) in which all other tables of the machine lie at offsets
 * that depend on the configuration alone; simulated physical memory is a
 * second reservation, so that it can be shared.  Both are zero-filled, and
 * everything in them is designed so that zero is its first valid state:
 * booting touches almost nothing.  The layers hang their own state from the
 * pointers below at startup.  pmapsim_destroy() unmaps both.
 */
#ifndef BASE_MACHINE_H
#define BASE_MACHINE_H

#include <pmapsim/machine.h>

#include "base/console.h"
#include "base/kernel.h"
#include "base/ktr.h"
#include "base/panic.h"
#include "base/zone.h"

struct cpu;
struct physmem;
struct vm_phys;
struct vm_page_state;
struct vm_object_state;
struct vm_reserv_state;
struct vm_map_state;
struct pmap_state;
struct race_hook;

/*
 * Whether other CPUs can act inside a call; see amd64/pmap_store.h.  Files that
 * are compiled once for a library where they can and for one where they cannot
 * may not ask: src/CMakeLists.txt tells which are not.
 */
#ifdef PMAPSIM_RACE
#define RACE_POINTS true
#elif defined(PMAPSIM_BOTH)
bool race_points_depend_on_the_library(void);
#define RACE_POINTS race_points_depend_on_the_library()
#else
#define RACE_POINTS false
#endif

/*
 * The kernel's page counters (struct vmmeter), in pages.  Each rises and
 * falls where FreeBSD's does; vm.stats.vm.* shows them.  Part of the machine.
 */
struct vmmeter {
	unsigned v_page_count;	   /* pages given to vm_phys at boot */
	unsigned v_free_count;	   /* PG_FREE, unused pages of reservations
				       included */
	unsigned v_cache_count;	   /* always 0: nothing is cached */
	unsigned v_wire_count;	   /* pages with wire_count > 0 */
	unsigned v_active_count;   /* on PQ_ACTIVE and PQ_HOLD */
	unsigned v_inactive_count; /* on PQ_INACTIVE */
	unsigned v_free_reserved;  /* thresholds, constant after boot */
	unsigned v_free_min;
	unsigned v_free_severe;
	unsigned v_free_target;
	unsigned v_interrupt_free_min;
	unsigned v_pageout_free_min;
	unsigned v_cache_min;
	unsigned v_cache_max;
	unsigned v_inactive_target;
	unsigned v_tfree; /* pages freed, ever */
	unsigned v_pfree; /* pages freed by exiting objects */
	unsigned v_reactivated;
	unsigned v_vm_faults; /* vm_fault() calls */
	unsigned v_cow_faults;
	unsigned v_cow_optim;
	unsigned v_zfod;
	unsigned v_ozfod;
	unsigned v_intrans;
	unsigned vm_pageout_deficit;
	unsigned pageout_scans; /* that vm_pageout_scan() has ended, ever */
	union {
		struct {
			bool vm_pages_needed; /* the page daemon was asked */
			bool vm_pageout_pages_needed;
		};
		uint16_t pages_needed_by_any; /* 0: neither is set */
	};
};

/* One armed failure; see pmapsim_inject(). */
struct inject {
	bool armed;
	bool and_after;
	uint64_t nth;
	uint64_t seen;
};

/* See the top of this file. */
struct machine {
	/* Read on almost every call. */
	bool invariants;
	/* Set at boot where the kernel's function is another than that of April
	   2010, or checks more: then its fast path is never taken. */
	bool promote_museum;   /* pmap_promote_pde(), pmap_try_promote() */
	bool page_alloc_any;   /* vm_page_alloc(), or inject_armed is set */
	bool page_alloc_later; /* vm_page_alloc(), whatever inject_armed is */
	bool page_free_any;    /* vm_page_free_toq() */
	bool inject_armed;     /* any of inject[] */
	bool ktr_on;	       /* CTR2() records; off at boot */
	unsigned dmap_pml4i;   /* the direct map's slot in the PML4 */
	unsigned curcpu;       /* index of the CPU that runs kernel code */
	bool fault_populates;  /* a policy of vm_fault() is on; set at boot */
	uint64_t enter_mask;   /* what of a PDE must be PG_V alone for the fast
				  path of pmap_enter(); 0: there is none */
	unsigned depth;	       /* frames in use */
	int ticks;	       /* the clock: only a trace advances it */
	struct kernel kernel;
	struct vmmeter cnt;

	/* Layers, made bottom up at boot. */
	struct physmem *physmem;
	char *physmem_base; /* physmem->base, which each walk reads */
	struct cpu *cpus;   /* config.ncpu of them */
	struct vm_phys *vm_phys;
	struct vm_page *vm_page_array; /* element i is physical page i */
	struct md_page *md_page_array; /* of it, too */
	struct page_use *page_use;     /* of it, too */
	uintptr_t page_use_bias;       /* see vm_page_use(), */
	uintptr_t md_page_bias;	       /* vm_page_md(), */
	uintptr_t pv_table_bias;       /* page_to_pvh(), */
	uintptr_t reserv_bias;	       /* vm_reserv_from_page() */
	struct vm_page_state *vm_page;
	struct vm_object_state *vm_object;
	struct vm_reserv_state *vm_reserv;
	struct vm_map_state *vm_map;
	struct pmap_state *pmap;
	struct ktr *ktr;
	/* Other CPUs inside a call; NULL: none acts.  See race_point.h. */
	const struct race_hook *race_hook;
	uint64_t race_skip; /* points that pass before it is asked again */

	struct pmapsim_config config;
	struct inject inject[PMAPSIM_INJECT_KINDS];
	struct console console;

	/* Panic. */
	const char *frames[PMAPSIM_FRAMES_MAX];
	struct pmapsim_guard *guard; /* innermost */
	bool panicked;
	struct pmapsim_panic panic;
	void (*panic_hook)(struct machine *, const struct pmapsim_panic *,
	    void *);
	void *panic_hook_arg;

	/* The reservation. */
	unsigned zone_shift; /* zones hold 1 / 2^n of what they are to */
	size_t reserve_size; /* bytes */
	size_t reserve_used; /* bytes taken by machine_reserve() */
	struct zone *zones;  /* the one made last; each leads to the next */
};

/*
 * Makes a machine of "config", whose defaults are resolved, with room for
 * "tables" bytes of tables; no layer is started.  NULL: the host refused.
 */
struct machine *machine_create(const struct pmapsim_config *config,
    const struct kernel *kernel, size_t tables);

/*
 * Takes "size" zero-filled bytes, 64-byte aligned, from the reservation;
 * panics when it is used up.  They live as long as the machine.
 */
void *machine_reserve(struct machine *mach, size_t size);

/*
 * Tells the host that all "size" bytes from "start" of the reservation will be
 * touched, so that it may give huge pages there.  Nowhere else: a table that is
 * touched here and there would be committed whole.
 */
void machine_will_fill(void *start, size_t size);

/* Counts an event of the kind; true: it must fail. */
bool inject_fails(struct machine *mach, enum pmapsim_inject kind);
/* Whether each coming event of "kind" fails, so that waiting has no end. */
bool inject_is_endless(const struct machine *mach, enum pmapsim_inject kind);

#define INJECT(mach, kind)                            \
	(__builtin_expect((mach)->inject_armed, 0) && \
	    inject_fails((mach), (kind)))

_Noreturn void frame_overflow_(struct machine *mach, const char *func);

static inline void
frame_enter_(struct machine *mach, const char *func)
{
	if (__builtin_expect(mach->depth >= PMAPSIM_FRAMES_MAX, 0))
		frame_overflow_(mach, func);
	mach->frames[mach->depth++] = func;
}

static inline void
frame_leave_(struct machine **machp)
{
	(*machp)->depth--;
}

#endif /* BASE_MACHINE_H */
