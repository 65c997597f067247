/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Failure injection: each call that allocates is made again and again, each
 * time on a new machine, with its first page failing, its second, and so on
 * until none fails any more; then with the first and all after it.  The same
 * with the pages of pv entries.  After each the machine is audited, and what
 * the call left must be possible to undo without losing a page.
 *
 * What came of the Nth failure is one letter, so that a whole walk is a word:
 *
 *	D  done: as if nothing had failed
 *	N  nothing: as if the call had not been made
 *	L  less: some of it, and what is there is right
 *	S  sleeps: the machine stops, since nothing will end the sleep
 *	P  the panic of get_pv_entry()
 *	G  the panic of pmap_growkernel()
 */
#include "support.h"

#include <pmapsim/audit.h>

#include "amd64/pmap_var.h"
#include "vm/vm_map.h"
#include "vm/vm_object.h"

#define UVA UINT64_C(0x40000000)
#define PROT_RW (VM_PROT_READ | VM_PROT_WRITE)
#define SLEEPS                                                                \
	"vm_wait: the thread sleeps on \"vmwait\" and every page allocation " \
	"is made to fail"
#define WORD_MAX 64

/* A machine with whatever a call needs; what is NULL or 0 is not there. */
struct scene {
	struct machine *mach;
	vm_map_t map, child;
	pmap_t pmap, other;
	vm_object_t object;
	vm_page_t m;	      /* the object's first page */
	vm_offset_t va, size; /* kernel addresses that the call gave */
};

struct injected_call {
	const char *name;
	void (*setup)(struct scene *s);
	void (*call)(struct scene *s);
	/* The words: one page fails, it and all after; one chunk, ... */
	const char *page, *pages, *chunk, *chunks;
};

/* What can be compared: counts that every effect shows in. */
struct snapshot {
	int64_t values[12];
};

static struct snapshot
snapshot(const struct scene *s)
{
	struct machine *mach = s->mach;
	const pmap_t pmaps[] = {s->map != NULL ? s->map->pmap : NULL,
	    s->child != NULL ? s->child->pmap : NULL, s->pmap, s->other};
	struct snapshot shot = {0};
	int64_t *v = shot.values;
	unsigned i;

	*v++ = mach->cnt.v_free_count;
	*v++ = mach->cnt.v_wire_count;
	*v++ = mach->pmap->pv_entry_count;
	*v++ = mach->pmap->pc_chunk_count;
	*v++ = (int64_t)mach->pmap->superpages;
	*v++ = kernel_pmap->pm_stats.resident_count;
	*v++ = kernel_pmap->pm_stats.wired_count;
	*v++ = (int64_t)s->va;
	for (i = 0; i < 4; i++)
		*v++ = pmaps[i] != NULL ? pmaps[i]->pm_stats.resident_count : 0;
	return (shot);
}

static void
audit(struct machine *mach, const char *name, const char *when, uint64_t nth)
{
	char why[512];

	if (machine_audit(mach, why, sizeof(why)) != 0)
		fail_msg("%s, %s, N=%lu: %s", name, when, (unsigned long)nth,
		    why);
}

/* ---- what is called ----------------------------------------------------- */
static void
setup_nothing(struct scene *s)
{

	(void)s;
}

static void
setup_page(struct scene *s)
{
	struct machine *mach = s->mach;

	s->object = support_object(mach, 8, NULL);
	s->m = support_pages(mach, s->object, 0, 3, VM_ALLOC_NORMAL);
	s->pmap = pmapsim_pmap_create(mach, "u");
	pmap_pinit(mach, s->pmap);
	pmapsim_pmap_set_active(s->pmap, 1);
}

/* A full reservation, and three pages beside it. */
static void
setup_frame(struct scene *s)
{
	const uint16_t color = 0;
	struct machine *mach = s->mach;

	s->object = support_object(mach, NPTEPG + 3, &color);
	s->m = support_pages(mach, s->object, 0, NPTEPG + 3, VM_ALLOC_NORMAL);
	s->pmap = pmapsim_pmap_create(mach, "u");
	pmap_pinit(mach, s->pmap);
	pmapsim_pmap_set_active(s->pmap, 1);
}

