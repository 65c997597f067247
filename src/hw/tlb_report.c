/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a TLB holds and did, for those who ask; apart from tlb.c because
 * nothing here is on an access's way.
 */
#include "hw/tlb.h"

/* Returns the TLB of CPU number "cpu", or NULL. */
static struct tlb *
report_tlb(struct machine *mach, unsigned cpu)
{
	return (cpu < mach->config.ncpu ? mach->cpus[cpu].tlb : NULL);
}

/*
 * Whether an entry of another array, or a larger page anywhere, maps all that
 * "entry" of array number "a" maps; of equal ones the first array's counts.
 */
static bool
report_covered(const struct tlb *tlb, unsigned a, const struct tlb_entry *entry)
{
	const struct tlb_array *array;
	unsigned b, size;

	for (b = 0; b < tlb->desc->narrays; b++) {
		array = &tlb->array[b];
		for (size = entry->size; size < TLB_SIZES; size++) {
			if ((array->desc.holds & 1u << size) == 0 ||
			    (size == entry->size && b >= a))
				continue;
			if (tlb_sets_find(&array->sets, entry->va, size,
				tlb->lives) != TLB_SETS_NONE)
				return (true);
		}
	}
	return (false);
}

/* What is held now is counted here; the other counts are kept by accesses. */
int
pmapsim_tlb_stats(struct machine *mach, unsigned cpu,
    struct pmapsim_tlb_stats *stats)
{
	const struct tlb *tlb;
	const struct tlb_array *array;
	const struct tlb_entry *entry;
	unsigned a, i, kind;

	if (stats == NULL || (tlb = report_tlb(mach, cpu)) == NULL)
		return (PMAPSIM_EINVAL);
	*stats = tlb->stats;
	for (a = 0; a < tlb->desc->narrays; a++) {
		array = &tlb->array[a];
		kind = (array->desc.kinds & 1u << PMAPSIM_TLB_DATA) != 0 ?
		    PMAPSIM_TLB_DATA :
		    PMAPSIM_TLB_INSTRUCTION;
		for (i = 0; i < array->desc.entries; i++) {
			entry = &tlb->entries[array->first + i];
			if (!tlb_alive(tlb, entry))
				continue;
			stats->in_use[array->desc.level - 1][kind]
				     [entry->size]++;
			if (!report_covered(tlb, a, entry))
				stats->covered += UINT64_C(1)
				    << tlb_shift(entry->size);
		}
	}
	return (PMAPSIM_OK);
}

const char *
pmapsim_tlb_name(struct machine *mach)
{
	return (mach->cpus[0].tlb != NULL ? mach->cpus[0].tlb->desc->name :
					    NULL);
}

/* Describes an entry in the public structure. */
void
tlb_entry_info(const struct tlb *tlb, const struct tlb_entry *entry,
    struct pmapsim_tlb_entry *info)
{
	const struct tlb_array_desc *desc;

	desc = &tlb->array[entry->array].desc;
	info->level = desc->level;
	info->kinds = desc->kinds;
	info->size = entry->size;
	info->page_size = entry->page_size;
	info->va = entry->va;
	info->pa = entry->pa;
	info->rights = entry->rights;
}

unsigned
pmapsim_tlb_entries(struct machine *mach, unsigned cpu,
    void (*fn)(const struct pmapsim_tlb_entry *entry, void *arg), void *arg)
{
	const struct tlb *tlb;
	struct pmapsim_tlb_entry info;
	unsigned i, count;

	if (fn == NULL || (tlb = report_tlb(mach, cpu)) == NULL)
		return (0);
	count = 0;
	for (i = 1; i < tlb->nentries; i++) {
		if (!tlb_alive(tlb, &tlb->entries[i]))
			continue;
		count++;
		tlb_entry_info(tlb, &tlb->entries[i], &info);
		fn(&info, arg);
	}
	return (count);
}
