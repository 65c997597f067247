/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's counters by name: that each name reads its own counter, what
 * can be set and what follows from it, the texts byte for byte, and the words
 * in which KTR_PMAP tells of superpages.
 */
#include "pmap_fixture.h"

#include <limits.h>
#include <stdio.h>

#include "vm/vm_phys.h"

/* ---- reading ------------------------------------------------------------ */

/* Each counter gets a value that no other has, and its name must read it. */
static void
test_each_name_reads_its_counter(void **state)
{
	struct machine *mach = *state;
	struct pmap_state *pm = mach->pmap;
	struct vmmeter *cnt = &mach->cnt;
	const char *name;
	int64_t value;
	int n = 1000;
	unsigned i, j, named;

#define COUNTER(name_, field)                    \
	{                                        \
		name_, (field), sizeof(*(field)) \
	}
	const struct {
		const char *name;
		void *field;
		size_t size;
	} counters[] = {
	    COUNTER("vm.pmap.pg_ps_enabled", &pm->pg_ps_enabled),
	    COUNTER("vm.pmap.pv_entry_max", &pm->pv_entry_max),
	    COUNTER("vm.pmap.shpgperproc", &pm->shpgperproc),
	    COUNTER("vm.pmap.pv_entry_count", &pm->pv_entry_count),
	    COUNTER("vm.pmap.pc_chunk_count", &pm->pc_chunk_count),
	    COUNTER("vm.pmap.pc_chunk_allocs", &pm->pc_chunk_allocs),
	    COUNTER("vm.pmap.pc_chunk_frees", &pm->pc_chunk_frees),
	    COUNTER("vm.pmap.pc_chunk_tryfail", &pm->pc_chunk_tryfail),
	    COUNTER("vm.pmap.pv_entry_frees", &pm->pv_entry_frees),
	    COUNTER("vm.pmap.pv_entry_allocs", &pm->pv_entry_allocs),
	    COUNTER("vm.pmap.pv_entry_spare", &pm->pv_entry_spare),
	    COUNTER("vm.pmap.pmap_collect_inactive",
		&pm->pmap_collect_inactive),
	    COUNTER("vm.pmap.pmap_collect_active", &pm->pmap_collect_active),
	    COUNTER("vm.pmap.pde.demotions", &pm->pmap_pde_demotions),
	    COUNTER("vm.pmap.pde.mappings", &pm->pmap_pde_mappings),
	    COUNTER("vm.pmap.pde.p_failures", &pm->pmap_pde_p_failures),
	    COUNTER("vm.pmap.pde.promotions", &pm->pmap_pde_promotions),
	    COUNTER("vm.pmap.pdpe.demotions", &pm->pmap_pdpe_demotions),
	    COUNTER("vm.reserv.broken", &mach->vm_reserv->broken),
	    COUNTER("vm.reserv.freed", &mach->vm_reserv->freed),
	    COUNTER("vm.reserv.reclaimed", &mach->vm_reserv->reclaimed),
	    COUNTER("vm.stats.misc.cnt_prezero", &mach->vm_phys->cnt_prezero),
	    COUNTER("vm.stats.vm.v_page_count", &cnt->v_page_count),
	    COUNTER("vm.stats.vm.v_free_count", &cnt->v_free_count),
	    COUNTER("vm.stats.vm.v_cache_count", &cnt->v_cache_count),
	    COUNTER("vm.stats.vm.v_wire_count", &cnt->v_wire_count),
	    COUNTER("vm.stats.vm.v_active_count", &cnt->v_active_count),
	    COUNTER("vm.stats.vm.v_inactive_count", &cnt->v_inactive_count),
	    COUNTER("vm.stats.vm.v_free_reserved", &cnt->v_free_reserved),
	    COUNTER("vm.stats.vm.v_free_min", &cnt->v_free_min),
	    COUNTER("vm.stats.vm.v_free_severe", &cnt->v_free_severe),
	    COUNTER("vm.stats.vm.v_free_target", &cnt->v_free_target),
	    COUNTER("vm.stats.vm.v_interrupt_free_min",
		&cnt->v_interrupt_free_min),
	    COUNTER("vm.stats.vm.v_pageout_free_min", &cnt->v_pageout_free_min),
	    COUNTER("vm.stats.vm.v_cache_min", &cnt->v_cache_min),
	    COUNTER("vm.stats.vm.v_cache_max", &cnt->v_cache_max),
	    COUNTER("vm.stats.vm.v_inactive_target", &cnt->v_inactive_target),
	    COUNTER("vm.stats.vm.v_tfree", &cnt->v_tfree),
	    COUNTER("vm.stats.vm.v_pfree", &cnt->v_pfree),
	    COUNTER("vm.stats.vm.v_reactivated", &cnt->v_reactivated),
	    COUNTER("vm.stats.vm.v_vm_faults", &cnt->v_vm_faults),
	    COUNTER("vm.stats.vm.v_cow_faults", &cnt->v_cow_faults),
	    COUNTER("vm.stats.vm.v_cow_optim", &cnt->v_cow_optim),
	    COUNTER("vm.stats.vm.v_zfod", &cnt->v_zfod),
	    COUNTER("vm.stats.vm.v_ozfod", &cnt->v_ozfod),
	    COUNTER("vm.stats.vm.v_intrans", &cnt->v_intrans),
	    COUNTER("vm.stats.object.collapses",
		&mach->vm_object->object_collapses),
	    COUNTER("vm.stats.object.bypasses",
		&mach->vm_object->object_bypasses),
	    COUNTER("pmapsim.pte_stores", &pm->pte_stores.changed),
	    COUNTER("pmapsim.superpages", &pm->superpages),
	    COUNTER("pmapsim.enters_ignored", &pm->enters_ignored),
	    COUNTER("pmapsim.promote.first_unusable",
		&pm->promote_failed[PMAPSIM_PROMOTE_FIRST_UNUSABLE]),
	    COUNTER("pmapsim.promote.not_contiguous",
		&pm->promote_failed[PMAPSIM_PROMOTE_NOT_CONTIGUOUS]),
	    COUNTER("pmapsim.promote.attributes",
		&pm->promote_failed[PMAPSIM_PROMOTE_ATTRIBUTES]),
	    COUNTER("pmapsim.promote.no_reservation",
		&pm->promote_failed[PMAPSIM_PROMOTE_NO_RESERVATION]),
	    COUNTER("pmapsim.pageout_deficit", &cnt->vm_pageout_deficit),
	    COUNTER("pmapsim.pageout_scans", &cnt->pageout_scans),
	};
#undef COUNTER
	/* The sum of two; the other one adds nothing here. */
	pm->pte_stores.filled = 0;
	const size_t count = sizeof(counters) / sizeof(counters[0]);

	for (i = 0; i < count; i++) {
		n++;
		memset(counters[i].field, 0, counters[i].size);
		memcpy(counters[i].field, &n, sizeof(n));
	}
	for (i = 0; i < count; i++)
		assert_sysctl(mach, counters[i].name, 1001 + i);
	/* What is no counter of its own, or none at all. */
	assert_sysctl(mach, "pmapsim.pages_needed", 0);
	cnt->vm_pages_needed = true;
	assert_sysctl(mach, "pmapsim.pages_needed", 1);
	assert_sysctl(mach, "pmapsim.superpage_bytes", pm->superpages * NBPDR);
	assert_sysctl(mach, "vm.kvm_size", 0x7ffffff000);
	assert_sysctl(mach, "vm.kvm_free",
	    VM_MAX_KERNEL_ADDRESS - pm->kernel_vm_end);
	/* Nothing is left out but these, the texts and the invalidations. */
	for (i = named = 0; (name = pmapsim_sysctl_name(i)) != NULL; i++) {
		for (j = 0; j < count; j++)
			named += strcmp(name, counters[j].name) == 0;
		if (strncmp(name, "pmapsim.invalidate.", 19) == 0 ||
		    strncmp(name, "pmapsim.shootdown.", 18) == 0) {
			assert_int_equal(pmapsim_sysctl(mach, name, &value),
			    PMAPSIM_OK);
			named++;
		}
	}
	assert_int_equal(named, count + 6);
	assert_int_equal(i, named + 4 /* above */ + 3 /* texts */);
	pmapsim_destroy(mach);
	*state = NULL;
}

