/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a TLB entry gives, against what the tables give.
 *
 * The kernel owes an invalidation for every right or frame that it takes
 * away.  Nothing here knows which it has sent: an access happens between its
 * calls, when all debts are paid, so an entry that gives more than the tables
 * is one that no invalidation reached.  A right that the tables give and the
 * entry does not is no debt; nor is RW of an entry whose D is clear, because a
 * write through it walks first.
 */
#include "hw/detector.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define REPORTED_STALE 1
#define REPORTED_MULTIMATCH 2
#define REPORTED_DIRTY 4

/* Returns what "entry" gives beyond what "path" says of "va". */
static unsigned
stale_against(const struct tlb_entry *entry, vm_offset_t va,
    const struct mmu_path *path)
{
	uint64_t leaf;
	unsigned stale;

	if (path->result != MMU_OK)
		return (PMAPSIM_STALE_PRESENT);
	leaf = *path->entry[path->level];
	stale = 0;
	if (mmu_leaf_pa(leaf, path->page_shift, va) !=
	    (entry->pa | (va & ~entry->mask)))
		stale |= PMAPSIM_STALE_FRAME;
	if ((entry->rights & (PG_RW | PG_M)) == (PG_RW | PG_M)) {
		if ((path->rights & PG_RW) == 0)
			stale |= PMAPSIM_STALE_WRITE;
		else if ((leaf & PG_M) == 0)
			stale |= PMAPSIM_STALE_DIRTY;
	}
	if ((entry->rights & PG_U) != 0 && (path->rights & PG_U) == 0)
		stale |= PMAPSIM_STALE_USER;
	if ((entry->rights & PG_NX) == 0 && (path->rights & PG_NX) != 0)
		stale |= PMAPSIM_STALE_EXECUTE;
	return (stale);
}

/*
 * Where the walks of one pass over a CPU's entries ended, by the 2 MB that
 * they were for: the entries of a page table are read one after the other, and
 * no table changes meanwhile.
 */
#define PASS_REGIONS 64
struct pass {
	struct machine *mach;
	const struct cpu *cpu;
	vm_offset_t region[PASS_REGIONS]; /* va >> PDRSHIFT; level 0: none */
	struct mmu_start start[PASS_REGIONS];
};

static void
pass_start(struct pass *pass, struct machine *mach, const struct cpu *cpu)
{
	unsigned i;

	pass->mach = mach;
	pass->cpu = cpu;
	for (i = 0; i < PASS_REGIONS; i++)
		pass->start[i].level = 0;
}

/*
 * Walks the CPU's tables for "va", from the table that the last walk in the
 * same 2 MB ended in; the levels above that one are the same.
 */
static void
pass_walk(struct pass *pass, vm_offset_t va, struct mmu_path *path)
{
	struct mmu_start *start, top;
	uint64_t value;
	unsigned i, level;

	i = (va >> PDRSHIFT) % PASS_REGIONS;
	start = &pass->start[i];
	if (start->level != 0 && pass->region[i] == va >> PDRSHIFT) {
		mmu_path_walk(pass->mach, pass->cpu, start, va, path);
		return;
	}
	mmu_start_at_top(&top, pass->cpu);
	mmu_path_walk(pass->mach, pass->cpu, &top, va, path);
	for (level = top.level; level > path->level; level--) {
		value = *path->entry[level];
		top.table = value & PG_FRAME;
		top.rights = mmu_rights(top.rights, value);
	}
	top.level = path->level;
	*start = top;
	pass->region[i] = va >> PDRSHIFT;
}

/*
 * Returns what "entry" gives beyond the tables at any of its addresses, where
 * the tables have smaller pages than it, at each of those, and the first such
 * address through "vap".  "path" is the walk for the entry's first address.
 */
static unsigned
stale_anywhere(struct pass *pass, const struct tlb_entry *entry,
    const struct mmu_path *path, unsigned ignore, vm_offset_t *vap)
{
	struct mmu_path next;
	vm_offset_t size;
	unsigned stale;

	size = ~entry->mask + 1;
	*vap = entry->va;
	for (;;) {
		stale = stale_against(entry, *vap, path) & ~ignore;
		if (stale != 0)
			return (stale);
		/* Nothing mapped is always stale: here is a page. */
		*vap = (*vap | ((UINT64_C(1) << path->page_shift) - 1)) + 1;
		if (*vap - entry->va >= size)
			return (0);
		pass_walk(pass, *vap, &next);
		path = &next;
	}
}

/*
 * Whether the page that "entry" was made of still has that size in the tables
 * as "path" found them, or is not mapped at all.
 */
