/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's counters by their sysctl names.  One table: the names a user
 * knows from the real system, and beside them, under "pmapsim.", what the
 * simulator alone can count.
 */
#include <pmapsim/hw.h>

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "amd64/pmap_var.h"
#include "vm/vm_kernels.h"
#include "vm/vm_object.h"
#include "vm/vm_phys.h"

enum sysctl_id {
	ID_PG_PS_ENABLED,
	ID_PV_ENTRY_MAX,
	ID_SHPGPERPROC,
	ID_PV_ENTRY_COUNT,
	ID_PC_CHUNK_COUNT,
	ID_PC_CHUNK_ALLOCS,
	ID_PC_CHUNK_FREES,
	ID_PC_CHUNK_TRYFAIL,
	ID_PV_ENTRY_FREES,
	ID_PV_ENTRY_ALLOCS,
	ID_PV_ENTRY_SPARE,
	ID_COLLECT_INACTIVE,
	ID_COLLECT_ACTIVE,
	ID_PDE_DEMOTIONS,
	ID_PDE_MAPPINGS,
	ID_PDE_P_FAILURES,
	ID_PDE_PROMOTIONS,
	ID_PDPE_DEMOTIONS,
	ID_KVM_SIZE,
	ID_KVM_FREE,
	ID_RESERV_BROKEN,
	ID_RESERV_FREED,
	ID_RESERV_RECLAIMED,
	ID_CNT_PREZERO,
	ID_V_PAGE_COUNT,
	ID_V_FREE_COUNT,
	ID_V_CACHE_COUNT,
	ID_V_WIRE_COUNT,
	ID_V_ACTIVE_COUNT,
	ID_V_INACTIVE_COUNT,
	ID_V_FREE_RESERVED,
	ID_V_FREE_MIN,
	ID_V_FREE_SEVERE,
	ID_V_FREE_TARGET,
	ID_V_INTERRUPT_FREE_MIN,
	ID_V_PAGEOUT_FREE_MIN,
	ID_V_CACHE_MIN,
	ID_V_CACHE_MAX,
	ID_V_INACTIVE_TARGET,
	ID_V_TFREE,
	ID_V_PFREE,
	ID_V_REACTIVATED,
	ID_V_VM_FAULTS,
	ID_V_COW_FAULTS,
	ID_V_COW_OPTIM,
	ID_V_ZFOD,
	ID_V_OZFOD,
	ID_V_INTRANS,
	ID_OBJECT_COLLAPSES,
	ID_OBJECT_BYPASSES,
	ID_PTE_STORES,
	ID_SUPERPAGES,
	ID_SUPERPAGE_BYTES,
	ID_ENTERS_IGNORED,
	ID_FAIL_FIRST,
	ID_FAIL_CONTIGUOUS,
	ID_FAIL_ATTRIBUTES,
	ID_FAIL_RESERVATION,
	ID_INVAL_PAGE,
	ID_INVAL_RANGE,
	ID_INVAL_ALL,
	ID_SENT_PAGE,
	ID_SENT_RANGE,
	ID_SENT_ALL,
	ID_PAGEOUT_DEFICIT,
	ID_PAGES_NEEDED,
	ID_TEXT
};

