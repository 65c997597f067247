/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmapsim debug: what its files share.  cmd_debug.c reads lines and runs
 * commands, debug_commands.c has their table, and debug_go.c, debug_stop.c,
 * debug_ask.c and debug_kernel.c the commands; debug_complete.c has what can
 * follow a word, debug_input.c the terminal.
 */
#ifndef CLI_DEBUG_H
#define CLI_DEBUG_H

#include "cli/cli.h"
#include "study/travel.h"

#define DEBUG_WORDS_MAX 8
#define DEBUG_STOPS_MAX 16
/* Traces up to this length are explained at every step. */
#define DEBUG_EXPLAINED 100000

/* What a journey can be stopped by. */
enum debug_stop_kind {
	DEBUG_STOP_PANIC,
	DEBUG_STOP_LINE,  /* behind the statement of this line */
	DEBUG_STOP_OP,	  /* behind a statement of this name */
	DEBUG_STOP_CHANGE /* an entry or a counter has changed */
};

/*
 * A reason to stop, as the user gave it.  An element of the session's array
 * while "text" is not empty.
 */
struct debug_stop {
	enum debug_stop_kind kind;
	unsigned line;
	struct travel_question question; /* its strings are the two below */
	char pmap[EXPLAIN_NAME_MAX];
	char word[64];		   /* counter, or the operation's name */
	char text[96];		   /* as it was written */
	struct travel_answer last; /* while travelling */
};

/*
 * A session.  Made by the command on its stack, and gone with it; the journey
 * in it is the only thing that must be ended.
 */
struct debug {
	struct travel travel;
	const struct pmapsim_replay_options *options;
	const char *name; /* of the trace, as it was given */
	bool color;
	bool done; /* "quit" */
	struct debug_stop stops[DEBUG_STOPS_MAX];
};

/* A command of the session; a row of a constant table. */
struct debug_command {
	const char *name;
	char letter;	       /* stands for it; '\0': none does */
	const char *arguments; /* as its help shows them */
	const char *help;      /* one line */
	unsigned min, max;     /* words behind the name */
	/* Does it with the "n" words behind the name.  False, the message told:
	 * nothing was done. */
	bool (*run)(struct debug *debug, unsigned n, char *const *words);
};
/* Ended by a row without a name. */
extern const struct debug_command debug_commands[];
/* The command that "word" names, stands for or begins; NULL, with the
 * message: none, or more than one. */
const struct debug_command *debug_find_command(const char *word);

/*
 * Shows the place of a journey: the statement made last, its result and what it
 * changed.  debug_here() that of the session's.
 */
void debug_show(const struct travel *travel, bool color);
void debug_here(struct debug *debug);
/* Tells why a journey failed, where "good" is false; gives it back. */
bool debug_told(struct debug *debug, bool good);
/* Needs a machine; false, with the message, where there is none. */
bool debug_needs_machine(struct debug *debug);
/* Reads a number; false, with the message that "what" would be right. */
bool debug_number(const char *word, const char *what, uint64_t *value);
/* Explains the statement made last, if the journey came here in a hurry. */
bool debug_arrive(struct debug *debug);

/* Reads the words behind "until" and its kind; false, with the message. */
bool debug_read_stop(unsigned n, char *const *words, struct debug_stop *stop);
/* The strings of a stop lie in it, wherever it was copied to. */
const struct travel_question *debug_stop_question(struct debug_stop *stop);
/* Notes what is now, before a journey that a change is to stop. */
void debug_stop_arm(struct debug_stop *stop, struct travel *travel);
/* Whether the statement made last is what "stop" waits for. */
bool debug_stop_reached(struct debug_stop *stop, struct travel *travel);

/* The commands, by the files that have them. */
typedef bool debug_run_command(struct debug *debug, unsigned n,
    char *const *words);
extern debug_run_command debug_run_step, debug_run_back, debug_run_start,
    debug_run_continue, debug_run_until, debug_run_last, debug_run_goto;
extern debug_run_command debug_run_stop, debug_run_unstop;
extern debug_run_command debug_run_who, debug_run_print, debug_run_pte,
    debug_run_region, debug_run_map, debug_run_dump, debug_run_digest,
    debug_run_panic, debug_run_list;
extern debug_run_command debug_run_kernel, debug_run_try;

/*
 * Runs a line of commands, separated by ";".  False, the message told: one of
 * them could not be run, and those behind it were not.
 */
bool debug_line(struct debug *debug, const char *line);

/*
 * Calls give(word, arg) for each word that can stand where the last word of
 * "line", which may be empty, has begun.
 */
void debug_complete(struct debug *debug, const char *line,
    void (*give)(const char *word, void *arg), void *arg);

/*
 * Where lines are typed.  Made by debug_input_open(), given back by
 * debug_input_close(); on a terminal it edits and completes, where the command
 * was built with libedit.
 */
struct debug_input;
struct debug_input *debug_input_open(struct debug *debug);
void debug_input_close(struct debug_input *input);
/* The next line, without its end, good until the next call; NULL: the end. */
const char *debug_input_line(struct debug_input *input);

#endif /* CLI_DEBUG_H */
