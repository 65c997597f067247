/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parsing a command line by its subcommand's table, and the help text made
 * from the same table.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

/* Least number of letters to insert, delete or replace; at most 64. */
static unsigned
edit_distance(const char *a, const char *b)
{
	unsigned row[64];
	unsigned corner, left, i, j;
	size_t n;

	n = strlen(b);
	if (n + 1 > sizeof(row) / sizeof(row[0]) || strlen(a) > 64)
		return (64);
	for (j = 0; j <= n; j++)
		row[j] = j;
	for (i = 0; a[i] != '\0'; i++) {
		corner = row[0];
		row[0] = i + 1;
		for (j = 0; j < n; j++) {
			left = corner + (a[i] != b[j]);
			corner = row[j + 1];
			if (row[j] + 1 < left)
				left = row[j] + 1;
			if (corner + 1 < left)
				left = corner + 1;
			row[j + 1] = left;
		}
	}
	return (row[n]);
}

const char *
cli_nearest(const char *word, const char *(*names)(void *arg, unsigned index),
    void *arg)
{
	const char *best = NULL, *name;
	unsigned distance, least, i;

	/* A third of the letters wrong is still a slip. */
	least = (unsigned)strlen(word) / 3 + 2;
	for (i = 0; (name = names(arg, i)) != NULL; i++) {
		distance = edit_distance(word, name);
		if (distance < least) {
			least = distance;
			best = name;
		}
	}
	return (best);
}

static const char *
option_name(void *arg, unsigned index)
{
	const struct cli_option *options = arg;

	return (options[index].name);
}

void
cli_help(const struct cli_command *command)
{
	const struct cli_option *option;
	char left[40];

	printf("usage: pmapsim %s", command->name);
	for (option = command->options; option->name != NULL; option++)
		printf(" [--%s%s%s]", option->name,
		    option->value != NULL ? " " : "",
		    option->value != NULL ? option->value : "");
	printf("%s%s\n\n%s.\n\n%s\noptions:\n",
	    command->operands[0] != '\0' ? " " : "", command->operands,
	    command->summary, command->description);
	for (option = command->options; option->name != NULL; option++) {
		snprintf(left, sizeof(left), "--%s%s%s", option->name,
		    option->value != NULL ? " " : "",
		    option->value != NULL ? option->value : "");
		printf("  %-20s%s\n", left, option->help);
	}
	printf("  %-20s%s\n", "--help", "this text");
}

/*
 * Takes the option at argv[*at], and its value, into "args".  False: it is
 * wrong, which was told.
 */
static bool
cli_parse_option(const struct cli_command *command, int argc, char **argv,
    int *at, struct cli_args *args)
{
	const char *near, *value, *word;
	char name[64];
	size_t length;
	unsigned i;

	word = argv[*at] + 2;
	length = strcspn(word, "=");
	value = word[length] == '=' ? word + length + 1 : NULL;
	for (i = 0; command->options[i].name != NULL; i++)
		if (strlen(command->options[i].name) == length &&
		    strncmp(command->options[i].name, word, length) == 0)
			break;
	if (argv[*at][1] != '-' || command->options[i].name == NULL) {
		snprintf(name, sizeof(name), "%.*s",
		    (int)(length < 60 ? length : 60), word);
		near = argv[*at][1] != '-' ? NULL :
		    cli_nearest(name, option_name,
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
	if (command->options[i].value == NULL && value != NULL) {
		cli_error("%s: --%s takes no value", command->name,
		    command->options[i].name);
		return (false);
	}
	if (command->options[i].value != NULL && value == NULL) {
		if (*at + 1 >= argc) {
			cli_error("%s: --%s needs a value, %s", command->name,
			    command->options[i].name,
			    command->options[i].value);
			return (false);
		}
		value = argv[++*at];
	}
	args->options[i] = value != NULL ? value : "";
	return (true);
}

bool
cli_parse(const struct cli_command *command, int argc, char **argv,
    struct cli_args *args, enum cli_exit *code)
{
	bool words_only = false;
	int i;

	memset(args, 0, sizeof(*args));
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