/* Local operations and messages, one name each. */
static void
test_invalidations_by_name(void **state)
{
	struct machine *mach = *state;
	int64_t page, range, all, sent_page, sent_range, sent_all;

#define READ(kind)                                                        \
	do {                                                              \
		kind = support_sysctl(mach, "pmapsim.invalidate." #kind); \
		sent_##kind = support_sysctl(mach,                        \
		    "pmapsim.shootdown." #kind);                          \
	} while (0)
	READ(page);
	READ(range);
	READ(all);
#undef READ
	pmap_invalidate_page(mach, kernel_pmap, VM_MIN_KERNEL_ADDRESS);
	pmap_invalidate_range(mach, kernel_pmap, VM_MIN_KERNEL_ADDRESS,
	    VM_MIN_KERNEL_ADDRESS + ptoa(3));
	pmap_invalidate_range(mach, kernel_pmap, VM_MIN_KERNEL_ADDRESS,
	    VM_MIN_KERNEL_ADDRESS + ptoa(1));
	pmap_invalidate_all(mach, kernel_pmap);
	pmap_invalidate_all(mach, kernel_pmap);
	pmap_invalidate_all(mach, kernel_pmap);
	assert_sysctl(mach, "pmapsim.invalidate.page", page + 1);
	assert_sysctl(mach, "pmapsim.invalidate.range", range + 2);
	assert_sysctl(mach, "pmapsim.invalidate.all", all + 3);
	assert_sysctl(mach, "pmapsim.shootdown.page", sent_page + 1);
	assert_sysctl(mach, "pmapsim.shootdown.range", sent_range + 2);
	assert_sysctl(mach, "pmapsim.shootdown.all", sent_all + 3);
}

static void
test_unknown_names(void **state)
{
	static const char *const unknown[] = {"", "vm", "vm.pmap",
	    "vm.pmap.pde", "vm.pmap.pde.promotion", "vm.pmap.pde.promotions ",
	    "hw.pagesize"};
	struct machine *mach = *state;
	int64_t value = 42;
	char text[32];
	unsigned i;

	for (i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		assert_int_equal(pmapsim_sysctl(mach, unknown[i], &value),
		    PMAPSIM_EINVAL);
		assert_int_equal(pmapsim_sysctl_text(mach, unknown[i], text,
				     sizeof(text)),
		    -1);
		assert_int_equal(pmapsim_sysctl_set(mach, unknown[i], 1),
		    PMAPSIM_EINVAL);
	}
	/* A text has no number; a number has a text. */
	assert_int_equal(pmapsim_sysctl(mach, "vm.phys_free", &value),
	    PMAPSIM_EINVAL);
	assert_int_equal(value, 42);
	assert_int_equal(pmapsim_sysctl_text(mach, "vm.kvm_size", text,
			     sizeof(text)),
	    12);
	assert_string_equal(text, "549755809792");
}

/* A name that is known, and no place for what it has. */
static void
test_no_place_for_the_value(void **state)
{
	struct machine *mach = *state;

	assert_int_equal(pmapsim_sysctl(mach, "vm.kvm_size", NULL),
	    PMAPSIM_EINVAL);
	assert_int_equal(pmapsim_sysctl_text(mach, "vm.kvm_size", NULL, 1), -1);
	assert_int_equal(pmapsim_sysctl_text(mach, "vm.phys_free", NULL, 1),
	    -1);
	/* Of no size it is asked how much there is. */
	assert_int_equal(pmapsim_sysctl_text(mach, "vm.kvm_size", NULL, 0), 12);
}

/* ---- setting ------------------------------------------------------------ */
static void
assert_limits(struct machine *mach, int64_t max, int64_t shpgperproc,
    int high_water)
{

	assert_sysctl(mach, "vm.pmap.pv_entry_max", max);
	assert_sysctl(mach, "vm.pmap.shpgperproc", shpgperproc);
	assert_int_equal(mach->pmap->pv_entry_high_water, high_water);
}

/* "Writes adjust each other and the high water." */
static void
test_set_pv_limits(void **state)
{
	struct machine *mach;
	int64_t pages;

	mach = support_boot(SUPPORT_SMALL " maxproc=300");
	pages = support_sysctl(mach, "vm.stats.vm.v_page_count");
	assert_int_equal(pages, 7168);
	assert_limits(mach, 60000 + pages, 200, 60444);
	assert_int_equal(pmapsim_sysctl_set(mach, "vm.pmap.pv_entry_max",
			     10467),
	    PMAPSIM_OK);
	assert_limits(mach, 10467, 10, 9414);
	/* What was truncated is not given back. */
	assert_int_equal(pmapsim_sysctl_set(mach, "vm.pmap.shpgperproc", 10),
	    PMAPSIM_OK);
	assert_limits(mach, 10168, 10, 9144);
	assert_int_equal(pmapsim_sysctl_set(mach, "vm.pmap.shpgperproc", 0),
	    PMAPSIM_OK);
	assert_limits(mach, 7168, 0, 6444);
	/* The kernel takes nonsense; division truncates towards 0. */
	assert_int_equal(pmapsim_sysctl_set(mach, "vm.pmap.pv_entry_max", 0),
	    PMAPSIM_OK);
	assert_limits(mach, 0, -23, 0);
	assert_int_equal(pmapsim_sysctl_set(mach, "vm.pmap.pv_entry_max", -9),
	    PMAPSIM_OK);
	assert_limits(mach, -9, -23, 0);
	assert_int_equal(pmapsim_sysctl_set(mach, "vm.pmap.shpgperproc", -24),
	    PMAPSIM_OK);
	assert_limits(mach, -32, -24, -27);
	assert_int_equal(pmapsim_sysctl_set(mach, "vm.pmap.pv_entry_max",
			     INT_MAX),
	    PMAPSIM_OK);
	assert_limits(mach, INT_MAX, 7158254, 1932735276);
	support_destroy(mach);
}

/* What an int cannot hold is refused, and then nothing has changed. */
static void
test_set_pv_limits_refused(void **state)
{
	static const struct {
		const char *name;
		int64_t value;
	} cases[] = {
	    {"vm.pmap.pv_entry_max", (int64_t)INT_MAX + 1},
	    {"vm.pmap.pv_entry_max", (int64_t)INT_MIN - 1},
	    {"vm.pmap.pv_entry_max", INT64_MAX},
	    {"vm.pmap.pv_entry_max", INT64_MIN},
	    {"vm.pmap.shpgperproc", INT_MAX},
	    {"vm.pmap.shpgperproc", INT_MIN},
	    {"vm.pmap.shpgperproc", INT64_MAX},
	    {"vm.pmap.shpgperproc", INT64_MIN},
	    {"vm.pmap.shpgperproc", (INT_MAX - 7168) / 1000 + 1},
	    {"vm.pmap.pg_ps_enabled", 2},
	    {"vm.pmap.pg_ps_enabled", -1},
	};
	struct machine *mach = *state;
	unsigned i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(pmapsim_sysctl_set(mach, cases[i].name,
				     cases[i].value),
		    PMAPSIM_EINVAL);
		assert_limits(mach, 207168, 200, 186444);
		assert_sysctl(mach, "vm.pmap.pg_ps_enabled", 1);
	}
	assert_int_equal(pmapsim_sysctl_set(mach, "vm.pmap.shpgperproc",
			     (INT_MAX - 7168) / 1000),
	    PMAPSIM_OK);
	/* With one process the entries may number INT_MIN, not what follows. */
	mach->config.maxproc = 1;
	assert_int_equal(pmapsim_sysctl_set(mach, "vm.pmap.pv_entry_max",
			     INT_MIN),
	    PMAPSIM_EINVAL);
}