static bool
fits_path(const struct tlb_entry *entry, const struct mmu_path *path)
{
	return (path->result != MMU_OK ||
	    path->page_shift == tlb_shift(entry->page_size));
}

/*
 * Marks "entry" with the call that ends now if that left it stale or gave its
 * page another size; whether it did.
 */
static bool
detector_mark(struct pass *pass, struct tlb_entry *entry)
{
	struct detector *det = detector_of(pass->mach);
	struct mmu_path path;
	vm_offset_t va;
	unsigned ignore;
	bool marked = false;

	if (entry->stale_by != 0 && entry->resized_by != 0)
		return (false);
	ignore = (det->what & PMAPSIM_DETECT_DIRTY) == 0 ? PMAPSIM_STALE_DIRTY :
							   0;
	pass_walk(pass, entry->va, &path);
	if (entry->stale_by == 0 &&
	    stale_anywhere(pass, entry, &path, ignore, &va) != 0) {
		entry->stale_by = det->watch.call;
		marked = true;
	}
	if (entry->resized_by == 0 && !fits_path(entry, &path)) {
		entry->resized_by = det->watch.call;
		marked = true;
	}
	return (marked);
}

/*
 * Whether a mark of "cpu" may be missing since all entries were marked.  One
 * that was right can have become wrong by a store over what it was made of, or
 * by another CR3.  One that was made by a walk below a cached table entry can
 * be wrong from the start; the access that walked has noticed.  A store to an
 * entry of the tables that was not valid matters only to a TLB's entry that is
 * wrong already: it can give the page another size.
 */
static bool
detector_must_mark(const struct machine *mach, const struct cpu *cpu)
{
	const struct table_stores *stores = mach->physmem->stores;
	const struct tlb *tlb = cpu->tlb;

	return (stores == NULL || tlb->suspect ||
	    stores->changed != tlb->marked_stores.changed ||
	    (tlb->marked && stores->filled != tlb->marked_stores.filled) ||
	    cpu->cr3 != tlb->marked_cr3);
}

/*
 * Marks every entry of "cpu", and keeps the call's text if that marks one.
 * Most of a large TLB is empty at most calls: the tags alone say so.
 */
static void
detector_mark_all(struct machine *mach, const struct cpu *cpu)
{
	struct detector *det = detector_of(mach);
	const struct tlb_lives lives = cpu->tlb->lives;
	const uint64_t *tag = cpu->tlb->tag;
	struct tlb_entry *entries = cpu->tlb->entries;
	struct pass pass;
	bool marked = false;
	unsigned i, n;

	pass_start(&pass, mach, cpu);
	n = cpu->tlb->nentries;
	cpu->tlb->suspect = cpu->tlb->marked = false;
	for (i = 1; i < n; i++)
		if (tlb_lives_have(lives, tag[i] & TLB_TAG_LIFE)) {
			marked |= detector_mark(&pass, &entries[i]);
			cpu->tlb->marked |= entries[i].stale_by != 0;
		}
	if (marked)
		memcpy(det->text[det->watch.call % DETECTOR_CALLS], det->last,
		    sizeof(det->last));
	cpu->tlb->marked_cr3 = cpu->cr3;
	if (mach->physmem->stores != NULL)
		cpu->tlb->marked_stores = *mach->physmem->stores;
}

/* Remembers a detection and calls the hook. */
static void
detector_report(struct machine *mach, struct detector *det,
    const struct pmapsim_detection *d)
{
	det->ring[det->count++ % PMAPSIM_DETECTIONS] = *d;
	if (det->hook != NULL)
		det->hook(mach, d, det->hook_arg);
}

/*
 * Fills in what all kinds of detection have.  "mark" is the call that was seen
 * to be the cause when the next was announced; without a mark it is the last
 * one, if "entry" is older than that.  Where calls are not announced it is
 * only known which kernel function was entered last: its name is still the
 * outermost frame's.
 */
static void
detector_describe(struct machine *mach, const struct cpu *cpu,
    const struct tlb_entry *entry, uint32_t mark, vm_offset_t va,
    unsigned access, struct pmapsim_detection *d)
{
	struct mmu_start top;
	struct detector *det = detector_of(mach);
	struct mmu_path path;
	const char *name;
	unsigned level;

	memset(d, 0, sizeof(*d));
	d->cpu = cpu->id;
	d->va = va;
	d->access = access;
	d->filled = entry->filled;
	tlb_entry_info(cpu->tlb, entry, &d->entry);
	mmu_start_at_top(&top, cpu);
	mmu_path_walk(mach, cpu, &top, va, &path);
	for (level = 4; level >= path.level; level--)
		if (path.result != MMU_BUS || level > path.level)
			d->tables[level] = *path.entry[level];
	if (mark == 0 && entry->filled < det->watch.call)
		mark = det->watch.call;
	d->left_by = mark;
	if (mark == 0)
		name = mach->frames[0];
	else if (mark == det->watch.call)
		name = det->last;
	else if (det->watch.call - mark < DETECTOR_CALLS)
		name = det->text[mark % DETECTOR_CALLS];
	else
		name = NULL;
	snprintf(d->call, sizeof(d->call), "%s", name != NULL ? name : "");
}

