/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of kernels: every switch and every revision, with what it does
 * and where that is from.  To add a revision, add its line here and give the
 * new switches their places; nothing else knows how many there are.
 */
#include "base/kernel.h"

#include <stdio.h>
#include <string.h>

#include "base/suggest.h"

#define SWITCH(ks) (UINT64_C(1) << (ks))

static const struct pmapsim_kernel_info switches[KS_COUNT] = {
    [KS_LITTER] = {"litter", false,
	"unmapping a kernel page leaves its PTE valid, PG_W included",
	"freebsd-stable, 6 Oct 2010: the mail's hypothesis"},
    [KS_IDEMPOTENT_ENTER] = {"idempotent-enter", false,
	"pmap_enter() leaves a mapping alone that is already correct",
	"freebsd-stable, 6 Oct 2010: remedy 1"},
    [KS_CLEAR_ON_UNUSE] = {"clear-on-unuse", false,
	"pmap_unuse_pt() clears the PTEs of kernel addresses",
	"freebsd-stable, 6 Oct 2010: remedy 2"},
    [KS_ENTER_MULTIPLE] = {"enter-multiple", false,
	"kmem_malloc() enters all pages before one promotion attempt",
	"freebsd-stable, 6 Oct 2010: remedy 3"},
    [KS_NO_SUPERPAGES] = {"no-superpages", false,
	"vm.pmap.pg_ps_enabled is 0: no promotion is attempted",
	"freebsd-stable, 6 Oct 2010: remedy 4"},
    [KS_REMOVE_KERNEL_PDE] = {"remove-kernel-pde", false,
	"a removed kernel superpage leaves a zeroed page-table page",
	"FreeBSD 10, pmap_remove_kernel_pde(), 2013"},
    [KS_ENTER_DEMOTES] = {"enter-demotes", false,
	"pmap_enter() demotes a kernel superpage instead of panicking",
	"FreeBSD 9.3, pmap_enter()"},
    [KS_FLUSH_WHOLE_SUPERPAGE] = {"flush-whole-superpage", false,
	"removing or protecting a kernel superpage invalidates all of it",
	"FreeBSD R312954, 2017"},
    [KS_ERRATUM383] = {"erratum383", false,
	"promotion and demotion store and flush under a rendezvous",
	"AMD family 10h erratum 383; pmap_update_pde(), 2010"},
    [KS_WRITEABLE_MANAGED_ONLY] = {"writeable-managed-only", false,
	"pmap_enter() sets PG_WRITEABLE on managed pages only",
	"FreeBSD 9.0, pmap_enter() (D1)"},
    [KS_HARVEST_A_ON_PROTECT] = {"harvest-a-on-protect", false,
	"pmap_protect() moves PG_A into PG_REFERENCED and clears it",
	"FreeBSD before mid 2010, pmap_protect() (D2)"},
    [KS_QENTER_KEEPS_SAME] = {"qenter-keeps-same", false,
	"pmap_qenter() leaves a PTE alone that has the right frame",
	"FreeBSD 9.0, pmap_qenter() (D3)"},
    [KS_FREE_PTPS_AFTER_REMOVE_ALL] = {"free-ptps-after-remove-all", false,
	"pmap_remove_all() frees page-table pages after its loop",
	"FreeBSD 9.0, pmap_remove_all() (D4)"},
    [KS_COLLECT_CLEARS_WRITEABLE] = {"collect-clears-writeable", false,
	"pmap_collect() clears PG_WRITEABLE of each page without mappings",
	"FreeBSD 9.0, pmap_collect() (D5)"},
    [KS_ENTER_MOVES_PV] = {"enter-moves-pv", false,
	"pmap_enter() moves the old mapping's pv entry to the new page",
	"FreeBSD 9.0, pmap_enter() (D6)"},
    [KS_BATCHED_INVALIDATION] = {"batched-invalidation", false,
	"pmap_remove() invalidates runs of kernel PTEs as ranges",
	"FreeBSD 9.0, pmap_remove() (D7)"},
    [KS_PANIC_NAMES_PAGE] = {"panic-names-page", false,
	"panics about wired pages print the page's address",
	"FreeBSD 9.0, vm_page.c (D8)"},
    [KS_ASSERT_MANAGED] = {"assert-managed", false,
	"functions on a page's mappings assert that it is managed",
	"FreeBSD 9.0, pmap.c (D9)"},
    [KS_ERRANT_PROMOTION] = {"errant-promotion", false,
	"promotion of a kernel table does not ask if its first PTE is "
	"valid",
	"FreeBSD before 2010, pmap_promote_pde(); museum 3"},
    [KS_DEMOTE_UNCOUNTED] = {"demote-uncounted", false,
	"a page-table page allocated to demote is not in resident_count",
	"FreeBSD head 2009, pmap_demote_pde(); museum 4"},
    [KS_ASCENDING_SCAN] = {"ascending-scan", false,
	"pmap_promote_pde() looks at the PTEs upwards",
	"FreeBSD before R179777, 2008; museum 10"},
    [KS_RESERVE_PV_BEFORE_DEMOTION] = {"reserve-pv-before-demotion", false,
	"a demotion has its pv entries before it changes the PDE",
	"FreeBSD 2012, reserve_pv_entries(); museum 11"},
    [KS_SUPERPAGE_FRAME_MASK] = {"superpage-frame-mask", false,
	"pmap_remove_pages() takes a superpage's frame by PG_PS_FRAME",
	"FreeBSD 07bf5c56, 2014; museum 12"},
    [KS_REGISTER_BOOT_PTPS] = {"register-boot-ptps", false,
	"page tables under the boot's superpages are kept in pm_root",
	"FreeBSD D16426, 2018; museum 14"},
    [KS_REFILL_BOOT_PTPS] = {"refill-boot-ptps", false,
	"the last of these, filled in part, is left zero and filled later",
	"FreeBSD R348306, 2019; museum 15"},
    [KS_REFILL_UNPROMOTED] = {"refill-unpromoted", false,
	"a demotion fills the page table that no promotion left, no other",
	"FreeBSD R348476, 2019; museum 16"},
    [KS_WIRED_SUPERPAGE_NO_PTP] = {"wired-superpage-no-ptp", false,
	"wiring sets PG_W in a superpage that may keep no page table",
	"FreeBSD D19670, D41132, 2019-2023; museum 17"},
    [KS_DMAP_PTP_RESERVE] = {"dmap-ptp-reserve", false,
	"a page is set aside for a demotion in the direct map",
	"FreeBSD 2020; museum 18"},
    [KS_PTP_LEAK] = {"ptp-leak", false,
	"freeing a kept page-table page leaves it in resident_count",
	"FreeBSD D33276, 2021; museum 19"},
    [KS_PROMOTE_WITHOUT_A] = {"promote-without-a", false,
	"a user promotion does not ask for PG_A",
	"FreeBSD D40478, 2023; museum 20"},
    [KS_KEEP_A_OF_WIRED] = {"keep-a-of-wired", false,
	"pmap_clear_reference() leaves PG_A of wired PTEs",
	"FreeBSD D49442, 2025, pmap_advise(); museum 21"},
    [KS_SEPARATE_SIZE_TEST] = {"separate-size-test", false,
	"vm_reserv_reclaim_contig() measures a run at its first page too",
	"FreeBSD early 2011; museum 23"},
    [KS_RECLAIM_CONTIG_ALIGN] = {"reclaim-contig-align", false,
	"a run is not tried from a later page than its gap's first",
	"after FreeBSD D33344, 2021; museum 24"},
    [KS_PARTPOPQ_HEAD] = {"partpopq-head", false,
	"a full reservation that loses a page is the next to be broken",
	"FreeBSD until 2011, vm_reserv_depopulate(); museum 25"},
    [KS_RESERV_POPMAP] = {"reserv-popmap", false,
	"a reservation refuses a page that is freed to it twice",
	"FreeBSD 2013, popmap; museum 26"},
    [KS_FALSE_PV] = {"false-pv", false,
	"pmap_enter_quick() makes pv entries for pages of superpages",
	"FreeBSD arm64 and riscv, D36563, 2022; museum 27"},
    [KS_CLEAN_WRITABLE_SUPERPAGE] = {"clean-writable-superpage", false,
	"pmap_copy() clears PG_M of a writable superpage",
	"FreeBSD arm64, D30643, 2021; museum 28"},
    [KS_FORK_COPIES_WIRED] = {"fork-copies-wired", false,
	"pmap_copy() copies PG_W of a superpage",
	"FreeBSD i386, pmap_copy(); museum 29"},
    [KS_DEMOTION_FAILURE_IGNORED] = {"demotion-failure-ignored", false,
	"a superpage whose demotion fails stays mapped as it was",
	"FreeBSD arm64, R349003, 2019; museum 30"},
    [KS_COPY_WHOLE_SUPERPAGES] = {"copy-whole-superpages", false,
	"pmap_copy() copies only superpages that lie in its range",
	"FreeBSD by 2014, pmap_copy(); museum 33"},
};

