/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bits of an entry, their names and their meaning.
 */
#include "study/table_entry.h"

#include <inttypes.h>
#include <stdio.h>

#define PTE (1u << TABLE_ENTRY_PTE)
#define PDE (1u << TABLE_ENTRY_PDE_2M)
#define TABLE (1u << TABLE_ENTRY_TABLE)
#define LEAF (PTE | PDE)
#define EACH (LEAF | TABLE)

/* The bits, lowest first, and the kinds of entry that can have them. */
static const struct {
	struct table_entry_bit bit;
	unsigned kinds;
} table_entry_bits[] = {
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

const struct table_entry_bit *
table_entry_bit(enum table_entry_kind kind, unsigned index)
{
	unsigned i;

	for (i = 0; i < sizeof(table_entry_bits) / sizeof(table_entry_bits[0]);
	     i++)
		if ((table_entry_bits[i].kinds & (1u << kind)) != 0 &&
		    index-- == 0)
			return (&table_entry_bits[i].bit);
	return (NULL);
}

enum table_entry_kind
table_entry_pde_kind(pd_entry_t pde)
{

	return ((pde & PG_PS) != 0 ? TABLE_ENTRY_PDE_2M : TABLE_ENTRY_TABLE);
}

vm_paddr_t
table_entry_address(uint64_t entry, enum table_entry_kind kind)
{

	return (entry & (kind == TABLE_ENTRY_PDE_2M ? PG_PS_FRAME : PG_FRAME));
}

/* Where to write behind the "length" bytes that "buf" should have. */
static char *
table_entry_at(char *buf, size_t size, int length)
{

	return ((size_t)length < size ? buf + length : NULL);
}

static size_t
table_entry_room(size_t size, int length)
{

	return ((size_t)length < size ? size - (size_t)length : 0);
}

int
table_entry_bits_text(uint64_t bits, enum table_entry_kind kind,
    const char *prefix, char *buf, size_t size)
{
	const struct table_entry_bit *bit;
	int n = 0;
	unsigned i;

	if (size > 0)
		buf[0] = '\0';
	for (i = 0; (bit = table_entry_bit(kind, i)) != NULL; i++)
		if ((bits & bit->bit) != 0)
			n += snprintf(table_entry_at(buf, size, n),
			    table_entry_room(size, n), " %s%s", prefix,
			    bit->name);
	return (n);
}

int
table_entry_text(uint64_t entry, enum table_entry_kind kind, char *buf,
    size_t size)
{
	int n;

	if (entry == 0)
		return (snprintf(buf, size, "empty"));
	n = snprintf(buf, size, "%s0x%" PRIx64,
	    kind == TABLE_ENTRY_TABLE ? "table " : "",
	    table_entry_address(entry, kind));
	n += table_entry_bits_text(entry, kind, "",
	    table_entry_at(buf, size, n), table_entry_room(size, n));
	if ((entry & PG_V) == 0)
		n += snprintf(table_entry_at(buf, size, n),
		    table_entry_room(size, n), " (not valid)");
	return (n);
}

int
table_entry_why_text(const struct pmapsim_promote_failure *failure, int popcnt,
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
		n += snprintf(table_entry_at(buf, size, n),
		    table_entry_room(size, n), "differs from PTE 0 in");
		return (n +
		    table_entry_bits_text(failure->bits, TABLE_ENTRY_PTE, "PG_",
			table_entry_at(buf, size, n),
			table_entry_room(size, n)));
	}
	if ((failure->bits & PG_FRAME) == 0) {
		n += snprintf(table_entry_at(buf, size, n),
		    table_entry_room(size, n), "lacks");
		return (n +
		    table_entry_bits_text(failure->bits, TABLE_ENTRY_PTE, "PG_",
			table_entry_at(buf, size, n),
			table_entry_room(size, n)));
	}
	if ((failure->pte & PG_V) == 0)
		return (n +
		    snprintf(table_entry_at(buf, size, n),
			table_entry_room(size, n), "is not valid"));
	return (n +
	    snprintf(table_entry_at(buf, size, n), table_entry_room(size, n),
		"maps 0x%" PRIx64 ", not %s",
		(uint64_t)(failure->pte & PG_FRAME),
		failure->reason == PMAPSIM_PROMOTE_FIRST_UNUSABLE ?
		    "the start of a 2 MB frame" :
		    "what continues PTE 0"));
}
