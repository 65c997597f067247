/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CPUs that are known, each as the description that a user would write.
 *
 * Sources are named at the figures, the first comment says in a line what it
 * is, and "approx" is on every line of which a figure is unsure.  No vendor
 * publishes the replacement policy; true LRU stands for all.  Hyper-threading,
 * which halves some arrays, is off.
 */
#include <stdio.h>
#include <string.h>

#include "hw/tlb.h"

struct tlb_preset {
	const char *name;
	const char *text;
};

static const struct tlb_preset tlb_presets[] = {
    {"k10",
	"tlb k10\n"
	"# AMD family 10h: Barcelona, Phenom, Phenom II, 2007 to 2011\n"
	"# The usual machine of FreeBSD 8.  AMD 40546, Software Optimization\n"
	"# Guide for Family 10h, appendix A; CPUID as Phenoms report it.\n"
	"# CPUID 8000_0005h EAX FF30FF10: 16 and 48 entries for large pages\n"
	"# CPUID 8000_0005h EBX FF30FF20: 32 and 48 entries for 4K\n"
	"array l1 instruction 4K entries=32 ways=full\n"
	"# no 1G entries for instructions: kept as 2M (secondary source)\n"
	"array l1 instruction 2M entries=16 ways=full splits=1G approx\n"
	"# one array for all sizes, which is what makes erratum 383 possible\n"
	"array l1 data 4K,2M,1G entries=48 ways=full\n"
	"# CPUID 8000_0006h EBX 42004200: 512 entries, 4 ways, each\n"
	"array l2 instruction 4K entries=512 ways=4\n"
	"array l2 data 4K entries=512 ways=4\n"
	"# CPUID 8000_0006h EAX 20800000: 128 entries, 2 ways\n"
	"array l2 data 2M entries=128 ways=2\n"
	"# CPUID 8000_0019h EBX 6010_0000 of revision C; revision B has none\n"
	"array l2 data 1G entries=16 ways=8 approx\n"
	"# Bhargava et al., ASPLOS 2008: about 24 entries for upper levels\n"
	"cache pml4e,pdpte,pde entries=24 ways=full approx\n"
	"# erratum 383, Revision Guide AMD 41322\n"
	"multimatch erratum-383\n"},
    {"nehalem",
	"tlb nehalem\n"
	"# Intel Nehalem: the first Core i7, 2008\n"
	"# Intel 248966, Optimization Reference Manual, and CPUID leaf 2:\n"
	"# descriptors 5Ah, 03h, 55h, B2h, CAh.\n"
	"array l1 instruction 4K entries=128 ways=4\n"
	"array l1 instruction 2M entries=7 ways=full\n"
	"array l1 data 4K entries=64 ways=4\n"
	"array l1 data 2M entries=32 ways=4\n"
	"# CAh: 4K pages only, so that large pages have no second level.  No\n"
	"# 1G page is cached anywhere: the part does not have them.\n"
	"array l2 unified 4K entries=512 ways=4\n"
	"# Intel documents such caches, but no sizes\n"
	"cache pde entries=32 ways=4 approx\n"
	"cache pdpte entries=4 ways=full approx\n"},
    {"skylake",
	"tlb skylake\n"
	"# Intel Skylake: client parts of 2015\n"
	"# Intel 248966, Optimization Reference Manual, table of TLB\n"
	"# parameters.\n"
	"array l1 instruction 4K entries=128 ways=8\n"
	"array l1 instruction 2M entries=8 ways=full\n"
	"array l1 data 4K entries=64 ways=4\n"
	"array l1 data 2M entries=32 ways=4\n"
	"array l1 data 1G entries=4 ways=4\n"
	"# The manual says 12 ways; CPUID descriptor C3h says 6.\n"
	"array l2 unified 4K,2M entries=1536 ways=12\n"
	"array l2 unified 1G entries=16 ways=4\n"
	"# measured, not documented: van Schaik et al., RevAnC, 2017\n"
	"cache pde entries=32 ways=4 approx\n"
	"cache pdpte entries=4 ways=full approx\n"},
    {"zen2",
	"tlb zen2\n"
	"# AMD Zen 2: family 17h from model 30h on, 2019\n"
	"# AMD 56305, Software Optimization Guide for Family 17h.\n"
	"array l1 instruction 4K,2M,1G entries=64 ways=full\n"
	"array l1 data 4K,2M,1G entries=64 ways=full\n"
	"# The guide: 1G pages are kept as 2M.\n"
	"array l2 instruction 4K,2M entries=512 ways=8 splits=1G\n"
	"# The guide: 2048 entries; secondary sources say 12 ways or 16.\n"
	"array l2 data 4K,2M entries=2048 ways=16 splits=1G approx\n"
	"# 64 entries for PML4Es and PDPTEs (secondary source)\n"
	"cache pml4e,pdpte entries=64 ways=full approx\n"
	"# The guide: PDEs live in the second-level data TLB; modelled apart,\n"
	"# at an eighth of its size.\n"
	"cache pde entries=256 ways=16 approx\n"},
};

#define NPRESETS (sizeof(tlb_presets) / sizeof(tlb_presets[0]))

/* For pmapsim_nearest(). */
static const char *
preset_name(void *arg, unsigned index)
{
	return (pmapsim_tlb_preset(index));
}

const char *
pmapsim_tlb_preset(unsigned index)
{
	return (index < NPRESETS ? tlb_presets[index].name : NULL);
}

const char *
pmapsim_tlb_preset_text(const char *name)
{
	unsigned i;

	for (i = 0; name != NULL && i < NPRESETS; i++)
		if (strcmp(tlb_presets[i].name, name) == 0)
			return (tlb_presets[i].text);
	return (NULL);
}

/*
 * Reads the preset or the description "tlb" into "desc".  False: "err" says
 * what is wrong.
 */
bool
tlb_find_desc(const char *tlb, struct tlb_desc *desc, char *err, size_t errsize)
{
	const char *near, *text;

	if (tlb == NULL) {
		snprintf(err, errsize, "no TLB is named");
		return (false);
	}
	if (strchr(tlb, '\n') != NULL)
		return (tlb_describe(tlb, NULL, desc, err, errsize));
	if ((text = pmapsim_tlb_preset_text(tlb)) != NULL)
		return (tlb_describe(text, NULL, desc, err, errsize));
	near = pmapsim_nearest(tlb, preset_name, NULL);
	snprintf(err, errsize,
	    "tlb=%s is not known%s%s%s; k10, nehalem, "
	    "skylake, zen2, or a file that describes one",
	    tlb, near != NULL ? "; did you mean " : "",
	    near != NULL ? near : "", near != NULL ? "?" : "");
	return (false);
}

bool
pmapsim_tlb_valid(const char *tlb, char *err, size_t errsize)
{
	struct tlb_desc desc;

	return (tlb_find_desc(tlb, &desc, err, err != NULL ? errsize : 0));
}
