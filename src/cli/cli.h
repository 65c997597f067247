/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pmapsim command: what its subcommands share.  Each subcommand is one
 * constant table; parsing, --help, shell completion and the check of the
 * manual page all read it, so that none of them can forget an option.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <pmapsim/trace.h>

/* What the command exits with; stable. */
enum cli_exit {
	CLI_OK = 0,	  /* all results and the expected end match */
	CLI_MISMATCH = 1, /* one does not */
	CLI_BAD = 2,	  /* bad input, bad usage, an output not written */
	CLI_PANIC = 3	  /* a panic that the trace did not expect */
};

#define CLI_OPTIONS_MAX 12
#define CLI_OPERANDS_MAX 8

/* An option; "--help" is understood everywhere and in no table. */
struct cli_option {
	const char *name;  /* without the dashes; NULL ends a table */
	const char *value; /* what its value stands for; NULL: takes none */
	const char *help;  /* one line */
};

/* A command line, taken apart. */
struct cli_args {
	/* By place in the table: the value, "" for one that takes none, NULL
	 * when not given; the last one given counts. */
	const char *options[CLI_OPTIONS_MAX];
	unsigned noperands;
	const char *operands[CLI_OPERANDS_MAX];
};

struct cli_command {
	const char *name;
	const char *operands;	 /* as in the usage line; "" for none */
	unsigned min, max;	 /* number of operands */
	const char *summary;	 /* one line */
	const char *description; /* for --help, lines ended by \n */
	const struct cli_option *options;
	enum cli_exit (*run)(const struct cli_args *args);
};

extern const struct cli_command cmd_compare;
extern const struct cli_command cmd_diff;
extern const struct cli_command cmd_kernels;
extern const struct cli_command cmd_record;
extern const struct cli_command cmd_replay;
extern const struct cli_command cmd_scenarios;
extern const struct cli_command cmd_sysctl;

/*
 * Parses the words after the subcommand's name.  False: the command is done
 * and exits with "*code" (a wrong usage, told on standard error, or --help).
 */
bool cli_parse(const struct cli_command *command, int argc, char **argv,
    struct cli_args *args, enum cli_exit *code);
void cli_help(const struct cli_command *command);

/* Prints "pmapsim: " and the message as one line on standard error. */
void cli_error(const char *fmt, ...) PMAPSIM_PRINTFLIKE(1, 2);

/*
 * The name nearest to "word" among names(index), NULL after the last; NULL
 * when none is near enough to be what was meant.
 */
const char *cli_nearest(const char *word,
    const char *(*names)(void *arg, unsigned index), void *arg);

/* ---- scenario.c --------------------------------------------------------- */

/* Where scenarios are looked for, "index"th place; false after the last. */
bool scenario_directory(unsigned index, char *path, size_t size);

/*
 * Opens scenario or file "name" and checks all that can be without a machine.
 * A word without a slash is a scenario when there is one of that name.  On an
 * error tells it and returns NULL.
 */
struct pmapsim_trace *scenario_open(const char *name);

#endif /* CLI_CLI_H */
