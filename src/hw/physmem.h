/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Physical memory: [0, size) as real bytes, zero-filled, touched lazily.
 * This folder knows what Intel and AMD document and nothing of FreeBSD.
 */
#ifndef HW_PHYSMEM_H
#define HW_PHYSMEM_H

#include "base/machine.h"

/* How often entries of page tables were written, by what was there before. */
struct table_stores {
	uint64_t changed; /* anything */
	uint64_t filled;  /* an entry that was not valid */
};

/*
 * Made at boot by physmem_startup(), given back by physmem_shutdown().
 * Page tables are 64-bit entries in it, little-endian as on the real machine,
 * so the whole can be given to another MMU.
 */
struct physmem {
	char *base;	 /* of byte 0 */
	vm_paddr_t size; /* bytes */
	int fd;		 /* memfd when shared, else -1 */
	void *area;	 /* the mapping in which all that lies */
	size_t area_size;
	/* Where the only one who writes tables counts the stores; NULL: others
	 * may write too. */
	const struct table_stores *stores;
};

/* False: the host refused. */
bool physmem_startup(struct machine *mach);
void physmem_shutdown(struct machine *mach);

/*
 * Makes "size" bytes from "start" on zero by giving them back to the host.
 * That takes a time that depends on how many of them were touched, and not on
 * their number.  Both are multiples of 4096.  False, and nothing is changed:
 * the host cannot.
 */
bool physmem_drop(struct machine *mach, char *start, size_t size);

/*
 * The host address of "pa", which must be below the size.  Never NULL, which
 * the compiler is told, so that walks test for missing tables only.
 */
static inline void *
physmem_ptr(const struct machine *mach, vm_paddr_t pa)
{
	char *base = mach->physmem_base;

	if (base == NULL)
		__builtin_unreachable();
	return (base + pa);
}

static inline uint64_t *
physmem_table(const struct machine *mach, vm_paddr_t pa)
{
	return ((uint64_t *)physmem_ptr(mach, pa & PG_FRAME));
}

/* Whether the eight entries of a table from "t" on are 0. */
static inline bool
physmem_are_zero(const uint64_t *t)
{
	return ((t[0] | t[1] | t[2] | t[3] | t[4] | t[5] | t[6] | t[7]) == 0);
}

/*
 * Returns the first entry of "table" from "i" on that is not 0, NPTEPG when
 * there is none.  Tables are sparse: so eight at a time.
 */
static inline unsigned
physmem_next_entry(const uint64_t *table, unsigned i)
{
	for (; i < NPTEPG; i++)
		if (i % 8 == 0 && physmem_are_zero(&table[i]))
			i += 7;
		else if (table[i] != 0)
			break;
	return (i);
}

/* The physical address of "ptr", which physmem_ptr() has given. */
static inline vm_paddr_t
physmem_address(const struct machine *mach, const void *ptr)
{
	return ((vm_paddr_t)((const char *)ptr - mach->physmem_base));
}

#endif /* HW_PHYSMEM_H */
