/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The canonical dump: the whole visible state of a machine as text, in one
 * fixed order, and the digest of that text.  Long traces ask for hundreds of
 * digests of megabytes, so lines are put together by hand and leave for their
 * reader through one buffer; the text as a whole never exists.
 */
#include "trace/trace_var.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "amd64/pmap_walk.h"
#include "amd64/pmap_2022.h"
#include "audit/page_tree.h"
#include "vm/vm_kernels.h"
#include "vm/vm_object.h"
#include "vm/vm_phys.h"

#define DUMP_BUFFER 32768
/* More than the longest line without a list, or than an item of a list. */
#define DUMP_LINE 512

/*
 * A dump being written.  On the stack of trace_dump(); "buf" is handed to
 * "write" when it has no room for the longest line, and at the end.
 */
struct dump {
	struct machine *mach;
	const struct pmapsim_replay *rp; /* NULL: objects have no names */
	const char *prefix;
	size_t prefix_len;
	pmapsim_write *write;
	void *arg;
	char *p; /* next free byte of buf */
	char buf[DUMP_BUFFER];
};

static void
dump_flush(struct dump *d)
{

	d->write(d->arg, d->buf, (size_t)(d->p - d->buf));
	d->p = d->buf;
}

/* Makes room for DUMP_LINE bytes. */
static inline char *
dump_room(struct dump *d)
{

	if (__builtin_expect(d->p > d->buf + DUMP_BUFFER - DUMP_LINE, 0))
		dump_flush(d);
	return (d->p);
}

static inline char *
put(char *p, const char *text, size_t len)
{

	memcpy(p, text, len);
	return (p + len);
}
#define PUT(p, literal) put((p), (literal), sizeof(literal) - 1)

/* Starts a line. */
static inline char *
dump_line(struct dump *d)
{

	return (put(dump_room(d), d->prefix, d->prefix_len));
}

static inline void
dump_end(struct dump *d, char *p)
{

	*p++ = '\n';
	d->p = p;
}

/* Writes what the trace calls "object", else a name that no trace can give. */
static char *
put_object(struct dump *d, char *p, const struct vm_object *object)
{
	const struct vm_object_state *st = d->mach->vm_object;
	const struct trace_name *name;
	uint32_t entry;

	if (object == st->kernel_object)
		return (PUT(p, "kernel"));
	if (object == st->kmem_object)
		return (PUT(p, "kmem"));
	if (d->rp != NULL && object->id < d->rp->object_entry_size &&
	    (entry = d->rp->object_entry[object->id]) != 0) {
		name = &d->rp->objects.entries[entry];
		return (put(p, name->name, name->len));
	}
	return (trace_put_dec(PUT(p, "obj@"), object->id));
}

/* ---- 1: counters -------------------------------------------------------- */
static void
dump_stats(struct dump *d)
{
	const struct pmap_state *pm = d->mach->pmap;
	const struct vmmeter *cnt = &d->mach->cnt;
	char *p;

	p = PUT(dump_line(d), "stats promotions=");
	p = trace_put_dec(p, pm->pmap_pde_promotions);
	p = trace_put_dec(PUT(p, " demotions="), pm->pmap_pde_demotions);
	p = trace_put_dec(PUT(p, " mappings="), pm->pmap_pde_mappings);
	p = trace_put_dec(PUT(p, " p_failures="), pm->pmap_pde_p_failures);
	p = trace_put_dec(PUT(p, " free="), cnt->v_free_count);
	p = trace_put_dec(PUT(p, " wired="), cnt->v_wire_count);
	dump_end(d, p);
}

/* ---- 2: pmaps ----------------------------------------------------------- */

static char *
put_signed(char *p, int64_t v)
{

	if (v < 0)
		*p++ = '-';
	return (trace_put_dec(p, v < 0 ? 0 - (uint64_t)v : (uint64_t)v));
}

/* The table that "entry" points to; NULL when a broken one points nowhere. */
static const uint64_t *
dump_table(const struct dump *d, uint64_t entry)
{

	if ((entry & PG_V) == 0 ||
	    (entry & PG_FRAME) + PAGE_SIZE > d->mach->physmem->size)
		return (NULL);
	return (physmem_table(d->mach, entry));
}

