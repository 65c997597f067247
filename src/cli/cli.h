/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pmapsim command: what its subcommands share.  Each subcommand is one
 * constant table; parsing, --help, shell completion and the check of the
 * manual page all read it, so that none of them can forget an option.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <limits.h>

#include <pmapsim/trace.h>

struct json_t;

/* What the command exits with; stable. */
enum cli_exit {
	CLI_OK = 0,	  /* all results and the expected end match */
	CLI_MISMATCH = 1, /* one does not */
	CLI_BAD = 2,	  /* bad input, bad usage, an output not written */
	CLI_PANIC = 3,	  /* a panic that the trace did not expect */
	/* And above it the number of the signal that stopped the work: what
	 * was being written is put away, and main() dies of it. */
	CLI_SIGNAL = 128
};

#define CLI_OPTIONS_MAX 20
#define CLI_OPERANDS_MAX 8

/* An option; those of cli_common[] are understood everywhere. */
struct cli_option {
	const char *name;  /* without the dashes; NULL ends a table */
	const char *value; /* what its value stands for; NULL: takes none */
	const char *help;  /* one line */
};

/*
 * The letter that stands for an option of this name, the same in every
 * command; '\0': none does.
 */
char cli_letter(const char *name);

/* Places in cli_common[]. */
enum { CLI_COLOR, CLI_HELP };
extern const struct cli_option cli_common[];

/* A command line, taken apart. */
struct cli_args {
	/* By place in the table: the value, "" for one that takes none, NULL
	 * when not given; the last one given counts. */
	const char *options[CLI_OPTIONS_MAX];
	unsigned noperands;
	const char *operands[CLI_OPERANDS_MAX];
	bool color;   /* of what goes to standard output; see cli_style() */
	char *tlb;    /* what the file of --tlb has; freed by main() */
	char **words; /* of a command that takes a program's, the program
			 first; ended by NULL */
};

struct cli_command {
	const char *name;
	const char *operands; /* as in the usage line; "" for none */
	unsigned min, max;    /* number of operands */
	bool takes_lists;     /* --tlb may be several, with commas */
	bool takes_words;     /* instead of operands: a program and its words */
	const char *summary;  /* one line */
	const char *description; /* for --help, lines ended by \n */
	const struct cli_option *options;
	enum cli_exit (*run)(const struct cli_args *args);
};

extern const struct cli_command cmd_compare;
extern const struct cli_command cmd_completion;
extern const struct cli_command cmd_debug;
extern const struct cli_command cmd_diff;
extern const struct cli_command cmd_explore;
extern const struct cli_command cmd_findings;
extern const struct cli_command cmd_hunt;
extern const struct cli_command cmd_import;
extern const struct cli_command cmd_kernels;
extern const struct cli_command cmd_map;
extern const struct cli_command cmd_museum;
extern const struct cli_command cmd_pte;
extern const struct cli_command cmd_race;
extern const struct cli_command cmd_record;
extern const struct cli_command cmd_record_program;
extern const struct cli_command cmd_replay;
extern const struct cli_command cmd_run;
extern const struct cli_command cmd_scenarios;
extern const struct cli_command cmd_shrink;
extern const struct cli_command cmd_sysctl;
extern const struct cli_command cmd_timeline;
extern const struct cli_command cmd_tlb;

/*
 * Parses the words after the subcommand's name.  False: the command is done
 * and exits with "*code" (a wrong usage, told on standard error, or --help).
 */
bool cli_parse(const struct cli_command *command, int argc, char **argv,
    struct cli_args *args, enum cli_exit *code);
void cli_help(const struct cli_command *command);

/* Prints "pmapsim: " and the message as one line on standard error. */
void cli_error(const char *fmt, ...) PMAPSIM_PRINTFLIKE(1, 2);

/* All subcommands, in the order of --help; ended by NULL. */
extern const struct cli_command *const cli_commands[];

/*
 * Reads the values of --cpus and --tlb, NULL when not given, into "options";
 * false, with the message, when one cannot be.
 */
struct pmapsim_replay_options;
bool cli_machine_options(const char *command, const char *cpus, const char *tlb,
    struct pmapsim_replay_options *options);
/*
 * Returns what config.tlb may be for "value": the preset of that name, or the
 * description in the file, which "*textp" then is to be freed as.  NULL, with
 * the message: it is neither.
 */
const char *cli_find_tlb(const char *value, char **textp);
struct cli_number;
extern const struct cli_number cli_cpus_number, cli_lines_number;
#define CLI_CPUS_OPTION                                                \
	{                                                              \
		"cpus", "N",                                           \
		    "boot N CPUs instead of as many as the trace says" \
	}
#define CLI_QUIET_OPTION                          \
	{                                         \
		"quiet", NULL, "show no progress" \
	}
