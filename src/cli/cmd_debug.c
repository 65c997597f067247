/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmapsim debug: travels through a trace, forward and back, by commands that
 * are typed or read from a file.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include "cli/debug.h"

enum { DEBUG_CPUS, DEBUG_EXECUTE, DEBUG_KERNEL, DEBUG_SCRIPT, DEBUG_TLB };
static const struct cli_option debug_options[] =
    {[DEBUG_CPUS] = CLI_CPUS_OPTION,
	[DEBUG_EXECUTE] = {"execute", "COMMANDS",
	    "run these, separated by \";\", and leave"},
	[DEBUG_KERNEL] = {"kernel", "K",
	    "boot kernel K instead of the one that the trace names"},
	[DEBUG_SCRIPT] = {"script", "FILE",
	    "run the commands in FILE, a line each, and leave"},
	[DEBUG_TLB] = CLI_TLB_OPTION,
	{NULL, NULL, NULL}};

/* ---- a line ------------------------------------------------------------- */

static const char *
debug_command_name(void *arg, unsigned index)
{

	return (debug_commands[index].name);
}

const struct debug_command *
debug_find_command(const char *word)
{
	const struct debug_command *command, *found = NULL;
	const char *near;
	unsigned count = 0;

	for (command = debug_commands; command->name != NULL; command++) {
		if (strcmp(command->name, word) == 0 ||
		    (word[0] == command->letter && word[1] == '\0'))
			return (command);
		if (strncmp(command->name, word, strlen(word)) == 0) {
			found = command;
			count++;
		}
	}
	if (count == 1)
		return (found);
	near = pmapsim_nearest(word, debug_command_name, NULL);
	if (count > 1)
		cli_error("%.40s: %u commands begin so; \"help\" lists them",
		    word, count);
	else if (near != NULL)
		cli_error("no command \"%.40s\"; did you mean \"%s\"?", word,
		    near);
	else
		cli_error("no command \"%.40s\"; \"help\" lists them", word);
	return (NULL);
}

/* Runs one command, whose words are cut out of "text". */
static bool
debug_run(struct debug *debug, char *text)
{
	const struct debug_command *command;
	char *words[DEBUG_WORDS_MAX + 1], *rest, *word;
	unsigned n = 0;

	/* The rest of a comment is one, too, whatever stands in it. */
	if (text[strspn(text, " \t")] == '#')
		return (true);
	for (word = strtok_r(text, " \t\r", &rest); word != NULL;
	     word = strtok_r(NULL, " \t\r", &rest)) {
		if (n > DEBUG_WORDS_MAX) {
			cli_error("more than %d words", DEBUG_WORDS_MAX);
			return (false);
		}
		words[n++] = word;
	}
	if (n == 0)
		return (true);
	command = debug_find_command(words[0]);
	if (command == NULL)
		return (false);
	n--;
	if (n >= command->min && n <= command->max)
		return (command->run(debug, n, words + 1));
	cli_error("\"%s%s%s\" would be right", command->name,
	    command->arguments != NULL ? " " : "",
	    command->arguments != NULL ? command->arguments : "");
	return (false);
}

bool
debug_line(struct debug *debug, const char *line)
{
	char *next, *text, *whole;
	bool ok = true;

	whole = strdup(line);
	if (whole == NULL) {
		cli_error("no memory");
		return (false);
	}
	for (next = whole;
	     ok && !debug->done && (text = strsep(&next, ";")) != NULL;)
		ok = debug_run(debug, text);
	free(whole);
	return (ok);
}

/* ---- where lines come from ---------------------------------------------- */

