/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's counters by their sysctl names.  One table: the names a user
 * knows from the real system, and beside them, under "pmapsim.", what the
 * simulator alone can count.
 */
#include <pmapsim/hw.h>

#include <inttypes.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "amd64/pmap_var.h"
#include "vm/vm_kernels.h"
#include "vm/vm_object.h"
#include "vm/vm_phys.h"

/* Whose field a node shows. */
enum sysctl_owner {
	SYSCTL_MACHINE, /* the page counters and what else is the machine's */
	SYSCTL_PMAP,
	SYSCTL_RESERV,
	SYSCTL_PHYS,
	SYSCTL_OBJECT,
	SYSCTL_INVALIDATIONS /* sums over all CPUs, made when they are asked */
};

enum sysctl_type {
	SYSCTL_BOOL,
	SYSCTL_INT,
	SYSCTL_UNSIGNED,
	SYSCTL_LONG,
	SYSCTL_U64,
	SYSCTL_VALUE, /* no field: a function */
	SYSCTL_TEXT   /* no number */
};

static int64_t kvm_size(struct machine *mach);
static int64_t kvm_free(struct machine *mach);
static int64_t pte_stores(struct machine *mach);
static int64_t superpage_bytes(struct machine *mach);
static int set_pg_ps_enabled(struct machine *mach, int64_t value);
static int set_pv_entry_max(struct machine *mach, int64_t value);
static int set_shpgperproc(struct machine *mach, int64_t value);

/* clang-format off */
#define FIELD(whose, record, field)                                           \
	.owner = (whose),                                                     \
	.type = _Generic(((record *)0)->field,                                \
	    bool: SYSCTL_BOOL, int: SYSCTL_INT, unsigned: SYSCTL_UNSIGNED,    \
	    long: SYSCTL_LONG, uint64_t: SYSCTL_U64),                         \
	.offset = offsetof(record, field)
/* clang-format on */
#define CNT(field) FIELD(SYSCTL_MACHINE, struct machine, cnt.field)
#define PMAP(field) FIELD(SYSCTL_PMAP, struct pmap_state, field)
#define RESERV(field) FIELD(SYSCTL_RESERV, struct vm_reserv_state, field)
#define PHYS(field) FIELD(SYSCTL_PHYS, struct vm_phys, field)
#define OBJECT(field) FIELD(SYSCTL_OBJECT, struct vm_object_state, field)
#define INVALIDATIONS(field) \
	FIELD(SYSCTL_INVALIDATIONS, struct pmapsim_invalidations, field)
#define VALUE(function) .type = SYSCTL_VALUE, .value = function
#define TEXT(function) .type = SYSCTL_TEXT, .text = function

