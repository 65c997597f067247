/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A machine's life: described, booted, guarded against its own panics,
 * inspected and destroyed.  Everything here is the simulator's own; the
 * kernel's functions are in <pmapsim/vm.h> and <pmapsim/pmap.h>.
 *
 * One host thread may use a machine at a time; many machines may live in one
 * process.
 */
#ifndef PMAPSIM_MACHINE_H
#define PMAPSIM_MACHINE_H

#include <pmapsim/types.h>

#include <setjmp.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Results of the simulator's own functions.  A function that does not return
 * PMAPSIM_OK has changed nothing.
 */
enum pmapsim_error {
	PMAPSIM_OK = 0,
	PMAPSIM_EINVAL = 1, /* an argument is wrong; the message says which */
	PMAPSIM_ENOMEM = 2, /* the host refused memory */
	PMAPSIM_EPANIC = 3, /* the simulated kernel panicked, now or earlier */
	PMAPSIM_EFAULT = 4, /* a page fault that the kernel could not resolve */
	PMAPSIM_EIO = 5,    /* a file could not be read or written */
	PMAPSIM_ESTOPPED = 6, /* a hook of the caller ended the work */
	PMAPSIM_ENOTSUP = 7   /* it cannot be done with these arguments */
};

/*
 * What a machine is made of.  The caller fills it with pmapsim_config_init(),
 * since a zero-filled one is not valid, and changes what it wants.
 * pmapsim_boot() copies it.
 */
struct pmapsim_config {
	vm_paddr_t mem;	    /* end of physical memory, bytes */
	vm_paddr_t first;   /* free memory is [first, mem); >= 2 MiB */
	vm_size_t kmem;	    /* kmem_map's size in bytes; 0: none */
	bool kmem_given;    /* false: kmem is mem/3 rounded up to 2 MiB */
	vm_size_t kva;	    /* bytes of kernel addresses with page tables, for
			       the caller's own mappings, where the kernel has
			       no kmem_map; 0: none */
	unsigned ncpu;	    /* 1 .. MAXCPU */
	bool superpages;    /* vm.pmap.pg_ps_enabled at boot */
	bool invariants;    /* KASSERTs are checked */
	unsigned maxproc;   /* decides pv_entry_max; 1000 by default */
	const char *kernel; /* "2010-04+litter"; NULL: "2010-04" */
	const char *tlb;    /* a preset or a description; NULL: no TLB */
	bool shared_arena;  /* physical memory is a memfd that others can map */
};

/*
 * Fills "config" with a machine that boots: 64 MB of memory of which what lies
 * above 4 MB is free, 2 CPUs, superpages on, assertions off, kernel 2010-04,
 * no TLBs.
 */
PMAPSIM_API void pmapsim_config_init(struct pmapsim_config *config);

/*
 * Boots a machine and returns it through "machp"; the caller owns it and gives
 * it back with pmapsim_destroy().  On an error "*machp" is NULL and "err", of
 * "errsize" bytes, says in one line what was found and what would be right.
 * Errors are: PMAPSIM_EINVAL, PMAPSIM_ENOMEM, and PMAPSIM_EPANIC when the
 * kernel panics while it boots (too little memory).
 */
PMAPSIM_API int pmapsim_boot(const struct pmapsim_config *config,
    struct machine **machp, char *err, size_t errsize);

/* Gives back all memory of "mach", panicked or not.  NULL is ignored. */
PMAPSIM_API void pmapsim_destroy(struct machine *mach);

/*
 * Returns the configuration of "mach", in which defaults have become values.
 * The machine owns it.
 */
PMAPSIM_API const struct pmapsim_config *
pmapsim_config(const struct machine *mach);

/*
 * A panic freezes the machine and returns to the innermost guard.  Outside any
 * guard the machine calls the panic hook.  When the hook returns, or none is
 * set, the message goes to standard error and the process aborts.
 *
 * PMAPSIM_FRAMES_MAX is how many frames of the simulated stack a panic shows.
 */
#define PMAPSIM_FRAMES_MAX 64

/*
 * Which panic it is: PMAPSIM_PANIC_ENTER_ON_2MB_PAGE and over two hundred
 * more.  Each is a row of <pmapsim/panic_codes.def>, with its text.  A code
 * keeps its name; its number may differ between versions of the library.
 */