/* One 2 MB mapping without a kept page table, accessed. */
static void
setup_large(struct scene *s)
{
	struct machine *mach = s->mach;

	setup_frame(s);
	pmap_enter_object(mach, s->pmap, UVA, UVA + NBPDR, s->m, VM_PROT_READ);
	assert_superpage(mach, s->pmap, UVA);
	*pmap_pde(mach, s->pmap, UVA) |= PG_A;
}

/* That one, and 4 KB mappings behind it, to be copied to "other". */
static void
setup_copy(struct scene *s)
{
	struct machine *mach = s->mach;
	unsigned i;

	setup_large(s);
	for (i = 0; i < 3; i++)
		pmap_enter(mach, s->pmap, UVA + NBPDR + ptoa(i), VM_PROT_WRITE,
		    vm_page_lookup(mach, s->object, NPTEPG + i), PROT_RW,
		    FALSE);
	s->other = pmapsim_pmap_create(mach, "copy");
	pmap_pinit(mach, s->other);
}

static void
setup_program(struct scene *s)
{
	vm_offset_t va = UVA;

	s->map = vmspace_alloc(s->mach);
	pmap_activate(s->mach, s->map->pmap);
	assert_int_equal(vm_mmap(s->mach, s->map, &va, 2 * NBPDR, PROT_RW,
			     VM_PROT_ALL,
			     PMAPSIM_MAP_ANON | PMAPSIM_MAP_PRIVATE |
				 PMAPSIM_MAP_FIXED,
			     NULL, 0),
	    0);
}

static void
write_pages(struct scene *s, vm_map_t map, vm_offset_t va, unsigned n)
{

	for (; n > 0; n--, va += PAGE_SIZE)
		assert_int_equal(pmapsim_access(s->mach, map, va,
				     PMAPSIM_ACCESS_WRITE, NULL),
		    PMAPSIM_OK);
}

/* Two pages at the end of a window, one at the start of the next. */
static void
setup_written(struct scene *s)
{

	setup_program(s);
	write_pages(s, s->map, UVA + NBPDR - ptoa(2), 3);
}

static void
setup_superpage(struct scene *s)
{

	setup_program(s);
	write_pages(s, s->map, UVA, NPTEPG);
	assert_superpage(s->mach, s->map->pmap, UVA);
}

static void
setup_forked(struct scene *s)
{

	setup_written(s);
	s->child = vmspace_fork(s->mach, s->map);
}

static void
setup_forked_superpage(struct scene *s)
{

	setup_superpage(s);
	s->child = vmspace_fork(s->mach, s->map);
	assert_superpage(s->mach, s->child->pmap, UVA);
}

/* Page tables up to 4 MB before the end of the first gigabyte. */
static void
setup_grown(struct scene *s)
{

	assert_true(kmem_alloc_nofault(s->mach, pmapsim_kernel_map(s->mach),
			NBPDP - 3 * NBPDR) != 0);
	assert_int_equal(s->mach->pmap->kernel_vm_end & PDPMASK,
	    NBPDP - 2 * NBPDR);
}

static void
call_kmem_malloc(struct scene *s)
{

	s->size = ptoa(5);
	s->va = kmem_malloc(s->mach, pmapsim_kmem_map(s->mach), s->size,
	    M_NOWAIT);
}

static void
call_kmem_malloc_wait(struct scene *s)
{

	s->size = ptoa(5);
	s->va = kmem_malloc(s->mach, pmapsim_kmem_map(s->mach), s->size,
	    M_WAITOK | M_ZERO);
}

static void
call_enter(struct scene *s)
{

	pmap_enter(s->mach, s->pmap, UVA, VM_PROT_WRITE, s->m, PROT_RW, FALSE);
}

