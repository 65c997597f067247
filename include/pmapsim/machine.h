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

/* Results of the simulator's own functions.  Nothing changed when not OK. */
enum pmapsim_error {
	PMAPSIM_OK = 0,
	PMAPSIM_EINVAL = 1, /* an argument is wrong; the message says which */
	PMAPSIM_ENOMEM = 2, /* the host refused memory */
	PMAPSIM_EPANIC = 3, /* the simulated kernel panicked, now or earlier */
	PMAPSIM_EFAULT = 4, /* a page fault that nothing resolved */
	PMAPSIM_EIO = 5,    /* a file could not be read or written */
	PMAPSIM_ESTOPPED = 6, /* the caller's hook ended the work */
	PMAPSIM_ENOTSUP = 7   /* it cannot be done with what is given */
};

/*
 * What a machine is made of.  A zero-filled one is not valid: start from
 * pmapsim_config_init().  Copied at boot; the caller keeps its own.
 */
struct pmapsim_config {
	vm_paddr_t mem;	    /* end of physical memory, bytes */
	vm_paddr_t first;   /* free memory is [first, mem); >= 2 MiB */
	vm_size_t kmem;	    /* kmem_map's size in bytes; 0: none */
	bool kmem_given;    /* false: kmem is mem/3 rounded up to 2 MiB */
	vm_size_t kva;	    /* kernel addresses with page tables, for mappings
			       of the caller's; bytes.  Where kernels have no
			       kmem_map; 0: none */
	unsigned ncpu;	    /* 1 .. MAXCPU */
	bool superpages;    /* vm.pmap.pg_ps_enabled at boot */
	bool invariants;    /* KASSERTs are checked */
	unsigned maxproc;   /* sizes pv_entry_max; 1000 */
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

/* The configuration in force, defaults resolved; lives as long as "mach". */
PMAPSIM_API const struct pmapsim_config *
pmapsim_config(const struct machine *mach);

/*
 * Panics.  A panic freezes the machine and returns to the innermost guard.
 * Where there is none the panic hook is called; if that returns or is not
 * set, the message goes to stderr and the process aborts.
 */
#define PMAPSIM_FRAMES_MAX 64

/*
 * Which panic it is: PMAPSIM_PANIC_ENTER_ON_2MB_PAGE and over two hundred
 * more, one a row of <pmapsim/panic_codes.def>, beside the text that belongs to
 * each.  A code keeps its name; its number may differ between versions of the
 * library.
 */
enum pmapsim_panic_code {
	PMAPSIM_PANIC_UNKNOWN = 0, /* a text without a row: never */
#define PMAPSIM_PANIC(name, means, text) PMAPSIM_PANIC_##name,
#include <pmapsim/panic_codes.def>
#undef PMAPSIM_PANIC
	PMAPSIM_PANIC_CODES
};

/* What a panic says of the kernel that ended in it. */
enum pmapsim_panic_class {
	PMAPSIM_PANIC_IS_BUG,	     /* something that must never be, is */
	PMAPSIM_PANIC_IS_EXHAUSTION, /* memory or another resource is used up */
	PMAPSIM_PANIC_IS_TRAP,	     /* the CPU faults in kernel code */
	PMAPSIM_PANIC_IS_SLEEP, /* the thread sleeps, and nothing wakes it */
	PMAPSIM_PANIC_IS_LIMIT, /* the simulator's own end, not a kernel's */
	PMAPSIM_PANIC_CLASSES
};

/*
 * A panic.  Written once, when the machine freezes, and owned by it: it stays
 * as it is until pmapsim_destroy().
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
	bool simulator;	  /* no kernel text: the machine cannot go on */
	unsigned nframes; /* frames[0] is the innermost */
	const char *frames[PMAPSIM_FRAMES_MAX];
};

/* The panic that froze "mach"; NULL while it runs. */
PMAPSIM_API const struct pmapsim_panic *
pmapsim_panic(const struct machine *mach);

/*
 * The name of "code", "ENTER_ON_2MB_PAGE" for PMAPSIM_PANIC_ENTER_ON_2MB_PAGE,
 * or NULL when there is no such code.  It lives for ever.
 */
PMAPSIM_API const char *pmapsim_panic_code_name(enum pmapsim_panic_code code);
/*
 * The kernel's text of "code", as a printf(3) format, or NULL when there is no
 * such code.  It lives for ever.
 */
PMAPSIM_API const char *pmapsim_panic_code_text(enum pmapsim_panic_code code);
/*
 * The name of "panic_class": "bug", "exhaustion", "trap", "sleep" or "limit";
 * NULL when there is no such class.  It lives for ever.
 */
