/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated hardware as a program sees it: memory, accesses, CPUs.
 */
#ifndef PMAPSIM_HW_H
#define PMAPSIM_HW_H

#include <pmapsim/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * What an access did.  With "fault" it failed and changed nothing: with
 * "noncanonical" by a general-protection fault, else by a page fault with the
 * code "error" (PGEX_*).
 */
struct pmapsim_access {
	bool fault;
	bool noncanonical;
	unsigned error;
	vm_paddr_t pa; /* without a fault; may lie behind the end of memory */
};

/*
 * How an access is made: one of the first three, by the kernel, or with
 * PMAPSIM_ACCESS_USER added by a program.
 */
#define PMAPSIM_ACCESS_READ 0
#define PMAPSIM_ACCESS_WRITE PGEX_W
#define PMAPSIM_ACCESS_FETCH PGEX_I
#define PMAPSIM_ACCESS_USER PGEX_U

/*
 * Translates "va" in "pmap" as the MMU of the current CPU does, but walks the
 * page tables without a TLB.  No fault handler runs.  An access that succeeds
 * sets A, and a write also D, in the entry that maps the page.  The entries
 * above it do not change, since the kernel sets A and D in them when it makes
 * them.  A "pmap" without a PML4 maps nothing.
 */
PMAPSIM_API_MACH struct pmapsim_access pmapsim_touch(struct machine *mach,
    pmap_t pmap, vm_offset_t va, unsigned access);

/*
 * Makes one access through the current CPU and its TLB, as the program whose
 * address space is "map"; for kernel_map or kmem_map, as the kernel.  The CPU
 * switches to the address space first when another one is loaded.  "access" is
 * PMAPSIM_ACCESS_READ, PMAPSIM_ACCESS_WRITE or PMAPSIM_ACCESS_FETCH.  After a
 * page fault vm_fault() runs and the access is repeated.  Returns the physical
 * address through "pa" unless "pa" is NULL.  To be called inside a guard, as
 * it may panic as the kernel does.
 *
 * Errors are: PMAPSIM_EFAULT (the kernel would send a signal to the program;
 * "*pa" is unchanged).
 */
PMAPSIM_API_MACH int pmapsim_access(struct machine *mach, vm_map_t map,
    vm_offset_t va, unsigned access, vm_paddr_t *pa);

/*
 * A recorded access, for pmapsim_access_run(): how it was made, the number of
 * its page, and how many accesses in a row it stands for, below 2^26.
 */
#define PMAPSIM_RECORD_READ UINT64_C(0)
#define PMAPSIM_RECORD_WRITE UINT64_C(1)
#define PMAPSIM_RECORD_FETCH UINT64_C(2)
#define PMAPSIM_RECORD(how, page, count) \
	((how) << 62 | (uint64_t)(page) << 26 | (uint64_t)(count))

/*
 * Makes one access for each of the "n" records at "records", in order, as
 * pmapsim_access() does, and returns how many of them got PMAPSIM_EFAULT.  A
 * record is PMAPSIM_RECORD(how, page, count): PMAPSIM_RECORD_READ,
 * PMAPSIM_RECORD_WRITE or PMAPSIM_RECORD_FETCH; the number of the page; and
 * how many accesses in a row the record stands for, below 2^26, of which the
 * first one is made.  A record costs some ten nanoseconds when its page is in
 * a TLB.  A record of another kind is passed over.  To be called inside a
 * guard, as it may panic as the kernel does.
 */
PMAPSIM_API_MACH uint64_t pmapsim_access_run(struct machine *mach, vm_map_t map,
    const uint64_t *records, size_t n);

/*
 * Makes one access as an instruction on the current CPU does: through its TLB
 * and in the address space that its CR3 has, whatever that is.  No fault
 * handler runs; a fault sets CR2.  The access changes A and D bits and the
 * contents of the TLB, and nothing else that a program could see.
 */
PMAPSIM_API_MACH struct pmapsim_access pmapsim_cpu_access(struct machine *mach,
    vm_offset_t va, unsigned access);

/*
 * The TLBs of a machine are what "tlb" of its configuration says: the name of
 * a preset or, when it has a newline, a description as in pmapsim-tlb(5).
 */

/*
 * Returns the name of preset "index", counted from 0, a constant; NULL after
 * the last.
 */
PMAPSIM_API const char *pmapsim_tlb_preset(unsigned index);
/*
 * Returns the description of the preset "name", with its sources, a constant;
 * NULL when there is no such preset.
 */
PMAPSIM_API const char *pmapsim_tlb_preset_text(const char *name);
/*
 * Returns whether a machine can be configured with the TLBs "tlb", a preset or
 * a description.  If not, "err", of "errsize" bytes, says why in one line.
 */
PMAPSIM_API bool pmapsim_tlb_valid(const char *tlb, char *err, size_t errsize);
/*
 * Reads and checks the description in the file "path", - for standard input.
 * It returns the text, which tlb of a configuration may be, through "textp";
 * the caller gives it to free(3).
 *
 * Errors are: PMAPSIM_EINVAL (the description is wrong; "err" says in one line
 * what is wrong in which line of the file), PMAPSIM_EIO (the file cannot be
 * read), PMAPSIM_ENOMEM.  Then "*textp" is NULL.
 */
