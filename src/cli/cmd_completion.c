/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmapsim completion: what a shell needs to complete the command's words,
 * written from the tables by which the command parses them, so that no option
 * can be missing.  The build runs it; its output is installed.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <pmapsim/hw.h>
#include <pmapsim/museum.h>

#include "cli/cli.h"

/* What can stand for an option's value or an operand. */
enum completion_kind {
	COMPLETE_NOTHING,
	COMPLETE_WORDS, /* one of "a|b|c" */
	COMPLETE_KERNEL,
	COMPLETE_PRESET, /* or a file */
	COMPLETE_FILE,
	COMPLETE_MUSEUM,
	COMPLETE_COUNTER,
	COMPLETE_TRACE /* a scenario or a file */
};

static enum completion_kind
completion_kind(const char *value)
{

	if (strncmp(value, "NAME|FILE", 9) == 0)
		return (COMPLETE_TRACE);
	if (strcmp(value, "[NAME]") == 0)
		return (COMPLETE_MUSEUM);
	if (strncmp(value, "FILE", 4) == 0)
		return (COMPLETE_FILE);
	if (strcmp(value, "K") == 0 || strcmp(value, "K,K...") == 0 ||
	    strcmp(value, "A,B") == 0)
		return (COMPLETE_KERNEL);
	if (strncmp(value + (*value == '['), "PRESET|FILE", 11) == 0)
		return (COMPLETE_PRESET);
	if (strpbrk(value, "|,") != NULL && islower((unsigned char)*value))
		return (COMPLETE_WORDS);
	return (COMPLETE_NOTHING);
}

/* Prints the words that stand in "value", the placeholders left out. */
static void
completion_value_words(const char *value)
{
	size_t length;

	for (; *value != '\0'; value += length) {
		value += strspn(value, "|,.");
		length = strcspn(value, "|,.");
		if (length > 0 && islower((unsigned char)*value))
			printf("%.*s ", (int)length, value);
	}
}

/* What the operands after the first are. */
static enum completion_kind
completion_more(const struct cli_command *command)
{

	return (strstr(command->operands, "COUNTER") != NULL ?
		COMPLETE_COUNTER :
		COMPLETE_NOTHING);
}

/* Prints the words that "kind" always has, blanks behind them. */
static void
completion_words(enum completion_kind kind, const char *value)
{
	const struct pmapsim_kernel_info *info, *revision;
	const struct pmapsim_museum_entry *entry;
	const char *name;
	unsigned i, j;

	if (kind == COMPLETE_WORDS)
		completion_value_words(value);
	for (i = 0;
	     kind == COMPLETE_PRESET && (name = pmapsim_tlb_preset(i)) != NULL;
	     i++)
		printf("%s ", name);
	for (i = 0; kind == COMPLETE_MUSEUM &&
	     (entry = pmapsim_museum_entry(i)) != NULL;
	     i++)
		printf("%s ", entry->name);
	for (i = 0; kind == COMPLETE_COUNTER &&
	     (name = pmapsim_sysctl_name(i)) != NULL;
	     i++)
		printf("%s ", name);
	for (i = 0; kind == COMPLETE_KERNEL &&
	     (revision = pmapsim_kernel_info(i)) != NULL;
	     i++) {
		if (!revision->revision)
			continue;
		printf("%s ", revision->name);
		for (j = 0; (info = pmapsim_kernel_info(j)) != NULL; j++)
			if (!info->revision)
				printf("%s+%s ", revision->name, info->name);
	}
}

/* ---- bash ---------------------------------------------------------------- */

static void
bash_values(const struct cli_option *option)
{
	enum completion_kind kind;

	for (; option->name != NULL; option++) {
		if (option->value == NULL)
			continue;
		kind = completion_kind(option->value);
		printf("\t\t");
		if (cli_letter(option->name) != '\0')
			printf("-%c | ", cli_letter(option->name));
		printf("--%s) options= files=%s words=", option->name,
		    kind == COMPLETE_FILE || kind == COMPLETE_TRACE ||
			    kind == COMPLETE_PRESET ?
			"yes" :
			"");
		if (kind == COMPLETE_KERNEL)
			printf("$kernels ;;\n");
		else {
			putchar('\'');
			completion_words(kind, option->value);
			printf("' ;;\n");
		}
	}
}

static void
bash_options(const struct cli_option *option)
{

	for (; option->name != NULL; option++)
		printf("--%s ", option->name);
}