#define CLI_TLB_OPTION                                                   \
	{                                                                \
		"tlb", "PRESET|FILE",                                    \
		    "give the CPUs TLBs and look for stale translations" \
	}

/* ---- terminal.c --------------------------------------------------------- */

/* What a piece of output is; which colour that has is terminal.c's affair. */
enum cli_style {
	CLI_PLAIN, /* ends any other */
	CLI_STRONG,
	CLI_FAINT,
	CLI_GOOD,
	CLI_BAD_NEWS,
	CLI_ODD,
	CLI_PART, /* of something that could be whole */
	CLI_OTHER,
	CLI_TABLES
};

/* The escape sequence of "style", "" when "color" is not set. */
const char *cli_style(bool color, enum cli_style style);
/* Whether standard output has colour when nothing is said. */
bool cli_color_default(void);
/* Reads the value of --color; false, with the message, when it is none. */
bool cli_color_option(const char *command, const char *value, bool *color);

/*
 * A line on standard error that says how far a long work is, how fast it goes
 * and how long it will take.  Where that is no terminal nothing is ever shown;
 * where it is, not before two seconds have passed.
 *
 * Between start and end SIGINT, SIGTERM and SIGHUP ask the work to stop where
 * it can be stopped, so that files are put away and the line is wiped; the
 * second of a kind ends the command at once.
 */
struct cli_progress {
	const char *what; /* is counted: "statements" */
	uint64_t total;	  /* 0: not known */
	uint64_t done;
	double seconds; /* after which the work ends; 0: no bound */
	char note[64];	/* shown behind the numbers; may be empty */
	bool on;
	unsigned shown;	  /* columns; 0: nothing is */
	unsigned watched; /* signals, by their place in the table */
	int stop;	  /* signal that came; 0: none */
	bool ended;
	double start, last; /* seconds of the host's clock */
};
void cli_progress_start(struct cli_progress *progress, const char *what,
    uint64_t total, bool on);
/* False: a signal asks to stop. */
bool cli_progress(struct cli_progress *progress, uint64_t done);
/*
 * Takes the line away.  False, having told so, when a signal stopped the work;
 * the command then returns cli_progress_code().
 */
bool cli_progress_end(struct cli_progress *progress);
enum cli_exit cli_progress_code(const struct cli_progress *progress);
/* As hooks, with the progress as their "arg": for what counts by itself, ... */
bool cli_progress_hook(void *arg, uint64_t done, uint64_t total);
/* ... and for pmapsim_replay_options.after. */
bool cli_progress_after(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, const char *result,
    void *arg);

/* ---- main.c ------------------------------------------------------------- */
/* The word by which the command was called, a path or a name; may be NULL. */
const char *cli_called_as(void);

/* ---- json.c ------------------------------------------------------------- */
/* Whether this command can write JSON; if not, says that "what" is not here. */
bool cli_with_json(const char *what);

/* To be called before the first JSON is made: without host memory the command
 * then ends with a message, and never prints a part. */
void cli_json_start(void);
/* Memory for JSON, to be freed; without it the command ends. */
void *cli_json_memory(size_t size);
/* Prints "root" on standard output and gives it back; false, with the
 * message, when it is NULL (no memory) or cannot be written. */
bool cli_print_json(struct json_t *root);
/* A finding, as every command prints it; NULL for one of kind NONE. */
struct pmapsim_finding;
struct json_t *cli_json_finding(const struct pmapsim_finding *finding);
/* What two kernels differ in, with all lines. */
struct pmapsim_diff;
struct json_t *cli_json_diff(const struct pmapsim_diff *diff,
    const char *kernel_a, const char *kernel_b);
/* Text of a trace that is not ended by a NUL. */
struct json_t *cli_json_trace(const struct pmapsim_trace *trace);

/* ---- number.c ----------------------------------------------------------- */

/* What a number in an option may be; a constant of the option's command. */
struct cli_number {
	uint64_t min, max;
	const char *what; /* it is, for the message; NULL: its range */
	bool suffix;	  /* K, M or G may stand behind it: thousands */
	bool any_base;	  /* 0x... and 0... are read as C reads them */
};
/* False: "text" is none such; "*value" then is unchanged. */
bool cli_read_number(const char *text, const struct cli_number *kind,
    uint64_t *value);
/*
 * Reads the value of --"option", which is NULL when it was not given and then
 * leaves "*value" alone.  False, with the message: it is none such.
 */
bool cli_number(const char *command, const char *option, const char *text,
    const struct cli_number *kind, uint64_t *value);
/* A word of an option that is a list of them; NULL ends a table. */
struct cli_word {
	const char *name;
	unsigned bit;
};
/*
 * Reads "WORD,WORD...", the value of "--option", and adds the bits of its words
 * to "bits"; false, with the message, when one is no "what".  NULL: no words.
 */