/* A revision: its line, and the switches that are on in it. */
static const struct revision {
	struct pmapsim_kernel_info info;
	uint64_t switches;
} revisions[] = {
    {{"2010-04", true, "the kernel of the panic: head of April 2010",
	 "FreeBSD amd64/pmap.c rev 1.688 and its time"},
	SWITCH(KS_HARVEST_A_ON_PROTECT)},
    {{"9.0", true, "FreeBSD 9.0-RELEASE, January 2012",
	 "2010-04 but for the differences D1 to D9"},
	SWITCH(KS_WRITEABLE_MANAGED_ONLY) | SWITCH(KS_QENTER_KEEPS_SAME) |
	    SWITCH(KS_FREE_PTPS_AFTER_REMOVE_ALL) |
	    SWITCH(KS_COLLECT_CLEARS_WRITEABLE) | SWITCH(KS_ENTER_MOVES_PV) |
	    SWITCH(KS_BATCHED_INVALIDATION) | SWITCH(KS_PANIC_NAMES_PAGE) |
	    SWITCH(KS_ASSERT_MANAGED)},
};
#define NREVISIONS (sizeof(revisions) / sizeof(revisions[0]))

const struct pmapsim_kernel_info *
pmapsim_kernel_info(unsigned index)
{

	if (index < NREVISIONS)
		return (&revisions[index].info);
	if (index - NREVISIONS < KS_COUNT)
		return (&switches[index - NREVISIONS]);
	return (NULL);
}