PMAPSIM_API int pmapsim_tlb_read(const char *path, char **textp, char *err,
    size_t errsize);
/*
 * Returns the name that the description of the machine's TLBs gives them,
 * which the machine owns; NULL when the description has no name.
 */
PMAPSIM_API_MACH const char *pmapsim_tlb_name(struct machine *mach);

/* Indices of the counters in struct pmapsim_tlb_stats. */
#define PMAPSIM_TLB_DATA 0
#define PMAPSIM_TLB_INSTRUCTION 1
#define PMAPSIM_TLB_4K 0
#define PMAPSIM_TLB_2M 1
#define PMAPSIM_TLB_1G 2

/*
 * What the TLB of one CPU has done since the boot, in events.  "hits" and
 * "misses" have the indices [level - 1][PMAPSIM_TLB_DATA or _INSTRUCTION][size
 * of the mapping in the page tables].  The TLB asks its second level, and
 * counts there, only after a miss in the first one, and only where the second
 * level has an array for such accesses.  An access that faults counts in
 * "faults" alone.
 */
struct pmapsim_tlb_stats {
	uint64_t hits[2][2][3];
	uint64_t misses[2][2][3];
	uint64_t walks;
	uint64_t walk_steps;	/* table entries read by walks */
	uint64_t cache_hits[5]; /* walks begun below a cached entry of level
				   2, 3, 4 */
	uint64_t dirty_walks;	/* first write through an entry without D */
	uint64_t rewalks;	/* an entry forbade what was asked for */
	uint64_t faults;
	uint64_t evictions;    /* live entries replaced */
	uint64_t multimatches; /* lookups that matched two sizes */
	uint64_t invlpg;
	uint64_t flushes; /* of all but global entries */
	uint64_t flushes_global;
	/* The state now, not a count of events. */
	unsigned in_use[2][2][3]; /* entries, by the size that they are held
				     as; of a unified array under data */
	uint64_t covered;	  /* bytes of memory that some entry maps */
};
/*
 * Fills "stats", which the caller owns, with the counters of the TLBs of
 * "cpu".
 *
 * Errors are: PMAPSIM_EINVAL (no such CPU, or a machine without TLBs); then
 * "*stats" is unchanged.
 */
PMAPSIM_API_MACH int pmapsim_tlb_stats(struct machine *mach, unsigned cpu,
    struct pmapsim_tlb_stats *stats);

/*
 * One entry of a TLB.  "rights" has PG_RW, PG_U and PG_NX as all levels of the
 * page tables together give them, and PG_M and PG_G of the entry that maps the
 * page.
 */
struct pmapsim_tlb_entry {
	unsigned level;	    /* 1 or 2 */
	unsigned kinds;	    /* its array: 1 data, 2 instruction, 3 both */
	unsigned size;	    /* PMAPSIM_TLB_4K and so on, as it is held */
	unsigned page_size; /* likewise, of the mapping in the page tables */
	vm_offset_t va;
	vm_paddr_t pa;
	uint64_t rights;
};
/*
 * Calls fn(entry, arg) for each live entry of "cpu", in the order of array,
 * set and way.  The entry is valid during the call.  Returns the number of
 * entries, 0 for a CPU without a TLB.
 */
PMAPSIM_API_MACH unsigned pmapsim_tlb_entries(struct machine *mach,
    unsigned cpu, void (*fn)(const struct pmapsim_tlb_entry *entry, void *arg),
    void *arg);

/*
 * What the detector looks for.  While it is on, it compares the TLB entry of
 * each access with the page tables of that moment.  Accesses happen between
 * kernel calls, when the kernel has made the invalidations that it owed.
 *
 * PMAPSIM_DETECT_STALE: the entry gives a right or a frame that the page
 * tables do not give.  PMAPSIM_DETECT_MULTIMATCH: entries of two sizes match
 * one address.  PMAPSIM_DETECT_DIRTY: a write through the entry does not set D
 * in the page tables, where it is clear.
 */
#define PMAPSIM_DETECT_STALE 1
#define PMAPSIM_DETECT_MULTIMATCH 2
#define PMAPSIM_DETECT_DIRTY 4

/* What a stale entry gives and the page tables do not give. */
#define PMAPSIM_STALE_PRESENT 0x01 /* a mapping at all */
#define PMAPSIM_STALE_FRAME 0x02
#define PMAPSIM_STALE_WRITE 0x04
#define PMAPSIM_STALE_USER 0x08
#define PMAPSIM_STALE_EXECUTE 0x10
#define PMAPSIM_STALE_DIRTY 0x20

