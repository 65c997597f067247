/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Panics, assertions and the simulated stack.
 *
 * A call site reads as in FreeBSD: panic("text %d", n), KASSERT(cond, ("text
 * %d", n)); the machine is the variable "mach".  Texts are the kernel's own;
 * where it prints a pointer they say PTR, because no host address may leave
 * the library.
 */
#ifndef BASE_PANIC_H
#define BASE_PANIC_H

#include <pmapsim/machine.h>

enum panic_kind { PANIC_KERNEL, PANIC_ASSERTION, PANIC_SIMULATOR };

_Noreturn void panic_at(struct machine *mach, enum panic_kind kind,
    const char *file, int line, const char *func, const char *fmt, ...)
    __attribute__((format(printf, 6, 7), cold));

#define panic(...) \
	panic_at(mach, PANIC_KERNEL, __FILE__, __LINE__, __func__, __VA_ARGS__)

/* The machine cannot go on and the kernel has no text for it: a trap, a sleep
 * that nothing ends. */
#define stop(...)                                                     \
	panic_at(mach, PANIC_SIMULATOR, __FILE__, __LINE__, __func__, \
	    __VA_ARGS__)

#define KASSERT_PANIC(...)                                            \
	panic_at(mach, PANIC_ASSERTION, __FILE__, __LINE__, __func__, \
	    __VA_ARGS__)

/*
 * An argument that the kernel would find wrong by a trap, in the function that
 * was called with it: "arg" is NULL, or it points to no "what" of this
 * machine.  The latter is for what has to be looked up, with invariants.
 */
_Noreturn void panic_null_(struct machine *mach, const char *func,
    const char *arg) __attribute__((cold));
_Noreturn void panic_foreign_(struct machine *mach, const char *func,
    const char *arg, const char *what) __attribute__((cold));

#define NONNULL(arg) NONNULL_AS(__func__, arg)
#define NONNULL_AS(func, arg)                            \
	do {                                             \
		if (__builtin_expect((arg) == NULL, 0))  \
			panic_null_(mach, (func), #arg); \
	} while (0)
#define CHECK_OURS(func, arg, what, ours)                             \
	do {                                                          \
		NONNULL_AS(func, arg);                                \
		if (__builtin_expect(mach->invariants, 0) && !(ours)) \
			panic_foreign_(mach, (func), #arg, (what));   \
	} while (0)

/* Checked when the machine's invariants are on. */
#define KASSERT(exp, msg)                                            \
	do {                                                         \
		if (__builtin_expect(mach->invariants, 0) && !(exp)) \
			KASSERT_PANIC msg;                           \
	} while (0)

/*
 * Simulated frames.  FRAME() at the top of a function pushes its name and
 * pops it at each return; a panic copies what is there.  Functions that can
 * panic, or that call such ones, have one; inline helpers have none.
 */
#define FRAME() FRAME_AS(__func__)
#define FRAME_AS(name)                                             \
	struct machine *frame_mach_                                \
	    __attribute__((cleanup(frame_leave_), unused)) = mach; \
	frame_enter_(mach, name)

#define PANIC_TEXT_PTR "PTR"

#endif /* BASE_PANIC_H */