static void
call_enter_quick(struct scene *s)
{

	pmap_enter_quick(s->mach, s->pmap, UVA, s->m, VM_PROT_READ);
}

static void
call_enter_object(struct scene *s)
{

	pmap_enter_object(s->mach, s->pmap, UVA, UVA + ptoa(3), s->m,
	    VM_PROT_READ);
}

static void
call_enter_object_large(struct scene *s)
{

	pmap_enter_object(s->mach, s->pmap, UVA, UVA + NBPDR + ptoa(3), s->m,
	    VM_PROT_READ);
}

static void
call_copy(struct scene *s)
{

	pmap_copy(s->mach, s->other, s->pmap, UVA, 2 * NBPDR, UVA);
}

static void
call_protect(struct scene *s)
{

	pmap_protect(s->mach, s->pmap, UVA + ptoa(7), UVA + ptoa(9),
	    VM_PROT_READ);
}

static void
call_remove(struct scene *s)
{

	pmap_remove(s->mach, s->pmap, UVA + ptoa(7), UVA + ptoa(9));
}

static void
call_remove_all(struct scene *s)
{

	pmap_remove_all(s->mach, s->m + 7);
}

static void
call_ts_referenced(struct scene *s)
{

	pmap_ts_referenced(s->mach, s->m + 7);
}

static void
call_clear_reference(struct scene *s)
{

	pmap_clear_reference(s->mach, s->m + 7);
}

static void
call_fault(struct scene *s)
{

	assert_int_equal(vm_fault(s->mach, s->map, UVA + NBPDR, VM_PROT_WRITE,
			     VM_FAULT_NORMAL),
	    KERN_SUCCESS);
}

static void
call_fault_read(struct scene *s)
{

	assert_int_equal(vm_fault(s->mach, s->map, UVA + NBPDR, VM_PROT_READ,
			     VM_FAULT_NORMAL),
	    KERN_SUCCESS);
}

static void
call_fault_cow(struct scene *s)
{

	assert_int_equal(vm_fault(s->mach, s->child, UVA + NBPDR, VM_PROT_WRITE,
			     VM_FAULT_NORMAL),
	    KERN_SUCCESS);
}

static void
call_fault_cow_superpage(struct scene *s)
{

	assert_int_equal(vm_fault(s->mach, s->child, UVA + ptoa(7),
			     VM_PROT_WRITE, VM_FAULT_NORMAL),
	    KERN_SUCCESS);
}

static void
call_fork(struct scene *s)
{

	s->child = vmspace_fork(s->mach, s->map);
}

static void
call_growkernel(struct scene *s)
{

	s->va = kmem_alloc_nofault(s->mach, pmapsim_kernel_map(s->mach),
	    UINT64_C(5) << 20);
}

static void
call_mmap(struct scene *s)
{
	vm_offset_t va = UVA + 2 * NBPDR;

	assert_int_equal(vm_mmap(s->mach, s->map, &va, NBPDR, PROT_RW,
			     VM_PROT_ALL,
			     PMAPSIM_MAP_ANON | PMAPSIM_MAP_PRIVATE, NULL, 0),
	    0);
}

static void
call_mlock(struct scene *s)
{

	assert_int_equal(vm_map_wire(s->mach, s->map, UVA, UVA + ptoa(3),
			     VM_MAP_WIRE_USER),
	    KERN_SUCCESS);
}

