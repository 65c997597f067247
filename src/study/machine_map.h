/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The map of a machine: what each 2 MiB frame of its memory is, and each
 * 2 MiB region of its address spaces.  Collected here as data; the command
 * makes text of it and machine_map_svg.c a picture, so both say the same.
 */
#ifndef STUDY_MACHINE_MAP_H
#define STUDY_MACHINE_MAP_H

#include <pmapsim/pmap.h>
#include <pmapsim/trace.h>

#define MAP_NAME_MAX 32 /* bytes of an object's or a pmap's name */
#define MAP_PAGES 512	/* of a frame, and PTEs of a region */
#define MAP_ROW_CELLS 32
#define MAP_ROW_BYTES (MAP_ROW_CELLS * NBPDR)

/* What a page of a frame is. */
enum map_page_kind {
	MAP_PAGE_ABSENT, /* behind the end of memory */
	MAP_PAGE_BOOT,	 /* below "first": never the page allocator's */
	MAP_PAGE_FREE,	 /* on a free list */
	MAP_PAGE_UNUSED, /* free, but kept for a reservation */
	MAP_PAGE_TABLE,	 /* of no object: page tables, pv entries */
	MAP_PAGE_LOST,	 /* of nobody: wired by a map entry that has gone */
	MAP_PAGE_WIRED,	 /* an object's, wired */
	MAP_PAGE_OBJECT, /* an object's, not wired */
	MAP_PAGE_KINDS
};

/* What a frame is; the first that fits, from the last one up. */
enum map_frame_kind {
	MAP_FRAME_FREE,	   /* nothing in it is in use */
	MAP_FRAME_BOOT,	   /* nor given to the page allocator */
	MAP_FRAME_TABLES,  /* only pages of no object */
	MAP_FRAME_LOST,	   /* no pages of objects, and some of nobody */
	MAP_FRAME_OBJECTS, /* single pages of objects, none wired */
	MAP_FRAME_WIRED,   /* single pages of objects, some of them wired */
	MAP_FRAME_BROKEN,  /* pages of objects that a broken reservation left */
	MAP_FRAME_RESERVED, /* a reservation, partly populated */
	MAP_FRAME_FULL,	    /* a reservation, fully populated */
	MAP_FRAME_KINDS
};

/* A frame; an element of the map's array, by address. */
struct map_frame {
	vm_paddr_t pa;
	enum map_frame_kind kind;
	unsigned pages[MAP_PAGE_KINDS]; /* of each kind; 512 together */
	char object[MAP_NAME_MAX];	/* the reservation's; else "" */
	vm_pindex_t pindex;		/* of its first page, in the object */
	unsigned popcnt;		/* pages in use, of 512 */
};

/* What a region is. */
enum map_region_kind {
	MAP_REGION_EMPTY,
	MAP_REGION_PARTIAL, /* 1 to 511 valid PTEs */
	MAP_REGION_4K,	    /* 512 of them, not promoted */
	MAP_REGION_2M,	    /* one 2 MB mapping */
	MAP_REGION_KINDS
};

/* A region; an element of its space's array, by address. */
struct map_region {
	vm_offset_t va;
	enum map_region_kind kind;
	unsigned valid; /* PTEs, 512 for a 2 MB mapping */
	unsigned odd;	/* not valid and not 0 */
	pd_entry_t pde;
	/*
	 * Of MAP_REGION_4K: why the next pmap_enter() here would not promote;
	 * reason PMAPSIM_PROMOTE_OK when it would.  Its pmap is NULL.
	 */
	bool superpages_off;
	struct pmapsim_promote_failure why;
	int popcnt; /* of the frame's reservation; -1: it has none */
};

/* An address space; an element of the map's array, in order of creation. */
struct map_space {
	char name[MAP_NAME_MAX];
	bool kernel;
	int64_t resident, wired; /* pages, as the kernel counts them */
	unsigned count[MAP_REGION_KINDS];
	/* Ascending.  The kernel's without a hole from the first address
	 * on; of a program those that have a page table or a 2 MB mapping. */
	unsigned nregions;
	struct map_region *regions;
};