static const struct sysctl_node {
	const char *name;
	enum sysctl_id id;
	int (*text)(struct machine *mach, char *buf, size_t size);
} nodes[] = {
    {"vm.pmap.pg_ps_enabled", ID_PG_PS_ENABLED, NULL},
    {"vm.pmap.pv_entry_max", ID_PV_ENTRY_MAX, NULL},
    {"vm.pmap.shpgperproc", ID_SHPGPERPROC, NULL},
    {"vm.pmap.pv_entry_count", ID_PV_ENTRY_COUNT, NULL},
    {"vm.pmap.pc_chunk_count", ID_PC_CHUNK_COUNT, NULL},
    {"vm.pmap.pc_chunk_allocs", ID_PC_CHUNK_ALLOCS, NULL},
    {"vm.pmap.pc_chunk_frees", ID_PC_CHUNK_FREES, NULL},
    {"vm.pmap.pc_chunk_tryfail", ID_PC_CHUNK_TRYFAIL, NULL},
    {"vm.pmap.pv_entry_frees", ID_PV_ENTRY_FREES, NULL},
    {"vm.pmap.pv_entry_allocs", ID_PV_ENTRY_ALLOCS, NULL},
    {"vm.pmap.pv_entry_spare", ID_PV_ENTRY_SPARE, NULL},
    {"vm.pmap.pmap_collect_inactive", ID_COLLECT_INACTIVE, NULL},
    {"vm.pmap.pmap_collect_active", ID_COLLECT_ACTIVE, NULL},
    {"vm.pmap.pde.demotions", ID_PDE_DEMOTIONS, NULL},
    {"vm.pmap.pde.mappings", ID_PDE_MAPPINGS, NULL},
    {"vm.pmap.pde.p_failures", ID_PDE_P_FAILURES, NULL},
    {"vm.pmap.pde.promotions", ID_PDE_PROMOTIONS, NULL},
    {"vm.pmap.pdpe.demotions", ID_PDPE_DEMOTIONS, NULL},
    {"vm.kvm_size", ID_KVM_SIZE, NULL},
    {"vm.kvm_free", ID_KVM_FREE, NULL},
    {"vm.phys_free", ID_TEXT, vm_phys_sysctl_free},
    {"vm.phys_segs", ID_TEXT, vm_phys_sysctl_segs},
    {"vm.reserv.partpopq", ID_TEXT, vm_reserv_sysctl_partpopq},
    {"vm.reserv.broken", ID_RESERV_BROKEN, NULL},
    {"vm.reserv.freed", ID_RESERV_FREED, NULL},
    {"vm.reserv.reclaimed", ID_RESERV_RECLAIMED, NULL},
    {"vm.stats.misc.cnt_prezero", ID_CNT_PREZERO, NULL},
    {"vm.stats.vm.v_page_count", ID_V_PAGE_COUNT, NULL},
    {"vm.stats.vm.v_free_count", ID_V_FREE_COUNT, NULL},
    {"vm.stats.vm.v_cache_count", ID_V_CACHE_COUNT, NULL},
    {"vm.stats.vm.v_wire_count", ID_V_WIRE_COUNT, NULL},
    {"vm.stats.vm.v_active_count", ID_V_ACTIVE_COUNT, NULL},
    {"vm.stats.vm.v_inactive_count", ID_V_INACTIVE_COUNT, NULL},
    {"vm.stats.vm.v_free_reserved", ID_V_FREE_RESERVED, NULL},
    {"vm.stats.vm.v_free_min", ID_V_FREE_MIN, NULL},
    {"vm.stats.vm.v_free_severe", ID_V_FREE_SEVERE, NULL},
    {"vm.stats.vm.v_free_target", ID_V_FREE_TARGET, NULL},
    {"vm.stats.vm.v_interrupt_free_min", ID_V_INTERRUPT_FREE_MIN, NULL},
    {"vm.stats.vm.v_pageout_free_min", ID_V_PAGEOUT_FREE_MIN, NULL},
    {"vm.stats.vm.v_cache_min", ID_V_CACHE_MIN, NULL},
    {"vm.stats.vm.v_cache_max", ID_V_CACHE_MAX, NULL},
    {"vm.stats.vm.v_inactive_target", ID_V_INACTIVE_TARGET, NULL},
    {"vm.stats.vm.v_tfree", ID_V_TFREE, NULL},
    {"vm.stats.vm.v_pfree", ID_V_PFREE, NULL},
    {"vm.stats.vm.v_reactivated", ID_V_REACTIVATED, NULL},
    {"vm.stats.vm.v_vm_faults", ID_V_VM_FAULTS, NULL},
    {"vm.stats.vm.v_cow_faults", ID_V_COW_FAULTS, NULL},
    {"vm.stats.vm.v_cow_optim", ID_V_COW_OPTIM, NULL},
    {"vm.stats.vm.v_zfod", ID_V_ZFOD, NULL},
    {"vm.stats.vm.v_ozfod", ID_V_OZFOD, NULL},
    {"vm.stats.vm.v_intrans", ID_V_INTRANS, NULL},
    {"vm.stats.object.collapses", ID_OBJECT_COLLAPSES, NULL},
    {"vm.stats.object.bypasses", ID_OBJECT_BYPASSES, NULL},
    {"pmapsim.pte_stores", ID_PTE_STORES, NULL},
    {"pmapsim.superpages", ID_SUPERPAGES, NULL},
    {"pmapsim.superpage_bytes", ID_SUPERPAGE_BYTES, NULL},
    {"pmapsim.enters_ignored", ID_ENTERS_IGNORED, NULL},
    {"pmapsim.promote.first_unusable", ID_FAIL_FIRST, NULL},
    {"pmapsim.promote.not_contiguous", ID_FAIL_CONTIGUOUS, NULL},
    {"pmapsim.promote.attributes", ID_FAIL_ATTRIBUTES, NULL},
    {"pmapsim.promote.no_reservation", ID_FAIL_RESERVATION, NULL},
    {"pmapsim.invalidate.page", ID_INVAL_PAGE, NULL},
    {"pmapsim.invalidate.range", ID_INVAL_RANGE, NULL},
    {"pmapsim.invalidate.all", ID_INVAL_ALL, NULL},
    {"pmapsim.shootdown.page", ID_SENT_PAGE, NULL},
    {"pmapsim.shootdown.range", ID_SENT_RANGE, NULL},
    {"pmapsim.shootdown.all", ID_SENT_ALL, NULL},
    {"pmapsim.pageout_deficit", ID_PAGEOUT_DEFICIT, NULL},
    {"pmapsim.pages_needed", ID_PAGES_NEEDED, NULL},
};
#define NNODES (sizeof(nodes) / sizeof(nodes[0]))

