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
 * What an access did.  "fault" set: a page fault with code "error" (PGEX_*),
 * or a general-protection fault when "noncanonical"; nothing was changed.
 */
struct pmapsim_access {
	bool fault;
	bool noncanonical;
	unsigned error;
	vm_paddr_t pa; /* when it succeeded; may lie beyond memory */
};

/* How: r, w or x by user or supervisor code. */
#define PMAPSIM_ACCESS_READ 0
#define PMAPSIM_ACCESS_WRITE PGEX_W
#define PMAPSIM_ACCESS_FETCH PGEX_I
#define PMAPSIM_ACCESS_USER PGEX_U

/*
 * Translates "va" in "pmap" as the MMU of the current CPU does, walking the
 * tables through no TLB.  No fault handler runs.  Of an access that succeeds A
 * and, for a write, D are set in the leaf alone: the kernel presets them in
 * tables.  A "pmap" without a PML4 maps nothing.
 */
PMAPSIM_API_MACH struct pmapsim_access pmapsim_touch(struct machine *mach,
    pmap_t pmap, vm_offset_t va, unsigned access);

/*
 * Makes one access as the program whose address space "map" is, or, for a map
 * of the kernel's, as the kernel: through the current CPU and its TLB, on
 * which the program is switched in first when it is not there.  "access" is
 * PMAPSIM_ACCESS_READ, _WRITE or _FETCH.  A page fault runs vm_fault() and
 * repeats the access.  Returns the physical address through "pa" unless that
 * is NULL.  To be called inside a guard, as it may panic as the kernel does.
 *
 * Errors are: PMAPSIM_EFAULT ("*pa" is unchanged; a program would get a
 * signal).
 */
PMAPSIM_API_MACH int pmapsim_access(struct machine *mach, vm_map_t map,
    vm_offset_t va, unsigned access, vm_paddr_t *pa);

/*
 * An access as a recording has it: how (PMAPSIM_RECORD_*), the page's number,
 * and how many accesses in a row it stands for, below 2^26.
 */
#define PMAPSIM_RECORD_READ UINT64_C(0)
#define PMAPSIM_RECORD_WRITE UINT64_C(1)
#define PMAPSIM_RECORD_FETCH UINT64_C(2)
#define PMAPSIM_RECORD(how, page, count) \
	((how) << 62 | (uint64_t)(page) << 26 | (uint64_t)(count))

/*
 * Makes the "n" accesses of "records" in order, each once, as pmapsim_access()
 * does, and returns how many of them got PMAPSIM_EFAULT.  A record is
 * PMAPSIM_RECORD(how, page, count): PMAPSIM_RECORD_READ, _WRITE or _FETCH, the
 * page's number, and how many accesses in a row it stands for, below 2^26.
 * Each costs some ten nanoseconds when its page is in a TLB.  A record that is
 * none of the three kinds is passed over.  To be called inside a guard.
 */
PMAPSIM_API_MACH uint64_t pmapsim_access_run(struct machine *mach, vm_map_t map,
    const uint64_t *records, size_t n);

/*
 * Makes one access as an instruction on the current CPU: through its TLB, with
 * its CR3, whatever address space that is.  No fault handler runs; CR2 is set.
 * Costs nothing that a program could see but A and D bits and TLB contents.
 */
PMAPSIM_API_MACH struct pmapsim_access pmapsim_cpu_access(struct machine *mach,
    vm_offset_t va, unsigned access);

/*
 * TLBs.  pmapsim_config.tlb is a preset's name or, when it has a newline, a
 * description, whose format is in pmapsim-tlb(5).
 */

/* Names of the presets; NULL after the last. */
PMAPSIM_API const char *pmapsim_tlb_preset(unsigned index);
/* A preset's description with its sources, constant; NULL: no such preset. */
PMAPSIM_API const char *pmapsim_tlb_preset_text(const char *name);
/* Whether config.tlb may be "tlb"; if not, "err" says why in one line. */
PMAPSIM_API bool pmapsim_tlb_valid(const char *tlb, char *err, size_t errsize);
/*
 * Reads and checks the description in the file "path", - for standard input;
 * "*textp" becomes what config.tlb may be, for the caller to free(3).
 *
 * Errors are: PMAPSIM_EINVAL (it is wrong: "err" says "path:line:"...  in one
 * line), PMAPSIM_EIO (it cannot be read), PMAPSIM_ENOMEM; "*textp" is NULL.
 */