enum pmapsim_panic_code {
	PMAPSIM_PANIC_UNKNOWN = 0, /* no code; no panic has it */
#define PMAPSIM_PANIC(name, means, text) PMAPSIM_PANIC_##name,
#include <pmapsim/panic_codes.def>
#undef PMAPSIM_PANIC
	PMAPSIM_PANIC_CODES
};

/* What a panic says of the kernel that ended in it. */
enum pmapsim_panic_class {
	PMAPSIM_PANIC_IS_BUG,	     /* the kernel found what must never be */
	PMAPSIM_PANIC_IS_EXHAUSTION, /* memory or another resource is used up */
	PMAPSIM_PANIC_IS_TRAP,	     /* the CPU faults in kernel code */
	PMAPSIM_PANIC_IS_SLEEP, /* the thread sleeps, and nothing wakes it */
	PMAPSIM_PANIC_IS_LIMIT, /* the simulator cannot go on; a kernel could */
	PMAPSIM_PANIC_CLASSES
};

/*
 * A panic.  The machine writes it once, when it freezes, and owns it until
 * pmapsim_destroy().
 */
struct pmapsim_panic {
	enum pmapsim_panic_code code;
	enum pmapsim_panic_class panic_class;
	char text[256];	  /* the kernel's own words; pointers read PTR */
	const char *func; /* the function that panicked */
	const char *file; /* where in our source */
	int line;
	unsigned cpu;	  /* the CPU that ran it */
	bool assertion;	  /* a KASSERT, not an unconditional panic */
	bool simulator;	  /* the simulator's text, not a kernel's */
	unsigned nframes; /* frames[0] is the innermost */
	const char *frames[PMAPSIM_FRAMES_MAX];
};

/*
 * Returns the panic that froze "mach", which the machine owns; NULL while the
 * machine runs.
 */
PMAPSIM_API const struct pmapsim_panic *
pmapsim_panic(const struct machine *mach);

/*
 * Returns the name of "code", "ENTER_ON_2MB_PAGE" for
 * PMAPSIM_PANIC_ENTER_ON_2MB_PAGE, a constant; NULL when there is no such
 * code.
 */
PMAPSIM_API const char *pmapsim_panic_code_name(enum pmapsim_panic_code code);
/*
 * Returns the kernel's text of "code" as a format of printf(3), a constant;
 * NULL when there is no such code.
 */
PMAPSIM_API const char *pmapsim_panic_code_text(enum pmapsim_panic_code code);
/*
 * Returns the name of "panic_class", "bug", "exhaustion", "trap", "sleep" or
 * "limit", a constant; NULL when there is no such class.
 */
PMAPSIM_API const char *
pmapsim_panic_class_name(enum pmapsim_panic_class panic_class);

/*
 * Calls fn(mach, arg) inside a guard.  Returns PMAPSIM_OK, or PMAPSIM_EPANIC
 * when a panic ended the call.  When "mach" is frozen already "fn" is not
 * called, and the result is PMAPSIM_EPANIC.
 *
 * Guards nest.  A panic jumps out of "fn", so memory and files of the host
 * that "fn" holds at that moment are lost.  "fn" itself may leave by
 * longjmp(3), as a failed assertion of cmocka does, where the libc of the host
 * is glibc; the guard ends then too.  With another libc "fn" must not jump.
 */
PMAPSIM_API int pmapsim_run(struct machine *mach,
    void (*fn)(struct machine *mach, void *arg), void *arg);

/*
 * A guard that a macro can set up around an expression, as those of
 * <pmapsim/cmocka.h> do; pmapsim_run() is for functions.  It lies in the
 * caller's frame.  It is the innermost guard from pmapsim_guard_enter() until
 * pmapsim_guard_leave() or a panic.  A panic jumps to "env" and makes "outer"
 * the innermost guard again.
 */
struct pmapsim_guard {
	jmp_buf env;
	struct pmapsim_guard *outer;
	unsigned depth;
	struct machine *mach;
	void *jumps[4]; /* the library's, to learn of a longjmp() */
};
/*
 * Makes "guard", which lives on the caller's stack, the innermost guard of
 * "mach" and returns TRUE.  The caller then calls setjmp() on its env, which
 * gives 0 at first, and 1 when a panic came.  Returns FALSE when "mach" is
 * frozen; the guard is not entered then.
 */