/* The high water is where speculative mappings end, and no others. */
static void
test_set_pv_limit_refuses_speculation(void **state)
{
	struct machine *mach = *state;
	pmap_t pmap;
	vm_page_t m;

	pmap = fixture_pmap(mach, "u");
	m = fixture_page(mach);
	assert_int_equal(pmapsim_sysctl_set(mach, "vm.pmap.pv_entry_max", 0),
	    PMAPSIM_OK);
	pmap_enter_quick(mach, pmap, UVA, m, PROT_R);
	assert_counts(pmap, 0, 0);
	assert_int_equal(pmapsim_sysctl_set(mach, "vm.pmap.pv_entry_max", 10),
	    PMAPSIM_OK);
	pmap_enter_quick(mach, pmap, UVA, m, PROT_R);
	assert_counts(pmap, 4, 0);
	assert_int_equal(pmapsim_sysctl_set(mach, "vm.pmap.pv_entry_max", 0),
	    PMAPSIM_OK);
	pmap_enter(mach, pmap, UVA + PAGE_SIZE, VM_PROT_READ, m, PROT_R, FALSE);
	assert_counts(pmap, 5, 0);
}

static void
test_set_pg_ps_enabled(void **state)
{
	struct machine *mach = *state;
	vm_page_t m;
	pmap_t pmap;

	pmap = fixture_pmap(mach, "u");
	m = fixture_frame(mach);
	assert_int_equal(pmapsim_sysctl_set(mach, "vm.pmap.pg_ps_enabled", 0),
	    PMAPSIM_OK);
	fixture_enter(mach, pmap, UVA, m, 0, NPTEPG, VM_PROT_WRITE, PROT_RW,
	    FALSE);
	assert_not_superpage(mach, pmap, UVA);
	assert_sysctl(mach, "vm.pmap.pde.p_failures", 0);
	assert_int_equal(pmapsim_sysctl_set(mach, "vm.pmap.pg_ps_enabled", 1),
	    PMAPSIM_OK);
	pmap_enter(mach, pmap, UVA, VM_PROT_WRITE, m, PROT_RW, FALSE);
	assert_superpage(mach, pmap, UVA);
	/* What is mapped stays. */
	assert_int_equal(pmapsim_sysctl_set(mach, "vm.pmap.pg_ps_enabled", 0),
	    PMAPSIM_OK);
	assert_superpage(mach, pmap, UVA);
	assert_sysctl(mach, "pmapsim.superpages", 1);
}