static const struct injected_call calls[] = {
    {"kmem_malloc nowait", setup_nothing, call_kmem_malloc, "NNNNN", "NNNNN",
	"", ""},
    {"kmem_malloc", setup_nothing, call_kmem_malloc_wait, "DDDDD", "SSSSS", "",
	""},
    {"pmap_enter", setup_page, call_enter, "DDDD", "SSSP", "D", "P"},
    {"pmap_enter_quick", setup_page, call_enter_quick, "NNNN", "NNNN", "N",
	"N"},
    {"pmap_enter_object", setup_page, call_enter_object, "LLLL", "NNNN", "L",
	"N"},
    {"pmap_enter_object, 2 MB", setup_frame, call_enter_object_large, "LLLL",
	"NNNL", "L", "N"},
    {"pmap_copy", setup_copy, call_copy, "NNLL", "NNLL", "L", "N"},
    {"pmap_protect", setup_large, call_protect, "LDDD", "LPPP", "DDD", "PPP"},
    {"pmap_remove", setup_large, call_remove, "LDDD", "LPPP", "DDD", "PPP"},
    {"pmap_remove_all", setup_large, call_remove_all, "LDDD", "LPPP", "DDD",
	"PPP"},
    {"pmap_ts_referenced", setup_large, call_ts_referenced, "LDDD", "LPPP",
	"DDD", "PPP"},
    {"pmap_clear_reference", setup_large, call_clear_reference, "LDDD", "LPPP",
	"DDD", "PPP"},
    {"vm_fault, write", setup_program, call_fault, "DDDDD", "SSSSP", "D", "P"},
    {"vm_fault, read", setup_program, call_fault_read, "DDDDD", "SSSSP", "D",
	"P"},
    {"vm_fault, copy", setup_forked, call_fault_cow, "D", "S", "", ""},
    {"vm_fault, copy from a superpage", setup_forked_superpage,
	call_fault_cow_superpage, "DLDDD", "SSPPP", "DDD", "PPP"},
    {"vmspace_fork", setup_written, call_fork, "DLLLLL", "SLLLLL", "L", "L"},
    {"vmspace_fork, superpage", setup_superpage, call_fork, "DLLL", "SLLL", "L",
	"L"},
    {"pmap_growkernel", setup_nothing, call_growkernel, "GGG", "GGG", "", ""},
    {"pmap_growkernel, page directory", setup_grown, call_growkernel, "GGGG",
	"GGGG", "", ""},
    {"mmap", setup_program, call_mmap, "", "", "", ""},
    {"mlock", setup_program, call_mlock, "DDDDDDD", "SSSSPSS", "D", "P"},
};

/* ---- the walk ----------------------------------------------------------- */
struct guarded {
	const struct injected_call *call;
	struct scene *scene;
};

static void
run_call(struct machine *mach, void *arg)
{
	struct guarded *g = arg;

	(void)mach;
	g->call->call(g->scene);
}

/* Takes back whatever a call left, in full or in part. */
static void
undo(struct scene *s)
{
	struct machine *mach = s->mach;
	pmap_t pmaps[2] = {s->pmap, s->other};
	unsigned i;

	if (s->va != 0 && s->size != 0)
		kmem_free(mach, pmapsim_kmem_map(mach), s->va, s->size);
	for (i = 0; i < 2; i++) {
		if (pmaps[i] == NULL)
			continue;
		/* A page directory may have stayed behind a refused copy of a
		 * superpage: it goes with the next mapping's removal. */
		pmap_enter(mach, pmaps[i], UVA + 3 * NBPDR, VM_PROT_READ, s->m,
		    VM_PROT_READ, FALSE);
		pmap_remove(mach, pmaps[i], 0, VM_MAXUSER_ADDRESS);
		pmap_release(mach, pmaps[i]);
		pmapsim_pmap_destroy(mach, pmaps[i]);
	}
	if (s->object != NULL)
		vm_object_deallocate(mach, s->object);
	if (s->child != NULL) {
		/* For the same reason. */
		(void)pmapsim_access(mach, s->child, UVA + NBPDR - PAGE_SIZE,
		    PMAPSIM_ACCESS_READ, NULL);
		vmspace_exit(mach, s->child);
	}
	if (s->map != NULL)
		vmspace_exit(mach, s->map);
}

static bool
same(const struct snapshot *a, const struct snapshot *b)
{

	return (memcmp(a, b, sizeof(*a)) == 0);
}

