/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The figures of a run, one line each: table, CSV and JSON are made of them.
 */
#include "cli/run.h"

#define GET(name, expression)                                    \
	static double get_##name(const struct program_result *r) \
	{                                                        \
		return ((double)(expression));                   \
	}

GET(coverage_mean, r->coverage_mean)
GET(coverage_max, r->coverage_max)
GET(coverage_end, r->coverage_end)
GET(peak, r->peak_resident)
GET(promotions, r->promotions)
GET(demotions, r->demotions)
GET(first, r->promote_failed[PMAPSIM_PROMOTE_FIRST_UNUSABLE])
GET(contiguous, r->promote_failed[PMAPSIM_PROMOTE_NOT_CONTIGUOUS])
GET(attributes, r->promote_failed[PMAPSIM_PROMOTE_ATTRIBUTES])
GET(reservation, r->promote_failed[PMAPSIM_PROMOTE_NO_RESERVATION])
GET(faults, r->faults)
GET(zero_fills, r->zero_fills)
GET(copies, r->copies)
GET(reclaimed, r->reclaimed)
GET(pte_stores, r->pte_stores)
GET(inval_page, r->invalidations.page)
GET(inval_range, r->invalidations.range)
GET(inval_all, r->invalidations.all)
GET(shootdowns,
    r->invalidations.sent_page + r->invalidations.sent_range +
	r->invalidations.sent_all)
GET(data_l1_4k, r->stats.misses[0][PMAPSIM_TLB_DATA][PMAPSIM_TLB_4K])
GET(data_l1_2m, r->stats.misses[0][PMAPSIM_TLB_DATA][PMAPSIM_TLB_2M])
GET(fetch_l1_4k, r->stats.misses[0][PMAPSIM_TLB_INSTRUCTION][PMAPSIM_TLB_4K])
GET(fetch_l1_2m, r->stats.misses[0][PMAPSIM_TLB_INSTRUCTION][PMAPSIM_TLB_2M])
GET(data_l2_4k, r->stats.misses[1][PMAPSIM_TLB_DATA][PMAPSIM_TLB_4K])
GET(data_l2_2m, r->stats.misses[1][PMAPSIM_TLB_DATA][PMAPSIM_TLB_2M])
GET(fetch_l2_4k, r->stats.misses[1][PMAPSIM_TLB_INSTRUCTION][PMAPSIM_TLB_4K])
GET(fetch_l2_2m, r->stats.misses[1][PMAPSIM_TLB_INSTRUCTION][PMAPSIM_TLB_2M])
GET(walks, r->stats.walks)
GET(walk_steps, r->stats.walk_steps)
GET(flushes, r->stats.flushes + r->stats.flushes_global)

#define COUNT(key, words, get)                                        \
	{                                                             \
		key, words, RUN_METRIC_COUNT, false, false, get_##get \
	}
#define RATE(key, words, get)                                        \
	{                                                            \
		key, words, RUN_METRIC_COUNT, false, true, get_##get \
	}
#define TLB(key, words, get)                                        \
	{                                                           \
		key, words, RUN_METRIC_COUNT, true, true, get_##get \
	}
#define SHARE(key, words, get)                                        \
	{                                                             \
		key, words, RUN_METRIC_SHARE, false, false, get_##get \
	}

const struct run_metric run_metrics[] = {
    SHARE("coverage_mean", "in 2 MB pages: mean", coverage_mean),
    SHARE("coverage_max", "  most", coverage_max),
    SHARE("coverage_end", "  at the end", coverage_end),
    COUNT("peak_resident_pages", "peak resident, pages", peak),
    COUNT("promotions", "promotions", promotions),
    COUNT("demotions", "demotions", demotions),
    COUNT("failed_first_unusable", "failed: first PTE unusable", first),
    COUNT("failed_not_contiguous", "  not contiguous", contiguous),
    COUNT("failed_attributes", "  attributes differ", attributes),
    COUNT("failed_no_reservation", "  no full reservation", reservation),
    RATE("page_faults", "page faults", faults),
    RATE("zero_fills", "  pages zeroed", zero_fills),
    RATE("copies_on_write", "  copied on write", copies),
    COUNT("reservations_reclaimed", "reservations reclaimed", reclaimed),
    RATE("pte_stores", "PTE stores", pte_stores),
    RATE("invalidations_page", "invalidations: page", inval_page),
    RATE("invalidations_range", "  range", inval_range),
    RATE("invalidations_all", "  all", inval_all),
    RATE("shootdown_messages", "shootdown messages", shootdowns),
    TLB("l1_data_misses_4k", "L1 data misses, 4 KB", data_l1_4k),
    TLB("l1_data_misses_2m", "  2 MB", data_l1_2m),
    TLB("l1_fetch_misses_4k", "L1 fetch misses, 4 KB", fetch_l1_4k),
    TLB("l1_fetch_misses_2m", "  2 MB", fetch_l1_2m),
    TLB("l2_data_misses_4k", "L2 data misses, 4 KB", data_l2_4k),
    TLB("l2_data_misses_2m", "  2 MB", data_l2_2m),
    TLB("l2_fetch_misses_4k", "L2 fetch misses, 4 KB", fetch_l2_4k),
    TLB("l2_fetch_misses_2m", "  2 MB", fetch_l2_2m),
    TLB("walks", "walks", walks),
    TLB("walk_steps", "  table entries read", walk_steps),
    TLB("tlb_flushes", "TLB flushes", flushes),
};
const size_t run_nmetrics = sizeof(run_metrics) / sizeof(run_metrics[0]);
