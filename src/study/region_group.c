/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the PTEs of a region differ from its first one: what is shown of them,
 * so that one sees why a promotion fails.
 */
#include <stdio.h>
#include <string.h>

#include "study/table_entry.h"
#include "study/region.h"

/* The letter of a difference: that of the first of these bits in it. */
static char
group_letter(const struct region_group *group)
{
	static const struct {
		pt_entry_t bits;
		char letter;
	} letters[] = {
	    {PG_RW, 'w'},
	    {PG_NX, 'x'},
	    {PG_U, 'u'},
	    {PG_A, 'a'},
	    {PG_M, 'm'},
	    {PG_W, 'i'},
	    {PG_PTE_CACHE, 'c'},
	};
	const pt_entry_t bits = group->lacks | group->has;
	unsigned i;

	switch (group->kind) {
	case REGION_INVALID:
		return ('.');
	case REGION_LITTER:
		return ('L');
	case REGION_ENTERED:
		return ('E');
	case REGION_MAPPED:
		break;
	}
	if (group->frame)
		return ('f');
	for (i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		if ((bits & letters[i].bits) != 0)
			return (letters[i].letter);
	return (bits != 0 ? 'g' : '=');
}

static void
group_words(struct region_group *group)
{
	static const char *const kinds[] = {
	    [REGION_INVALID] = "not valid",
	    [REGION_MAPPED] = "mapped: made by a call and not ended",
	    [REGION_LITTER] = "litter: valid, though unmapped before",
	    [REGION_ENTERED] = "entered by this call",
	};
	char has[32], lacks[32];

	if (group->letter == '=' || group->kind != REGION_MAPPED) {
		snprintf(group->words, sizeof(group->words), "%s",
		    kinds[group->kind]);
		return;
	}
	table_entry_bits_text(group->lacks, TABLE_ENTRY_PTE, "", lacks,
	    sizeof(lacks));
	table_entry_bits_text(group->has, TABLE_ENTRY_PTE, "", has,
	    sizeof(has));
	snprintf(group->words, sizeof(group->words),
	    "mapped%s%s%s%s%s, unlike the first",
	    group->frame ? " to another frame" : "",
	    lacks[0] != '\0' ? " without" : "", lacks,
	    has[0] != '\0' ? " with" : "", has);
}

/* The PTE that the others are compared with: the first one, or the first that
 * is valid, as what it would be at the start. */
static pt_entry_t
group_first(const struct region *region)
{
	unsigned i;

	for (i = 0; i < NPTEPG; i++)
		if ((region->pte[i].before & PG_V) != 0)
			return (region->pte[i].before - ptoa(i));
	return (0);
}

/* The place of the group that is like "group"; makes it when there is none. */
static unsigned
group_find(struct region *region, const struct region_group *group)
{
	unsigned i;

	for (i = 0; i < region->ngroups; i++)
		if (region->groups[i].kind == group->kind &&
		    region->groups[i].lacks == group->lacks &&
		    region->groups[i].has == group->has &&
		    region->groups[i].frame == group->frame)
			return (i);
	/* The last place holds whatever found none. */
	if (i == REGION_GROUPS_MAX)
		return (i - 1);
	region->groups[i] = *group;
	region->groups[i].letter = group_letter(group);
	group_words(&region->groups[i]);
	region->ngroups++;
	return (i);
}

void
region_make_groups(struct region *region)
{
	/* In this order they are told. */
	static const enum region_kind kinds[] = {REGION_MAPPED, REGION_LITTER,
	    REGION_ENTERED, REGION_INVALID};
	const pt_entry_t first = group_first(region);
	struct region_group group;
	pt_entry_t pte;
	unsigned i, k;

	region->ngroups = 0;
	for (k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
		for (i = 0; i < NPTEPG; i++) {
			if (region->pte[i].kind != kinds[k])
				continue;
			memset(&group, 0, sizeof(group));
			group.kind = kinds[k];
			pte = region->pte[i].before;
			if (kinds[k] == REGION_MAPPED) {
				group.lacks = first & ~pte & PG_PTE_PROMOTE;
				group.has = pte & ~first & PG_PTE_PROMOTE;
				group.frame = ((pte ^ (first + ptoa(i))) &
						  PG_FRAME) != 0;
			}
			region->pte[i].group = group_find(region, &group);
			region->groups[region->pte[i].group].count++;
		}
}