/* All other names refuse, and read as before. */
static void
test_set_counters_refused(void **state)
{
	struct machine *mach = *state;
	const char *name;
	int64_t value, before;
	unsigned i;

	for (i = 0; (name = pmapsim_sysctl_name(i)) != NULL; i++) {
		if (strcmp(name, "vm.pmap.pv_entry_max") == 0 ||
		    strcmp(name, "vm.pmap.shpgperproc") == 0 ||
		    strcmp(name, "vm.pmap.pg_ps_enabled") == 0)
			continue;
		before = -1;
		pmapsim_sysctl(mach, name, &before);
		assert_int_equal(pmapsim_sysctl_set(mach, name, 1),
		    PMAPSIM_EINVAL);
		value = -1;
		pmapsim_sysctl(mach, name, &value);
		assert_int_equal(value, before);
	}
}

/* ---- texts -------------------------------------------------------------- */

/*
 * 16 MB lie between the lists' border and the end, 64 KB below it: one block
 * of order 12, one of order 4, and what taking one page of pool 1 leaves.
 */
static void
test_texts(void **state)
{
	static const char free_before
	    [] = "\nFREE LIST 0:\n\n"
		 "  ORDER (SIZE)  |  NUMBER\n"
		 "                |  POOL 0  |  POOL 1  |  POOL 2\n"
		 "--            -- --      -- --      -- --      --\n"
		 "  12 (016384K)  |  000001  |  000000  |  000000\n"
		 "  11 (008192K)  |  000000  |  000000  |  000000\n"
		 "  10 (004096K)  |  000000  |  000000  |  000000\n"
		 "  09 (002048K)  |  000000  |  000000  |  000000\n"
		 "  08 (001024K)  |  000000  |  000000  |  000000\n"
		 "  07 (000512K)  |  000000  |  000000  |  000000\n"
		 "  06 (000256K)  |  000000  |  000000  |  000000\n"
		 "  05 (000128K)  |  000000  |  000000  |  000000\n"
		 "  04 (000064K)  |  000000  |  000000  |  000000\n"
		 "  03 (000032K)  |  000000  |  000000  |  000000\n"
		 "  02 (000016K)  |  000000  |  000000  |  000000\n"
		 "  01 (000008K)  |  000000  |  000000  |  000000\n"
		 "  00 (000004K)  |  000000  |  000000  |  000000\n"
		 "\nFREE LIST 1:\n\n"
		 "  ORDER (SIZE)  |  NUMBER\n"
		 "                |  POOL 0  |  POOL 1  |  POOL 2\n"
		 "--            -- --      -- --      -- --      --\n"
		 "  12 (016384K)  |  000000  |  000000  |  000000\n"
		 "  11 (008192K)  |  000000  |  000000  |  000000\n"
		 "  10 (004096K)  |  000000  |  000000  |  000000\n"
		 "  09 (002048K)  |  000000  |  000000  |  000000\n"
		 "  08 (001024K)  |  000000  |  000000  |  000000\n"
		 "  07 (000512K)  |  000000  |  000000  |  000000\n"
		 "  06 (000256K)  |  000000  |  000000  |  000000\n"
		 "  05 (000128K)  |  000000  |  000000  |  000000\n"
		 "  04 (000064K)  |  000001  |  000000  |  000000\n"
		 "  03 (000032K)  |  000000  |  000000  |  000000\n"
		 "  02 (000016K)  |  000000  |  000000  |  000000\n"
		 "  01 (000008K)  |  000000  |  000000  |  000000\n"
		 "  00 (000004K)  |  000000  |  000000  |  000000\n";
	static const char segs[] = "\nSEGMENT 0:\n\n"
				   "start:     0xff0000\n"
				   "end:       0x1000000\n"
				   "free list: PTR\n"
				   "\nSEGMENT 1:\n\n"
				   "start:     0x1000000\n"
				   "end:       0x2000000\n"
				   "free list: PTR\n";
	struct machine *mach;
	char text[4096], cut[4096], want[4096];
	char *line;
	int length, size;
	unsigned order;

	mach = support_boot("mem=32M first=0xff0000 kmem=0");
	length = pmapsim_sysctl_text(mach, "vm.phys_free", text, sizeof(text));
	assert_string_equal(text, free_before);
	assert_int_equal(length, sizeof(free_before) - 1);
	/* A page of pool 1 splits the largest block: one of each order. */
	assert_non_null(vm_phys_alloc_pages(mach, VM_FREEPOOL_DIRECT, 0));
	strcpy(want, free_before);
	for (order = 0; order <= 12; order++) {
		snprintf(cut, sizeof(cut), "\n  %02u (", order);
		line = strstr(want, cut);
		assert_non_null(line);
		memcpy(line + 20, "000000", 6);
		memcpy(line + 31, order == 12 ? "000000" : "000001", 6);
	}
	pmapsim_sysctl_text(mach, "vm.phys_free", text, sizeof(text));
	assert_string_equal(text, want);
	/* Cut at any place, and never written behind. */
	for (size = 0; size <= length + 1; size += size < 100 ? 1 : 97) {
		memset(cut, '?', sizeof(cut));
		assert_int_equal(pmapsim_sysctl_text(mach, "vm.phys_free", cut,
				     (size_t)size),
		    length);
		if (size > 0) {
			assert_int_equal(strlen(cut), size - 1);
			assert_memory_equal(cut, text, (size_t)size - 1);
		}
		assert_int_equal(cut[size], '?');
	}
	length = pmapsim_sysctl_text(mach, "vm.phys_segs", text, sizeof(text));
	assert_string_equal(text, segs);
	assert_int_equal(length, sizeof(segs) - 1);
	/* Taken from the lists beneath vm_page_alloc(): counts do not hold. */
	pmapsim_destroy(mach);
}