PMAPSIM_API const char *
pmapsim_panic_class_name(enum pmapsim_panic_class panic_class);

/*
 * Calls fn(mach, arg).  Returns PMAPSIM_OK, or PMAPSIM_EPANIC when a panic
 * ended the call or "mach" was frozen before it, which is then not made.
 * Guards nest.  No host resource may be held across a panic by "fn".  A
 * longjmp(3) out of "fn", such as a failed assertion of cmocka, ends the guard
 * too where the host's libc is glibc; elsewhere "fn" must not jump.
 */
PMAPSIM_API int pmapsim_run(struct machine *mach,
    void (*fn)(struct machine *mach, void *arg), void *arg);

/*
 * The same as two calls around a setjmp, for macros; see <pmapsim/cmocka.h>.
 * A guard lies in the caller's frame.  It is the innermost from
 * pmapsim_guard_enter() on, until pmapsim_guard_leave() or a panic, which
 * jumps to "env" and makes "outer" the innermost again.
 */
struct pmapsim_guard {
	jmp_buf env;
	struct pmapsim_guard *outer;
	unsigned depth;
	struct machine *mach;
	void *jumps[4]; /* for the host's longjmp(), which tells of jumps */
};
/*
 * Makes "guard", which lives on the caller's stack, the innermost guard of
 * "mach".  The caller then calls setjmp() on its env: 0 at first, 1 when a
 * panic came.  FALSE when "mach" is frozen, and the guard was not entered.
 */
PMAPSIM_API bool pmapsim_guard_enter(struct machine *mach,
    struct pmapsim_guard *guard); /* false: frozen, not entered */
/* Takes "guard", the innermost one, away again, whether a panic came or not. */
PMAPSIM_API_MACH void pmapsim_guard_leave(struct machine *mach,
    struct pmapsim_guard *guard);

/*
 * "hook" is called with "arg" at a panic outside any guard; NULL takes it
 * back.
 */
PMAPSIM_API_MACH void pmapsim_set_panic_hook(struct machine *mach,
    void (*hook)(struct machine *mach, const struct pmapsim_panic *panic,
	void *arg),
    void *arg);

/*
 * Simulated frames outside the library's functions, so that a backtrace reads
 * as in the kernel.  "func" must outlive the frame.  Pushes beyond
 * PMAPSIM_FRAMES_MAX panic as the kernel's stack would overflow.
 */
PMAPSIM_API_MACH void pmapsim_frame_push(struct machine *mach,
    const char *func);
/* Takes the innermost frame away again. */
PMAPSIM_API_MACH void pmapsim_frame_pop(struct machine *mach);

/*
 * Kernels: a revision and named switches, "2010-04+litter+no-superpages".
 * "+no-NAME" takes a switch of the revision away.
 */
struct pmapsim_kernel_info {
	const char *name; /* of the revision or switch */
	bool revision;
	const char *description; /* one line */
	const char *source;	 /* who made or found it; of what it was made */
	const char *function;	 /* the kernel's that differs, no (); or "" */
	unsigned year;		 /* of the source, or of the revision */
	const char *change;	 /* its review or revision; "": not known */
	unsigned museum;	 /* its number in the museum; 0: not there */
	unsigned month;		 /* of a revision, 1 to 12; of a switch 0 */
};

/* Bytes that the name of any kernel takes at most, the 0 included. */
#define PMAPSIM_KERNEL_NAME_SIZE 4096

/* The "index"th revision or switch; NULL after the last. */
PMAPSIM_API const struct pmapsim_kernel_info *
pmapsim_kernel_info(unsigned index);

/*
 * Whether "kernel" can be booted; if not, "err" says why and what is near.  No
 * kernel's name takes more than PMAPSIM_KERNEL_NAME_SIZE bytes.
 */
PMAPSIM_API bool pmapsim_kernel_valid(const char *kernel, char *err,
    size_t errsize);

/*
 * Whether the switch called "name" is on in "kernel", NULL standing for the
 * kernel by default.  False where either does not exist.
 */
PMAPSIM_API bool pmapsim_kernel_has(const char *kernel, const char *name);

/*
 * Makes "cpu", counted from 0, the one that runs the following kernel calls
 * and accesses.  Errors are: PMAPSIM_EINVAL (no such CPU); then nothing has
 * changed.
 */
PMAPSIM_API_MACH int pmapsim_set_cpu(struct machine *mach, unsigned cpu);
/* Returns the CPU that runs kernel calls now. */
PMAPSIM_API_MACH unsigned pmapsim_curcpu(const struct machine *mach);

