/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Traces: text files of kernel calls with the results they must give.  A
 * trace is opened, checked, replayed on a machine of its own statement by
 * statement, and recorded; and the whole visible state of any machine is
 * written as a canonical dump, or as the 64-bit digest of one.
 *
 * A trace is constant once it is open, so many replays may run over one, in
 * step with each other, each by one host thread.
 *
 * Here and in study.h and diff.h, what a function needs and is NULL gives
 * PMAPSIM_EINVAL and a message where it returns errors, else NULL or 0; "err"
 * may be NULL, and then nobody is told.
 */
#ifndef PMAPSIM_TRACE_H
#define PMAPSIM_TRACE_H

#include <pmapsim/machine.h>

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The text of a trace and where it came from.  Opaque. */
struct pmapsim_trace;
/* A machine, and a place in the trace that runs on it.  Opaque. */
struct pmapsim_replay;

/*
 * Reads the file "path", "-" being standard input, into memory and returns it
 * through "tracep"; the caller gives it back with pmapsim_trace_close().
 * Nothing is parsed yet.  On an error "*tracep" is NULL and "err", of
 * "errsize" bytes, says why in one line.
 *
 * Errors are: PMAPSIM_EIO (no such file, not readable, a directory),
 * PMAPSIM_ENOMEM, PMAPSIM_EINVAL (a NULL argument).
 */
PMAPSIM_API int pmapsim_trace_open(const char *path,
    struct pmapsim_trace **tracep, char *err, size_t errsize);

/*
 * Makes a trace of "size" bytes at "text", which are copied, and returns it
 * through "tracep"; the caller gives it back with pmapsim_trace_close().
 * "name" stands for the file's name in messages and is copied too.  Nothing is
 * parsed yet.
 *
 * Errors are: PMAPSIM_ENOMEM, PMAPSIM_EINVAL (a NULL argument).
 */
PMAPSIM_API int pmapsim_trace_from_memory(const char *name, const void *text,
    size_t size, struct pmapsim_trace **tracep, char *err, size_t errsize);

/*
 * Makes an empty trace with room for "capacity" bytes and returns it through
 * "tracep".  Statements can be added to it while replays run over it, so a
 * program that decides its next call by the result of the last one can write a
 * trace while it makes the calls.  A replay that is at the end of the trace
 * stays RUNNING when pmapsim_replay_step() is called only after a statement was
 * added.
 *
 * Errors are: PMAPSIM_ENOMEM, PMAPSIM_EINVAL (a NULL argument).
 */
PMAPSIM_API int pmapsim_trace_growing(const char *name, size_t capacity,
    struct pmapsim_trace **tracep, char *err, size_t errsize);

/*
 * Adds "size" bytes, whole lines, at the end of a growing trace.  Errors are:
 * PMAPSIM_ENOMEM (no room; nothing was added), PMAPSIM_EINVAL (not a growing
 * trace, a NULL argument).
 */
PMAPSIM_API int pmapsim_trace_append(struct pmapsim_trace *trace,
    const char *text, size_t size);

/* The text of "trace", owned by it, and, if "size" is not NULL, its size in
 * bytes. */
PMAPSIM_API const char *pmapsim_trace_text(const struct pmapsim_trace *trace,
    size_t *size);

/* Gives back "trace", which no replay may use any more.  NULL is ignored. */
PMAPSIM_API void pmapsim_trace_close(struct pmapsim_trace *trace);

PMAPSIM_API const char *pmapsim_trace_name(const struct pmapsim_trace *trace);
/* Statements in "trace", at most: lines that are not blank, a comment or part
 * of a dump.  O(size). */
PMAPSIM_API uint64_t
pmapsim_trace_statements(const struct pmapsim_trace *trace);

/*
 * The comment that the trace begins with: whole lines, "#" and newlines
 * included, "*size" bytes, not ended by a NUL; it lives as long as "trace".
 * A scenario says there what it shows and what of it is constructed.
 */
PMAPSIM_API const char *pmapsim_trace_header(const struct pmapsim_trace *trace,
    size_t *size);

/*
 * Checks all that can be known without a machine: the words, numbers, names,
 * counts of arguments, alignments, and that the machine described can be.
 * Whether a page is there when it is named, only a replay can tell.
 *
 * Errors are: PMAPSIM_EINVAL ("err" names file and line, what was found and
 * what would be right).
 */