PMAPSIM_API int pmapsim_tlb_read(const char *path, char **textp, char *err,
    size_t errsize);
/*
 * The name that the description of the machine's TLBs gives them, owned by the
 * machine; NULL: it has none.
 */
PMAPSIM_API_MACH const char *pmapsim_tlb_name(struct machine *mach);

/* Indices of the counters below. */
#define PMAPSIM_TLB_DATA 0
#define PMAPSIM_TLB_INSTRUCTION 1
#define PMAPSIM_TLB_4K 0
#define PMAPSIM_TLB_2M 1
#define PMAPSIM_TLB_1G 2

/*
 * What one CPU's TLB did since boot, in events, indexed [level - 1][kind][page
 * size in the tables].  A second level is asked, and counted, only when the
 * first misses and it has an array of the kind.  An access that faults is
 * counted in "faults" alone.
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
	/* Now: */
	unsigned in_use[2][2][3]; /* entries, by the size that they are held
				     as; of a unified array under data */
	uint64_t covered;	  /* bytes of memory that some entry maps */
};
/* Errors are: PMAPSIM_EINVAL (no such CPU, or it has no TLB). */
PMAPSIM_API_MACH int pmapsim_tlb_stats(struct machine *mach, unsigned cpu,
    struct pmapsim_tlb_stats *stats);

/* One entry.  Rights are PG_RW, PG_U and PG_NX over all levels, PG_M and PG_G
 * of the leaf. */
struct pmapsim_tlb_entry {
	unsigned level;	    /* 1 or 2 */
	unsigned kinds;	    /* of its array: 1 data, 2 instruction, 3 unified */
	unsigned size;	    /* held as: PMAPSIM_TLB_4K... */
	unsigned page_size; /* of the mapping that it was made from */
	vm_offset_t va;
	vm_paddr_t pa;
	uint64_t rights;
};
/*
 * Calls fn(entry, arg) for each live entry of "cpu", by array, set and way;
 * "entry" is the callee's for the call.  Returns their number; 0 for a CPU
 * without a TLB.
 */
PMAPSIM_API_MACH unsigned pmapsim_tlb_entries(struct machine *mach,
    unsigned cpu, void (*fn)(const struct pmapsim_tlb_entry *entry, void *arg),
    void *arg);

/*
 * The stale-translation detector.  While it is on, each access through a TLB
 * entry compares the entry with the tables of that moment; accesses happen
 * between kernel calls, when the kernel has done the invalidations it owed.
 */
#define PMAPSIM_DETECT_STALE \
	1 /* gives a right or a frame that the tables do
				  not */
#define PMAPSIM_DETECT_MULTIMATCH 2 /* two sizes match one address */
#define PMAPSIM_DETECT_DIRTY 4 /* writes without setting D, which is clear */

/* What a stale entry gives beyond the tables. */
#define PMAPSIM_STALE_PRESENT 0x01 /* nothing is mapped any more */
#define PMAPSIM_STALE_FRAME 0x02
#define PMAPSIM_STALE_WRITE 0x04
#define PMAPSIM_STALE_USER 0x08
#define PMAPSIM_STALE_EXECUTE 0x10
#define PMAPSIM_STALE_DIRTY 0x20

#define PMAPSIM_DETECT_CALL_SIZE 96
#define PMAPSIM_DETECTIONS 64 /* the last ones can be read */
#define PMAPSIM_ERRATUM383_STATUS UINT64_C(0xb600000000010015)
#define PMAPSIM_MULTIHIT_STATUS UINT64_C(0x150)
#define PMAPSIM_MULTIMATCH_STATUS UINT64_C(0xa000000000000000)