/* The lines of the PDE at "va", which is not zero. */
static void
dump_pde(struct dump *d, vm_offset_t va, pd_entry_t pde)
{
	const uint64_t *pt;
	unsigned i;
	char *p;

	p = trace_put_hex(PUT(dump_line(d), "pde "), va);
	*p++ = ' ';
	dump_end(d, trace_put_hex(p, pde));
	if ((pde & PG_PS) != 0 || (pt = dump_table(d, pde)) == NULL)
		return;
	for (i = physmem_next_entry(pt, 0); i < NPTEPG;
	     i = physmem_next_entry(pt, i + 1)) {
		p = PUT(dump_line(d), "pte ");
		p = trace_put_hex(p, va + i * PAGE_SIZE);
		*p++ = ' ';
		dump_end(d, trace_put_hex(p, pt[i]));
	}
}

/* The page directories below 1 GiB steps [start, end) of one half. */
static void
dump_tables(struct dump *d, struct pmap *pmap, vm_offset_t start,
    vm_offset_t end)
{
	const uint64_t *pdp, *pd;
	vm_offset_t va, last;
	unsigned i;

	last = end - 1;
	for (va = start; va >= start && va <= last;) {
		pdp = dump_table(d, pmap->pm_pml4[pmap_pml4e_index(va)]);
		if (pdp == NULL) {
			va = (va | PML4MASK) + 1;
			continue;
		}
		do {
			pd = dump_table(d, pdp[pmap_pdpe_index(va)]);
			for (i = pd == NULL ? NPDEPG :
					      physmem_next_entry(pd, 0);
			     i < NPDEPG; i = physmem_next_entry(pd, i + 1))
				if (va + i * NBPDR <= last)
					dump_pde(d, va + i * NBPDR, pd[i]);
			va += NBPDP;
		} while ((va & PML4MASK) != 0 && va <= last);
	}
}

static void
dump_saved_page(struct dump *d, const struct vm_page *m)
{
	struct machine *mach = d->mach;
	char *p;

	p = PUT(dump_line(d), "saved ");
	p = trace_put_hex(p, m->pindex << PDRSHIFT);
	*p++ = ' ';
	p = trace_put_hex(p, VM_PAGE_TO_PHYS(m));
	if (page_tables_have_states(mach))
		p = trace_put_dec(PUT(p, " valid="), m->valid);
	dump_end(d, p);
}

/*
 * The page of the tree below "root" with the smallest index that is "from" or
 * more; NULL: none, or the tree is deeper than "limit".
 */
static const struct vm_page *
dump_saved_from(const struct vm_page *root, vm_pindex_t from, uint64_t limit)
{
	const struct vm_page *found = NULL, *m;

	for (m = root; m != NULL; m = m->pindex < from ? m->right : m->left) {
		if (limit-- == 0)
			return (NULL);
		if (m->pindex >= from)
			found = m;
	}
	return (found);
}

/*
 * The page-table pages kept idle under superpages, in the tree's order.  A host
 * without memory for the tree's path has each of them looked up from the root,
 * which takes longer and gives the same lines: a dump is compared with others,
 * and may not depend on the host.  What is no tree must not look complete.
 */
static void
dump_saved(struct dump *d, const struct pmap *pmap)
{
	const uint64_t limit = atop(d->mach->config.mem);
	enum page_tree_outcome outcome;
	struct page_tree tree;
	const struct vm_page *m;
	vm_pindex_t next = 0;

	page_tree_start(&tree, pmap->pm_root, limit);
	while ((m = page_tree_next(&tree)) != NULL) {
		dump_saved_page(d, m);
		next = m->pindex + 1;
	}
	outcome = page_tree_end(&tree);
	if (outcome == PAGE_TREE_NOMEM)
		for (;
		     (m = dump_saved_from(pmap->pm_root, next, limit)) != NULL;
		     next = m->pindex + 1)
			dump_saved_page(d, m);
	else if (outcome != PAGE_TREE_HOLDS)
		dump_end(d, PUT(dump_line(d), "saved ?"));
}

static void
dump_pmap(struct dump *d, struct pmap *pmap)
{
	struct machine *mach = d->mach;
	char *p;

	p = PUT(dump_line(d), "pmap ");
	p = put(p, pmap->pm_name, strlen(pmap->pm_name));
	p = put_signed(PUT(p, " resident="), pmap->pm_stats.resident_count);
	p = put_signed(PUT(p, " wired="), pmap->pm_stats.wired_count);
	dump_end(d, p);
	if (!pmap_has_tables(pmap))
		return;
	if (pmap == kernel_pmap)
		dump_tables(d, pmap, vm_min_kernel_address(mach),
		    mach->pmap->kernel_vm_end);
	else
		dump_tables(d, pmap, 0, VM_MAXUSER_ADDRESS);
	dump_saved(d, pmap);
}