/* Two partial reservations and a full one, which is not in the queue. */
static void
test_partpopq_text(void **state)
{
	const uint16_t color = 0;
	struct machine *mach = *state;
	vm_object_t object;
	char text[128];

	object = support_object(mach, 3 * NPTEPG, &color);
	support_pages(mach, object, 0, NPTEPG, VM_ALLOC_NORMAL);
	support_pages(mach, object, NPTEPG, 12, VM_ALLOC_NORMAL);
	support_pages(mach, object, 2 * NPTEPG, 511, VM_ALLOC_NORMAL);
	assert_int_equal(pmapsim_sysctl_text(mach, "vm.reserv.partpopq", text,
			     sizeof(text)),
	    49);
	assert_string_equal(text,
	    "\nLEVEL     SIZE  NUMBER\n\n-00001: 002004K, 000002\n");
}

/* ---- KTR ---------------------------------------------------------------- */
static void
assert_message(struct machine *mach, uint64_t *n, const char *what)
{
	char text[160];

	assert_true(pmapsim_ktr_count(mach) > *n);
	assert_true(pmapsim_ktr_format(mach, (*n)++, text, sizeof(text)) > 0);
	assert_string_equal(text, what);
}

/* Of a superpage's whole life, and of what does not come to be. */
static void
test_ktr_in_the_kernels_words(void **state)
{
	struct machine *mach = *state;
	pmap_t pmap, other;
	uint64_t n = 0;
	vm_page_t m;

	pmap = fixture_pmap(mach, "u");
	other = fixture_pmap(mach, "v");
	m = fixture_frame(mach);
	fixture_enter(mach, pmap, UVA, m, 0, NPTEPG - 1, VM_PROT_WRITE, PROT_RW,
	    FALSE);
	/* Off until it is wanted. */
	assert_int_equal(pmapsim_ktr_count(mach), 0);
	pmapsim_ktr_enable(mach, true);
	fixture_set_pte(mach, pmap, UVA, 0, PG_A);
	fixture_enter(mach, pmap, UVA, m, NPTEPG - 1, NPTEPG, VM_PROT_WRITE,
	    PROT_RW, FALSE);
	assert_message(mach, &n,
	    "pmap_promote_pde: failure for va "
	    "0x401ff000 in pmap u");
	fixture_set_pte(mach, pmap, UVA, PG_A, 0);
	/* Clean, so that its right to write is taken. */
	fixture_set_pte(mach, pmap, UVA + ptoa(7), 0, PG_M);
	pmap_enter(mach, pmap, UVA, VM_PROT_WRITE, m, PROT_RW, FALSE);
	assert_message(mach, &n,
	    "pmap_promote_pde: protect for va "
	    "0x40007000 in pmap u");
	assert_message(mach, &n,
	    "pmap_promote_pde: failure for va "
	    "0x40000000 in pmap u");
	pmap_enter(mach, pmap, UVA + ptoa(7), VM_PROT_WRITE, m + 7, PROT_RW,
	    FALSE);
	assert_message(mach, &n,
	    "pmap_promote_pde: success for va "
	    "0x40007000 in pmap u");
	pmap_remove(mach, pmap, UVA + ptoa(3), UVA + ptoa(4));
	assert_message(mach, &n,
	    "pmap_demote_pde: success for va "
	    "0x40003000 in pmap u");
	/* Nobody touched it and no table was kept: demotion removes it. */
	pmap_enter_object(mach, other, UVA, UVA + NBPDR, m, PROT_R);
	assert_message(mach, &n,
	    "pmap_enter_pde: success for va "
	    "0x40000000 in pmap v");
	pmap_remove(mach, other, UVA + ptoa(5), UVA + ptoa(6));
	assert_message(mach, &n,
	    "pmap_demote_pde: failure for va "
	    "0x40005000 in pmap v");
	assert_not_mapped(mach, other, UVA);
	pmapsim_inject(mach, PMAPSIM_INJECT_PAGE_ALLOC, 1, true);
	pmap_enter_object(mach, other, UVA, UVA + NBPDR, m, PROT_R);
	pmapsim_inject(mach, PMAPSIM_INJECT_PAGE_ALLOC, 0, false);
	assert_message(mach, &n,
	    "pmap_enter_pde: failure for va "
	    "0x40000000 in pmap v");
	pmapsim_ktr_enable(mach, false);
	pmap_enter_object(mach, other, UVA, UVA + NBPDR, m, PROT_R);
	assert_int_equal(pmapsim_ktr_count(mach), n);
}

