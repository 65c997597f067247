/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Traces: texts of kernel calls with the results that they must give.  A trace
 * is opened, checked, and replayed on a machine of its own, statement by
 * statement; a recording of it has the results that the calls gave.  The whole
 * visible state of a machine can be written as a canonical dump, or as the
 * digest of one.
 *
 * A trace is constant once it is open, so many replays may run over it, in
 * step with each other, each by one host thread.
 *
 * Where a function of this header, study.h or diff.h needs an argument that is
 * NULL, it returns PMAPSIM_EINVAL with a message, or, when it returns no
 * errors, NULL or 0.  "err" may be NULL; then the message is lost.
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
/* A run of a trace: its machine, and how far it is.  Opaque. */
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
 * "tracep"; the caller gives it back with pmapsim_trace_close().  Statements
 * can be added to it while replays run over it, so a program that decides its
 * next call by the result of the last one can write the trace while it makes
 * the calls.  At the end of the text pmapsim_replay_step() ends the replay, so
 * the program adds a statement before each step.
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

/*
 * Returns the text of "trace", which the trace owns, and through "size", if
 * that is not NULL, its size in bytes.
 */
PMAPSIM_API const char *pmapsim_trace_text(const struct pmapsim_trace *trace,
    size_t *size);

/* Frees "trace", which no replay may use any more.  NULL is ignored. */
PMAPSIM_API void pmapsim_trace_close(struct pmapsim_trace *trace);

/*
 * Returns the name of "trace" for messages, its path or what its maker called
 * it, which the trace owns.
 */
PMAPSIM_API const char *pmapsim_trace_name(const struct pmapsim_trace *trace);
/*
 * Returns the number of lines of "trace" that are neither blank nor a comment
 * nor a part of a dump; the trace has so many statements at most.  Takes time
 * linear in the size of the trace.
 */
PMAPSIM_API uint64_t
pmapsim_trace_statements(const struct pmapsim_trace *trace);

/*
 * Returns the comment with which "trace" begins: whole lines with "#" and
 * newlines, "*size" bytes, without a NUL.  The trace owns it.  A scenario says
 * there what it shows and what of it is constructed.
 */
PMAPSIM_API const char *pmapsim_trace_header(const struct pmapsim_trace *trace,
    size_t *size);

/*
 * Checks all of "trace" that can be known without a machine: its words,
 * numbers and names, the counts of arguments, alignments, and whether its
 * machine can be configured so.  Only a replay can tell whether a page that a
 * statement names is there.
 *
 * Errors are: PMAPSIM_EINVAL ("err" names file and line, what was found and
 * what would be right).
 */
PMAPSIM_API int pmapsim_trace_check(const struct pmapsim_trace *trace,
    char *err, size_t errsize);

/*
 * A statement as hooks see it.  Its strings lie in the trace, which owns them,
 * and do not end with a NUL where nothing else is said.
 */
struct pmapsim_trace_statement {
	unsigned line;	      /* 1-based */
	const char *text;     /* the call: operation, arguments, keys */
	size_t length;	      /* bytes */
	const char *op;	      /* the operation's name, with a NUL */
	unsigned index;	      /* the operation's, of pmapsim_trace_op_info() */
	const char *expected; /* what follows "=>"; NULL: nothing does */
	size_t expected_length; /* bytes */
};

/*
 * A hook by which a long function tells its caller how far it is.  It is
 * called after each step with the number of steps done, and with the number of
 * all steps as far as that is known, else 0.  When it returns false the
 * function ends early, as the member that holds the hook says.
 */
typedef bool pmapsim_progress(void *arg, uint64_t done, uint64_t total);

/* How a replay stands.  With all but RUNNING it has ended. */
enum pmapsim_replay_outcome {
	PMAPSIM_REPLAY_RUNNING,
	PMAPSIM_REPLAY_MATCHED,	  /* at its end, all results as expected */
	PMAPSIM_REPLAY_MISMATCH,  /* a result is not "expected" but "got" */
	PMAPSIM_REPLAY_BAD_INPUT, /* the trace is wrong; see "message" */
	PMAPSIM_REPLAY_PANIC,	  /* a panic that the trace does not expect */
	PMAPSIM_REPLAY_STOPPED,	  /* a hook returned false */
	/* The host's memory or address space ended; see "message".  This says
	 * nothing of the trace or the kernel. */
	PMAPSIM_REPLAY_NO_MEMORY
};