/* Reports "entry" as stale unless it was before. */
static bool
detector_stale(struct machine *mach, struct cpu *cpu, struct tlb_entry *entry,
    vm_offset_t va, unsigned access, unsigned stale, bool scanned)
{
	struct detector *det = detector_of(mach);
	struct pmapsim_detection d;
	unsigned bit, what;

	if (stale == PMAPSIM_STALE_DIRTY) {
		what = PMAPSIM_DETECT_DIRTY;
		bit = REPORTED_DIRTY;
	} else {
		what = PMAPSIM_DETECT_STALE;
		bit = REPORTED_STALE;
	}
	if ((det->what & what) == 0 || (entry->reported & bit) != 0)
		return (false);
	entry->reported |= (uint8_t)bit;
	detector_describe(mach, cpu, entry, entry->stale_by, va, access, &d);
	d.what = what;
	d.stale = stale;
	d.scanned = scanned;
	detector_report(mach, det, &d);
	return (true);
}

/*
 * Remembers that "entry" is right for its whole page.  When the numbers of such
 * times are used up, no entry keeps one.
 */
static void
detector_right(const struct machine *mach, const struct cpu *cpu,
    struct tlb_entry *entry)
{
	const struct table_stores *stores = mach->physmem->stores;
	struct tlb *tlb = cpu->tlb;
	unsigned i;

	if (stores == NULL)
		return;
	if (stores->changed != tlb->right_changed ||
	    cpu->cr3 != tlb->right_cr3) {
		tlb->right_changed = stores->changed;
		tlb->right_cr3 = cpu->cr3;
		if (++tlb->right == 0) {
			for (i = 0; i < tlb->nentries; i++)
				tlb->entries[i].right = 0;
			tlb->right = 1;
		}
	}
	entry->right = tlb->right;
}

/*
 * "cpu" makes "access" to "va" through "entry"; true: the entry is right for
 * its whole page.
 */
static bool
detector_access(struct machine *mach, struct cpu *cpu, struct tlb_entry *entry,
    vm_offset_t va, unsigned access)
{
	struct mmu_start top;
	struct mmu_path path;
	unsigned stale;

	mmu_start_at_top(&top, cpu);
	mmu_path_walk(mach, cpu, &top, va, &path);
	stale = stale_against(entry, va, &path);
	cpu->tlb->suspect |= (stale != 0 && entry->stale_by == 0) ||
	    (entry->resized_by == 0 && !fits_path(entry, &path));
	if (stale != 0)
		detector_stale(mach, cpu, entry, va, access, stale, false);
	if (stale != 0 || !fits_path(entry, &path))
		return (false);
	detector_right(mach, cpu, entry);
	return (true);
}

/*
 * Whether the CPU described takes a machine check at the multi-match "d".
 * Intel's takes it on a fetch only, and only where the two entries disagree on
 * the page.
 *
 * Intel CVE-2018-12207: adapted, an entry does not know how its page is cached,
 * which may not differ either.
 */
static bool
multimatch_is_fatal(const struct tlb_desc *desc,
    const struct pmapsim_detection *d)
{
	const uint64_t pa = d->entry.pa + (d->va - d->entry.va);
	const uint64_t other = d->other.pa + (d->va - d->other.va);

	if (!desc->machine_check)
		return (false);
	if (desc->mc_status != PMAPSIM_MULTIHIT_STATUS)
		return (true);
	return ((d->access & MMU_FETCH) != 0 && pa != other);
}

/*
 * "cpu" found both entries, of different size, for "va" at "level".
 *
 * AMD erratum 383: same, for a first-level match of a CPU that has it.
 */