#define PMAPSIM_DETECT_CALL_SIZE 96
#define PMAPSIM_DETECTIONS 64 /* how many of the last can be read */
#define PMAPSIM_ERRATUM383_STATUS UINT64_C(0xb600000000010015)
#define PMAPSIM_MULTIHIT_STATUS UINT64_C(0x150)
#define PMAPSIM_MULTIMATCH_STATUS UINT64_C(0xa000000000000000)

/* A detection.  A copy, which pmapsim_detection() fills. */
struct pmapsim_detection {
	unsigned what;	/* PMAPSIM_DETECT_STALE, _MULTIMATCH or _DIRTY */
	unsigned stale; /* PMAPSIM_STALE_*; 0 for a multi-match */
	unsigned cpu;
	vm_offset_t va;
	unsigned access; /* PMAPSIM_ACCESS_* */
	bool scanned;	 /* found by pmapsim_detect_scan(), not by an access */
	struct pmapsim_tlb_entry entry;
	struct pmapsim_tlb_entry other; /* of a multi-match */
	uint64_t mc_status; /* PMAPSIM_*_STATUS of a machine check, or 0 */
	uint64_t tables[5]; /* entries by level, from 4, PML4E, to 1, PTE */
	uint64_t filled;    /* calls told of until the entry was made */
	uint64_t left_by;   /* call that left it stale, from 1; 0: unknown */
	char call[PMAPSIM_DETECT_CALL_SIZE]; /* the call's text, or the kernel
						function entered last */
};

/*
 * Turns the detector on for the PMAPSIM_DETECT_* bits in "what"; 0 turns it
 * off.  While it is on, an access through a TLB costs one more walk at most.
 * Errors are: PMAPSIM_EINVAL (the machine has no TLBs).
 */
PMAPSIM_API_MACH int pmapsim_detect(struct machine *mach, unsigned what);
/*
 * Tells the detector that the next kernel call is "text", which is copied.
 * The detector first marks the TLB entries that became stale with the call
 * that left them so, which a detection at a later access can then name.  That
 * costs a walk for each entry when page tables were written since the last
 * call, or could have been because pmapsim_arena() has shown them to the
 * caller.  While the detector is off nothing is done.
 */
PMAPSIM_API_MACH void pmapsim_detect_call(struct machine *mach,
    const char *text);
/*
 * Compares every entry of every TLB with the page tables, as if each were
 * accessed now.  Returns how many entries it reported that were not reported
 * before.  It does not look for two entries that match one address.
 */
PMAPSIM_API_MACH unsigned pmapsim_detect_scan(struct machine *mach);
/*
 * Returns the number of detections since the boot.  An entry is reported once.
 */
PMAPSIM_API_MACH uint64_t pmapsim_detections(struct machine *mach);
/*
 * Fills "detection", which the caller owns, with detection "n", counted from
 * 0.  The last PMAPSIM_DETECTIONS can be read.
 *
 * Errors are: PMAPSIM_EINVAL (no such detection, or one that can no longer be
 * read).
 */
PMAPSIM_API_MACH int pmapsim_detection(struct machine *mach, uint64_t n,
    struct pmapsim_detection *detection);
/*
 * Sets the function that is called with "arg" at each detection; a "hook" of
 * NULL removes it.
 */
PMAPSIM_API_MACH void pmapsim_set_detect_hook(struct machine *mach,
    void (*hook)(struct machine *mach,
	const struct pmapsim_detection *detection, void *arg),
    void *arg);
/*
 * Writes "detection" in words, as one line, into "buf" of "size" bytes.
 * Returns its length as snprintf(3) does.
 */
PMAPSIM_API int
pmapsim_detection_format(const struct pmapsim_detection *detection, char *buf,
    size_t size);

/*
 * Returns the host address of byte 0 of the simulated physical memory, and the
 * size of that memory in bytes through "size" when "size" is not NULL.  The
 * machine owns the memory, so the address is valid until pmapsim_destroy().
 * What the caller writes there is written to the memory of the machine, its
 * page tables included.
 */
PMAPSIM_API_MACH void *pmapsim_arena(struct machine *mach, vm_paddr_t *size);
/*
 * Returns the file descriptor behind the memory of a machine that was booted
 * with shared_arena, which the machine owns; -1 for any other machine.
 */
PMAPSIM_API_MACH int pmapsim_arena_fd(struct machine *mach);

/* Invalidations since the boot, summed over CPUs. */
struct pmapsim_invalidations {
	uint64_t page, range, all;		  /* local operations */
	uint64_t sent_page, sent_range, sent_all; /* messages, one a CPU told */
};
/*
 * Fills "count", which the caller owns, with the invalidations since the boot,
 * summed over the CPUs: those that a CPU made itself, and the messages to
 * others, one for each CPU that was told.
 */
PMAPSIM_API_MACH void pmapsim_invalidations(struct machine *mach,
    struct pmapsim_invalidations *count);
/*
 * Returns how many entries of page tables and page directories the kernel has
 * written since the boot.
 */
PMAPSIM_API_MACH uint64_t pmapsim_pte_stores(struct machine *mach);

#ifdef __cplusplus
}
#endif

#endif /* PMAPSIM_HW_H */