bool cli_words(const char *command, const char *option, const char *text,
    const char *what, const struct cli_word *words, unsigned *bits);

/*
 * Reads "I/N", I below N, if "text" is not NULL; "job/N" has the I that Slurm
 * or Kubernetes gave, and "job" Slurm's N too.  False, with the message, when
 * it is none.
 */
bool cli_shard(const char *command, const char *text, unsigned *shard,
    unsigned *shards);

/* ---- text.c ------------------------------------------------------------- */

/*
 * Prints text that others wrote: what could move a terminal's cursor or is no
 * UTF-8 appears as "\\xHH"; a new line and a tab stay.
 */
void cli_print_text(FILE *out, const char *text, size_t size);
/*
 * Prints "text", which begins in "column", counted from 0, and ends the line.
 * Words that would reach beyond column 79 go into lines of their own, which
 * begin in that column too.
 */
void cli_print_wrapped(const char *text, int column);
/* Text that others wrote as a JSON string, escaped where it is no UTF-8. */
struct json_t *cli_json_text(const char *text);

/* ---- tlb_stats.c -------------------------------------------------------- */

/*
 * Prints what the machine's TLBs did, which it must have: a line of sums and,
 * but for "quiet", a table by level, kind and page size.
 */
void cli_show_tlb(struct machine *mach, bool quiet);
/* What the TLBs did, of each CPU by itself and with all counters. */
struct json_t *cli_json_tlb(struct machine *mach);

/* ---- map_json.c --------------------------------------------------------- */

struct machine_map;
struct region;

struct json_t *cli_json_map(const struct machine_map *map);
struct json_t *cli_json_region(const struct region *region);

/* ---- cmd_map.c ---------------------------------------------------------- */

/* Prints the whole map; false, with the message: no memory. */
bool cli_show_map(const struct machine_map *map, bool color);

/* ---- output.c ----------------------------------------------------------- */

/*
 * A file that is written whole or not at all: by way of a temporary neighbour
 * of the file that "path" is or leads to.  What is no file, a device or pipe,
 * is written to.  "-", and NULL, is standard output.
 */
struct cli_output {
	FILE *file;
	const char *path; /* NULL: standard output */
	char target[PATH_MAX];
	char temporary[PATH_MAX]; /* "": "path" is no file */
};
/* False, with the message, when it cannot be written. */
bool cli_output_open(struct cli_output *output, const char *path);
/* Not "good": the file stays as it was.  False, with the message, when it
 * could not be written. */
bool cli_output_close(struct cli_output *output, bool good);

/* ---- points.c ----------------------------------------------------------- */

/* Whether other CPUs can act inside this command's calls of the kernel. */
bool cli_has_points(void);
/* Keeps the command line for cli_run_with_points(). */
void cli_keep_words(char *const *argv);
/* Becomes the command that has points; returns, with the message, only where
 * there is none. */
enum cli_exit cli_run_with_points(void);
/*
 * Becomes that command where "trace", which "name" was opened as, has plans
 * that this one cannot play.  Standard input is given on.  False, with the
 * message, where there is none.
 */
bool cli_can_play(const struct pmapsim_trace *trace, const char *name);

/* ---- region.c ----------------------------------------------------------- */

/* Prints the region's PTEs, and why it was promoted if it was. */
void cli_show_region(const struct region *region, bool color);

/* ---- scenario.c --------------------------------------------------------- */

/* Where scenarios are looked for, "index"th place; false after the last. */
bool scenario_directory(unsigned index, char *path, size_t size);

/*
 * Opens scenario or file "name" and checks all that can be without a machine.
 * A word without a slash is a scenario when there is one of that name.  On an
 * error tells it and returns NULL.
 */
struct pmapsim_trace *scenario_open(const char *name);
/*
 * scenario_open(), but of the statements only the first is checked.  Who shows
 * nothing before the last was read checks the rest by reading it, and calls
 * scenario_check() where that ended early.
 */
struct pmapsim_trace *scenario_open_unchecked(const char *name);
/* Checks all statements; false, with the message: one is wrong. */
bool scenario_check(const struct pmapsim_trace *trace);

/* ---- show.c ------------------------------------------------------------- */

struct explain;

/* Prints a statement with its line and its result. */
void cli_show_call(const struct pmapsim_trace_statement *statement,
    const char *result, bool panicked, bool color);
/* Prints what it changed, indented, a line each. */
void cli_show_explain(const struct explain *explain, bool color);
/* Prints the panic as the kernel's debugger shows it. */
void cli_show_panic(const struct pmapsim_panic *panic, bool color);

#endif /* CLI_CLI_H */