/* What stands in front of a value: " | -k | --kernel" of each option. */
static void
bash_valued(const struct cli_option *option)
{

	for (; option->name != NULL; option++) {
		if (option->value == NULL)
			continue;
		if (cli_letter(option->name) != '\0')
			printf(" | -%c", cli_letter(option->name));
		printf(" | --%s", option->name);
	}
}

/* Counts the operands in front of the cursor, for those after the first. */
static void
bash_operands(const struct cli_command *command)
{

	printf("\t\tfor ((i = 2; i < COMP_CWORD; i++)); do\n"
	       "\t\t\tcase ${COMP_WORDS[i - 1]} in\n"
	       "\t\t\t=");
	bash_valued(command->options);
	bash_valued(cli_common);
	printf(") continue ;;\n\t\t\tesac\n"
	       "\t\t\t[[ ${COMP_WORDS[i]} == [-=]* ]] || operands=1\n"
	       "\t\tdone\n"
	       "\t\tif [ \"$operands\" -gt 0 ]; then\n"
	       "\t\t\tfiles= words='");
	completion_words(completion_more(command), "");
	printf("'\n\t\tfi\n");
}

static void
bash_command(const struct cli_command *command)
{
	enum completion_kind kind;

	kind = completion_kind(command->operands);
	printf("\t%s)\n\t\toptions='", command->name);
	bash_options(command->options);
	bash_options(cli_common);
	printf("'\n");
	if (kind == COMPLETE_TRACE)
		printf("\t\tfiles=yes\n\t\twords=$(pmapsim scenarios "
		       "2>/dev/null | awk '/^  [^ ]/ { print $1 }')\n");
	else {
		printf("\t\tfiles=%s words='",
		    kind == COMPLETE_PRESET ? "yes" : "");
		completion_words(kind, command->operands);
		printf("'\n");
	}
	if (completion_more(command) != COMPLETE_NOTHING)
		bash_operands(command);
	printf("\t\tcase $prev in\n");
	bash_values(command->options);
	bash_values(cli_common);
	printf("\t\tesac\n\t\t;;\n");
}

static void
completion_bash(void)
{
	unsigned i;

	printf("# bash completion of pmapsim, written by "
	       "\"pmapsim completion bash\"\n"
	       "_pmapsim()\n{\n"
	       "\tlocal cur=${COMP_WORDS[COMP_CWORD]}\n"
	       "\tlocal prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
	       "\tlocal options= words= files= operands=0 i kernels='");
	completion_words(COMPLETE_KERNEL, "");
	/* Readline takes --color=always for three words. */
	printf("'\n\n"
	       "\tif [ \"$cur\" = = ]; then\n"
	       "\t\tcur=\n"
	       "\telif [ \"$prev\" = = ]; then\n"
	       "\t\tprev=${COMP_WORDS[COMP_CWORD - 2]}\n"
	       "\tfi\n"
	       "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
	       "\t\tCOMPREPLY=($(compgen -W '");
	for (i = 0; cli_commands[i] != NULL; i++)
		printf("%s ", cli_commands[i]->name);
	printf("help --help --version' -- \"$cur\"))\n\t\treturn\n\tfi\n"
	       "\tcase ${COMP_WORDS[1]} in\n");
	for (i = 0; cli_commands[i] != NULL; i++)
		bash_command(cli_commands[i]);
	printf("\thelp) words='");
	for (i = 0; cli_commands[i] != NULL; i++)
		printf("%s ", cli_commands[i]->name);
	printf("' ;;\n\tesac\n"
	       "\tcase $cur in\n"
	       "\t-*) words=$options files= ;;\n"
	       "\tesac\n"
	       "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
	       "\tif [ -n \"$files\" ]; then\n"
	       "\t\tlocal IFS=$'\\n'\n"
	       "\t\tcompopt -o filenames 2>/dev/null\n"
	       "\t\tCOMPREPLY+=($(compgen -f -- \"$cur\"))\n"
	       "\tfi\n}\n"
	       "complete -F _pmapsim pmapsim\n");
}

/* ---- zsh ----------------------------------------------------------------- */

/* Prints "text" as part of a specification of _arguments in quotes. */
static void
zsh_text(const char *text)
{

	for (; *text != '\0'; text++) {
		if (*text == '\'')
			printf("'\\''");
		else {
			if (strchr("[]:\\", *text) != NULL)
				putchar('\\');
			putchar(*text);
		}
	}
}