/* ---- the gauge ---------------------------------------------------------- */
static void
assert_gauge(struct machine *mach, unsigned superpages)
{
	uint64_t found = 0;
	pmap_t pmap;
	vm_offset_t va;

	TAILQ_FOREACH(pmap, &mach->pmap->list, pm_list)
		for (va = UVA; va < UVA + NBPDP; va += NBPDR)
			found += (support_pde(mach, pmap, va) &
				     (PG_PS | PG_V)) == (PG_PS | PG_V);
	assert_int_equal(found, superpages);
	assert_sysctl(mach, "pmapsim.superpages", superpages);
	assert_sysctl(mach, "pmapsim.superpage_bytes", superpages * NBPDR);
}

/* Each way by which a 2 MB mapping comes and goes. */
static void
test_gauge_equals_a_recount(void **state)
{
	struct machine *mach = *state;
	pmap_t pmap, copy, quick;
	vm_page_t m;

	pmap = fixture_pmap(mach, "u");
	copy = fixture_pmap(mach, "copy");
	quick = fixture_pmap(mach, "quick");
	m = fixture_frame(mach);
	assert_gauge(mach, 0);
	fixture_promote(mach, pmap, m);
	assert_gauge(mach, 1);
	pmap_copy(mach, copy, pmap, UVA, NBPDR, UVA);
	assert_gauge(mach, 2);
	pmap_enter_object(mach, quick, UVA, UVA + NBPDR, m, PROT_R);
	assert_gauge(mach, 3);
	/* Demoted, and one that cannot be: never accessed, it goes. */
	pmap_remove_write(mach, m);
	assert_gauge(mach, 1);
	pmap_ts_referenced(mach, m);
	pmap_protect(mach, quick, UVA + ptoa(1), UVA + ptoa(2), PROT_R);
	assert_gauge(mach, 0);
	pmap_remove_all(mach, m);
	pmap_enter_object(mach, quick, UVA, UVA + NBPDR, m, PROT_R);
	pmap_copy(mach, copy, quick, UVA, NBPDR, UVA);
	assert_gauge(mach, pmapsim_superpages(mach, copy) + 1);
	pmap_remove(mach, quick, UVA, UVA + NBPDR);
	pmap_activate(mach, copy);
	pmap_remove_pages(mach, copy);
	assert_gauge(mach, 0);
}