/*
 * A map.  machine_map_replay() makes it, and machine_map_free() frees it with
 * its arrays; it holds copies only, and outlives the machine.
 */
struct machine_map {
	char title[160];		       /* trace, and where in it */
	char kernel[PMAPSIM_KERNEL_NAME_SIZE]; /* the kernel's name */
	char panic[256];		       /* "" while the machine runs */
	uint64_t promotions, demotions, p_failures;
	unsigned free_pages, pages; /* of the page allocator */
	unsigned count[MAP_FRAME_KINDS];
	unsigned nframes;
	struct map_frame *frames;
	unsigned nspaces;
	struct map_space *spaces; /* the kernel's first */
};

/*
 * Replays "trace" under "options", whose hooks and results are ignored, up to
 * and with the statement of line "at" (0: to its end or its panic), and
 * collects the map through "mapp".  "progress" (NULL: none) is called with
 * "arg" and the number of statements made; false ends the replay there.
 *
 * Errors are: PMAPSIM_EINVAL (bad input, a line that holds no statement that
 * is made; "err" says what would be right), PMAPSIM_ENOMEM.
 */
int machine_map_replay(const struct pmapsim_trace *trace,
    const struct pmapsim_replay_options *options, unsigned at,
    bool (*progress)(void *arg, uint64_t statements), void *arg,
    struct machine_map **mapp, char *err, size_t errsize);
/*
 * The map of the machine of "replay" as it is now, without a title; no frame is
 * said to be what a broken reservation left, which only the past tells.  NULL:
 * no memory, or no machine.
 */
struct machine_map *machine_map_here(struct pmapsim_replay *replay);
/*
 * The line that is worth a map when none is asked for: behind the last
 * statement at which the most pages are in use.  "*line" is 0, the end, where
 * the trace ends in a panic, or cannot be replayed.  "progress" is called with
 * "arg" as by machine_map_replay(); where it ends the replay, "*line" is 0.
 * Errors are: PMAPSIM_ENOMEM, with "err".
 */
int machine_map_fullest(const struct pmapsim_trace *trace,
    const struct pmapsim_replay_options *options,
    bool (*progress)(void *arg, uint64_t statements), void *arg, unsigned *line,
    char *err, size_t errsize);
void machine_map_free(struct machine_map *map);

/*
 * A row of cells as it is drawn: those of [address, address + MAP_ROW_BYTES).
 * Where a program has no page table there is no cell.
 */
struct map_row {
	uint64_t address;
	unsigned first, count; /* in the array of frames or regions */
	bool dull;	       /* all cells are free, or empty */
	unsigned alike;	       /* dull rows that follow and are left out */
};
/* The caller frees them; NULL: no memory. */
struct map_row *map_frame_rows(const struct machine_map *map, unsigned *nrows);
struct map_row *map_region_rows(const struct map_space *space, unsigned *nrows);

/* What kind of frame, region or page it is, in a few words; constant. */
const char *map_frame_words(enum map_frame_kind kind);
const char *map_region_words(enum map_region_kind kind);
const char *map_page_words(enum map_page_kind kind);
/* All about one frame or region as one line; length as snprintf. */
int map_frame_text(const struct map_frame *frame, char *buf, size_t size);
int map_region_text(const struct map_region *region, char *buf, size_t size);

/* machine_map_svg.c */
struct region;
bool machine_map_svg(const struct machine_map *map,
    FILE *out); /* false: no memory */
/* region_svg.c: "where" says in which trace it is, and in which place. */
void map_region_svg(const struct region *region, const char *where, FILE *out);

/*
 * story_svg.c: the false promotion in which a replay of "trace" under "options"
 * ends, as five pictures; "name" is what the trace is called.  False, "err"
 * saying why: it ends otherwise, or no memory.
 */
bool story_svg(const struct pmapsim_trace *trace,
    const struct pmapsim_replay_options *options, const char *name, FILE *out,
    char *err, size_t errsize);

#endif /* STUDY_MACHINE_MAP_H */
