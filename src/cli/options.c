/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parsing a command line by its subcommand's table, and the help text made
 * from the same table.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

const struct cli_option cli_common[] =
    {[CLI_COLOR] = {"color", "auto|always|never",
	 "colour: auto is on a terminal, unless NO_COLOR is set"},
	[CLI_HELP] = {"help", NULL, "this text"},
	{NULL, NULL, NULL}};

char
cli_letter(const char *name)
{
	static const struct {
		const char *name;
		char letter;
	} letters[] = {
	    {"execute", 'e'},
	    {"help", 'h'},
	    {"json", 'j'},
	    {"kernel", 'k'},
	    {"kernels", 'k'},
	    {"lines", 'n'},
	    {"output", 'o'},
	    {"quiet", 'q'},
	    {"script", 'x'},
	};
	size_t i;

	for (i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		if (strcmp(letters[i].name, name) == 0)
			return (letters[i].letter);
	return ('\0');
}

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
	char left[48], letter;

	letter = cli_letter(option->name);
	snprintf(left, sizeof(left), "%c%c%c --%s%s%s",
	    letter != '\0' ? '-' : ' ', letter != '\0' ? letter : ' ',
	    letter != '\0' ? ',' : ' ', option->name,
	    option->value != NULL ? " " : "",
	    option->value != NULL ? option->value : "");
	/* A long one has a line of its own. */
	if (strlen(left) > 21)
		printf("  %s\n  %-22s%s\n", left, "", option->help);
	else
		printf("  %-22s%s\n", left, option->help);
}

/* A word of the usage line, which is broken before column 80. */
static void
cli_help_word(const char *command, const char *word, unsigned *column)
{
	const unsigned margin = (unsigned)strlen(command) + 16;

	if (*column + 1 + strlen(word) > 79) {
		printf("\n%*s", (int)margin - 1, "");
		*column = margin - 1;
	}
	*column += (unsigned)printf(" %s", word);
}

