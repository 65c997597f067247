/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page-table entries in words: which bits are set, what each means, and in
 * which one two entries differ.  Everything that shows an entry to a reader
 * asks here, so that a bit has one name everywhere.
 */
#ifndef STUDY_ENTRY_H
#define STUDY_ENTRY_H

#include <pmapsim/pmap.h>

/* What an entry is read as; bits 7 and 12 depend on it. */
enum entry_kind {
	ENTRY_PTE,    /* maps 4 KB */
	ENTRY_PDE_2M, /* maps 2 MB: PG_PS is set */
	ENTRY_TABLE,  /* of any level: leads to a table */
	ENTRY_KINDS
};

struct entry_bit {
	uint64_t bit;
	const char *name;  /* without PG_ */
	const char *words; /* what it says when it is set */
};

/* The "index"th bit that "kind" can have, lowest first; NULL after the last. */
const struct entry_bit *entry_bit(enum entry_kind kind, unsigned index);

/* What "pde" is when it is read as a page-directory entry. */
enum entry_kind entry_pde_kind(pd_entry_t pde);
/* The address in an entry: of the frame, or of the table. */
vm_paddr_t entry_address(uint64_t entry, enum entry_kind kind);

/*
 * Each writes one line of words and returns its length as snprintf.
 *
 * entry_bits_text(): the names of the bits that are set in "bits", each behind
 * a blank, "prefix" in front of each.
 * entry_text(): all about one entry, "0x1800000 V RW A M G W".
 */
int entry_bits_text(uint64_t bits, enum entry_kind kind, const char *prefix,
    char *buf, size_t size);
int entry_text(uint64_t entry, enum entry_kind kind, char *buf, size_t size);
/*
 * Why a region was not promoted, as a part of a sentence.  "popcnt" is how many
 * pages of its frame's reservation are in use; -1: the frame has none.
 */
int entry_why_text(const struct pmapsim_promote_failure *failure, int popcnt,
    char *buf, size_t size);

#endif /* STUDY_ENTRY_H */