/*
 * Makes the call with the Nth event of "kind" failing (0: none), and returns
 * its letter; '\0' when fewer than N came.
 */
static char
step(const struct injected_call *call, enum pmapsim_inject kind, uint64_t nth,
    bool and_after, struct snapshot *after)
{
	struct scene s = {0};
	struct guarded guarded = {call, &s};
	struct snapshot before, now;
	const char *text;
	unsigned free_count;
	char letter;
	bool fired;

	s.mach = support_boot("mem=32M first=4M kmem=2M ncpu=2 invariants=on");
	free_count = s.mach->cnt.v_free_count;
	call->setup(&s);
	audit(s.mach, call->name, "before", nth);
	before = snapshot(&s);
	pmapsim_inject(s.mach, kind, nth, and_after);
	if (pmapsim_run(s.mach, run_call, &guarded) == PMAPSIM_EPANIC) {
		text = pmapsim_panic(s.mach)->text;
		letter = strcmp(text, SLEEPS) == 0 ? 'S' :
		    strcmp(text,
			"get_pv_entry: increase "
			"vm.pmap.shpgperproc") == 0 ?
						     'P' :
		    strcmp(text,
			"pmap_growkernel: no memory to grow "
			"kernel") == 0 ?
						     'G' :
						     '?';
		if (letter == '?')
			fail_msg("%s, N=%lu: panic: %s", call->name,
			    (unsigned long)nth, text);
		pmapsim_destroy(s.mach);
		return (letter);
	}
	fired = pmapsim_inject_seen(s.mach, kind) >= nth;
	pmapsim_inject(s.mach, kind, 0, false);
	audit(s.mach, call->name, "after", nth);
	now = snapshot(&s);
	if (nth == 0)
		*after = now;
	letter = !fired		? '\0' :
	    same(&now, after)	? 'D' :
	    same(&now, &before) ? 'N' :
				  'L';
	if (!fired && !same(&now, after))
		fail_msg("%s, N=%lu: nothing failed, and it differs",
		    call->name, (unsigned long)nth);
	undo(&s);
	audit(s.mach, call->name, "undone", nth);
	/* kernel_map's page tables stay for ever. */
	if (s.va == 0 || s.size != 0)
		assert_int_equal(s.mach->cnt.v_free_count, free_count);
	pmapsim_destroy(s.mach);
	return (letter);
}

static void
walk(const struct injected_call *call, enum pmapsim_inject kind, bool and_after,
    const char *expected)
{
	struct snapshot after;
	char word[WORD_MAX];
	unsigned n;

	(void)step(call, kind, 0, false, &after);
	for (n = 0; n < WORD_MAX - 1; n++) {
		word[n] = step(call, kind, n + 1, and_after, &after);
		if (word[n] == '\0')
			break;
	}
	word[n] = '\0';
	if (strcmp(word, expected) != 0) {
		print_error("%s, %s%s: \"%s\"\n    expected: \"%s\"\n",
		    call->name,
		    kind == PMAPSIM_INJECT_PV_CHUNK ? "chunk" : "page",
		    and_after ? "s" : "", word, expected);
		fail();
	}
}

static void
test_walk(void **state)
{
	const struct injected_call *call = *state;

	walk(call, PMAPSIM_INJECT_PAGE_ALLOC, false, call->page);
	walk(call, PMAPSIM_INJECT_PAGE_ALLOC, true, call->pages);
	walk(call, PMAPSIM_INJECT_PV_CHUNK, false, call->chunk);
	walk(call, PMAPSIM_INJECT_PV_CHUNK, true, call->chunks);
}

int
main(void)
{
	struct CMUnitTest tests[sizeof(calls) / sizeof(calls[0])];
	size_t i;

	memset(tests, 0, sizeof(tests));
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		tests[i].name = calls[i].name;
		tests[i].test_func = test_walk;
		tests[i].initial_state = (void *)&calls[i];
	}
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
