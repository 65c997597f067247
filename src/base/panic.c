/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A panic freezes the machine and not the process: what the kernel would have
 * printed is kept as a value, and control returns to the innermost guard.
 */
#include "base/panic.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <pthread.h>
#endif

#include "base/machine.h"

/* The rows of <pmapsim/panic_codes.def>, by code. */
static const struct {
	const char *name;
	enum pmapsim_panic_class means;
	const char *format;
} panics[PMAPSIM_PANIC_CODES] = {
    {"UNKNOWN", PMAPSIM_PANIC_IS_BUG, ""},
#define PMAPSIM_PANIC(name, means, format) \
	{#name, PMAPSIM_PANIC_IS_##means, format},
#include <pmapsim/panic_codes.def>
#undef PMAPSIM_PANIC
};

/*
 * The code of the call that has "format".  Looked up when a machine panics and
 * not given by the call, so that a call reads as in FreeBSD.
 */
static enum pmapsim_panic_code
panic_code(const char *format)
{
	unsigned i;

	for (i = PMAPSIM_PANIC_CODES - 1; i > PMAPSIM_PANIC_UNKNOWN; i--)
		if (strcmp(panics[i].format, format) == 0)
			break;
	return ((enum pmapsim_panic_code)i);
}

const char *
pmapsim_panic_code_name(enum pmapsim_panic_code code)
{

	return ((unsigned)code < PMAPSIM_PANIC_CODES ? panics[code].name :
						       NULL);
}

const char *
pmapsim_panic_code_text(enum pmapsim_panic_code code)
{

	return ((unsigned)code < PMAPSIM_PANIC_CODES ? panics[code].format :
						       NULL);
}

const char *
pmapsim_panic_class_name(enum pmapsim_panic_class panic_class)
{
	static const char *const names[PMAPSIM_PANIC_CLASSES] = {
	    [PMAPSIM_PANIC_IS_BUG] = "bug",
	    [PMAPSIM_PANIC_IS_EXHAUSTION] = "exhaustion",
	    [PMAPSIM_PANIC_IS_TRAP] = "trap",
	    [PMAPSIM_PANIC_IS_SLEEP] = "sleep",
	    [PMAPSIM_PANIC_IS_LIMIT] = "limit",
	};

	return ((unsigned)panic_class < PMAPSIM_PANIC_CLASSES ?
		names[panic_class] :
		NULL);
}

/*
 * Leaves for the innermost guard, or, where there is none, tells the hook.
 * There is no legal way back into a function that panicked without a guard,
 * so a hook that returns is followed by abort().
 */
static _Noreturn void
panic_leave(struct machine *mach)
{

	if (mach->guard != NULL)
		longjmp(mach->guard->env, 1);
	if (mach->panic_hook != NULL)
		mach->panic_hook(mach, &mach->panic, mach->panic_hook_arg);
	fprintf(stderr, "pmapsim: panic outside any guard: %s\n",
	    mach->panic.text);
	abort();
}

/*
 * Freezes "mach" with the message and the simulated backtrace.
 *
 * Simulator only.
 */
void
panic_at(struct machine *mach, enum panic_kind kind, const char *file, int line,
    const char *func, const char *fmt, ...)
{
	struct pmapsim_panic *p = &mach->panic;
	unsigned i;
	va_list ap;

	if (mach->panicked)
		panic_leave(mach); /* the first panic is the one to tell */
	va_start(ap, fmt);
	vsnprintf(p->text, sizeof(p->text), fmt, ap);
	va_end(ap);
	p->code = panic_code(fmt);
	p->panic_class = panics[p->code].means;
	p->file = file;
	p->line = line;
	p->func = func;
	p->cpu = mach->curcpu;
	p->assertion = kind == PANIC_ASSERTION;
	p->simulator = kind == PANIC_SIMULATOR;
	p->nframes = 0;
	for (i = mach->depth; i > 0; i--)
		p->frames[p->nframes++] = mach->frames[i - 1];
	mach->panicked = true;
	panic_leave(mach);
}

/*
 * Panics for NONNULL() and its kind.  The kernel's own text for a trap would
 * name an address of the host.
 *
 * Simulator only: FreeBSD amd64/trap.c trap_fatal() instead.
 */
void
panic_null_(struct machine *mach, const char *func, const char *arg)
{

	panic_at(mach, PANIC_SIMULATOR, __FILE__, __LINE__, func,
	    "%s: page fault trap: %s is NULL", func, arg);
}

void
panic_foreign_(struct machine *mach, const char *func, const char *arg,
    const char *what)
{

	panic_at(mach, PANIC_SIMULATOR, __FILE__, __LINE__, func,
	    "%s: %s is no %s of this machine", func, arg, what);
}

/*
 * The kernel's stack has an end, and recursion without one must not become the
 * host's.
 */
void
frame_overflow_(struct machine *mach, const char *func)
{

	panic_at(mach, PANIC_SIMULATOR, __FILE__, __LINE__, func,
	    "double fault: kernel stack overflow in %s()", func);
}

void
pmapsim_frame_push(struct machine *mach, const char *func)
{

	frame_enter_(mach, func != NULL ? func : "?");
}

void
pmapsim_frame_pop(struct machine *mach)
{

	if (mach->depth > 0)
		mach->depth--;
}

/*
 * A test's failed assertion jumps over the frames between it and the test's
 * runner; a guard that lies in one of them must not stay the innermost, or the
 * next panic jumps into a dead frame.  glibc's longjmp() calls the handlers of
 * the frames that it leaves, if they were pushed by this function of its ABI,
 * which pthread.h declares the buffer of.  Other libcs tell nobody.
 */
#if defined(__GLIBC__) && \
    (__GLIBC__ > 2 || (__GLIBC__ == 2 && __GLIBC_MINOR__ >= 34))
void _pthread_cleanup_push(struct _pthread_cleanup_buffer *buffer,
    void (*routine)(void *arg), void *arg);
void _pthread_cleanup_pop(struct _pthread_cleanup_buffer *buffer, int execute);
_Static_assert(sizeof(struct _pthread_cleanup_buffer) <=
	sizeof(((struct pmapsim_guard *)NULL)->jumps),
    "glibc's buffer fits a guard");

static void
guard_jumped_over(void *arg)
{
	struct pmapsim_guard *guard = arg;

	guard->mach->guard = guard->outer;
	guard->mach->depth = guard->depth;
}

static void
guard_watch_jumps(struct pmapsim_guard *guard)
{

	_pthread_cleanup_push((void *)guard->jumps, guard_jumped_over, guard);
}

static void
guard_unwatch_jumps(struct pmapsim_guard *guard)
{

	_pthread_cleanup_pop((void *)guard->jumps, 0);
}
#else
static void
guard_watch_jumps(struct pmapsim_guard *guard)
{
}

static void
guard_unwatch_jumps(struct pmapsim_guard *guard)
{
}
#endif

/*
 * Makes "guard", on its caller's stack, the innermost of a machine that is not
 * frozen.  Cannot fail: who asked first whether the machine is frozen has no
 * way from here past pmapsim_guard_leave(), which takes the pointer back.
 */
static void
guard_push(struct machine *mach, struct pmapsim_guard *guard)
{

	guard->mach = mach;
	guard->outer = mach->guard;
	guard->depth = mach->depth;
	mach->guard = guard;
	guard_watch_jumps(guard);
}

bool
pmapsim_guard_enter(struct machine *mach, struct pmapsim_guard *guard)
{

	if (mach == NULL || guard == NULL || mach->panicked)
		return (false);
	guard_push(mach, guard);
	return (true);
}

void
pmapsim_guard_leave(struct machine *mach, struct pmapsim_guard *guard)
{

	if (guard == NULL)
		return;
	guard_unwatch_jumps(guard);
	mach->guard = guard->outer;
	mach->depth = guard->depth;
}

int
pmapsim_run(struct machine *mach, void (*fn)(struct machine *mach, void *arg),
    void *arg)
{
	struct pmapsim_guard guard;
	int error;

	if (mach == NULL || fn == NULL)
		return (PMAPSIM_EINVAL);
	if (mach->panicked)
		return (PMAPSIM_EPANIC);
	guard_push(mach, &guard);
	if (setjmp(guard.env) == 0) {
		fn(mach, arg);
		error = PMAPSIM_OK;
	} else
		error = PMAPSIM_EPANIC;
	pmapsim_guard_leave(mach, &guard);
	return (error);
}

const struct pmapsim_panic *
pmapsim_panic(const struct machine *mach)
{

	return (mach != NULL && mach->panicked ? &mach->panic : NULL);
}

void
pmapsim_set_panic_hook(struct machine *mach,
    void (*hook)(struct machine *mach, const struct pmapsim_panic *panic,
	void *arg),
    void *arg)
{

	mach->panic_hook = hook;
	mach->panic_hook_arg = arg;
}