/* ---- 3: objects --------------------------------------------------------- */
static void
dump_object(struct dump *d, struct vm_object *object)
{
	struct machine *mach = d->mach;
	struct vm_page *m;
	char *p;

	dump_end(d, put_object(d, PUT(dump_line(d), "object "), object));
	TAILQ_FOREACH(m, &object->memq, listq) {
		p = trace_put_dec(PUT(dump_line(d), "page "), m->pindex);
		*p++ = ' ';
		p = trace_put_hex(p, VM_PAGE_TO_PHYS(m));
		p = trace_put_dec(PUT(p, " wire="), m->wire_count);
		p = trace_put_hex(PUT(p, " dirty="),
		    vm_page_use(mach, m)->dirty);
		p = PUT(p, " ref=");
		*p++ = vm_page_aflags(mach, m) & PG_REFERENCED ? '1' : '0';
		p = PUT(p, " writeable=");
		*p++ = vm_page_aflags(mach, m) & PG_WRITEABLE ? '1' : '0';
		if (enter_has_flags(mach))
			p = trace_put_dec(PUT(p, " psind="),
			    (uint64_t)vm_page_psind(mach, m));
		dump_end(d, p);
	}
}

/* ---- 4: reservations ---------------------------------------------------- */
static void
dump_reservations(struct dump *d)
{
	struct vm_reserv_state *st = d->mach->vm_reserv;
	struct vm_reserv *rv;
	uint64_t i;
	char *p;

	for (i = 0; i < st->nframes; i++) {
		rv = &st->array[i];
		if (rv->object == NULL)
			continue;
		p = PUT(dump_line(d), "reserv ");
		p = trace_put_hex(p, vm_reserv_to_phys(st, rv));
		p = put_object(d, PUT(p, " object="), rv->object);
		p = trace_put_dec(PUT(p, " pindex="), rv->pindex);
		p = put_signed(PUT(p, " popcnt="), rv->popcnt);
		p = PUT(p, " queued=");
		*p++ = rv->inpartpopq ? '1' : '0';
		dump_end(d, p);
	}
	d->p = PUT(dump_line(d), "partpopq");
	TAILQ_FOREACH(rv, &st->rvq_partpop, partpopq) {
		p = dump_room(d);
		*p++ = ' ';
		d->p = trace_put_hex(p, vm_reserv_to_phys(st, rv));
	}
	dump_end(d, dump_room(d));
}

/* ---- 5: free blocks ----------------------------------------------------- */
static void
dump_block(struct machine *mach, vm_paddr_t pa, void *arg)
{
	struct dump *d = arg;
	char *p;

	(void)mach;
	p = dump_room(d);
	*p++ = ' ';
	d->p = trace_put_hex(p, pa);
}

static void
dump_free(struct dump *d)
{
	int list, order, pool;
	char *p;

	for (list = 0; list < VM_NFREELIST; list++)
		for (pool = 0; pool < VM_NFREEPOOL; pool++)
			for (order = 0; order < VM_NFREEORDER; order++) {
				if (vm_phys_queue_length(d->mach, list, pool,
					order) == 0)
					continue;
				p = dump_line(d);
				p = list != VM_FREELIST_ISADMA ?
				    PUT(p, "free ") :
				    page_gate_follows_reserv(d->mach) ?
				    PUT(p, "freelow ") :
				    PUT(p, "freedma ");
				p = trace_put_dec(p, (uint64_t)pool);
				*p++ = ' ';
				d->p = trace_put_dec(p, (uint64_t)order);
				vm_phys_foreach(d->mach, list, pool, order,
				    dump_block, d);
				dump_end(d, dump_room(d));
			}
}

/* ---- 6: pv lists -------------------------------------------------------- */
static void
dump_pv_list(struct dump *d, const struct pv_list *list)
{
	struct pv_entry *pv;
	const char *name;
	char *p;

	TAILQ_FOREACH(pv, list, pv_list) {
		p = dump_room(d);
		*p++ = ' ';
		name = pv_pmap(pv)->pm_name;
		p = put(p, name, strlen(name));
		*p++ = ':';
		d->p = trace_put_hex(p, pv->pv_va);
	}
	dump_end(d, dump_room(d));
}

