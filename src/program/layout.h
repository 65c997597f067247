/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a process's recorded addresses lie in the simulated address space.
 */
#ifndef PROGRAM_LAYOUT_H
#define PROGRAM_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Recorded [start, end) lies "shift" bytes higher, modulo 2^64. */
struct layout_region {
	uint64_t start, end;
	uint64_t shift;
};

/*
 * The regions of one process, ascending and apart.  Zero-filled it is empty;
 * layout_done() gives its memory back.  What needs memory and gets none says
 * false and has changed nothing.
 */
struct layout {
	struct layout_region *regions;
	size_t count, size;
};

/* The region that has "address"; NULL: none.  Good until the next change. */
const struct layout_region *layout_find(const struct layout *layout,
    uint64_t address);
/* Puts [start, end) in place of what is there. */
bool layout_add(struct layout *layout, uint64_t start, uint64_t end,
    uint64_t shift);
bool layout_remove(struct layout *layout, uint64_t start, uint64_t end);
/* The first region that ends behind "address", NULL: none. */
const struct layout_region *layout_from(const struct layout *layout,
    uint64_t address);
bool layout_copy(struct layout *to, const struct layout *from);
void layout_done(struct layout *layout);

#endif /* PROGRAM_LAYOUT_H */