void
cli_help(const struct cli_command *command)
{
	const struct cli_option *option;
	char word[64];
	unsigned column;

	column = (unsigned)printf("usage: pmapsim %s", command->name);
	for (option = command->options; option->name != NULL; option++) {
		snprintf(word, sizeof(word), "[--%s%s%s]", option->name,
		    option->value != NULL ? " " : "",
		    option->value != NULL ? option->value : "");
		cli_help_word(command->name, word, &column);
	}
	if (command->operands[0] != '\0')
		cli_help_word(command->name, command->operands, &column);
	printf("\n\n%s.\n\n%s\noptions:\n", command->summary,
	    command->description);
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

static const struct cli_option *
cli_find_letter(const struct cli_option *options, char letter)
{

	for (; options->name != NULL; options++)
		if (letter != '\0' && cli_letter(options->name) == letter)
			return (options);
	return (NULL);
}

/* Tells that there is no option "word", and which is near; always false. */
static bool
cli_no_option(const struct cli_command *command, const char *word,
    const char *name)
{
	const char *near;

	near = name == NULL ? NULL :
			      pmapsim_nearest(name, option_name,
				  (void *)(uintptr_t)command->options);
	if (near != NULL)
		cli_error("%s: no option \"%.60s\"; did you mean \"--%s\"?",
		    command->name, word, near);
	else
		cli_error("%s: no option \"%.60s\"; \"pmapsim %s --help\" "
			  "lists them",
		    command->name, word, command->name);
	return (false);
}

/* A command line being parsed; made and used by cli_parse() alone. */
struct cli_words {
	const struct cli_command *command;
	int argc, at; /* argv[at] is looked at */
	char **argv;
	struct cli_args *args;
	bool help; /* is asked for */
};

/*
 * Takes "option" with "value", NULL being the next word, into the arguments.
 * False: it is wrong, which was told.
 */
static bool
cli_take_option(struct cli_words *words, const struct cli_option *option,
    const char *value)
{

	if (option == &cli_common[CLI_HELP]) {
		words->help = true;
		return (true);
	}
	if (option->value != NULL && value == NULL) {
		if (words->at + 1 >= words->argc) {
			cli_error("%s: --%s needs a value, %s",
			    words->command->name, option->name, option->value);
			return (false);
		}
		value = words->argv[++words->at];
	}
	if (option == &cli_common[CLI_COLOR])
		return (cli_color_option(words->command->name, value,
		    &words->args->color));
	if (strcmp(option->name, "json") == 0 && !cli_with_json("--json"))
		return (false);
	if (option->value != NULL && strcmp(option->name, "tlb") == 0 &&
	    !words->command->takes_lists) {
		free(words->args->tlb);
		words->args->tlb = NULL;
		if ((value = cli_find_tlb(value, &words->args->tlb)) == NULL)
			return (false);
	}
	words->args->options[option - words->command->options] = value != NULL ?
	    value :
	    "";
	return (true);
}

/* "--NAME", "--NAME VALUE", "--NAME=VALUE". */
static bool
cli_parse_long(struct cli_words *words)
{
	const struct cli_option *option;
	const char *word = words->argv[words->at] + 2;
	char name[64];
	size_t length;

	length = strcspn(word, "=");
	option = cli_find_option(words->command->options, word, length);
	if (option == NULL)
		option = cli_find_option(cli_common, word, length);
	if (option == NULL) {
		snprintf(name, sizeof(name), "%.*s",
		    (int)(length < 60 ? length : 60), word);
		return (cli_no_option(words->command, words->argv[words->at],
		    name));
	}
	if (option->value == NULL && word[length] == '=') {
		cli_error("%s: --%s takes no value", words->command->name,
		    option->name);
		return (false);
	}
	return (cli_take_option(words, option,
	    word[length] == '=' ? word + length + 1 : NULL));
}

/* Letters: "-q", "-qj", "-o VALUE", "-oVALUE". */
static bool
cli_parse_letters(struct cli_words *words)
{
	const struct cli_option *option;
	const char *word = words->argv[words->at], *p;

	for (p = word + 1; *p != '\0'; p++) {
		option = cli_find_letter(words->command->options, *p);
		if (option == NULL)
			option = cli_find_letter(cli_common, *p);
		if (option == NULL)
			/* "-quiet" is somebody's --quiet. */
			return (cli_no_option(words->command, word,
			    word[2] != '\0' ? word + 1 : NULL));
		if (option->value != NULL)
			return (cli_take_option(words, option,
			    p[1] != '\0' ? p + 1 : NULL));
		if (!cli_take_option(words, option, NULL))
			return (false);
	}
	return (true);
}

bool
cli_parse(const struct cli_command *command, int argc, char **argv,
    struct cli_args *args, enum cli_exit *code)
{
	struct cli_words words = {.command = command,
	    .argc = argc,
	    .argv = argv,
	    .args = args};
	bool words_only = false;
	const char *word;

	memset(args, 0, sizeof(*args));
	args->color = cli_color_default();
	*code = CLI_BAD;
	for (; words.at < argc && !words.help; words.at++) {
		word = argv[words.at];
		if (!words_only && strcmp(word, "--") == 0)
			words_only = true;
		else if (!words_only && word[0] == '-' && word[1] != '\0') {
			if (!(word[1] == '-' ? cli_parse_long(&words) :
					       cli_parse_letters(&words)))
				return (false);
		} else if (command->takes_words) {
			args->words = argv + words.at;
			break;
		} else if (args->noperands == command->max) {
			cli_error("%s: \"%.60s\" is one operand too many",
			    command->name, word);
			return (false);
		} else
			args->operands[args->noperands++] = word;
	}
	if (words.help) {
		cli_help(command);
		*code = CLI_OK;
		return (false);
	}
	if (command->takes_words ? args->words == NULL :
				   args->noperands < command->min) {
		cli_error("%s: needs %s; \"pmapsim %s --help\" tells more",
		    command->name, command->operands, command->name);
		return (false);
	}
	return (true);
}
