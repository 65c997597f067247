/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parsing a command line by its subcommand's table, and the help text made
 * from the same table.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include <pmapsim/hw.h>

#include "cli/cli.h"

void
cli_error(const char *fmt, ...)
{
	va_list ap;

	/* What was told before belongs above it where both are one terminal. */
	fflush(stdout);
	va_start(ap, fmt);
	fprintf(stderr, "pmapsim: ");
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "\n");
	va_end(ap);
}

const struct cli_option cli_common[] = {
	[CLI_COLOR] = { "color", "auto|always|never",
	    "colour: auto is on a terminal, unless NO_COLOR is set" },
	[CLI_HELP] = { "help", NULL, "this text" },
	{ NULL, NULL, NULL }
};

/* A command's own options, then those that all have; for pmapsim_nearest(). */
static const char *
option_name(void *arg, unsigned index)
{
	const struct cli_option *options = arg;
	unsigned own;

	for (own = 0; options[own].name != NULL; own++)
		if (own == index)
			return (options[own].name);
	return (cli_common[index - own].name);
}

static void
cli_help_option(const struct cli_option *option)
{
	char left[40];

	snprintf(left, sizeof(left), "--%s%s%s", option->name,
	    option->value != NULL ? " " : "",
	    option->value != NULL ? option->value : "");
	/* A long one has a line of its own. */
	if (strlen(left) > 19)
		printf("  %s\n  %-20s%s\n", left, "", option->help);
	else
		printf("  %-20s%s\n", left, option->help);
}

void
cli_help(const struct cli_command *command)
{
	const struct cli_option *option;

	printf("usage: pmapsim %s", command->name);
	for (option = command->options; option->name != NULL; option++)
		printf(" [--%s%s%s]", option->name,
		    option->value != NULL ? " " : "",
		    option->value != NULL ? option->value : "");
	printf("%s%s\n\n%s.\n\n%s\noptions:\n",
	    command->operands[0] != '\0' ? " " : "", command->operands,
	    command->summary, command->description);
	for (option = command->options; option->name != NULL; option++)
		cli_help_option(option);
	for (option = cli_common; option->name != NULL; option++)
		cli_help_option(option);
}

/* The option of "options" that the first "length" bytes of "word" name. */
static const struct cli_option *
cli_find_option(const struct cli_option *options, const char *word,
    size_t length)
{

	for (; options->name != NULL; options++)
		if (strlen(options->name) == length &&
		    strncmp(options->name, word, length) == 0)
			return (options);
	return (NULL);
}

/* A word that could be a preset, and no file has, is taken for a slip. */
const char *
cli_find_tlb(const char *value, char **textp)
{
	char err[600];

	if (pmapsim_tlb_preset_text(value) != NULL)
		return (value);
	if (strcmp(value, "-") != 0 && strchr(value, '/') == NULL &&
	    strchr(value, '\n') == NULL && access(value, F_OK) != 0 &&
	    !pmapsim_tlb_valid(value, err, sizeof(err)))
		cli_error("%s", err);
	else if (pmapsim_tlb_read(value, textp, err, sizeof(err)) ==
	    PMAPSIM_OK)
		return (*textp);
	else
		cli_error("%s", err);
	return (NULL);
}

/*
 * Takes the option at argv[*at], and its value, into "args".  False: it is
 * wrong, which was told.
 */
static bool
cli_parse_option(const struct cli_command *command, int argc, char **argv,
    int *at, struct cli_args *args)
{
	const struct cli_option *option;
	const char *near, *value, *word;
	char name[64];
	size_t length;

	word = argv[*at] + 2;
	length = strcspn(word, "=");
	value = word[length] == '=' ? word + length + 1 : NULL;
	option = cli_find_option(command->options, word, length);
	if (option == NULL)
		option = cli_find_option(cli_common, word, length);
	if (argv[*at][1] != '-' || option == NULL) {
		snprintf(name, sizeof(name), "%.*s",
		    (int)(length < 60 ? length : 60), word);
		near = argv[*at][1] != '-' ? NULL :
		    pmapsim_nearest(name, option_name,
			(void *)(uintptr_t)command->options);
		if (near != NULL)
			cli_error("%s: no option \"%.60s\"; did you mean "
				  "\"--%s\"?", command->name, argv[*at], near);
		else
			cli_error("%s: no option \"%.60s\"; \"pmapsim %s "
				  "--help\" lists them", command->name,
			    argv[*at], command->name);
		return (false);
	}
	if (option->value == NULL && value != NULL) {
		cli_error("%s: --%s takes no value", command->name,
		    option->name);
		return (false);
	}
	if (option->value != NULL && value == NULL) {
		if (*at + 1 >= argc) {
			cli_error("%s: --%s needs a value, %s", command->name,
			    option->name, option->value);
			return (false);
		}
		value = argv[++*at];
	}
	if (option == &cli_common[CLI_COLOR])
		return (cli_color_option(command->name, value, &args->color));
	if (option->value != NULL && strcmp(option->name, "tlb") == 0) {
		free(args->tlb);
		args->tlb = NULL;
		if ((value = cli_find_tlb(value, &args->tlb)) == NULL)
			return (false);
	}
	args->options[option - command->options] = value != NULL ? value : "";
	return (true);
}

bool
cli_parse(const struct cli_command *command, int argc, char **argv,
    struct cli_args *args, enum cli_exit *code)
{
	bool words_only = false;
	int i;

	memset(args, 0, sizeof(*args));
	args->color = cli_color_default();
	*code = CLI_BAD;
	for (i = 0; i < argc; i++) {
		if (!words_only && strcmp(argv[i], "--") == 0) {
			words_only = true;
		} else if (!words_only && (strcmp(argv[i], "--help") == 0 ||
		    strcmp(argv[i], "-h") == 0)) {
			cli_help(command);
			*code = CLI_OK;
			return (false);
		} else if (!words_only && argv[i][0] == '-' &&
		    argv[i][1] != '\0') {
			if (!cli_parse_option(command, argc, argv, &i, args))
				return (false);
		} else if (args->noperands == command->max) {
			cli_error("%s: \"%.60s\" is one operand too many",
			    command->name, argv[i]);
			return (false);
		} else
			args->operands[args->noperands++] = argv[i];
	}
	if (args->noperands < command->min) {
		cli_error("%s: needs %s; \"pmapsim %s --help\" tells more",
		    command->name, command->operands, command->name);
		return (false);
	}
	return (true);
}

bool
cli_machine_options(const char *cpus, const char *tlb,
    struct pmapsim_replay_options *options)
{
	unsigned long n;
	char *end;

	if (cpus != NULL) {
		n = strtoul(cpus, &end, 10);
		if (end == cpus || *end != '\0' || n < 1 || n > MAXCPU) {
			cli_error("--cpus %.40s: 1 to %d would be right", cpus,
			    MAXCPU);
			return (false);
		}
		options->ncpu = (unsigned)n;
	}
	options->tlb = tlb;
	return (true);
}
