/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A 2 MB region as text: its 512 PTEs, and why a promotion went through.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "study/region.h"

/* The 512 PTEs as a picture, 64 in a row. */
static void
region_show_picture(const struct region *region, bool color)
{
	static const enum cli_style styles[] = {
	    [REGION_INVALID] = CLI_FAINT,
	    [REGION_MAPPED] = CLI_GOOD,
	    [REGION_LITTER] = CLI_BAD_NEWS,
	    [REGION_ENTERED] = CLI_STRONG,
	};
	const struct region_group *group, *last = NULL;
	unsigned i;

	for (i = 0; i < NPTEPG; i++) {
		group = &region->groups[region->pte[i].group];
		if (i % 64 == 0)
			printf("  %3u ", i);
		if (i % 64 == 0 || group != last)
			printf("%s%s", cli_style(color, CLI_PLAIN),
			    cli_style(color,
				group->kind == REGION_MAPPED &&
					group->letter != '=' ?
				    CLI_ODD :
				    styles[group->kind]));
		last = group;
		putchar(group->letter);
		if (i % 64 == 63)
			printf("%s\n", cli_style(color, CLI_PLAIN));
	}
}

/* "PTEs 0-5 and 7" of one group; the third run and on are "...". */
static void
region_show_runs(const struct region *region, unsigned group)
{
	unsigned end, i, runs = 0;

	printf(" (PTE%s", region->groups[group].count == 1 ? "" : "s");
	for (i = 0; i < NPTEPG; i = end) {
		for (end = i + 1; end < NPTEPG &&
		     region->pte[end].group == region->pte[i].group;
		     end++)
			continue;
		if (region->pte[i].group != group)
			continue;
		if (runs++ == 3) {
			printf(", ...");
			break;
		}
		printf("%s %u", runs > 1 ? "," : "", i);
		if (end > i + 1)
			printf("-%u", end - 1);
	}
	printf(")");
}

static const char *
region_first_word(const char *text, char *word, size_t size)
{

	snprintf(word, size, "%.*s", (int)strcspn(text, " \t"), text);
	return (word);
}

/* The picture, and what its letters are. */
static void
region_show_ptes(const struct region *region, bool color)
{
	unsigned i;

	region_show_picture(region, color);
	for (i = 0; i < region->ngroups; i++) {
		printf("  %3u %c  %s", region->groups[i].count,
		    region->groups[i].letter, region->groups[i].words);
		region_show_runs(region, i);
		putchar('\n');
	}
	if (region->count[REGION_LITTER] > 0)
		printf("  The litter was left by line %u (%s).\n",
		    region->litter_line, region->litter_call);
	if (region->entered_over_litter > 0)
		printf("  What was entered lay over litter in %u PTE%s.\n",
		    region->entered_over_litter,
		    region->entered_over_litter == 1 ? "" : "s");
}

/* A region as it stands somewhere. */
static void
region_show_at(const struct region *region, bool color)
{

	printf("The 2 MB region 0x%" PRIx64 " after line %u\n(%s):\n",
	    region->va, region->line, region->call);
	region_show_ptes(region, color);
	printf("  The PDE is 0x%" PRIx64 "%s.\n", region->pde,
	    (region->pde & (PG_V | PG_PS)) == (PG_V | PG_PS) ?
		": one 2 MB mapping, which stands for these PTEs" :
		"");
}

void
cli_show_region(const struct region *region, bool color)
{
	char word[32];
	unsigned litter;

	if (region->promoted == NPTEPG) {
		region_show_at(region, color);
		return;
	}
	printf("\nThe 2 MB region 0x%" PRIx64 ", as its promotion found it\n"
	       "in line %u (%s):\n",
	    region->va, region->line, region->call);
	region_show_ptes(region, color);
	printf("  The PDE is 0x%" PRIx64 " now: one 2 MB mapping.\n",
	    region->pde);

	litter = region->count[REGION_LITTER];
	printf("\nWhy: when %s entered PTE %u, all 512 PTEs were valid, on "
	       "consecutive\nframes and with equal attributes",
	    region_first_word(region->call, word, sizeof(word)),
	    region->promoted);
	if (litter > 0)
		printf(", because the litter in %u of them looks like\n%s; so",
		    litter, litter == 1 ? "a real mapping" : "real mappings");
	else
		printf(", though none was litter; so");
	printf(" pmap_promote_pde() made a 2 MB mapping,\nand the next "
	       "pmap_enter() there met it.\n");
}