/* The first page from "i" on that boot or later has touched. */
static uint64_t
dump_skip_untouched(const struct vm_phys *phys, uint64_t i)
{
	const struct vm_phys_untouched *untouched;
	int list;

	for (list = 0; list < VM_NFREELIST; list++) {
		untouched = &phys->untouched[list];
		if (ptoa(i) >= untouched->start && ptoa(i) < untouched->end)
			return (atop(untouched->end));
	}
	return (i);
}

static void
dump_pv(struct dump *d)
{
	struct machine *mach = d->mach;
	const struct pmap_state *pm = mach->pmap;
	uint64_t end, i, run, skipped;
	struct vm_page *m;

	end = atop(mach->config.mem);
	for (i = atop(mach->config.first); i < end; i = run) {
		/* Free memory starts unlinked in whole 16 MB blocks. */
		run = ((i >> 12) + 1) << 12;
		if (run > end)
			run = end;
		skipped = dump_skip_untouched(mach->vm_phys, i);
		if (skipped != i) {
			run = skipped;
			continue;
		}
		for (; i < run; i++) {
			m = &mach->vm_page_array[i];
			if (TAILQ_EMPTY(&vm_page_md(mach, m)->pv_list))
				continue;
			/* Freed while it was mapped, and now the kernel's. */
			if ((vm_page_flags(m) & PG_UNMANAGED) != 0)
				continue;
			d->p = trace_put_hex(PUT(dump_line(d), "pv "), ptoa(i));
			dump_pv_list(d, &vm_page_md(mach, m)->pv_list);
		}
	}
	for (i = 0; i < pm->pv_table_frames; i++) {
		if (TAILQ_EMPTY(&pm->pv_table[i].pv_list))
			continue;
		d->p = trace_put_hex(PUT(dump_line(d), "pvh "), i << PDRSHIFT);
		dump_pv_list(d, &pm->pv_table[i].pv_list);
	}
}

/* ---- the whole ---------------------------------------------------------- */
void
trace_dump(struct machine *mach, const struct pmapsim_replay *rp,
    const char *prefix, pmapsim_write *write, void *arg)
{
	struct vm_object *object;
	struct pmap *pmap;
	struct dump d;

	d.mach = mach;
	d.rp = rp;
	d.prefix = prefix;
	d.prefix_len = strnlen(prefix, DUMP_LINE / 4);
	d.write = write;
	d.arg = arg;
	d.p = d.buf;
	dump_stats(&d);
	TAILQ_FOREACH(pmap, &mach->pmap->list, pm_list)
		dump_pmap(&d, pmap);
	TAILQ_FOREACH(object, &mach->vm_object->list, object_list)
		dump_object(&d, object);
	dump_reservations(&d);
	dump_free(&d);
	dump_pv(&d);
	dump_flush(&d);
}

void
pmapsim_dump(struct machine *mach, const char *prefix, pmapsim_write *write,
    void *arg)
{

	if (write != NULL)
		trace_dump(mach, NULL, prefix != NULL ? prefix : "", write,
		    arg);
}

void
pmapsim_replay_dump(struct pmapsim_replay *replay, const char *prefix,
    pmapsim_write *write, void *arg)
{

	if (replay != NULL && replay->mach != NULL && write != NULL)
		trace_dump(replay->mach, replay, prefix != NULL ? prefix : "",
		    write, arg);
}

/* ---- digests ------------------------------------------------------------ */

#define FNV_OFFSET UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

static void
digest_write(void *arg, const char *text, size_t size)
{
	uint64_t hash, *hashp = arg;
	size_t i;

	hash = *hashp;
	for (i = 0; i < size; i++)
		hash = (hash ^ (unsigned char)text[i]) * FNV_PRIME;
	*hashp = hash;
}

uint64_t
trace_digest(struct machine *mach, const struct pmapsim_replay *rp)
{
	uint64_t hash = FNV_OFFSET;

	trace_dump(mach, rp, "", digest_write, &hash);
	return (hash);
}

#define MARK_PRIME UINT64_C(0x9e3779b97f4a7c15)

static uint64_t
mark_mix(uint64_t mark, const char *text)
{
	uint64_t word;

	memcpy(&word, text, sizeof(word));
	mark = (mark ^ word) * MARK_PRIME;
	return (mark ^ mark >> 32);
}

/*
 * Sixteen bytes at a time, as two words that do not wait for each other.  What
 * is left at the end of a piece is filled up with zeros.
 */
