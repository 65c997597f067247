/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of the bug museum.  What an entry says that its scenario shows, a
 * test makes it show, under every kernel named here.
 */
#include <pmapsim/museum.h>

#include <string.h>

/* Revisions that have what nobody changed before 9.0, and what 9.0 changed. */
#define REVISIONS_TO_2010                          \
	{                                          \
		"2009-03", "8.0", "8.1", "2010-04" \
	}
#define REVISIONS_TO_9                                    \
	{                                                 \
		"2009-03", "8.0", "8.1", "2010-04", "9.0" \
	}

static const struct pmapsim_museum_entry entries[] = {
    {.number = 1,
	.name = "litter",
	.year = "2010",
	.versions = "8.0 and its pre-release, as reported",
	.function = "kernel unmap, pmap_enter(), pmap_promote_pde(), "
		    "kmem_malloc()",
	.mechanism = "unmapped kernel pages stay valid, and a promotion "
		     "takes them for mappings: a hypothesis of its reporter",
	.symptom = "panic: pmap_enter: attempted pmap_enter on 2MB page",
	.fix = "the mail's four remedies",
	.source = "freebsd-stable, 6 October 2010",
	.note = "Of 8.0's own code it is known that unmapping clears each "
		"PTE; its backtrace is 8.0's, call for call.",
	.scenario = "museum/litter",
	.kernel = "8.0+litter",
	.fixed = {"8.0+litter+idempotent-enter", "8.0+litter+clear-on-unuse",
	    "8.0+litter+enter-multiple", "8.0+litter+no-superpages"},
	.shown = "panic \"pmap_enter: attempted pmap_enter on 2MB page\"",
	.right = "0xffffff8000000000"},
    {.number = 2,
	.name = "count-drift",
	.year = "2010",
	.versions = "8.0 to 9.x",
	.function = "pmap_remove()",
	.mechanism = "resident_count, wrong since demote-cleared-pde, is "
		     "0 and pmap_remove() returns early, leaving litter",
	.symptom = "panic: pmap_enter: attempted pmap_enter on 2MB page",
	.fix = "the count is kept right",
	.source = "comparison of runs; no report known",
	.scenario = "museum/count-drift",
	.kernel = "2010-04",
	.fixed = {"2010-04+remove-kernel-pde"},
	.shown = "panic \"pmap_enter: attempted pmap_enter on 2MB page\"",
	.right = "",
	.revisions = REVISIONS_TO_9},
    {.number = 3,
	.name = "errant-promotion",
	.year = "until August 2008",
	.versions = "before 7.2 and 8.0",
	.function = "pmap_promote_pde()",
	.mechanism = "a kernel page table always counts as full, and its "
		     "first PTE may be invalid",
	.symptom = "a superpage over an address that nothing maps",
	.fix = "PG_V of the first PTE is tested",
	.source = "FreeBSD 71e26e2c0e",
	.note = "The text that is older than the test is not known: the "
		"first PTE is taken to be what the second one says.  In "
		"August 2008 the test is there.",
	.scenario = "museum/errant-promotion",
	.kernel = "2010-04+errant-promotion",
	.fixed = {"2010-04"},
	.shown = "0x1800000",
	.right = "fault"},
    {.number = 4,
	.name = "demote-uncounted",
	.year = "until July 2009",
	.versions = "head, superpages on since 6 December 2008",
	.function = "pmap_demote_pde(), user",
	.mechanism = "the page-table page allocated for a demotion is not "
		     "added to resident_count, which falls to 0 too soon",
	.symptom = "panic: vm_page_free_toq: freeing mapped page",
	.fix = "it is added",
	.source = "the sources of 10 March 2009, run",
	.scenario = "museum/demote-uncounted",
	.kernel = "2009-03",
	.fixed = {"2009-03+no-demote-uncounted", "8.0"},
	.shown = "panic \"vm_page_free_toq: freeing mapped page PTR\"",
	.right = "",
	.revisions = {"2009-03"}},
    {.number = 5,
	.name = "demote-cleared-pde",
	.year = "2013",
	.versions = "8.0 to 9.3 latent, head of August 2013",
	.function = "pmap_remove_pde(), kernel",
	.mechanism = "the PDE is cleared, then pmap_demote_pde() reads it",
	.symptom =
	    "panic: pmap_demote_pde: oldpde is missing PG_PS "
	    "and/or PG_V; without invariants 511 invalid PTEs and a wrong "
	    "count",
	.fix = "pmap_remove_kernel_pde() zeroes the page table and "
	       "installs it",
	.source = "FreeBSD commit log, 2013",
	.scenario = "museum/demote-cleared-pde",
	.kernel = "2010-04",
	.fixed = {"2010-04+remove-kernel-pde"},
	.shown = "panic \"pmap_demote_pde: oldpde is missing PG_PS and/or "
		 "PG_V\"",
	.right = "",
	.revisions = REVISIONS_TO_9},
    {.number = 6,
	.name = "stale-after-promotion",
	.year = "2017",
	.versions = "7.2 to 11.0",
	.function = "pmap_remove_pde(), pmap_protect_pde(), kernel",
	.mechanism = "promotion leaves 4 KB TLB entries, and one address "
		     "only is invalidated when the superpage goes",
	.symptom = "use after unmap, write through read-only: stale "
		   "translations",
	.fix = "the whole range is invalidated",
	.source = "FreeBSD R312954, R314310",
	.scenario = "museum/stale-after-promotion",
	.kernel = "2010-04",
	.fixed = {"2010-04+flush-whole-superpage"},
	.shown = "\"stale translation: CPU 1 writes 0xffffff8000205000 by "
		 "l1 data 4K entry 0xffffff8000205000 -> 0x1805000 w--dg, but "
		 "it is not-writable; tables 0x121027 0x1000063 "
		 "0x80000000018003a1 0; left by call 5: pmap_protect kernel "
		 "0xffffff8000200000 0xffffff8000400000 prot=r\"",
	.right = "none",
	.revisions = REVISIONS_TO_9},
    {.number = 7,
	.name = "erratum-383",
	.year = "2009-2010",
	.versions = "AMD family 10h",
	.function = "promotion and demotion",
	.mechanism = "the page size of a live mapping changes while "
		     "entries of the other size are cached",
	.symptom = "machine check, MC0_STATUS B600000000010015",
	.fix = "pmap_update_pde() stores and flushes under a rendezvous",
	.source = "AMD family 10h erratum 383",
	.scenario = "museum/erratum-383",
	.kernel = "2010-04",
	.fixed = {"2010-04+erratum383"},
	.shown = "\"multi-match: CPU 1 writes 0xffffff8000205000 by l1 "
		 "data 4K entry 0xffffff8000205000 -> 0x1805000 w--dg and l1 "
		 "data 2M entry 0xffffff8000200000 -> 0x1800000 w--dg; AMD "
		 "erratum 383: machine check, MC0_STATUS B600000000010015; "
		 "tables 0x121027 0x1000063 0x80000000018003e3 0; left by call "
		 "4: pmap_enter kernel 0xffffff80003ff000 kernel 1023 "
		 "access=rw prot=rw wired=1\"",
	.right = "none",
	.revisions = REVISIONS_TO_9},
    {.number = 8,
	.name = "shootdown-per-pte",
	.year = "until mid 2010",
	.versions = "2010-04",
	.function = "pmap_remove(), kernel",
	.mechanism = "one invalidation message for each PTE",
	.symptom = "512 messages for 2 MB instead of 1",
	.fix = "runs are batched into ranges",
	.source = "comparison of sources",
	.scenario = "museum/shootdown-per-pte",
	.kernel = "2010-04",
	.fixed = {"2010-04+batched-invalidation"},
	.shown = "511",
	.right = "0",
	.revisions = REVISIONS_TO_2010},
    {.number = 9,
	.name = "protect-clears-a",
	.year = "until mid 2010",
	.versions = "2010-04",
	.function = "pmap_protect()",
	.mechanism = "PG_A of each managed PTE is cleared, which "
		     "promotion requires",
	.symptom = "promotions fail after mprotect",
	.fix = "PG_A is left alone",
	.source = "comparison of sources",
	.scenario = "museum/protect-clears-a",
	.kernel = "2010-04",
	.fixed = {"2010-04+no-harvest-a-on-protect"},
	.shown = "promotions=0 demotions=0 mappings=0 p_failures=1 "
		 "free=6646 wired=10",
	.right = "promotions=1 demotions=0 mappings=0 p_failures=0 "
		 "free=6649 wired=7",
	.revisions = REVISIONS_TO_2010},
    {.number = 10,
	.name = "ascending-scan",
	.year = "until June 2008",
	.versions = "before R179777",
	.function = "pmap_promote_pde()",
	.mechanism = "scanning upwards write-protects clean PTEs just "
		     "before the program dirties them",
	.symptom = "failed promotions and additional faults, one a page",
	.fix = "the scan goes downwards",
	.source = "FreeBSD R179777",
	.note = "Where the last PTE is seen to be no continuation before "
		"any scan, none of the others is looked at, in either "
		"direction.",
	.scenario = "museum/ascending-scan",
	.kernel = "2010-04+ascending-scan",
	.fixed = {"2010-04"},
	.shown = "1023",
	.right = "513"},
    {.number = 11,
	.name = "pv-reclaim-in-demotion",
	.year = "until 2012",
	.versions = "2010-04 to 9.0",
	.function = "pmap_demote_pde(), get_pv_entry()",
	.mechanism = "mappings are reclaimed while the PDE has changed "
		     "and the pv lists have not",
	.symptom = "a page is mapped writable and said not to be; "
		   "upstream: pmap_pv_demote_pde: pv not found",
	.fix = "pv entries are reserved before the PDE changes",
	.source = "FreeBSD commit log, 2012",
	.note = "In this kernel the pv list of the superpage is taken "
		"apart first, so that the panic of the report cannot come; "
		"the lost PG_WRITEABLE does.",
	.scenario = "museum/pv-reclaim-in-demotion",
	.kernel = "2010-04",
	.fixed = {"2010-04+reserve-pv-before-demotion"},
	.shown = "\"writeable: a: va 0x400a8000 maps page 0x8a8000 for "
		 "writing, which has no PG_WRITEABLE\"",
	.right = "ok",
	.revisions = REVISIONS_TO_9},
    {.number = 12,
	.name = "pat-bit-leak",
	.year = "until 2013-2014",
	.versions = "2010-04 to 9.x",
	.function = "pmap_remove_pages()",
	.mechanism = "PG_FRAME is used for PG_PS_FRAME, so that the PAT "
		     "bit becomes part of the address",
	.symptom = "addresses off by a page for mappings that are not "
		   "write-back",
	.fix = "the right mask",
	.source = "FreeBSD 07bf5c56",
	.scenario = "museum/pat-bit-leak",
	.kernel = "2010-04",
	.fixed = {"2010-04+superpage-frame-mask"},
	.shown = "pa=0x1800000 wire=0 dirty=0x0 ref=0 writeable=1",
	.right = "pa=0x1800000 wire=0 dirty=0xff ref=0 writeable=0",
	.revisions = REVISIONS_TO_9},
    {.number = 13,
	.name = "trie-insert-fails",
	.year = "2013 to 2025",
	.versions = "10 and later",
	.function = "pmap_insert_pt_page()",
	.mechanism = "keeping the page-table page can fail where its "
		     "container allocates",
	.symptom = "promotion fails, later panics",
	.fix = "the failure is handled",
	.source = "FreeBSD D50970, D51235",
	.reason = "The container of 2010 is a tree through the pages "
		  "themselves, which allocates nothing and cannot fail."},
    {.number = 14,
	.name = "kmem-bootstrap-free",
	.year = "2018",
	.versions = "2010-04 to 11",
	.function = "superpages of the boot",
	.mechanism = "page-table pages under them are not registered, so "
		     "that a demotion finds none",
	.symptom = "no page-table page; with invariants pmap_demote_pde: "
		   "oldpde is missing PG_PS and/or PG_V",
	.fix = "they are registered by pmap_init()",
	.source = "FreeBSD D16426",
	.scenario = "museum/kmem-bootstrap-free",
	.kernel = "2010-04",
	.fixed = {"2010-04+register-boot-ptps"},
	.shown = "panic \"pmap_demote_pde: oldpde is missing PG_PS and/or "
		 "PG_V\"",
	.right = "0",
	.revisions = REVISIONS_TO_9},
    {.number = 15,
	.name = "partial-boot-ptp",
	.year = "until 2019",
	.versions = "12",
	.function = "create_pagetables()",
	.mechanism = "the last page table under the boot's superpages is "
		     "filled in part, and a demotion uses it as it is",
	.symptom = "wrong 4 KB mappings after a demotion",
	.fix = "it is left zero and filled by the demotion",
	.source = "FreeBSD R348306, D20380",
	.note = "On top of the fix of 14: without it no demotion gets "
		"that far.",
	.scenario = "museum/partial-boot-ptp",
	.kernel = "2010-04+register-boot-ptps",
	.fixed = {"2010-04+register-boot-ptps+refill-boot-ptps"},
	.shown = "fault",
	.right = "0x1ff000"},
    {.number = 16,
	.name = "wire-count-one",
	.year = "until 2019",
	.versions = "2010-04 to 12",
	.function = "pmap_demote_pde()",
	.mechanism = "that wire_count is 1 is taken to mean that the page "
		     "table is new",
	.symptom = "a page table that is right is filled again: 512 PTE "
		   "stores",
	.fix = "what a promotion left is known as such",
	.source = "FreeBSD R348246, R348476",
	.note = "The wrong refill itself needs what promoted superpages "
		"of later kernels have; here it costs stores and no more.",
	.scenario = "museum/wire-count-one",
	.kernel = "2010-04",
	.fixed = {"2010-04+refill-unpromoted"},
	.shown = "1029",
	.right = "517",
	.revisions = REVISIONS_TO_9},
    {.number = 17,
	.name = "wired-superpage-no-ptp",
	.year = "2019, 2023",
	.versions = "12 to 14",
	.function = "wiring of a superpage",
	.mechanism = "no page-table page is kept; a later demotion must "
		     "allocate one and may fail",
	.symptom = "a wired mapping is lost; with invariants "
		   "pmap_demote_pde: page table page for a wired mapping is "
		   "missing",
	.fix = "forbidden, then preallocated",
	.source = "FreeBSD D19670, D41132",
	.note = "pmap_enter() makes no superpage in 2010: here it is "
		"pmap_change_wiring() that wires one.",
	.scenario = "museum/wired-superpage-no-ptp",
	.kernel = "2010-04+wired-superpage-no-ptp",
	.fixed = {"2010-04"},
	.shown = "fault",
	.right = "0x1900000"},
    {.number = 18,
	.name = "dmap-demotion",
	.year = "2020",
	.versions = "2010-04 to 12",
	.function = "demotion of the direct map",
	.mechanism = "allocation at interrupt priority fails",
	.symptom = "panic",
	.fix = "the page is allocated ahead",
	.source = "FreeBSD commit log, 2020",
	.scenario = "museum/dmap-demotion",
	.kernel = "2010-04",
	.fixed = {"2010-04+dmap-ptp-reserve"},
	.shown = "panic \"pmap_demote_pde: oldpde is missing PG_PS and/or "
		 "PG_V\"",
	.right = "0",
	.revisions = REVISIONS_TO_9},
    {.number = 19,
	.name = "ptp-leak",
	.year = "2021",
	.versions = "13",
	.function = "accounting of page-table pages",
	.mechanism = "a kept page-table page is freed without being "
		     "counted",
	.symptom = "page-table pages of users: 2,280,849 instead of 344; "
		   "here pmap_release: pmap resident count 1 != 0",
	.fix = "it is counted",
	.source = "FreeBSD D33276",
	.scenario = "museum/ptp-leak",
	.kernel = "2010-04+ptp-leak",
	.fixed = {"2010-04"},
	.shown = "panic \"pmap_release: pmap resident count 1 != 0\"",
	.right = "",
	.revisions = {"2009-03"}},
    {.number = 20,
	.name = "promotion-needs-a",
	.year = "until 2023",
	.versions = "all until then; policy",
	.function = "pmap_promote_pde(), pmap_enter_quick()",
	.mechanism = "all 512 PTEs must have PG_A, so that what was "
		     "mapped ahead of use never promotes",
	.symptom = "promotions missed",
	.fix = "the requirement is dropped",
	.source = "FreeBSD D40478",
	.scenario = "museum/promotion-needs-a",
	.kernel = "2010-04",
	.fixed = {"2010-04+promote-without-a"},
	.shown = "promotions=0 demotions=0 mappings=0 p_failures=1 "
		 "free=6646 wired=10",
	.right = "promotions=1 demotions=0 mappings=0 p_failures=0 "
		 "free=6649 wired=7",
	.revisions = REVISIONS_TO_9},
    {.number = 21,
	.name = "advise-wired",
	.year = "2025",
	.versions = "14, 15",
	.function = "pmap_advise()",
	.mechanism = "PG_A of a wired PTE is cleared; the superpage made "
		     "of it has none, and a demotion deletes it",
	.symptom = "a wired mapping is lost",
	.fix = "PG_A of wired PTEs is kept",
	.source = "FreeBSD D49442",
	.note = "pmap_clear_reference() stands for pmap_advise(), on a "
		"kernel with the fix of 20.",
	.scenario = "museum/advise-wired",
	.kernel = "2010-04+promote-without-a",
	.fixed = {"2010-04+promote-without-a+keep-a-of-wired"},
	.shown = "fault",
	.right = "0x1900000"},
    {.number = 22,
	.name = "enter-pde-kernel",
	.year = "2025",
	.versions = "14, 15",
	.function = "pmap_enter_pde(), kernel",
	.mechanism = "handling of the page-table page when a superpage is "
		     "replaced",
	.symptom = "a panic is possible",
	.fix = "reworked",
	.source = "FreeBSD D50970",
	.reason = "pmap_enter_pde() of 2010 replaces nothing and makes no "
		  "kernel superpages, so there is no place for it."},
    {.number = 23,
	.name = "reclaim-contig-else-if",
	.year = "until early 2011",
	.versions = "2010-04",
	.function = "vm_reserv_reclaim_contig()",
	.mechanism = "the size of a run is not tested at its first page",
	.symptom = "contigmalloc(PAGE_SIZE) fails with free pages at hand",
	.fix = "two tests",
	.source = "FreeBSD commit log, 2011",
	.scenario = "museum/reclaim-contig-else-if",
	.kernel = "2010-04",
	.fixed = {"2010-04+separate-size-test"},
	.shown = "0",
	.right = "1",
	.revisions = REVISIONS_TO_9},
    {.number = 24,
	.name = "reclaim-contig-align",
	.year = "2021",
	.versions = "10 to 13",
	.function = "vm_reserv_reclaim_contig()",
	.mechanism = "arithmetic of alignment and boundary",
	.symptom = "runs that would do are missed",
	.fix = "reworked",
	.source = "FreeBSD D33344",
	.note = "The arithmetic of 2021 works on bitmaps that 2010 has "
		"not; built is a search that stays at the first page of a "
		"gap.",
	.scenario = "museum/reclaim-contig-align",
	.kernel = "2010-04+reclaim-contig-align",
	.fixed = {"2010-04"},
	.shown = "0",
	.right = "1"},
    {.number = 25,
	.name = "partpopq-head",
	.year = "until 11 April 2009",
	.versions = "head of 2008 and 2009",
	.function = "vm_reserv_depopulate()",
	.mechanism = "a reservation that lost a page goes to the head and "
		     "is the next to be broken",
	.symptom = "reservations in use are broken first",
	.fix = "it goes to the tail",
	.source = "the sources of 10 March 2009, run",
	.scenario = "museum/partpopq-head",
	.kernel = "2009-03",
	.fixed = {"2009-03+no-partpopq-head", "8.0"},
	.shown = "promotions=0 demotions=0 mappings=0 p_failures=0 "
		 "free=6645 wired=10",
	.right = "promotions=1 demotions=0 mappings=0 p_failures=0 "
		 "free=6648 wired=7",
	.revisions = {"2009-03"}},
    {.number = 26,
	.name = "reserv-double",
	.year = "2016",
	.versions = "all",
	.function = "a driver",
	.mechanism = "it frees or allocates a page twice",
	.symptom = "a reservation is given back while a page of it is in "
		   "use; upstream: assertions of vm_reserv_populate() and "
		   "vm_reserv_depopulate()",
	.fix = "the driver; a bit for each page tells",
	.source = "FreeBSD reports of 2016",
	.note = "Deliberate misuse; the fix is the reservation's refusal, "
		"which a bitmap has made possible since 2013.",
	.scenario = "museum/reserv-double",
	.kernel = "2010-04",
	.fixed = {"2010-04+reserv-popmap"},
	.shown = "\"free-lists: page 0x1801000 is on a free list and not "
		 "free\"",
	.right = "ok",
	.revisions = REVISIONS_TO_9},
    {.number = 27,
	.name = "false-pv",
	.year = "2022",
	.versions = "arm64 and riscv",
	.function = "pmap_enter_object()",
	.mechanism = "pv entries are made for pages that a superpage maps "
		     "already",
	.symptom = "panic at exit, in pmap_remove_pages()",
	.fix = "it is checked first",
	.source = "FreeBSD D36563, PR 266108",
	.note = "What if amd64 had it.",
	.scenario = "museum/false-pv",
	.kernel = "2010-04+false-pv",
	.fixed = {"2010-04"},
	.shown = "panic \"bad pte\"",
	.right = ""},
    {.number = 28,
	.name = "clean-writable-superpage",
	.year = "2021",
	.versions = "arm64",
	.function = "pmap_copy()",
	.mechanism = "superpages are copied writable and clean, which "
		     "demotion forbids",
	.symptom = "panic: pmap_demote_pde: oldpde is missing PG_M",
	.fix = "copied read-only",
	.source = "FreeBSD D30643",
	.note = "What if amd64 had it.",
	.scenario = "museum/clean-writable-superpage",
	.kernel = "2010-04+clean-writable-superpage",
	.fixed = {"2010-04"},
	.shown = "panic \"pmap_demote_pde: oldpde is missing PG_M\"",
	.right = ""},
    {.number = 29,
	.name = "fork-copies-wired",
	.year = "not dated",
	.versions = "i386",
	.function = "pmap_copy()",
	.mechanism = "PG_W is copied into the child",
	.symptom = "wired counts are wrong",
	.fix = "it is cleared",
	.source = "comparison of sources",
	.note = "What if amd64 had it.",
	.scenario = "museum/fork-copies-wired",
	.kernel = "2010-04+fork-copies-wired",
	.fixed = {"2010-04"},
	.shown = "\"user-counts: c: wired_count is 0, 512 pages are mapped "
		 "wired\"",
	.right = "ok"},
    {.number = 30,
	.name = "demotion-failure-ignored",
	.year = "2019",
	.versions = "arm64",
	.function = "pmap_protect()",
	.mechanism = "after a failed demotion the superpage stays mapped",
	.symptom = "access beyond protection",
	.fix = "the mapping is removed",
	.source = "FreeBSD R349003",
	.note = "What if amd64 had it.",
	.scenario = "museum/demotion-failure-ignored",
	.kernel = "2010-04+demotion-failure-ignored",
	.fixed = {"2010-04"},
	.shown = "0x1800000",
	.right = "fault"},
    {.number = 31,
	.name = "pv-read-unlocked",
	.year = "2010 to 9.0",
	.versions = "2010-04 to 9.0",
	.function = "pmap_ts_referenced(), pmap_clear_modify()",
	.mechanism = "pv_va is read before the pmap is locked, and "
		     "promotion on another CPU recycles the entry",
	.symptom = "a wrong address is looked up",
	.fix = "it is read under the lock",
	.source = "comparison of sources",
	.reason = "Calls are not interrupted here: it needs another CPU's "
		  "call in the middle of one."},
    {.number = 32,
	.name = "collect-lost-writeable",
	.year = "2012",
	.versions = "9.0",
	.function = "pmap_collect(), in a demotion",
	.mechanism = "PG_WRITEABLE is cleared of pages whose pv entries "
		     "are not made yet",
	.symptom = "a page is written, pmap_is_modified() gives 0 and "
		   "pmap_remove_write() does nothing",
	.fix = "cleared only with the last mapping",
	.source = "comparison of runs of 2010-04 and 9.0; no report known",
	.scenario = "museum/collect-lost-writeable",
	.kernel = "9.0",
	.fixed = {"9.0+no-collect-clears-writeable"},
	.shown = "\"writeable: a: va 0x400a8000 maps page 0x8a8000 for "
		 "writing, which has no PG_WRITEABLE\"",
	.right = "ok",
	.revisions = {"9.0"}},
    {.number = 33,
	.name = "copy-inside-superpage",
	.year = "until 2014",
	.versions = "2010-04 to 9.0",
	.function = "pmap_copy()",
	.mechanism = "a range that starts inside a superpage gets a pv "
		     "entry at that address",
	.symptom = "panic: pmap_pvh_free: pv not found",
	.fix = "alignment is checked",
	.source = "comparison of sources; checked by 2014",
	.scenario = "museum/copy-inside-superpage",
	.kernel = "2010-04",
	.fixed = {"2010-04+copy-whole-superpages"},
	.shown = "panic \"pmap_pvh_free: pv not found\"",
	.right = "",
	.revisions = REVISIONS_TO_9},
};
#define NENTRIES (sizeof(entries) / sizeof(entries[0]))

const struct pmapsim_museum_entry *
pmapsim_museum_entry(unsigned index)
{

	return (index < NENTRIES ? &entries[index] : NULL);
}

const struct pmapsim_museum_entry *
pmapsim_museum_find(const char *name)
{
	unsigned i;

	for (i = 0; name != NULL && i < NENTRIES; i++)
		if (strcmp(entries[i].name, name) == 0)
			return (&entries[i]);
	return (NULL);
}