PMAPSIM_API int pmapsim_trace_check(const struct pmapsim_trace *trace,
    char *err, size_t errsize);

/*
 * A statement as hooks see it.  The strings lie in the trace, are not ended
 * by a NUL and live as long as it.
 */
struct pmapsim_trace_statement {
	unsigned line;	      /* 1-based */
	const char *text;     /* the call: operation, arguments, keys */
	size_t length;	      /* bytes */
	const char *op;	      /* the operation's name; ended by a NUL */
	unsigned index;	      /* the operation's, of pmapsim_trace_op_info() */
	const char *expected; /* what follows "=>"; NULL: nothing does */
	size_t expected_length; /* bytes */
};

/*
 * How far a long work is, for a caller who shows it or wants to end it: called
 * after each step with the steps done and those that there will be, as far as
 * that is known now, 0 when it is not.  False ends the work; what then comes
 * back is said where the hook is given.
 */
typedef bool pmapsim_progress(void *arg, uint64_t done, uint64_t total);

/* How a replay stands.  All but the first are its end. */
enum pmapsim_replay_outcome {
	PMAPSIM_REPLAY_RUNNING,
	PMAPSIM_REPLAY_MATCHED,	  /* the end, all results as expected */
	PMAPSIM_REPLAY_MISMATCH,  /* line, expected and got tell */
	PMAPSIM_REPLAY_BAD_INPUT, /* the trace is wrong; message tells */
	PMAPSIM_REPLAY_PANIC,	  /* a panic that the trace does not expect */
	PMAPSIM_REPLAY_STOPPED,	  /* a hook said so */
	/* The host's memory or address space ended; message tells where.  This
	 * says nothing of the trace or the kernel. */
	PMAPSIM_REPLAY_NO_MEMORY
};

/* What is wrong with the statement that ended a replay as BAD_INPUT. */
enum pmapsim_bad_input {
	PMAPSIM_BAD_NOTHING,
	PMAPSIM_BAD_STATEMENT, /* its words, numbers or names */
	PMAPSIM_BAD_MACHINE,   /* what it describes cannot be booted */
	PMAPSIM_BAD_PAGE,      /* a page that it names is not there */
	PMAPSIM_BAD_CALL       /* it cannot be made now for another reason */
};

/*
 * How far a replay is, and how it ended.  Part of the replay, brought up to
 * date by each step, gone with pmapsim_replay_end().
 */
struct pmapsim_replay_result {
	enum pmapsim_replay_outcome outcome;
	unsigned line;	     /* of the last statement made; at a mismatch in a
				dump, of the dump's line */
	uint64_t statements; /* made, the machine's included */
	uint64_t calls;	     /* made: a repeated statement counts each */
	uint64_t mismatches; /* with "ignore_mismatches" there may be many */
	enum pmapsim_bad_input bad_input;
	/* Of the first mismatch: one line each.  Valid while the replay is. */
	const char *expected;
	const char *got;
	/* One line, "FILE:LINE: ..."; empty when all is well. */
	char message[512];
};

/*
 * How to replay.  A zero-filled one is valid and means: as the trace says.
 */
struct pmapsim_replay_options {
	/* Instead of the kernel that the machine line names.  Where its
	 * addresses begin elsewhere, those of the trace are moved. */
	const char *kernel;
	/* Instead of its tlb=: a preset or a description, "" for none.  With
	 * one the detector is on. */
	const char *tlb;
	/* Instead of its ncpu=; 0 for what it says. */
	unsigned ncpu;
	/* Results are compared and counted, but the replay goes on. */
	bool ignore_mismatches;
	/* Results are not compared, and no panic is expected: for the same
	 * calls under another kernel. */
	bool ignore_results;
	/*
	 * Called before each statement with the machine as it is, NULL before
	 * the first; false stops the replay before it.
	 */
	bool (*before)(struct pmapsim_replay *replay,
	    const struct pmapsim_trace_statement *statement, void *arg);
	/*
	 * Called after each statement, panic included, with its result as the
	 * trace would write it, "" when there is none; a dump's result is not
	 * passed.  False stops the replay.
	 */
	bool (*after)(struct pmapsim_replay *replay,
	    const struct pmapsim_trace_statement *statement, const char *result,
	    void *arg);
	void *arg;
};