PMAPSIM_API bool pmapsim_guard_enter(struct machine *mach,
    struct pmapsim_guard *guard);
/* Ends "guard", which is the innermost one, whether a panic came or not. */
PMAPSIM_API_MACH void pmapsim_guard_leave(struct machine *mach,
    struct pmapsim_guard *guard);

/*
 * Sets the function that is called with "arg" at a panic outside any guard; a
 * "hook" of NULL removes it.
 */
PMAPSIM_API_MACH void pmapsim_set_panic_hook(struct machine *mach,
    void (*hook)(struct machine *mach, const struct pmapsim_panic *panic,
	void *arg),
    void *arg);

/*
 * Adds a frame for "func", a function of the caller's, to the simulated stack,
 * so that the backtrace of a panic shows it as the kernel's would.  The caller
 * keeps the string until pmapsim_frame_pop().  More than PMAPSIM_FRAMES_MAX
 * frames panic, as the kernel does when its stack overflows.
 */
PMAPSIM_API_MACH void pmapsim_frame_push(struct machine *mach,
    const char *func);
/* Removes the innermost frame of the simulated stack. */
PMAPSIM_API_MACH void pmapsim_frame_pop(struct machine *mach);

/*
 * A revision or a switch.  A kernel is named by a revision and the switches
 * that are added to it, "2010-04+litter"; "+no-NAME" takes a switch of the
 * revision away.
 */
struct pmapsim_kernel_info {
	const char *name; /* of the revision or switch */
	bool revision;
	const char *description; /* one line */
	const char *source;	 /* who found it, or what it is made from */
	const char *function;	 /* that differs, without (); or "" */
	unsigned year;		 /* of the source, or of the revision */
	const char *change;	 /* FreeBSD's review or commit; "": not known */
	unsigned museum;	 /* its number in the museum; 0: not there */
	unsigned month;		 /* of a revision, 1 to 12; of a switch 0 */
};

/* Bytes that the name of a kernel takes at most, its NUL included. */
#define PMAPSIM_KERNEL_NAME_SIZE 4096

/*
 * Returns revision or switch "index", counted from 0, a constant; NULL after
 * the last.
 */
PMAPSIM_API const struct pmapsim_kernel_info *
pmapsim_kernel_info(unsigned index);

/*
 * Returns whether "kernel" can be booted.  If not, "err", of "errsize" bytes,
 * says why, and which name is near.  The name of a kernel takes
 * PMAPSIM_KERNEL_NAME_SIZE bytes at most.
 */
PMAPSIM_API bool pmapsim_kernel_valid(const char *kernel, char *err,
    size_t errsize);

/*
 * Returns whether the switch "name" is on in "kernel".  A "kernel" of NULL is
 * 2010-04.  Returns false when there is no such kernel or no such switch.
 */
PMAPSIM_API bool pmapsim_kernel_has(const char *kernel, const char *name);

/*
 * Makes "cpu", counted from 0, the CPU that runs the kernel calls and accesses
 * that follow.
 *
 * Errors are: PMAPSIM_EINVAL (no such CPU); then nothing has changed.
 */
PMAPSIM_API_MACH int pmapsim_set_cpu(struct machine *mach, unsigned cpu);
/* Returns the CPU that runs kernel calls now. */
PMAPSIM_API_MACH unsigned pmapsim_curcpu(const struct machine *mach);

/* Returns the name of counter "index", counted from 0; NULL after the last. */
PMAPSIM_API const char *pmapsim_sysctl_name(unsigned index);
/*
 * Returns through "value" the counter that the kernel's sysctl calls "name".
 *
 * Errors are: PMAPSIM_EINVAL (no such name, or the name of a text); then
 * "*value" is unchanged.
 */
PMAPSIM_API_MACH int pmapsim_sysctl(struct machine *mach, const char *name,
    int64_t *value);
/*
 * Sets counter "name" to "value".  Three can be set.  "vm.pmap.pv_entry_max"
 * and "vm.pmap.shpgperproc" change each other, and the number of pv entries
 * that speculative mappings leave free.  "vm.pmap.pg_ps_enabled" is 0 or 1;
 * superpages that exist stay when it becomes 0.
 *
 * Errors are: PMAPSIM_EINVAL (no such name, a counter that cannot be set, or a
 * value that this counter or another one that follows from it cannot have);
 * then nothing has changed.
 */