/* Returns the name of counter "index", counted from 0; NULL after the last. */
PMAPSIM_API const char *pmapsim_sysctl_name(unsigned index);
/*
 * Returns through "value" the counter that the kernel's sysctl calls "name".
 * Errors are: PMAPSIM_EINVAL (no such name, or one that is a text); then
 * "*value" is unchanged.
 */
PMAPSIM_API_MACH int pmapsim_sysctl(struct machine *mach, const char *name,
    int64_t *value);
/*
 * Sets a counter that can be set.  "vm.pmap.pv_entry_max" and
 * "vm.pmap.shpgperproc" set each other, and how many pv entries speculative
 * mappings leave alone; "vm.pmap.pg_ps_enabled" is 0 or 1, and superpages that
 * are mapped stay.  Errors are: PMAPSIM_EINVAL (no such name, one that only
 * counts, a value that it or what follows from it cannot have).
 */
PMAPSIM_API_MACH int pmapsim_sysctl_set(struct machine *mach, const char *name,
    int64_t value);
/*
 * Writes node "name" as the kernel prints it into "buf" of "size" bytes and
 * returns its length as snprintf() does; -1 for an unknown name.
 */
PMAPSIM_API_MACH int pmapsim_sysctl_text(struct machine *mach, const char *name,
    char *buf, size_t size);

/*
 * Turns the kernel's trace messages, KTR_PMAP, on or off; a machine boots with
 * them off.
 */
PMAPSIM_API_MACH void pmapsim_ktr_enable(struct machine *mach, bool on);
/* Number of messages since boot; the last PMAPSIM_KTR_ENTRIES can be read. */
#define PMAPSIM_KTR_ENTRIES 4096
/*
 * Returns the number of messages since boot.  The last PMAPSIM_KTR_ENTRIES can
 * be read.
 */
PMAPSIM_API_MACH uint64_t pmapsim_ktr_count(const struct machine *mach);
/*
 * Writes message "n", counted from 0, into "buf" of "size" bytes and returns
 * its length as snprintf() does; -1, and "buf" unchanged, when it was never
 * made or is gone.
 */
PMAPSIM_API_MACH int pmapsim_ktr_format(const struct machine *mach, uint64_t n,
    char *buf, size_t size);

/*
 * Writes message "n" as pmapsim_ktr_format() does, in the columns of
 * ktrdump(8) ct: its number, the CPU, the clock's ticks, the text.
 */
PMAPSIM_API_MACH int pmapsim_ktr_dump(const struct machine *mach, uint64_t n,
    char *buf, size_t size);

/* Lines of the console that can be read: the last ones. */
#define PMAPSIM_CONSOLE_LINES 256
/*
 * Returns the number of lines that the kernel has printed on the console since
 * boot.  The last PMAPSIM_CONSOLE_LINES can be read.
 */
PMAPSIM_API_MACH uint64_t pmapsim_console_count(const struct machine *mach);
/*
 * Writes line "n", counted from 0, without its end into "buf" of "size" bytes
 * and returns its length as snprintf() does; -1, and "buf" unchanged, when it
 * was never printed or is gone.
 */
PMAPSIM_API_MACH int pmapsim_console_line(const struct machine *mach,
    uint64_t n, char *buf, size_t size);

/*
 * Failure injection, data of the machine: from now on the "nth" (1-based)
 * event of the kind fails, or with "and_after" it and all later ones.
 * nth = 0 disarms.
 */
enum pmapsim_inject {
	PMAPSIM_INJECT_PAGE_ALLOC, /* vm_page_alloc() gives none */
	PMAPSIM_INJECT_PV_CHUNK,   /* get_pv_entry() gets no page */
	PMAPSIM_INJECT_KINDS
};
/*
 * From now on the "nth" event of the kind, counted from 1, fails, or with
 * "and_after" that and all later ones; 0 disarms.  Seen events are counted
 * from here.
 */
PMAPSIM_API_MACH void pmapsim_inject(struct machine *mach,
    enum pmapsim_inject kind, uint64_t nth, bool and_after);
/* Returns the events of the kind since it was armed. */
PMAPSIM_API_MACH uint64_t pmapsim_inject_seen(const struct machine *mach,
    enum pmapsim_inject kind);

/*
 * Returns the name nearest to a misspelt "word" among "name""arg", 0,
 * "name""arg", 1 and so on to the first NULL; the first of equals.  NULL when
 * none is near enough to be meant: a third of the letters may be wrong, and
 * one more.  A name with a part that begins as "word" does is nearer than one
 * in which more than one letter is another: "fork" means "vmspace_fork", not
 * "brk".  What is returned is the caller's own.
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
