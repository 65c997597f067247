/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page-table entries in words: which bits are set, what each means, and in
 * which one two entries differ.  Everything that shows an entry to a reader
 * asks here, so that a bit has one name everywhere.
 */
#ifndef STUDY_TABLE_ENTRY_H
#define STUDY_TABLE_ENTRY_H

#include <pmapsim/pmap.h>

/* What an entry is read as; bits 7 and 12 depend on it. */
enum table_entry_kind {
	TABLE_ENTRY_PTE,    /* maps 4 KB */
	TABLE_ENTRY_PDE_2M, /* maps 2 MB: PG_PS is set */
	TABLE_ENTRY_TABLE,  /* of any level: leads to a table */
	TABLE_ENTRY_KINDS
};

struct table_entry_bit {
	uint64_t bit;
	const char *name;  /* without PG_ */
	const char *words; /* what it says when it is set */
};

/* The "index"th bit that "kind" can have, lowest first; NULL after the last. */
const struct table_entry_bit *table_entry_bit(enum table_entry_kind kind,
    unsigned index);

/* What "pde" is when it is read as a page-directory entry. */
enum table_entry_kind table_entry_pde_kind(pd_entry_t pde);
/* The address in an entry: of the frame, or of the table. */
vm_paddr_t table_entry_address(uint64_t entry, enum table_entry_kind kind);

/*
 * Each writes one line of words and returns its length as snprintf.
 *
 * table_entry_bits_text(): the names of the bits that are set in "bits", each
 * behind a blank and "prefix".
 * table_entry_text(): all about one entry, "0x1800000 V RW A M G W".
 */
int table_entry_bits_text(uint64_t bits, enum table_entry_kind kind,
    const char *prefix, char *buf, size_t size);
int table_entry_text(uint64_t entry, enum table_entry_kind kind, char *buf,
    size_t size);
/*
 * Why a region was not promoted, as a part of a sentence.  "popcnt" is how many
 * pages of its frame's reservation are in use; -1: the frame has none.
 */
int table_entry_why_text(const struct pmapsim_promote_failure *failure,
    int popcnt, char *buf, size_t size);

#endif /* STUDY_TABLE_ENTRY_H */