/* What is wrong with the statement that ended a replay as BAD_INPUT. */
enum pmapsim_bad_input {
	PMAPSIM_BAD_NOTHING,
	PMAPSIM_BAD_STATEMENT, /* its words, numbers or names */
	PMAPSIM_BAD_MACHINE,   /* the machine it describes cannot be booted */
	PMAPSIM_BAD_PAGE,      /* it names a page that is not there */
	PMAPSIM_BAD_CALL       /* it cannot be made for another reason */
};

/*
 * How far a replay is, and how it ended.  It is a part of the replay: each
 * step updates it, and pmapsim_replay_end() frees it.
 */
struct pmapsim_replay_result {
	enum pmapsim_replay_outcome outcome;
	unsigned line;	     /* of the last statement made, or of the line of a
				dump that does not match */
	uint64_t statements; /* made, the one of the machine included */
	uint64_t calls;	     /* made; each repetition of a statement counts */
	uint64_t mismatches; /* more than 1 with "ignore_mismatches" only */
	enum pmapsim_bad_input bad_input;
	/* Of the first mismatch, one line each; the replay owns them. */
	const char *expected;
	const char *got;
	/* What is wrong: one line, "FILE:LINE: ..."; else empty. */
	char message[512];
};

/*
 * How to replay.  With a zero-filled one a replay does what the trace says.
 */
struct pmapsim_replay_options {
	/* Replaces the kernel that the machine line names.  When its kernel
	 * addresses begin elsewhere, those of the trace are moved. */
	const char *kernel;
	/* Replaces the machine line's tlb=: a preset, a description, or "" for
	 * none.  With TLBs the detector is on. */
	const char *tlb;
	/* Replaces the machine line's ncpu=; 0 leaves it. */
	unsigned ncpu;
	/* Results are compared and counted, but the replay goes on. */
	bool ignore_mismatches;
	/* Results are not compared, and no panic is expected.  This is for the
	 * calls of the trace under another kernel. */
	bool ignore_results;
	/*
	 * Called before each statement.  When it returns false the replay stops
	 * before the statement.
	 */
	bool (*before)(struct pmapsim_replay *replay,
	    const struct pmapsim_trace_statement *statement, void *arg);
	/*
	 * Called after each statement, also one that panics, with its result as
	 * a trace writes it.  "result" is "" when there is none, and for a
	 * dump.  When it returns false the replay stops.
	 */
	bool (*after)(struct pmapsim_replay *replay,
	    const struct pmapsim_trace_statement *statement, const char *result,
	    void *arg);
	void *arg;
	/*
	 * N above 1: "after" is called after one statement of N, after
	 * those of which the trace expects a result, and after one that
	 * panics.  Other results are not made out, which saves time.
	 */
	unsigned after_every;
};

/*
 * Starts a replay of "trace", which must outlive it, and returns it through
 * "replayp"; the caller gives it back with pmapsim_replay_end().  "options"
 * are copied; NULL means a zero-filled one.  The first step boots the machine.
 *
 * Errors are: PMAPSIM_ENOMEM, PMAPSIM_EINVAL (a NULL argument, an unknown
 * kernel).
 */
PMAPSIM_API int pmapsim_replay_start(const struct pmapsim_trace *trace,
    const struct pmapsim_replay_options *options,
    struct pmapsim_replay **replayp, char *err, size_t errsize);

/*
 * Makes one statement at most and returns how the replay stands then.  For
 * NULL it returns PMAPSIM_REPLAY_BAD_INPUT, so that a caller's loop ends.
 */
PMAPSIM_API enum pmapsim_replay_outcome
pmapsim_replay_step(struct pmapsim_replay *replay);