const char *
pmapsim_sysctl_name(unsigned index)
{

	return (index < NNODES ? nodes[index].name : NULL);
}

static int64_t
sysctl_value(struct machine *mach, enum sysctl_id id)
{
	const struct pmap_state *pm = mach->pmap;
	const struct vmmeter *cnt = &mach->cnt;
	struct pmapsim_invalidations inval;

	pmapsim_invalidations(mach, &inval);
	switch (id) {
	case ID_PG_PS_ENABLED:
		return (pm->pg_ps_enabled);
	case ID_PV_ENTRY_MAX:
		return (pm->pv_entry_max);
	case ID_SHPGPERPROC:
		return (pm->shpgperproc);
	case ID_PV_ENTRY_COUNT:
		return (pm->pv_entry_count);
	case ID_PC_CHUNK_COUNT:
		return (pm->pc_chunk_count);
	case ID_PC_CHUNK_ALLOCS:
		return (pm->pc_chunk_allocs);
	case ID_PC_CHUNK_FREES:
		return (pm->pc_chunk_frees);
	case ID_PC_CHUNK_TRYFAIL:
		return (pm->pc_chunk_tryfail);
	case ID_PV_ENTRY_FREES:
		return (pm->pv_entry_frees);
	case ID_PV_ENTRY_ALLOCS:
		return (pm->pv_entry_allocs);
	case ID_PV_ENTRY_SPARE:
		return (pm->pv_entry_spare);
	case ID_COLLECT_INACTIVE:
		return (pm->pmap_collect_inactive);
	case ID_COLLECT_ACTIVE:
		return (pm->pmap_collect_active);
	case ID_PDE_DEMOTIONS:
		return ((int64_t)pm->pmap_pde_demotions);
	case ID_PDE_MAPPINGS:
		return ((int64_t)pm->pmap_pde_mappings);
	case ID_PDE_P_FAILURES:
		return ((int64_t)pm->pmap_pde_p_failures);
	case ID_PDE_PROMOTIONS:
		return ((int64_t)pm->pmap_pde_promotions);
	case ID_PDPE_DEMOTIONS:
		return ((int64_t)pm->pmap_pdpe_demotions);
	case ID_KVM_SIZE:
		return ((int64_t)(VM_MAX_KERNEL_ADDRESS -
		    vm_min_kernel_address(mach)));
	case ID_KVM_FREE:
		return ((int64_t)(VM_MAX_KERNEL_ADDRESS - pm->kernel_vm_end));
	case ID_RESERV_BROKEN:
		return (mach->vm_reserv->broken);
	case ID_RESERV_FREED:
		return (mach->vm_reserv->freed);
	case ID_RESERV_RECLAIMED:
		return (mach->vm_reserv->reclaimed);
	case ID_CNT_PREZERO:
		return (mach->vm_phys->cnt_prezero);
	case ID_V_PAGE_COUNT:
		return (cnt->v_page_count);
	case ID_V_FREE_COUNT:
		return (cnt->v_free_count);
	case ID_V_CACHE_COUNT:
		return (cnt->v_cache_count);
	case ID_V_WIRE_COUNT:
		return (cnt->v_wire_count);
	case ID_V_ACTIVE_COUNT:
		return (cnt->v_active_count);
	case ID_V_INACTIVE_COUNT:
		return (cnt->v_inactive_count);
	case ID_V_FREE_RESERVED:
		return (cnt->v_free_reserved);
	case ID_V_FREE_MIN:
		return (cnt->v_free_min);
	case ID_V_FREE_SEVERE:
		return (cnt->v_free_severe);
	case ID_V_FREE_TARGET:
		return (cnt->v_free_target);
	case ID_V_INTERRUPT_FREE_MIN:
		return (cnt->v_interrupt_free_min);
	case ID_V_PAGEOUT_FREE_MIN:
		return (cnt->v_pageout_free_min);
	case ID_V_CACHE_MIN:
		return (cnt->v_cache_min);
	case ID_V_CACHE_MAX:
		return (cnt->v_cache_max);
	case ID_V_INACTIVE_TARGET:
		return (cnt->v_inactive_target);
	case ID_V_TFREE:
		return (cnt->v_tfree);
	case ID_V_PFREE:
		return (cnt->v_pfree);
	case ID_V_REACTIVATED:
		return (cnt->v_reactivated);
	case ID_V_VM_FAULTS:
		return (cnt->v_vm_faults);
	case ID_V_COW_FAULTS:
		return (cnt->v_cow_faults);
	case ID_V_COW_OPTIM:
		return (cnt->v_cow_optim);
	case ID_V_ZFOD:
		return (cnt->v_zfod);
	case ID_V_OZFOD:
		return (cnt->v_ozfod);
	case ID_V_INTRANS:
		return (cnt->v_intrans);
	case ID_OBJECT_COLLAPSES:
		return (mach->vm_object->object_collapses);
	case ID_OBJECT_BYPASSES:
		return (mach->vm_object->object_bypasses);
	case ID_PTE_STORES:
		return ((int64_t)pmapsim_pte_stores(mach));
	case ID_SUPERPAGES:
		return ((int64_t)pm->superpages);
	case ID_SUPERPAGE_BYTES:
		return ((int64_t)(pm->superpages * NBPDR));
	case ID_ENTERS_IGNORED:
		return ((int64_t)pm->enters_ignored);
	case ID_FAIL_FIRST:
		return ((int64_t)
			    pm->promote_failed[PMAPSIM_PROMOTE_FIRST_UNUSABLE]);
	case ID_FAIL_CONTIGUOUS:
		return ((int64_t)
			    pm->promote_failed[PMAPSIM_PROMOTE_NOT_CONTIGUOUS]);
	case ID_FAIL_ATTRIBUTES:
		return ((int64_t)
			    pm->promote_failed[PMAPSIM_PROMOTE_ATTRIBUTES]);
	case ID_FAIL_RESERVATION:
		return ((int64_t)
			    pm->promote_failed[PMAPSIM_PROMOTE_NO_RESERVATION]);
	case ID_INVAL_PAGE:
		return ((int64_t)inval.page);
	case ID_INVAL_RANGE:
		return ((int64_t)inval.range);
	case ID_INVAL_ALL:
		return ((int64_t)inval.all);
	case ID_SENT_PAGE:
		return ((int64_t)inval.sent_page);
	case ID_SENT_RANGE:
		return ((int64_t)inval.sent_range);
	case ID_SENT_ALL:
		return ((int64_t)inval.sent_all);
	case ID_PAGEOUT_DEFICIT:
		return (cnt->vm_pageout_deficit);
	case ID_PAGES_NEEDED:
		return (cnt->vm_pages_needed);
	case ID_TEXT:
		break;
	}
	return (0);
}