/* What was said of a pmap stays, whoever has its structure afterwards. */
static void
test_ktr_of_a_pmap_that_is_gone(void **state)
{
	struct machine *mach = *state;
	pmap_t pmap, other;
	uint64_t n = 0;
	vm_page_t m;

	pmap = pmapsim_pmap_create(mach, "short-lived");
	pmap_pinit(mach, pmap);
	m = fixture_frame(mach);
	pmapsim_ktr_enable(mach, true);
	fixture_enter(mach, pmap, UVA, m, 0, NPTEPG, VM_PROT_WRITE, PROT_RW,
	    FALSE);
	pmap_remove(mach, pmap, UVA, UVA + NBPDR);
	pmap_release(mach, pmap);
	pmapsim_pmap_destroy(mach, pmap);
	other = pmapsim_pmap_create(mach, "heir");
	assert_ptr_equal(other, pmap);
	assert_message(mach, &n,
	    "pmap_promote_pde: success for va "
	    "0x401ff000 in pmap short-lived");
	pmapsim_pmap_destroy(mach, other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_test(test_each_name_reads_its_counter),
	    support_test(test_invalidations_by_name),
	    support_test(test_unknown_names),
	    support_test(test_no_place_for_the_value),
	    cmocka_unit_test(test_set_pv_limits),
	    support_test(test_set_pv_limits_refused),
	    support_test(test_set_pv_limit_refuses_speculation),
	    support_test(test_set_pg_ps_enabled),
	    support_test(test_set_counters_refused),
	    cmocka_unit_test(test_texts),
	    support_test(test_partpopq_text),
	    support_test(test_ktr_in_the_kernels_words),
	    support_test(test_ktr_of_a_pmap_that_is_gone),
	    support_test(test_gauge_equals_a_recount),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
