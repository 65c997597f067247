/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NULL for each pointer of each public function, one at a time and in a
 * machine of its own, with invariants and without: what comes of it is a panic
 * that says so, or the call returns, with an error that says so, and the audit
 * finds the machine as it was.  The sanitizers run this test too.
 */
#include "amd64/pmap_fixture.h"

#include <pmapsim/audit.h>
#include <pmapsim/diff.h>
#include <pmapsim/museum.h>
#include <pmapsim/race.h>
#include <pmapsim/study.h>

#include "base/kernel.h"
#include "vm/vm_map.h"

#define TRACE_FILE "src/scenarios/count-drift.trace"

/* What there is to call with. */
struct scene {
	pmap_t u, u2, raw; /* two address spaces, one that is none yet */
	vm_page_t m, m2;   /* managed, in "object" at 0 and 1 */
	vm_page_t loose;   /* in no object */
	vm_object_t object;
	vm_map_t map; /* a program's */
	vm_map_t kernel, kmem;
	vm_offset_t window; /* a kernel address with a page table */
	vm_offset_t va, min, max;
	struct machine *mach; /* another one */
	char *text;
	struct pmapsim_trace *trace; /* of two statements */
	struct pmapsim_trace *growing;
	struct pmapsim_replay *replay;	/* of "trace", one is made */
	struct pmapsim_trace *made;	/* for what comes back, given back */
	struct pmapsim_replay *started; /* the same */
	union {
		struct pmapsim_replay_options replay;
		struct pmapsim_judge judge;
		struct pmapsim_shrink_options shrink;
		struct pmapsim_hunt_options hunt;
		struct pmapsim_explore_options explore;
		struct pmapsim_race_options race;
		struct pmapsim_diff_options diff;
	} options;
	union {
		struct pmapsim_replay_result replay;
		struct pmapsim_hunt_result hunt;
		struct pmapsim_explore_result explore;
		struct pmapsim_race_result race;
		struct pmapsim_diff diff;
	} results;
	struct pmapsim_finding finding;
	FILE *out;
	const char *name; /* of a kernel's switch */
	size_t size;
	int result; /* of the call, see calls.h */
	char err[256];
	void *any; /* "space": zeroes, room for anything else */
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

static void
write_nothing(void *arg, const char *text, size_t size)
{

	(void)arg;
	(void)text;
	(void)size;
}

static int
as_error(enum pmapsim_replay_outcome outcome)
{

	return (outcome == PMAPSIM_REPLAY_BAD_INPUT ? PMAPSIM_EINVAL :
						      PMAPSIM_OK);
}

/* For those who give it back themselves. */
static struct pmapsim_trace *
take_trace(struct scene *s)
{
	struct pmapsim_trace *trace = s->growing;

	s->growing = NULL;
	return (trace);
}

static struct pmapsim_replay *
take_replay(struct scene *s)
{
	struct pmapsim_replay *replay = s->replay;

	s->replay = NULL;
	return (replay);
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
#define F(name, kinds, call) {#name, kinds},
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
#define F(name, kinds, call)  \
	case CALL_##name:     \
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

/* What the functions of a trace are called with. */
static void
set_trace(enum function function, struct scene *s)
{
	static const char text[] = "machine mem=16M first=4M kmem=4M\n"
				   "vm_object_allocate o 4\n";

	assert_int_equal(pmapsim_trace_from_memory("t", text, sizeof(text) - 1,
			     &s->trace, s->err, sizeof(s->err)),
	    PMAPSIM_OK);
	assert_int_equal(pmapsim_trace_growing("g", 64, &s->growing, s->err,
			     sizeof(s->err)),
	    PMAPSIM_OK);
	assert_int_equal(pmapsim_replay_start(s->trace, NULL, &s->replay,
			     s->err, sizeof(s->err)),
	    PMAPSIM_OK);
	assert_int_equal(pmapsim_replay_step(s->replay),
	    PMAPSIM_REPLAY_RUNNING);
	s->out = fopen("/dev/null", "w");
	assert_non_null(s->out);
	s->name = kernel_switch_name((enum kernel_switch)0);
	if (function == CALL_pmapsim_hunt)
		s->options.hunt.calls = 1;
	else if (function == CALL_pmapsim_explore)
		s->options.explore.depth = 1;
	else if (function == CALL_pmapsim_diff) {
		s->options.diff.kernel_a = "2010-04";
		s->options.diff.kernel_b = "9.0";
	}
	s->err[0] = '\0';
}

static void
unset_trace(enum function function, struct scene *s)
{

	if (function == CALL_pmapsim_hunt)
		pmapsim_trace_close(s->results.hunt.trace);
	else if (function == CALL_pmapsim_explore)
		pmapsim_trace_close(s->results.explore.trace);
	else if (function == CALL_pmapsim_diff)
		pmapsim_diff_free(&s->results.diff);
	fclose(s->out);
	pmapsim_replay_end(s->started);
	pmapsim_replay_end(s->replay);
	pmapsim_trace_close(s->made);
	pmapsim_trace_close(s->growing);
	pmapsim_trace_close(s->trace);
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
is_wanted(char kind, bool invariants, const struct pmapsim_panic *panic,
    const struct scene *s)
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
	case 'e':
		return (s->result == PMAPSIM_EINVAL &&
		    strstr(s->err, "needs") != NULL);
	case 'i':
		return (s->result == PMAPSIM_EINVAL);
	case '0':
		return (s->result == 0);
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
		for (a->null = -1;
		     a->null < (int)strlen(functions[a->function].kinds);
		     a->null++) {
			mach = boot(invariants);
			set_scene(mach, &a->scene);
			set_trace(a->function, &a->scene);
			a->scene.result = -1;
			text = outcome(mach, a);
			if (a->null >= 0 &&
			    !is_wanted(functions[a->function].kinds[a->null],
				invariants, pmapsim_panic(mach), &a->scene))
				fail_msg("%s, pointer %d, invariants %d: %s "
					 "%d \"%s\"",
				    functions[a->function].name, a->null,
				    invariants,
				    text != NULL ? text : "it returns",
				    a->scene.result, a->scene.err);
			if (a->null < 0 && text != NULL &&
			    strstr(text, "is NULL") != NULL)
				fail_msg("%s: %s", functions[a->function].name,
				    text);
			unset_trace(a->function, &a->scene);
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
	assert_int_equal(pmapsim_run(NULL, run_nothing, NULL), PMAPSIM_EINVAL);
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