/* The nodes: each is a field, or a function, and perhaps can be set. */
static const struct sysctl_node {
	const char *name;
	enum sysctl_owner owner;
	enum sysctl_type type;
	size_t offset; /* of the field, bytes */
	int64_t (*value)(struct machine *mach);
	int (*text)(struct machine *mach, char *buf, size_t size);
	int (*set)(struct machine *mach, int64_t value); /* NULL: read-only */
} nodes[] = {
    {"vm.pmap.pg_ps_enabled", PMAP(pg_ps_enabled), .set = set_pg_ps_enabled},
    {"vm.pmap.pv_entry_max", PMAP(pv_entry_max), .set = set_pv_entry_max},
    {"vm.pmap.shpgperproc", PMAP(shpgperproc), .set = set_shpgperproc},
    {"vm.pmap.pv_entry_count", PMAP(pv_entry_count)},
    {"vm.pmap.pc_chunk_count", PMAP(pc_chunk_count)},
    {"vm.pmap.pc_chunk_allocs", PMAP(pc_chunk_allocs)},
    {"vm.pmap.pc_chunk_frees", PMAP(pc_chunk_frees)},
    {"vm.pmap.pc_chunk_tryfail", PMAP(pc_chunk_tryfail)},
    {"vm.pmap.pv_entry_frees", PMAP(pv_entry_frees)},
    {"vm.pmap.pv_entry_allocs", PMAP(pv_entry_allocs)},
    {"vm.pmap.pv_entry_spare", PMAP(pv_entry_spare)},
    {"vm.pmap.pmap_collect_inactive", PMAP(pmap_collect_inactive)},
    {"vm.pmap.pmap_collect_active", PMAP(pmap_collect_active)},
    {"vm.pmap.pde.demotions", PMAP(pmap_pde_demotions)},
    {"vm.pmap.pde.mappings", PMAP(pmap_pde_mappings)},
    {"vm.pmap.pde.p_failures", PMAP(pmap_pde_p_failures)},
    {"vm.pmap.pde.promotions", PMAP(pmap_pde_promotions)},
    {"vm.pmap.pdpe.demotions", PMAP(pmap_pdpe_demotions)},
    {"vm.kvm_size", VALUE(kvm_size)},
    {"vm.kvm_free", VALUE(kvm_free)},
    {"vm.phys_free", TEXT(vm_phys_sysctl_free)},
    {"vm.phys_segs", TEXT(vm_phys_sysctl_segs)},
    {"vm.reserv.partpopq", TEXT(vm_reserv_sysctl_partpopq)},
    {"vm.reserv.broken", RESERV(broken)},
    {"vm.reserv.freed", RESERV(freed)},
    {"vm.reserv.reclaimed", RESERV(reclaimed)},
    {"vm.stats.misc.cnt_prezero", PHYS(cnt_prezero)},
    {"vm.stats.vm.v_page_count", CNT(v_page_count)},
    {"vm.stats.vm.v_free_count", CNT(v_free_count)},
    {"vm.stats.vm.v_cache_count", CNT(v_cache_count)},
    {"vm.stats.vm.v_wire_count", CNT(v_wire_count)},
    {"vm.stats.vm.v_active_count", CNT(v_active_count)},
    {"vm.stats.vm.v_inactive_count", CNT(v_inactive_count)},
    {"vm.stats.vm.v_free_reserved", CNT(v_free_reserved)},
    {"vm.stats.vm.v_free_min", CNT(v_free_min)},
    {"vm.stats.vm.v_free_severe", CNT(v_free_severe)},
    {"vm.stats.vm.v_free_target", CNT(v_free_target)},
    {"vm.stats.vm.v_interrupt_free_min", CNT(v_interrupt_free_min)},
    {"vm.stats.vm.v_pageout_free_min", CNT(v_pageout_free_min)},
    {"vm.stats.vm.v_cache_min", CNT(v_cache_min)},
    {"vm.stats.vm.v_cache_max", CNT(v_cache_max)},
    {"vm.stats.vm.v_inactive_target", CNT(v_inactive_target)},
    {"vm.stats.vm.v_tfree", CNT(v_tfree)},
    {"vm.stats.vm.v_pfree", CNT(v_pfree)},
    {"vm.stats.vm.v_reactivated", CNT(v_reactivated)},
    {"vm.stats.vm.v_vm_faults", CNT(v_vm_faults)},
    {"vm.stats.vm.v_cow_faults", CNT(v_cow_faults)},
    {"vm.stats.vm.v_cow_optim", CNT(v_cow_optim)},
    {"vm.stats.vm.v_zfod", CNT(v_zfod)},
    {"vm.stats.vm.v_ozfod", CNT(v_ozfod)},
    {"vm.stats.vm.v_intrans", CNT(v_intrans)},
    {"vm.stats.object.collapses", OBJECT(object_collapses)},
    {"vm.stats.object.bypasses", OBJECT(object_bypasses)},
    {"pmapsim.pte_stores", VALUE(pte_stores)},
    {"pmapsim.superpages", PMAP(superpages)},
    {"pmapsim.superpage_bytes", VALUE(superpage_bytes)},
    {"pmapsim.enters_ignored", PMAP(enters_ignored)},
    {"pmapsim.promote.first_unusable",
	PMAP(promote_failed[PMAPSIM_PROMOTE_FIRST_UNUSABLE])},
    {"pmapsim.promote.not_contiguous",
	PMAP(promote_failed[PMAPSIM_PROMOTE_NOT_CONTIGUOUS])},
    {"pmapsim.promote.attributes",
	PMAP(promote_failed[PMAPSIM_PROMOTE_ATTRIBUTES])},
    {"pmapsim.promote.no_reservation",
	PMAP(promote_failed[PMAPSIM_PROMOTE_NO_RESERVATION])},
    {"pmapsim.invalidate.page", INVALIDATIONS(page)},
    {"pmapsim.invalidate.range", INVALIDATIONS(range)},
    {"pmapsim.invalidate.all", INVALIDATIONS(all)},
    {"pmapsim.shootdown.page", INVALIDATIONS(sent_page)},
    {"pmapsim.shootdown.range", INVALIDATIONS(sent_range)},
    {"pmapsim.shootdown.all", INVALIDATIONS(sent_all)},
    {"pmapsim.pageout_deficit", CNT(vm_pageout_deficit)},
    {"pmapsim.pages_needed", CNT(vm_pages_needed)},
    {"pmapsim.pageout_scans", CNT(pageout_scans)},
};
#define NNODES (sizeof(nodes) / sizeof(nodes[0]))