static void
zsh_action(const char *value)
{
	enum completion_kind kind;

	kind = completion_kind(value);
	putchar(':');
	zsh_text(value);
	putchar(':');
	if (kind == COMPLETE_FILE)
		printf("_files");
	else if (kind == COMPLETE_TRACE)
		printf("_pmapsim_trace");
	else if (kind == COMPLETE_PRESET)
		printf("_pmapsim_tlb");
	else if (kind != COMPLETE_NOTHING) {
		putchar('(');
		completion_words(kind, value);
		putchar(')');
	}
}

static void
zsh_options(const struct cli_option *option)
{

	char letter;

	for (; option->name != NULL; option++) {
		letter = cli_letter(option->name);
		printf(" \\\n\t    ");
		if (letter != '\0')
			printf("'(-%c --%s)'{-%c,--%s}'[", letter, option->name,
			    letter, option->name);
		else
			printf("'--%s[", option->name);
		zsh_text(option->help);
		putchar(']');
		if (option->value != NULL)
			zsh_action(option->value);
		putchar('\'');
	}
}

static void
completion_zsh(void)
{
	unsigned i;

	printf("#compdef pmapsim\n"
	       "# zsh completion of pmapsim, written by "
	       "\"pmapsim completion zsh\"\n\n"
	       "_pmapsim_trace()\n{\n"
	       "\tlocal -a scenarios\n"
	       "\tscenarios=(${(f)\"$(pmapsim scenarios 2>/dev/null | "
	       "awk '/^  [^ ]/ { print $1 }')\"})\n"
	       "\t_alternative \"scenarios:scenario:($scenarios)\" "
	       "'files:file:_files'\n}\n\n"
	       "_pmapsim_tlb()\n{\n"
	       "\t_alternative 'presets:preset:(");
	completion_words(COMPLETE_PRESET, "");
	printf(")' 'files:file:_files'\n}\n\n"
	       "_pmapsim()\n{\n"
	       "\tlocal -a commands\n\tcommands=(");
	for (i = 0; cli_commands[i] != NULL; i++) {
		printf("\n\t    '%s:", cli_commands[i]->name);
		zsh_text(cli_commands[i]->summary);
		putchar('\'');
	}
	printf(")\n"
	       "\tif (( CURRENT == 2 )); then\n"
	       "\t\t_describe command commands\n\t\treturn\n\tfi\n"
	       "\tif [[ $words[2] == help ]]; then\n"
	       "\t\t_describe command commands\n\t\treturn\n\tfi\n"
	       "\tshift words\n\t(( CURRENT-- ))\n"
	       "\tcase $words[1] in\n");
	for (i = 0; cli_commands[i] != NULL; i++) {
		printf("\t%s)\n\t\t_arguments", cli_commands[i]->name);
		zsh_options(cli_commands[i]->options);
		zsh_options(cli_common);
		if (cli_commands[i]->max > 0) {
			printf(" \\\n\t    '1");
			zsh_action(cli_commands[i]->operands);
			putchar('\'');
		}
		if (completion_more(cli_commands[i]) != COMPLETE_NOTHING) {
			printf(" \\\n\t    '*:counter:(");
			completion_words(completion_more(cli_commands[i]), "");
			printf(")'");
		}
		printf(" ;;\n");
	}
	printf("\tesac\n}\n\n_pmapsim \"$@\"\n");
}

static const struct cli_option completion_options[] = {{NULL, NULL, NULL}};

static enum cli_exit
completion_run(const struct cli_args *args)
{

	if (strcmp(args->operands[0], "bash") == 0)
		completion_bash();
	else if (strcmp(args->operands[0], "zsh") == 0)
		completion_zsh();
	else {
		cli_error("completion: \"%.60s\"; bash or zsh would be right",
		    args->operands[0]);
		return (CLI_BAD);
	}
	return (CLI_OK);
}

const struct cli_command cmd_completion = {
    .name = "completion",
    .operands = "bash|zsh",
    .min = 1,
    .max = 1,
    .summary = "Write the completion of this command for a shell",
    .description =
	"Writes what bash or zsh reads to complete subcommands, options,\n"
	"kernels and scenarios: source <(pmapsim completion bash).\n",
    .options = completion_options,
    .run = completion_run,
};