const char *
kernel_switch_name(enum kernel_switch ks)
{

	return (switches[ks].name);
}

static const char *
revision_suggestion(void *arg, unsigned index)
{

	return (index < NREVISIONS ? revisions[index].info.name : NULL);
}

static const char *
switch_suggestion(void *arg, unsigned index)
{

	return (index < KS_COUNT ? switches[index].name : NULL);
}

/* Tells that no "kind" is called "word"; always false, for the caller. */
static bool
kernel_unknown(const char *kind, const char *word, suggest_name *names,
    char *err, size_t errsize)
{
	const char *near;

	near = pmapsim_nearest(word, names, NULL);
	if (near != NULL)
		snprintf(err, errsize,
		    "unknown kernel %s \"%.60s\"; did you mean \"%s\"?", kind,
		    word, near);
	else
		snprintf(err, errsize,
		    "unknown kernel %s \"%.60s\"; "
		    "\"pmapsim kernels\" lists them",
		    kind, word);
	return (false);
}

/* The switch called "word"; KS_COUNT when there is none. */
static enum kernel_switch
kernel_find_switch(const char *word)
{
	unsigned ks;

	for (ks = 0; ks < KS_COUNT; ks++)
		if (strcmp(switches[ks].name, word) == 0)
			break;
	return ((enum kernel_switch)ks);
}

/*
 * The canonical name: the revision, then what differs from it, in the order of
 * the table, so that two spellings of one kernel are one name.
 */
static void
kernel_name(struct kernel *kernel, const struct revision *rev)
{
	size_t used;
	unsigned ks;
	int n;

	used = (size_t)snprintf(kernel->name, sizeof(kernel->name), "%s",
	    rev->info.name);
	for (ks = 0; ks < KS_COUNT; ks++) {
		if (((kernel->switches ^ rev->switches) & SWITCH(ks)) == 0)
			continue;
		n = snprintf(kernel->name + used, sizeof(kernel->name) - used,
		    "+%s%s", kernel->switches & SWITCH(ks) ? "" : "no-",
		    switches[ks].name);
		if (n < 0 || (size_t)n >= sizeof(kernel->name) - used)
			break; /* cut, and still a string */
		used += (size_t)n;
	}
}

/*
 * Reads "REVISION[+[no-]SWITCH...]", NULL standing for "2010-04".  On an error
 * "*kernel" is unchanged and "err" says what was found and what is near.
 */
bool
kernel_parse(const char *text, struct kernel *kernel, char *err, size_t errsize)
{
	const struct revision *rev = NULL;
	struct kernel parsed;
	enum kernel_switch ks;
	char word[64];
	const char *name;
	size_t length;
	unsigned i;
	bool off;

	if (text == NULL)
		text = revisions[0].info.name;
	memset(&parsed, 0, sizeof(parsed));
	for (;;) {
		length = strcspn(text, "+");
		snprintf(word, sizeof(word), "%.*s",
		    (int)(length < sizeof(word) ? length : sizeof(word) - 1),
		    text);
		if (rev == NULL) {
			for (i = 0; i < NREVISIONS; i++)
				if (strcmp(revisions[i].info.name, word) == 0)
					rev = &revisions[i];
			if (rev == NULL)
				return (kernel_unknown("revision", word,
				    revision_suggestion, err, errsize));
			parsed.switches = rev->switches;
		} else {
			name = word;
			off = false;
			ks = kernel_find_switch(name);
			if (ks == KS_COUNT && strncmp(name, "no-", 3) == 0) {
				off = true;
				ks = kernel_find_switch(name + 3);
			}
			if (ks == KS_COUNT)
				return (kernel_unknown("switch", word,
				    switch_suggestion, err, errsize));
			if (off)
				parsed.switches &= ~SWITCH(ks);
			else
				parsed.switches |= SWITCH(ks);
		}
		if (text[length] == '\0')
			break;
		text += length + 1;
	}
	kernel_name(&parsed, rev);
	*kernel = parsed;
	return (true);
}

bool
pmapsim_kernel_valid(const char *kernel, char *err, size_t errsize)
{
	struct kernel parsed;

	return (kernel_parse(kernel, &parsed, err, err != NULL ? errsize : 0));
}