static const struct sysctl_node *
sysctl_find(const char *name)
{
	size_t i;

	for (i = 0; name != NULL && i < NNODES; i++)
		if (strcmp(nodes[i].name, name) == 0)
			return (&nodes[i]);
	return (NULL);
}

int
pmapsim_sysctl(struct machine *mach, const char *name, int64_t *value)
{
	const struct sysctl_node *node;

	node = sysctl_find(name);
	if (node == NULL || value == NULL || node->id == ID_TEXT)
		return (PMAPSIM_EINVAL);
	*value = sysctl_value(mach, node->id);
	return (PMAPSIM_OK);
}

/*
 * Sets one of the two limits of pv entries, the other to what follows from it
 * and the high water behind which pmap_try_insert_pv_entry() refuses.  Both
 * are ints in the kernel, where the second would overflow; here nothing is
 * set then.
 *
 * FreeBSD amd64/pmap.c pmap_pventry_proc(), pmap_shpgperproc_proc(): adapted,
 * one function, and overflow is an error.
 */
static int
sysctl_set_pv_limit(struct machine *mach, enum sysctl_id id, int64_t value)
{
	struct pmap_state *pm = mach->pmap;
	int64_t max, maxproc, pages, shpgperproc;

	maxproc = mach->config.maxproc;
	pages = mach->cnt.v_page_count;
	if (value < INT_MIN || value > INT_MAX)
		return (PMAPSIM_EINVAL);
	if (id == ID_PV_ENTRY_MAX) {
		max = value;
		shpgperproc = (max - pages) / maxproc;
	} else {
		shpgperproc = value;
		max = shpgperproc * maxproc + pages;
	}
	if (max < INT_MIN || max > INT_MAX || shpgperproc < INT_MIN)
		return (PMAPSIM_EINVAL);
	pm->shpgperproc = (int)shpgperproc;
	pm->pv_entry_max = (int)max;
	pm->pv_entry_high_water = 9 * (pm->pv_entry_max / 10);
	return (PMAPSIM_OK);
}

int
pmapsim_sysctl_set(struct machine *mach, const char *name, int64_t value)
{
	const struct sysctl_node *node;

	node = sysctl_find(name);
	if (node == NULL)
		return (PMAPSIM_EINVAL);
	switch (node->id) {
	case ID_PV_ENTRY_MAX:
	case ID_SHPGPERPROC:
		return (sysctl_set_pv_limit(mach, node->id, value));
	case ID_PG_PS_ENABLED:
		if (value != 0 && value != 1)
			return (PMAPSIM_EINVAL);
		mach->pmap->pg_ps_enabled = (int)value;
		return (PMAPSIM_OK);
	default:
		return (PMAPSIM_EINVAL);
	}
}

int
pmapsim_sysctl_text(struct machine *mach, const char *name, char *buf,
    size_t size)
{
	const struct sysctl_node *node;

	node = sysctl_find(name);
	if (node == NULL || (buf == NULL && size != 0))
		return (-1);
	if (node->id == ID_TEXT)
		return (node->text(mach, buf, size));
	return (snprintf(buf, size, "%" PRId64, sysctl_value(mach, node->id)));
}