/* Runs a file's commands, showing each. */
static enum cli_exit
debug_script(struct debug *debug, const char *path)
{
	char line[512];
	unsigned number = 0;
	bool ok = true;
	FILE *file;

	file = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
	if (file == NULL) {
		cli_error("%.400s: %s", path, strerror(errno));
		return (CLI_BAD);
	}
	while (ok && !debug->done && fgets(line, sizeof(line), file) != NULL) {
		number++;
		if (strchr(line, '\n') == NULL && !feof(file)) {
			cli_error("the line is longer than %zu letters",
			    sizeof(line) - 2);
			ok = false;
			break;
		}
		line[strcspn(line, "\n")] = '\0';
		if (line[strspn(line, " \t")] == '\0')
			continue;
		printf("%s> %s%s\n", cli_style(debug->color, CLI_STRONG), line,
		    cli_style(debug->color, CLI_PLAIN));
		ok = debug_line(debug, line);
	}
	if (ok && ferror(file)) {
		cli_error("%.400s: %s", path, strerror(errno));
		ok = false;
	} else if (!ok)
		cli_error("%.400s:%u: this command could not be run", path,
		    number);
	if (file != stdin)
		fclose(file);
	return (ok ? CLI_OK : CLI_BAD);
}

/* Runs what is typed, or comes through a pipe. */
static enum cli_exit
debug_type(struct debug *debug)
{
	const bool terminal = isatty(STDIN_FILENO);
	struct debug_input *input;
	const char *line;
	bool ok = true;

	input = debug_input_open(debug);
	if (input == NULL) {
		cli_error("no memory");
		return (CLI_BAD);
	}
	if (terminal)
		printf("%s: %llu statements; \"help\" lists the commands\n",
		    debug->name,
		    (unsigned long long)
			pmapsim_trace_statements(debug->travel.trace));
	while (!debug->done && (ok || terminal) &&
	    (line = debug_input_line(input)) != NULL) {
		ok = debug_line(debug, line);
		fflush(stdout);
	}
	if (terminal && !debug->done)
		putchar('\n');
	debug_input_close(input);
	return (ok || terminal ? CLI_OK : CLI_BAD);
}

static enum cli_exit
debug_run_all(const struct cli_args *args)
{
	struct pmapsim_replay_options options;
	struct pmapsim_trace *trace;
	struct debug debug;
	enum cli_exit code;
	char err[512];

	memset(&options, 0, sizeof(options));
	options.kernel = args->options[DEBUG_KERNEL];
	if (!cli_machine_options("debug", args->options[DEBUG_CPUS],
		args->options[DEBUG_TLB], &options))
		return (CLI_BAD);
	if (options.kernel != NULL &&
	    !pmapsim_kernel_valid(options.kernel, err, sizeof(err))) {
		cli_error("%s", err);
		return (CLI_BAD);
	}
	trace = scenario_open(args->operands[0]);
	if (trace == NULL)
		return (CLI_BAD);
	memset(&debug, 0, sizeof(debug));
	debug.options = &options;
	debug.name = args->operands[0];
	debug.color = args->color;
	if (!travel_start(&debug.travel, trace, &options)) {
		cli_error("%s", debug.travel.err);
		code = CLI_BAD;
	} else {
		debug.travel.explains = pmapsim_trace_statements(trace) <=
		    DEBUG_EXPLAINED;
		if (args->options[DEBUG_EXECUTE] != NULL)
			code = debug_line(&debug,
				   args->options[DEBUG_EXECUTE]) ?
			    CLI_OK :
			    CLI_BAD;
		else if (args->options[DEBUG_SCRIPT] != NULL)
			code = debug_script(&debug,
			    args->options[DEBUG_SCRIPT]);
		else
			code = debug_type(&debug);
		travel_end(&debug.travel);
	}
	pmapsim_trace_close(trace);
	return (code);
}

const struct cli_command cmd_debug = {
    .name = "debug",
    .operands = "NAME|FILE",
    .min = 1,
    .max = 1,
    .summary = "Travel through a trace, forward and back",
    .description =
	"Steps through scenario NAME or trace FILE, forward and back, says of\n"
	"each call what it changed, and answers questions about the machine:\n"
	"\"who kernel 0xffffff8000001000\" names the call that changed this\n"
	"entry last, \"try 9.0\" says what that kernel would do from here on.\n"
	"\"help\" lists the commands.  Results that the trace expects are not\n"
	"compared.\n"
	"\n"
	"Exits 0, and 2 on bad input, or when a command of a script could not\n"
	"be run.\n",
    .options = debug_options,
    .run = debug_run_all,
};