/*
 * Makes statements until the replay ends and returns how it ended; for NULL
 * PMAPSIM_REPLAY_BAD_INPUT.
 */
PMAPSIM_API enum pmapsim_replay_outcome
pmapsim_replay_run(struct pmapsim_replay *replay);

/* Returns how "replay" stands; the replay owns and updates it. */
PMAPSIM_API const struct pmapsim_replay_result *
pmapsim_replay_result(const struct pmapsim_replay *replay);

/* Returns the replay's machine, which the replay owns; NULL before the boot. */
PMAPSIM_API struct machine *
pmapsim_replay_machine(struct pmapsim_replay *replay);

/*
 * Returns the statement that was made last, which the replay owns; NULL before
 * the first.
 */
PMAPSIM_API const struct pmapsim_trace_statement *
pmapsim_replay_statement(const struct pmapsim_replay *replay);

/*
 * Each returns what the trace calls "name" at this place, or NULL when nothing
 * has this name.  The machine owns it.
 */
PMAPSIM_API vm_object_t pmapsim_replay_object(struct pmapsim_replay *replay,
    const char *name);
PMAPSIM_API pmap_t pmapsim_replay_pmap(struct pmapsim_replay *replay,
    const char *name);

/* Frees "replay" and destroys its machine.  NULL is ignored. */
PMAPSIM_API void pmapsim_replay_end(struct pmapsim_replay *replay);

/*
 * Writes the canonical dump of a machine, its whole visible state, and does
 * not change the machine.  pmapsim_replay_dump() names objects as the trace
 * does; pmapsim_dump(), which knows no trace, calls them "obj@ID", in order of
 * creation.  "write" is called with "arg" and gets the dump in pieces.  Each
 * line begins with "prefix" ("| " in a trace; NULL is "") and ends with a
 * newline.
 */
typedef void pmapsim_write(void *arg, const char *text, size_t size);
PMAPSIM_API void pmapsim_replay_dump(struct pmapsim_replay *replay,
    const char *prefix, pmapsim_write *write, void *arg);
PMAPSIM_API_MACH void pmapsim_dump(struct machine *mach, const char *prefix,
    pmapsim_write *write, void *arg);

/*
 * Each returns the FNV-1a hash of 64 bits over the dump that
 * pmapsim_replay_dump() or pmapsim_dump() writes without a prefix.  Takes time
 * linear in the size of the dump.
 */
PMAPSIM_API uint64_t pmapsim_replay_digest(struct pmapsim_replay *replay);
PMAPSIM_API_MACH uint64_t pmapsim_digest(struct machine *mach);

/*
 * Replays "trace" and writes it to "out" with the results that its calls gave:
 * comments and layout stay, every "=>" and every dump is new.  After a panic
 * nothing more is written.  What "kernel", "tlb" and "ncpu" of "options"
 * replace is also replaced in the machine line that is written, so that the
 * recording replays.  The hooks of "options" are called.  "result" tells how
 * the replay ended: MATCHED, BAD_INPUT or NO_MEMORY.
 *
 * Errors are: PMAPSIM_ENOMEM, PMAPSIM_EINVAL (bad input, which
 * "result->message" and "err" tell), PMAPSIM_EIO ("out" could not be written).
 */
PMAPSIM_API int pmapsim_trace_record(const struct pmapsim_trace *trace,
    const struct pmapsim_replay_options *options, FILE *out,
    struct pmapsim_replay_result *result, char *err, size_t errsize);

/*
 * An operation of the trace format, for help texts.  "synopsis" shows its
 * arguments as pmapsim-trace(5) does.
 */
struct pmapsim_trace_op_info {
	const char *name;
	const char *synopsis;
	const char *description;
};
/*
 * Returns operation "index", counted from 0, a constant; NULL after the last.
 */
PMAPSIM_API const struct pmapsim_trace_op_info *
pmapsim_trace_op_info(unsigned index);

#ifdef __cplusplus
}
#endif

#endif /* PMAPSIM_TRACE_H */