/*
 * Starts a replay of "trace", which must outlive it, and returns it through
 * "replayp"; "options" are copied, NULL meaning all defaults.  Nothing has
 * run yet: the machine is booted by the first step.
 *
 * Errors are: PMAPSIM_ENOMEM, PMAPSIM_EINVAL (a NULL argument, an unknown
 * kernel).
 */
PMAPSIM_API int pmapsim_replay_start(const struct pmapsim_trace *trace,
    const struct pmapsim_replay_options *options,
    struct pmapsim_replay **replayp, char *err, size_t errsize);

/* Makes at most one statement; what comes back is how the replay stands; NULL
 * is BAD_INPUT, so that it has an end. */
PMAPSIM_API enum pmapsim_replay_outcome
pmapsim_replay_step(struct pmapsim_replay *replay);

/* Makes statements until the end.  NULL is BAD_INPUT. */
PMAPSIM_API enum pmapsim_replay_outcome
pmapsim_replay_run(struct pmapsim_replay *replay);

/* How "replay" stands, until the next step. */
PMAPSIM_API const struct pmapsim_replay_result *
pmapsim_replay_result(const struct pmapsim_replay *replay);

/* The machine, owned by "replay"; NULL before the first statement. */
PMAPSIM_API struct machine *
pmapsim_replay_machine(struct pmapsim_replay *replay);

/* The statement made last; NULL before the first. */
PMAPSIM_API const struct pmapsim_trace_statement *
pmapsim_replay_statement(const struct pmapsim_replay *replay);

/* The object or pmap that the trace calls "name" now; NULL: none. */
PMAPSIM_API vm_object_t pmapsim_replay_object(struct pmapsim_replay *replay,
    const char *name);
PMAPSIM_API pmap_t pmapsim_replay_pmap(struct pmapsim_replay *replay,
    const char *name);

/* Ends "replay" and destroys its machine.  NULL is ignored. */
PMAPSIM_API void pmapsim_replay_end(struct pmapsim_replay *replay);

/*
 * Writes the canonical dump of a machine, which says all that can be seen of
 * it.  pmapsim_replay_dump() names objects as the trace does; pmapsim_dump(),
 * which knows no trace, calls them "obj@ID", in order of creation.  "write" is
 * called with "arg" and gets the dump in pieces.  Each line ends in a newline
 * and begins with "prefix" ("| " in a trace; NULL is "").
 */
typedef void pmapsim_write(void *arg, const char *text, size_t size);
PMAPSIM_API void pmapsim_replay_dump(struct pmapsim_replay *replay,
    const char *prefix, pmapsim_write *write, void *arg);
PMAPSIM_API_MACH void pmapsim_dump(struct machine *mach, const char *prefix,
    pmapsim_write *write, void *arg);

/* FNV-1a 64 over the dump that pmapsim_replay_dump(), or pmapsim_dump(), writes
 * without a prefix.  O(size of the dump). */
PMAPSIM_API uint64_t pmapsim_replay_digest(struct pmapsim_replay *replay);
PMAPSIM_API_MACH uint64_t pmapsim_digest(struct machine *mach);

/*
 * Replays "trace" and writes it to "out" with the results that it gave:
 * comments and layout stay, every "=>" and every dump is new.  A panic ends
 * what is written.  With "options->kernel", "->tlb" or "->ncpu" the machine
 * line is changed to name it, so that what was recorded replays; its hooks are
 * called.  "result" tells how it ended: MATCHED, BAD_INPUT, or NO_MEMORY.
 *
 * Errors are: PMAPSIM_ENOMEM, PMAPSIM_EINVAL (bad input; "result->message"
 * and "err" tell), PMAPSIM_EIO ("out" could not be written).
 */
PMAPSIM_API int pmapsim_trace_record(const struct pmapsim_trace *trace,
    const struct pmapsim_replay_options *options, FILE *out,
    struct pmapsim_replay_result *result, char *err, size_t errsize);

/*
 * The statements that exist, for help texts: the "index"th, NULL after the
 * last.  "synopsis" is as in the format's description.
 */
struct pmapsim_trace_op_info {
	const char *name;
	const char *synopsis;
	const char *description;
};
PMAPSIM_API const struct pmapsim_trace_op_info *
pmapsim_trace_op_info(unsigned index);

#ifdef __cplusplus
}
#endif

#endif /* PMAPSIM_TRACE_H */