static void
detector_multimatch(struct machine *mach, struct cpu *cpu,
    struct tlb_entry *entry, struct tlb_entry *other, vm_offset_t va,
    unsigned access, unsigned level)
{
	struct detector *det = detector_of(mach);
	struct pmapsim_detection d;
	struct mmu_start top;
	struct mmu_path path;
	const struct tlb_entry *old;

	if ((det->what & PMAPSIM_DETECT_MULTIMATCH) == 0 ||
	    (entry->reported & other->reported & REPORTED_MULTIMATCH) != 0)
		return;
	entry->reported |= REPORTED_MULTIMATCH;
	other->reported |= REPORTED_MULTIMATCH;
	/* The cause is what made one of them the wrong size. */
	mmu_start_at_top(&top, cpu);
	mmu_path_walk(mach, cpu, &top, entry->va, &path);
	old = fits_path(entry, &path) ? other : entry;
	detector_describe(mach, cpu, old, old->resized_by, va, access, &d);
	tlb_entry_info(cpu->tlb, entry, &d.entry);
	tlb_entry_info(cpu->tlb, other, &d.other);
	d.what = PMAPSIM_DETECT_MULTIMATCH;
	if (level == 1 && multimatch_is_fatal(cpu->tlb->desc, &d))
		d.mc_status = cpu->tlb->desc->mc_status;
	detector_report(mach, det, &d);
}

bool
detector_startup(struct machine *mach, char *err, size_t errsize)
{
	struct detector *det;

	det = machine_reserve(mach, sizeof(*det));
	det->watch.access = detector_access;
	det->watch.multimatch = detector_multimatch;
	return (tlb_startup(mach, &det->watch, err, errsize));
}

int
pmapsim_detect(struct machine *mach, unsigned what)
{
	struct detector *det;
	unsigned i;

	if ((det = detector_of(mach)) == NULL ||
	    (what &
		~(unsigned)(PMAPSIM_DETECT_STALE | PMAPSIM_DETECT_MULTIMATCH |
		    PMAPSIM_DETECT_DIRTY)) != 0)
		return (PMAPSIM_EINVAL);
	det->what = what;
	for (i = 0; i < mach->config.ncpu; i++) {
		mach->cpus[i].tlb->watched = what != 0;
		mach->cpus[i].tlb->suspect = true;
	}
	return (PMAPSIM_OK);
}

void
detector_call(struct machine *mach, const char *text, size_t length)
{
	struct detector *det;
	unsigned cpu;

	if ((det = detector_of(mach)) == NULL || det->what == 0)
		return;
	for (cpu = 0; det->watch.call != 0 && cpu < mach->config.ncpu; cpu++)
		if (detector_must_mark(mach, &mach->cpus[cpu]))
			detector_mark_all(mach, &mach->cpus[cpu]);
	det->watch.call++;
	if (length >= sizeof(det->last))
		length = sizeof(det->last) - 1;
	memcpy(det->last, text, length);
	det->last[length] = '\0';
}

void
pmapsim_detect_call(struct machine *mach, const char *text)
{

	if (text != NULL)
		detector_call(mach, text,
		    strnlen(text, PMAPSIM_DETECT_CALL_SIZE));
}

/*
 * Looks at all entries of all CPUs.  With "forgives", what is stale is taken
 * for known and not reported, now or later; else it is reported, and the number
 * of reports returned.
 */
static unsigned
detector_scan(struct machine *mach, bool forgives)
{
	struct detector *det;
	struct tlb *tlb;
	struct tlb_entry *entry;
	struct mmu_path path;
	struct pass pass;
	vm_offset_t va;
	unsigned cpu, found, i, ignore, stale;

	if ((det = detector_of(mach)) == NULL || det->what == 0)
		return (0);
	ignore = (det->what & PMAPSIM_DETECT_DIRTY) == 0 ? PMAPSIM_STALE_DIRTY :
							   0;
	found = 0;
	for (cpu = 0; cpu < mach->config.ncpu; cpu++) {
		tlb = mach->cpus[cpu].tlb;
		pass_start(&pass, mach, &mach->cpus[cpu]);
		for (i = 1; i < tlb->nentries; i++) {
			entry = &tlb->entries[i];
			if (!tlb_alive(tlb, entry))
				continue;
			pass_walk(&pass, entry->va, &path);
			stale = stale_anywhere(&pass, entry, &path, ignore,
			    &va);
			if (stale != 0 && forgives)
				entry->reported |= REPORTED_STALE;
			else if (stale != 0 &&
			    detector_stale(mach, &mach->cpus[cpu], entry, va,
				PMAPSIM_ACCESS_READ, stale, true)) {
				found++;
				/* The hook may have changed the tables. */
				pass_start(&pass, mach, &mach->cpus[cpu]);
			}
		}
	}
	return (found);
}

unsigned
pmapsim_detect_scan(struct machine *mach)
{

	return (detector_scan(mach, false));
}