PMAPSIM_API_MACH int pmapsim_sysctl_set(struct machine *mach, const char *name,
    int64_t value);
/*
 * Writes node "name" as the kernel prints it into "buf" of "size" bytes.
 * Returns its length as snprintf(3) does; -1 for an unknown name.
 */
PMAPSIM_API_MACH int pmapsim_sysctl_text(struct machine *mach, const char *name,
    char *buf, size_t size);

/*
 * Turns the kernel's trace messages of class KTR_PMAP on or off; a machine
 * boots with them off.
 */
PMAPSIM_API_MACH void pmapsim_ktr_enable(struct machine *mach, bool on);
/* How many of the last trace messages can be read. */
#define PMAPSIM_KTR_ENTRIES 4096
/*
 * Returns the number of trace messages since the boot.  The last
 * PMAPSIM_KTR_ENTRIES can be read.
 */
PMAPSIM_API_MACH uint64_t pmapsim_ktr_count(const struct machine *mach);
/*
 * Writes trace message "n", counted from 0, into "buf" of "size" bytes.
 * Returns its length as snprintf(3) does.  When there is no such message, or
 * it can no longer be read, returns -1 and leaves "buf" unchanged.
 */
PMAPSIM_API_MACH int pmapsim_ktr_format(const struct machine *mach, uint64_t n,
    char *buf, size_t size);

/*
 * Writes trace message "n" as pmapsim_ktr_format() does, but in the columns of
 * ktrdump(8) ct: its number, the CPU, the clock's ticks, the text.
 */
PMAPSIM_API_MACH int pmapsim_ktr_dump(const struct machine *mach, uint64_t n,
    char *buf, size_t size);

/* How many of the last lines of the console can be read. */
#define PMAPSIM_CONSOLE_LINES 256
/*
 * Returns the number of lines that the kernel has printed on the console since
 * boot.  The last PMAPSIM_CONSOLE_LINES can be read.
 */
PMAPSIM_API_MACH uint64_t pmapsim_console_count(const struct machine *mach);
/*
 * Writes line "n" of the console, counted from 0, without its newline into
 * "buf" of "size" bytes.  Returns its length as snprintf(3) does.  When there
 * is no such line, or it can no longer be read, returns -1 and leaves "buf"
 * unchanged.
 */
PMAPSIM_API_MACH int pmapsim_console_line(const struct machine *mach,
    uint64_t n, char *buf, size_t size);

/* Events that pmapsim_inject() can make fail. */
enum pmapsim_inject {
	PMAPSIM_INJECT_PAGE_ALLOC, /* vm_page_alloc() gives none */
	PMAPSIM_INJECT_PV_CHUNK,   /* get_pv_entry() gets no page */
	PMAPSIM_INJECT_KINDS
};
/*
 * Makes the "nth" event of "kind" from now on, counted from 1, fail; with
 * "and_after" all later ones fail too.  When "nth" is 0 no event fails any
 * more.  The count of pmapsim_inject_seen() begins anew.
 */
PMAPSIM_API_MACH void pmapsim_inject(struct machine *mach,
    enum pmapsim_inject kind, uint64_t nth, bool and_after);
/*
 * Returns how many events of "kind" have come since pmapsim_inject() was
 * called for it.
 */
PMAPSIM_API_MACH uint64_t pmapsim_inject_seen(const struct machine *mach,
    enum pmapsim_inject kind);

/*
 * Returns the name that is nearest to a misspelt "word", or NULL when none is
 * near enough to be meant.  The function asks "name" for the names: it calls
 * name(arg, 0), name(arg, 1) and so on until the result is NULL.  The result
 * is the pointer that "name" has returned.  Of names that are equally near it
 * is the first.
 *
 * A name is near enough when a third of its letters and one more are wrong at
 * most.  A name of which a part begins as "word" does is nearer than one with
 * two or more wrong letters: "fork" gives "vmspace_fork", not "brk".
 */
PMAPSIM_API const char *pmapsim_nearest(const char *word,
    const char *(*name)(void *arg, unsigned index), void *arg);

/*
 * Returns the version of the library, as in pkg-config --modversion pmapsim, a
 * constant.
 */
PMAPSIM_API const char *pmapsim_version(void);

#ifdef __cplusplus
}
#endif

#endif /* PMAPSIM_MACHINE_H */