static void
mark_write(void *arg, const char *text, size_t size)
{
	uint64_t *markp = arg, even = *markp + size, odd = ~even;
	char rest[16] = {0};
	size_t i;

	for (i = 0; i + sizeof(rest) <= size; i += sizeof(rest)) {
		even = mark_mix(even, text + i);
		odd = mark_mix(odd, text + i + sizeof(rest) / 2);
	}
	memcpy(rest, text + i, size - i);
	even = mark_mix(even, rest);
	odd = mark_mix(odd, rest + sizeof(rest) / 2);
	*markp = even * MARK_PRIME ^ odd;
}

uint64_t
trace_replay_mark(const struct pmapsim_replay *rp)
{
	uint64_t mark = FNV_OFFSET;

	if (rp->mach == NULL)
		return (0);
	trace_dump(rp->mach, rp, "", mark_write, &mark);
	return (mark);
}

uint64_t
pmapsim_digest(struct machine *mach)
{

	return (trace_digest(mach, NULL));
}

uint64_t
pmapsim_replay_digest(struct pmapsim_replay *replay)
{

	return (replay == NULL || replay->mach == NULL ?
		0 :
		trace_digest(replay->mach, replay));
}

/* ---- comparing ---------------------------------------------------------- */

/* A dump being compared as it is written, to the first piece that differs. */
struct dump_compare {
	struct trace_text left; /* of what is expected */
	bool differs;
};

static void
compare_write(void *arg, const char *text, size_t size)
{
	struct dump_compare *c = arg;

	if (c->differs || size > c->left.len ||
	    memcmp(c->left.s, text, size) != 0) {
		c->differs = true;
		return;
	}
	c->left.s += size;
	c->left.len -= size;
}

/*
 * The dump, kept when it was found to differ: host memory that doubles,
 * freed when the line is found.
 */
struct dump_text {
	char *text;
	size_t size, used;
	bool failed;
};

static void
text_write(void *arg, const char *text, size_t size)
{
	struct dump_text *t = arg;
	char *larger;

	if (size > t->size - t->used) {
		larger = realloc(t->text, t->size * 2 + size);
		if (larger == NULL) {
			t->failed = true;
			return;
		}
		t->text = larger;
		t->size = t->size * 2 + size;
	}
	memcpy(t->text + t->used, text, size);
	t->used += size;
}

/* Takes a line off "text", without its end; false: there is none. */
static bool
compare_line(struct trace_text *text, struct trace_text *line)
{
	const char *end;

	if (text->len == 0)
		return (false);
	end = memchr(text->s, '\n', text->len);
	line->s = text->s;
	line->len = end != NULL ? (size_t)(end - text->s) : text->len;
	text->len -= line->len + (end != NULL);
	text->s += line->len + (end != NULL);
	while (line->len != 0 &&
	    (line->s[line->len - 1] == '\r' || line->s[line->len - 1] == ' '))
		line->len--;
	return (true);
}

bool
trace_dump_compare(struct machine *mach, const struct pmapsim_replay *rp,
    struct trace_text expected, struct trace_dump_difference *difference)
{
	struct dump_compare c = {expected, false};
	struct dump_text t = {0};
	struct trace_text got, a, b;
	bool more_a, more_b;
	unsigned line;

	memset(difference, 0, sizeof(*difference));
	trace_dump(mach, rp, "| ", compare_write, &c);
	if (!c.differs && c.left.len == 0)
		return (true);

	/* Once more, to see where; blanks at the end of lines do not count. */
	trace_dump(mach, rp, "| ", text_write, &t);
	got.s = t.text;
	got.len = t.failed ? 0 : t.used;
	for (line = 0;; line++) {
		more_a = compare_line(&expected, &a);
		more_b = compare_line(&got, &b);
		if (!more_a && !more_b) {
			difference->no_memory = t.failed;
			free(t.text);
			return (!t.failed);
		}
		if (more_a != more_b || a.len != b.len ||
		    memcmp(a.s, b.s, a.len) != 0)
			break;
	}
	difference->line = line;
	if (more_a)
		difference->expected = strndup(a.s, a.len);
	if (more_b)
		difference->got = strndup(b.s, b.len);
	difference->no_memory = t.failed ||
	    (more_a && difference->expected == NULL) ||
	    (more_b && difference->got == NULL);
	free(t.text);
	return (false);
}