const char *
pmapsim_sysctl_name(unsigned index)
{

	return (index < NNODES ? nodes[index].name : NULL);
}

static int64_t
kvm_size(struct machine *mach)
{

	return ((int64_t)(VM_MAX_KERNEL_ADDRESS - vm_min_kernel_address(mach)));
}

static int64_t
kvm_free(struct machine *mach)
{

	return ((int64_t)(VM_MAX_KERNEL_ADDRESS - mach->pmap->kernel_vm_end));
}

static int64_t
pte_stores(struct machine *mach)
{

	return ((int64_t)pmapsim_pte_stores(mach));
}

static int64_t
superpage_bytes(struct machine *mach)
{

	return ((int64_t)(mach->pmap->superpages * NBPDR));
}

/* The number that "node" shows, which is no text. */
static int64_t
sysctl_value(struct machine *mach, const struct sysctl_node *node)
{
	struct pmapsim_invalidations invalidations;
	const void *const owners[] = {[SYSCTL_MACHINE] = mach,
	    [SYSCTL_PMAP] = mach->pmap,
	    [SYSCTL_RESERV] = mach->vm_reserv,
	    [SYSCTL_PHYS] = mach->vm_phys,
	    [SYSCTL_OBJECT] = mach->vm_object,
	    [SYSCTL_INVALIDATIONS] = &invalidations};
	const void *field;

	if (node->type == SYSCTL_VALUE)
		return (node->value(mach));
	if (node->owner == SYSCTL_INVALIDATIONS)
		pmapsim_invalidations(mach, &invalidations);
	field = (const char *)owners[node->owner] + node->offset;
	switch (node->type) {
	case SYSCTL_BOOL:
		return (*(const bool *)field);
	case SYSCTL_INT:
		return (*(const int *)field);
	case SYSCTL_UNSIGNED:
		return (*(const unsigned *)field);
	case SYSCTL_LONG:
		return (*(const long *)field);
	default:
		return ((int64_t) * (const uint64_t *)field);
	}
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
	if (node == NULL || value == NULL || node->type == SYSCTL_TEXT)
		return (PMAPSIM_EINVAL);
	*value = sysctl_value(mach, node);
	return (PMAPSIM_OK);
}

/*
 * Sets one of the two limits of pv entries, vm.pmap.pv_entry_max where
 * "is_max", else vm.pmap.shpgperproc; the other to what follows from it
 * and the high water behind which pmap_try_insert_pv_entry() refuses.  Both
 * are ints in the kernel, where the second would overflow; here nothing is
 * set then.
 *
 * FreeBSD amd64/pmap.c pmap_pventry_proc(), pmap_shpgperproc_proc(): adapted,
 * one function, and overflow is an error.
 */
static int
set_pv_limit(struct machine *mach, bool is_max, int64_t value)
{
	struct pmap_state *pm = mach->pmap;
	int64_t max, maxproc, pages, shpgperproc;

	maxproc = mach->config.maxproc;
	pages = mach->cnt.v_page_count;
	if (value < INT_MIN || value > INT_MAX)
		return (PMAPSIM_EINVAL);
	if (is_max) {
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

static int
set_pv_entry_max(struct machine *mach, int64_t value)
{

	return (set_pv_limit(mach, true, value));
}

static int
set_shpgperproc(struct machine *mach, int64_t value)
{

	return (set_pv_limit(mach, false, value));
}

static int
set_pg_ps_enabled(struct machine *mach, int64_t value)
{

	if (value != 0 && value != 1)
		return (PMAPSIM_EINVAL);
	mach->pmap->pg_ps_enabled = (int)value;
	return (PMAPSIM_OK);
}

int
pmapsim_sysctl_set(struct machine *mach, const char *name, int64_t value)
{
	const struct sysctl_node *node;

	node = sysctl_find(name);
	if (node == NULL || node->set == NULL)
		return (PMAPSIM_EINVAL);
	return (node->set(mach, value));
}

int
pmapsim_sysctl_text(struct machine *mach, const char *name, char *buf,
    size_t size)
{
	const struct sysctl_node *node;

	node = sysctl_find(name);
	if (node == NULL || (buf == NULL && size != 0))
		return (-1);
	if (node->type == SYSCTL_TEXT)
		return (node->text(mach, buf, size));
	return (snprintf(buf, size, "%" PRId64, sysctl_value(mach, node)));
}