void
detector_forgive(struct machine *mach)
{

	detector_scan(mach, true);
}

uint64_t
pmapsim_detections(struct machine *mach)
{
	struct detector *det;

	det = detector_of(mach);
	return (det != NULL ? det->count : 0);
}

int
pmapsim_detection(struct machine *mach, uint64_t n,
    struct pmapsim_detection *detection)
{
	struct detector *det;

	det = detector_of(mach);
	if (detection == NULL || det == NULL || n >= det->count ||
	    det->count - n > PMAPSIM_DETECTIONS)
		return (PMAPSIM_EINVAL);
	*detection = det->ring[n % PMAPSIM_DETECTIONS];
	return (PMAPSIM_OK);
}

void
pmapsim_set_detect_hook(struct machine *mach,
    void (*hook)(struct machine *, const struct pmapsim_detection *, void *),
    void *arg)
{
	struct detector *det;

	if ((det = detector_of(mach)) == NULL)
		return;
	det->hook = hook;
	det->hook_arg = arg;
}

/* Writes an entry's part of the message. */
static void
format_entry(const struct pmapsim_tlb_entry *e, char *buf, size_t size)
{
	static const char *const kinds[] = {"", "data", "instruction",
	    "unified"};
	static const char *const sizes[] = {"4K", "2M", "1G"};

	snprintf(buf, size,
	    "l%u %s %s entry %#" PRIx64 " -> %#" PRIx64 " %s%s%s%s%s", e->level,
	    kinds[e->kinds & 3], sizes[e->size], e->va, e->pa,
	    (e->rights & PG_RW) != 0 ? "w" : "-",
	    (e->rights & PG_U) != 0 ? "u" : "-",
	    (e->rights & PG_NX) != 0 ? "-" : "x",
	    (e->rights & PG_M) != 0 ? "d" : "-",
	    (e->rights & PG_G) != 0 ? "g" : "-");
}

/* What a machine check of a multi-match says, by the part that takes it. */
static const char *
multimatch_words(uint64_t status)
{

	switch (status) {
	case 0:
		return ("");
	case PMAPSIM_ERRATUM383_STATUS:
		return ("; AMD erratum 383: machine check, "
			"MC0_STATUS B600000000010015");
	case PMAPSIM_MULTIHIT_STATUS:
		return ("; ITLB multihit: machine check, MCACOD 0150H");
	default:
		return ("; machine check");
	}
}

int
pmapsim_detection_format(const struct pmapsim_detection *d, char *buf,
    size_t size)
{
	static const struct {
		unsigned bit;
		const char *name;
	} wrong[] = {
	    {PMAPSIM_STALE_PRESENT, " not-mapped"},
	    {PMAPSIM_STALE_FRAME, " other-frame"},
	    {PMAPSIM_STALE_WRITE, " not-writable"},
	    {PMAPSIM_STALE_USER, " not-user"},
	    {PMAPSIM_STALE_EXECUTE, " not-executable"},
	    {PMAPSIM_STALE_DIRTY, " not-dirty"},
	};
	char entry[128], other[128], why[256], call[160];
	unsigned i;

	if (d == NULL || buf == NULL)
		return (-1);
	format_entry(&d->entry, entry, sizeof(entry));
	why[0] = '\0';
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if ((d->stale & wrong[i].bit) != 0)
			strcat(why, wrong[i].name);
	if (d->left_by != 0)
		snprintf(call, sizeof(call), "left by call %" PRIu64 ": %s",
		    d->left_by, d->call);
	else
		snprintf(call, sizeof(call), "last kernel function: %s",
		    d->call[0] != '\0' ? d->call : "none");
	if (d->what == PMAPSIM_DETECT_MULTIMATCH) {
		format_entry(&d->other, other, sizeof(other));
		snprintf(why, sizeof(why), " and %s%s", other,
		    multimatch_words(d->mc_status));
	}
	return (snprintf(buf, size,
	    "%s: CPU %u %s %#" PRIx64 " by %s%s%s; "
	    "tables %#" PRIx64 " %#" PRIx64 " %#" PRIx64 " %#" PRIx64 "; %s",
	    d->what == PMAPSIM_DETECT_MULTIMATCH ? "multi-match" :
						   "stale translation",
	    d->cpu,
	    (d->access & MMU_WRITE) != 0     ? "writes" :
		(d->access & MMU_FETCH) != 0 ? "fetches" :
					       "reads",
	    d->va, entry,
	    d->what == PMAPSIM_DETECT_MULTIMATCH ? "" : ", but it is", why,
	    d->tables[4], d->tables[3], d->tables[2], d->tables[1], call));
}