struct pmapsim_detection {
	unsigned what;	/* PMAPSIM_DETECT_STALE, _MULTIMATCH or _DIRTY */
	unsigned stale; /* PMAPSIM_STALE_*; 0 for a multi-match */
	unsigned cpu;
	vm_offset_t va;
	unsigned access; /* PMAPSIM_ACCESS_* */
	bool scanned;	 /* found by pmapsim_detect_scan(), not by an access */
	struct pmapsim_tlb_entry entry;
	struct pmapsim_tlb_entry other; /* of a multi-match */
	uint64_t mc_status; /* of a machine check, one of the above, or 0 */
	uint64_t tables[5]; /* by level: 4 PML4E .. 1 PTE; as far as they go */
	uint64_t filled;    /* calls announced when the entry was made */
	uint64_t left_by;   /* the call that left it, from 1; 0: not known */
	char call[PMAPSIM_DETECT_CALL_SIZE]; /* its text, or the kernel
						function entered last */
};

/*
 * Turns the detector on for PMAPSIM_DETECT_* bits; 0 turns it off.  Costs a
 * walk an access.  Errors are: PMAPSIM_EINVAL (the machine has no TLBs).
 */
PMAPSIM_API_MACH int pmapsim_detect(struct machine *mach, unsigned what);
/*
 * Says that the next kernel call is "text", which is copied.  Entries that the
 * calls before left stale are marked with them first, so that a later access
 * can name the culprit: at the cost of a walk an entry when tables were stored
 * to since, or may have been because pmapsim_arena() showed them to the
 * caller.  No effect while off.
 */
PMAPSIM_API_MACH void pmapsim_detect_call(struct machine *mach,
    const char *text);
/*
 * Compares every entry of every CPU now, as if each were accessed; returns how
 * many are reported that were not before.  Multi-matches are not looked for.
 */
PMAPSIM_API_MACH unsigned pmapsim_detect_scan(struct machine *mach);
/* Each entry is reported once.  How many were, since boot. */
PMAPSIM_API_MACH uint64_t pmapsim_detections(struct machine *mach);
/* Errors are: PMAPSIM_EINVAL (number "n", from 0, never was or is gone). */
PMAPSIM_API_MACH int pmapsim_detection(struct machine *mach, uint64_t n,
    struct pmapsim_detection *detection);
/* Calls "hook" with "arg" at each detection; NULL takes it back. */
PMAPSIM_API_MACH void pmapsim_set_detect_hook(struct machine *mach,
    void (*hook)(struct machine *mach,
	const struct pmapsim_detection *detection, void *arg),
    void *arg);
/* Writes "detection" in words, one line; returns its length as snprintf. */
PMAPSIM_API int
pmapsim_detection_format(const struct pmapsim_detection *detection, char *buf,
    size_t size);

/*
 * Returns the host address of byte 0 of simulated physical memory, and its
 * size in bytes through "size" when that is not NULL.  The machine owns it: it
 * is valid until pmapsim_destroy().  Writing there is writing the machine's
 * memory, page tables included.
 */
PMAPSIM_API_MACH void *pmapsim_arena(struct machine *mach, vm_paddr_t *size);
/*
 * Returns the file descriptor behind the memory of a machine booted with
 * shared_arena, owned by the machine; -1 for any other.
 */
PMAPSIM_API_MACH int pmapsim_arena_fd(struct machine *mach);

/* Invalidations since boot, summed over CPUs. */
struct pmapsim_invalidations {
	uint64_t page, range, all;		  /* local operations */
	uint64_t sent_page, sent_range, sent_all; /* messages, one per target */
};
/*
 * Fills "count" with the invalidations since boot, summed over CPUs: local
 * operations, and messages, one for each CPU told.
 */
PMAPSIM_API_MACH void pmapsim_invalidations(struct machine *mach,
    struct pmapsim_invalidations *count);
/*
 * Returns how many entries of page tables and page directories were written
 * since boot.
 */
PMAPSIM_API_MACH uint64_t pmapsim_pte_stores(struct machine *mach);

#ifdef __cplusplus
}
#endif

#endif /* PMAPSIM_HW_H */
