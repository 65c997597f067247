/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many accesses in a row.
 *
 * A program goes back to a few pages most of the time, and an access to a page
 * that was just accessed changes little: nothing where the CPU has no TLB, the
 * entry's last use and a count where it has one.  So each access that succeeds
 * is noted, and one that finds itself noted does that little and no more.
 *
 * A note holds until something changes what an access does.  Only what runs
 * inside an access that was not noted can do that: a page fault's handler, or
 * a walk that puts another page into the TLB's entry.
 */
#include <pmapsim/hw.h>

#include <string.h>

#include "amd64/pmap_var.h"
#include "hw/tlb.h"
#include "vm/vm_map.h"

#define RUN_NOTES 256 /* a power of 2 */

/* An access: how it is made, and its page; no record of one is all ones. */
#define RUN_KEY_SHIFT 26

/*
 * An access that succeeded, and the TLB's entry that served it: its tag then,
 * its number, the bit of its "allow", and which of the hits it counts as.
 */
struct note {
	uint64_t key;
	uint64_t tag;
	uint32_t entry;
	uint16_t bit;
	uint16_t size;
};

/* What an access run is about.  Lives as long as the call. */
struct access_run {
	struct machine *mach;
	vm_map_t map;
	struct cpu *cpu;
	unsigned user;	 /* MMU_USER: "map" is a program's */
	uint64_t faults; /* accesses that got PMAPSIM_EFAULT */
};

/* The place of "key"; each way to access a page has another. */
static inline unsigned
note_index(uint64_t key)
{

	return ((unsigned)(key + (key >> 30)) % RUN_NOTES);
}

/* How a record's access is made, for the MMU. */
static inline unsigned
record_access(const struct access_run *run, uint64_t record)
{
	static const uint8_t how[] = {
	    [PMAPSIM_RECORD_READ] = MMU_READ,
	    [PMAPSIM_RECORD_WRITE] = MMU_WRITE,
	    [PMAPSIM_RECORD_FETCH] = MMU_FETCH,
	};

	return (how[record >> 62] | run->user);
}

/*
 * The address of a record's page.  The page's number has as many bits as an
 * address that is canonical: its highest one is copied.
 */
static inline vm_offset_t
record_address(uint64_t record)
{

	return ((vm_offset_t)((int64_t)(record << 2) >> 28) << PAGE_SHIFT);
}

static inline bool
is_access(uint64_t record)
{

	return (record >> 62 != 3);
}

/* Makes an access in full; false: it got PMAPSIM_EFAULT. */
static bool
access_in_full(struct access_run *run, uint64_t record)
{

	if (pmapsim_access(run->mach, run->map, record_address(record),
		record_access(run, record), NULL) == PMAPSIM_OK)
		return (true);
	run->faults++;
	return (false);
}

/*
 * Without a TLB.  An access that is repeated finds A and D as it has left
 * them, until the kernel stores over an entry of the tables, or switches.
 */
static void
run_through_tables(struct access_run *run, const uint64_t *records, size_t n)
{
	const struct table_stores *stores = run->mach->physmem->stores;
	uint64_t keys[RUN_NOTES], key, changed = 0;
	vm_paddr_t cr3 = run->cpu->cr3;
	size_t i;

	memset(keys, 0xff, sizeof(keys));
	for (i = 0; i < n; i++) {
		key = records[i] >> RUN_KEY_SHIFT;
		if (__builtin_expect(keys[note_index(key)] == key, 1))
			continue;
		if (!is_access(records[i]) ||
		    !access_in_full(run, records[i]) || stores == NULL)
			continue;
		if (stores->changed != changed || run->cpu->cr3 != cr3) {
			memset(keys, 0xff, sizeof(keys));
			changed = stores->changed;
			cr3 = run->cpu->cr3;
		}
		keys[note_index(key)] = key;
	}
}

/*
 * Notes which of the TLB's entries serves "record" at once; false: none does,
 * or somebody watches, to whom nothing is settled.
 */
static inline bool
note_server(const struct access_run *run, struct note *note, uint64_t record)
{
	const unsigned access = record_access(run, record);
	const struct tlb *tlb = run->cpu->tlb;
	const struct tlb_entry *entry;

	if (tlb->watched)
		return (false);
	entry = tlb_hinted(tlb, record_address(record), tlb_kind(access));
	if (entry == NULL)
		return (false);
	note->key = record >> RUN_KEY_SHIFT;
	note->entry = tlb_number(tlb, entry);
	note->tag = tlb->tag[note->entry];
	note->bit = (uint16_t)(1u << (access >> 1));
	note->size = (uint16_t)(tlb_kind(access) * TLB_SIZES +
	    entry->page_size);
	return ((entry->allow & note->bit) != 0);
}

/*
 * Through a TLB.  An entry with the tag that it had is for that page still, as
 * long as its life counts; what it allows is asked each time.  Where somebody
 * watches, no access is noted.
 */
static void
run_through_tlb(struct access_run *run, const uint64_t *records, size_t n)
{
	struct tlb *tlb = run->cpu->tlb;
	struct tlb_lives lives = tlb->lives;
	struct note notes[RUN_NOTES], *note;
	uint64_t *const hits = &tlb->stats.hits[0][0][0];
	uint64_t *const used = tlb->used;
	const struct tlb_entry *const entries = tlb->entries;
	const uint64_t *const tag = tlb->tag;
	uint64_t clock = tlb->clock, key;
	bool watched = tlb->watched;
	size_t i;

	memset(notes, 0xff, sizeof(notes));
	for (i = 0; i < n; i++) {
		key = records[i] >> RUN_KEY_SHIFT;
		note = &notes[note_index(key)];
		if (__builtin_expect(note->key == key &&
			    tag[note->entry] == note->tag &&
			    (entries[note->entry].allow & note->bit) != 0,
			1)) {
			used[note->entry] = ++clock;
			hits[note->size]++;
			continue;
		}
		if (!is_access(records[i]))
			continue;
		if (note_server(run, note, records[i])) {
			used[note->entry] = ++clock;
			hits[note->size]++;
			continue;
		}
		tlb->clock = clock;
		access_in_full(run, records[i]);
		clock = tlb->clock;
		if (tlb->lives.local != lives.local ||
		    tlb->lives.global != lives.global ||
		    (tlb->watched && !watched)) {
			memset(notes, 0xff, sizeof(notes));
			lives = tlb->lives;
		}
		watched = tlb->watched;
		note_server(run, note, records[i]);
	}
	tlb->clock = clock;
}

/*
 * Makes the "n" accesses of "records" in order, each as pmapsim_access() does,
 * and returns how many of them got PMAPSIM_EFAULT.
 *
 * Simulator only.
 */
uint64_t
pmapsim_access_run(struct machine *mach, vm_map_t map, const uint64_t *records,
    size_t n)
{
	struct access_run run = {.mach = mach, .map = map};
	FRAME();

	CHECK_MAP(map);
	if (n != 0)
		NONNULL(records);
	run.cpu = cpu_current(mach);
	run.user = map->pmap != kernel_pmap ? MMU_USER : 0;
	if (run.user != 0 && !pmap_is_current(mach, map->pmap))
		pmap_activate(mach, map->pmap);
	if (run.cpu->tlb != NULL)
		run_through_tlb(&run, records, n);
	else
		run_through_tables(&run, records, n);
	return (run.faults);
}
