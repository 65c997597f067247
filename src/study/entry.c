/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bits of an entry, their names and their meaning.
 */
#include "study/entry.h"

#include <inttypes.h>
#include <stdio.h>

#define PTE (1u << ENTRY_PTE)
#define PDE (1u << ENTRY_PDE_2M)
#define TABLE (1u << ENTRY_TABLE)
#define LEAF (PTE | PDE)
#define EACH (LEAF | TABLE)

/* The bits, lowest first, and the kinds of entry that can have them. */
static const struct {
	struct entry_bit bit;
	unsigned kinds;
} entry_bits[] = {
    {{PG_V, "V", "valid: the MMU uses this entry"}, EACH},
    {{PG_RW, "RW", "may be written"}, EACH},
    {{PG_U, "U", "programs may use it, not the kernel alone"}, EACH},
    {{PG_NC_PWT, "PWT", "cached write-through"}, EACH},
    {{PG_NC_PCD, "PCD", "not cached"}, EACH},
    {{PG_A, "A", "accessed: the MMU has used it"}, EACH},
    {{PG_M, "M", "modified: the MMU has written through it"}, LEAF},
    {{PG_PS, "PS", "maps 2 MB at once, a superpage"}, PDE},
    {{PG_PTE_PAT, "PAT", "caching by the PAT's upper half"}, PTE},
    {{PG_G, "G", "global: stays in TLBs when CR3 is loaded"}, LEAF},
    {{PG_W, "W", "wired: FreeBSD's own bit, up to 9.0"}, LEAF},
    {{PG_MANAGED, "MANAGED", "has a pv entry: FreeBSD's own bit"}, LEAF},
    {{PG_W_2022, "W", "wired: FreeBSD's own bit, in 2022 and later"}, LEAF},
    {{PG_PDE_PAT, "PAT", "caching by the PAT's upper half"}, PDE},
    {{PG_PROMOTED, "PROMOTED",
	 "made by a promotion: FreeBSD's own bit, since 2017"},
	LEAF},
    {{PG_NX, "NX", "nothing may be executed there"}, EACH},
};

const struct entry_bit *
entry_bit(enum entry_kind kind, unsigned index)
{
	unsigned i;

	for (i = 0; i < sizeof(entry_bits) / sizeof(entry_bits[0]); i++)
		if ((entry_bits[i].kinds & (1u << kind)) != 0 && index-- == 0)
			return (&entry_bits[i].bit);
	return (NULL);
}

enum entry_kind
entry_pde_kind(pd_entry_t pde)
{

	return ((pde & PG_PS) != 0 ? ENTRY_PDE_2M : ENTRY_TABLE);
}

vm_paddr_t
entry_address(uint64_t entry, enum entry_kind kind)
{

	return (entry & (kind == ENTRY_PDE_2M ? PG_PS_FRAME : PG_FRAME));
}

/* Where to write behind the "length" bytes that "buf" should have. */
static char *
entry_at(char *buf, size_t size, int length)
{

	return ((size_t)length < size ? buf + length : NULL);
}

static size_t
entry_room(size_t size, int length)
{

	return ((size_t)length < size ? size - (size_t)length : 0);
}

int
entry_bits_text(uint64_t bits, enum entry_kind kind, const char *prefix,
    char *buf, size_t size)
{
	const struct entry_bit *bit;
	int n = 0;
	unsigned i;

	if (size > 0)
		buf[0] = '\0';
	for (i = 0; (bit = entry_bit(kind, i)) != NULL; i++)
		if ((bits & bit->bit) != 0)
			n += snprintf(entry_at(buf, size, n),
			    entry_room(size, n), " %s%s", prefix, bit->name);
	return (n);
}

int
entry_text(uint64_t entry, enum entry_kind kind, char *buf, size_t size)
{
	int n;

	if (entry == 0)
		return (snprintf(buf, size, "empty"));
	n = snprintf(buf, size, "%s0x%" PRIx64,
	    kind == ENTRY_TABLE ? "table " : "", entry_address(entry, kind));
	n += entry_bits_text(entry, kind, "", entry_at(buf, size, n),
	    entry_room(size, n));
	if ((entry & PG_V) == 0)
		n += snprintf(entry_at(buf, size, n), entry_room(size, n),
		    " (not valid)");
	return (n);
}

int
entry_why_text(const struct pmapsim_promote_failure *failure, int popcnt,
    char *buf, size_t size)
{
	int n;

	if (failure->reason == PMAPSIM_PROMOTE_NO_RESERVATION) {
		if (popcnt < 0)
			return (snprintf(buf, size,
			    "its frame has no reservation"));
		return (snprintf(buf, size,
		    "its reservation is populated by %d of %d", popcnt,
		    NPTEPG));
	}
	n = snprintf(buf, size, "PTE %u ", failure->index);
	if (failure->reason == PMAPSIM_PROMOTE_ATTRIBUTES) {
		n += snprintf(entry_at(buf, size, n), entry_room(size, n),
		    "differs from PTE 0 in");
		return (n +
		    entry_bits_text(failure->bits, ENTRY_PTE, "PG_",
			entry_at(buf, size, n), entry_room(size, n)));
	}
	if ((failure->bits & PG_FRAME) == 0) {
		n += snprintf(entry_at(buf, size, n), entry_room(size, n),
		    "lacks");
		return (n +
		    entry_bits_text(failure->bits, ENTRY_PTE, "PG_",
			entry_at(buf, size, n), entry_room(size, n)));
	}
	if ((failure->pte & PG_V) == 0)
		return (n +
		    snprintf(entry_at(buf, size, n), entry_room(size, n),
			"is not valid"));
	return (n +
	    snprintf(entry_at(buf, size, n), entry_room(size, n),
		"maps 0x%" PRIx64 ", not %s",
		(uint64_t)(failure->pte & PG_FRAME),
		failure->reason == PMAPSIM_PROMOTE_FIRST_UNUSABLE ?
		    "the start of a 2 MB frame" :
		    "what continues PTE 0"));
}
