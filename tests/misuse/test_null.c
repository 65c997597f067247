/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NULL for each pointer of each public function of a machine, one at a time
 * and in a machine of its own, with invariants and without: what comes of it
 * is a panic that says so, or the call returns and the audit finds the machine
 * as it was.  The sanitizers run this test too.
 */
#include "amd64/pmap_fixture.h"

#include <pmapsim/audit.h>

#include "vm/vm_map.h"

/* What there is to call with. */
struct scene {
	pmap_t u, u2, raw;	/* two address spaces, one that is none yet */
	vm_page_t m, m2;	/* managed, in "object" at 0 and 1 */
	vm_page_t loose;	/* in no object */
	vm_object_t object;
	vm_map_t map;		/* a program's */
	vm_map_t kernel, kmem;
	vm_offset_t window;	/* a kernel address with a page table */
	vm_offset_t va, min, max;
	struct machine *mach;	/* another one */
	char *text;
	void *any;		/* "space": zeroes, room for anything else */
	char space[16384] __attribute__((aligned(16)));
};

static void
visit_entry(const struct pmapsim_tlb_entry *entry, void *arg)
{

	(void)entry;
	(void)arg;
}

static void
hook_detection(struct machine *mach, const struct pmapsim_detection *detection,
    void *arg)
{

	(void)mach;
	(void)detection;
	(void)arg;
}

static void
hook_panic(struct machine *mach, const struct pmapsim_panic *panic, void *arg)
{

	(void)mach;
	(void)panic;
	(void)arg;
}

static void
run_nothing(struct machine *mach, void *arg)
{

	(void)mach;
	(void)arg;
}

static const char *
name_nothing(void *arg, unsigned index)
{

	(void)arg;
	(void)index;
	return (NULL);
}

/* The functions by number. */
enum function {
#define F(name, kinds, call) CALL_##name,
#include "misuse/calls.h"
#undef F
	NFUNCTIONS
};

static const struct function_info {
	const char *name, *kinds;
} functions[] = {
#define F(name, kinds, call) { #name, kinds },
#include "misuse/calls.h"
#undef F
};

struct attempt {
	enum function function;
	int null; /* the pointer that is NULL; -1: none */
	struct scene scene;
};

static void
attempt(struct machine *mach, void *arg)
{
	const struct attempt *a = arg;
	const int null = a->null;
	struct scene *s = &((struct attempt *)arg)->scene;

#define P(i, good) (null == (i) ? NULL : (good))
	switch (a->function) {
#define F(name, kinds, call) \
	case CALL_##name:    \
		(void)(call); \
		break;
#include "misuse/calls.h"
#undef F
	case NFUNCTIONS:
		break;
	}
#undef P
}

static struct machine *
boot(bool invariants)
{
	struct pmapsim_config config;
	struct machine *mach;
	char err[256];

	pmapsim_config_init(&config);
	config.mem = UINT64_C(32) << 20;
	config.kmem = UINT64_C(8) << 20;
	config.kmem_given = true;
	config.invariants = invariants;
	config.tlb = "k10";
	if (pmapsim_boot(&config, &mach, err, sizeof(err)) != PMAPSIM_OK)
		fail_msg("%s", err);
	pmapsim_cmocka_hook(mach);
	return (mach);
}

static void
set_scene(struct machine *mach, struct scene *s)
{

	memset(s, 0, sizeof(*s));
	s->any = s->space;
	s->u = fixture_pmap(mach, "u");
	s->u2 = fixture_pmap(mach, "u2");
	s->raw = pmapsim_pmap_create(mach, "raw");
	s->object = support_object(mach, 8, NULL);
	s->m = support_page(mach, s->object, 0, VM_ALLOC_NORMAL);
	s->m2 = support_page(mach, s->object, 1, VM_ALLOC_NORMAL);
	s->loose = vm_page_alloc(mach, NULL, 0, VM_ALLOC_NOOBJ);
	s->map = vmspace_alloc(mach);
	s->kernel = pmapsim_kernel_map(mach);
	s->kmem = pmapsim_kmem_map(mach);
	s->window = kmem_alloc_nofault(mach, s->kernel, PAGE_SIZE);
	s->va = s->window;
	assert_int_equal(pmapsim_detect(mach, PMAPSIM_DETECT_STALE),
	    PMAPSIM_OK);
}

/* Makes the call and returns the panic's text; NULL: it returned. */
static const char *
outcome(struct machine *mach, struct attempt *a)
{
	const char *text = NULL;
	char why[512];

	if (pmapsim_run(mach, attempt, a) != PMAPSIM_OK)
		text = pmapsim_panic(mach)->text;
	else if (a->null >= 0 && machine_audit(mach, why, sizeof(why)) != 0)
		fail_msg("%s, pointer %d: audit: %s",
		    functions[a->function].name, a->null, why);
	return (text);
}

static bool
is_wanted(char kind, bool invariants, const struct pmapsim_panic *panic)
{

	switch (kind) {
	case '!':
		return (panic != NULL && panic->simulator &&
		    strstr(panic->text, ": page fault trap: ") != NULL &&
		    strstr(panic->text, " is NULL") != NULL);
	case 'p':
		return (panic != NULL && panic->simulator);
	case 'k':
		return (invariants ? panic != NULL && panic->assertion :
		    panic == NULL);
	case '-':
		return (panic == NULL);
	}
	return (false);
}

static void
test_each_pointer(void **state)
{
	struct attempt *a;
	struct machine *mach;
	const char *text;
	int invariants;

	a = test_calloc(1, sizeof(*a));
	a->function = (enum function)(uintptr_t)*state;
	for (invariants = 0; invariants < 2; invariants++)
		for (a->null = -1; a->null <
		    (int)strlen(functions[a->function].kinds); a->null++) {
			mach = boot(invariants);
			set_scene(mach, &a->scene);
			text = outcome(mach, a);
			if (a->null >= 0 && !is_wanted(
			    functions[a->function].kinds[a->null], invariants,
			    pmapsim_panic(mach)))
				fail_msg("%s, pointer %d, invariants %d: %s",
				    functions[a->function].name, a->null,
				    invariants, text != NULL ? text :
				    "it returns");
			if (a->null < 0 && text != NULL &&
			    strstr(text, "is NULL") != NULL)
				fail_msg("%s: %s",
				    functions[a->function].name, text);
			pmapsim_destroy(mach);
		}
	test_free(a);
}

/* Functions that may be asked about no machine say that there is none. */
static void
test_no_machine(void **state)
{
	struct pmapsim_guard guard;

	(void)state;
	pmapsim_destroy(NULL);
	assert_null(pmapsim_panic(NULL));
	assert_int_equal(pmapsim_run(NULL, run_nothing, NULL),
	    PMAPSIM_EINVAL);
	assert_false(pmapsim_guard_enter(NULL, &guard));
	assert_null(pmapsim_pmap_create(NULL, "u"));
}

int
main(void)
{
	struct CMUnitTest tests[NFUNCTIONS + 1];
	uintptr_t i;

	memset(tests, 0, sizeof(tests));
	for (i = 0; i < NFUNCTIONS; i++) {
		tests[i].name = functions[i].name;
		tests[i].test_func = test_each_pointer;
		tests[i].initial_state = (void *)i;
	}
	tests[i].name = "test_no_machine";
	tests[i].test_func = test_no_machine;
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
