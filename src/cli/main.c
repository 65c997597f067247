/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pmapsim command: finds the subcommand and gives it the rest.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

const struct cli_command *const cli_commands[] = {&cmd_replay, &cmd_debug,
    &cmd_compare, &cmd_diff, &cmd_race, &cmd_record, &cmd_record_program,
    &cmd_import, &cmd_run, &cmd_scenarios, &cmd_hunt, &cmd_findings,
    &cmd_shrink, &cmd_explore, &cmd_map, &cmd_timeline, &cmd_museum,
    &cmd_sysctl, &cmd_kernels, &cmd_tlb, &cmd_pte, &cmd_completion, NULL};
#define NCOMMANDS (sizeof(cli_commands) / sizeof(cli_commands[0]) - 1)

static void
main_help(void)
{
	unsigned i;

	printf("usage: pmapsim COMMAND [OPTION...] [OPERAND...]\n\n"
	       "FreeBSD/amd64's virtual memory, as an ordinary program.\n\n"
	       "commands:\n");
	for (i = 0; i < NCOMMANDS; i++)
		printf("  %-15s%s\n", cli_commands[i]->name,
		    cli_commands[i]->summary);
	printf("\n\"pmapsim COMMAND --help\" tells more; \"pmapsim --version\" "
	       "(-V) its version.\n"
	       "First steps: pmapsim scenarios; pmapsim replay acpi-wakeup\n");
}

static const char *
main_command_name(void *arg, unsigned index)
{

	return (index < NCOMMANDS ? cli_commands[index]->name : NULL);
}

static enum cli_exit
main_run(int argc, char **argv)
{
	struct cli_args args;
	enum cli_exit code;
	const char *near;
	unsigned i;
	bool help;

	if (argc < 2) {
		cli_error("no command given; \"pmapsim --help\" lists them");
		return (CLI_BAD);
	}
	help = strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0;
	if (help && argc == 2) {
		main_help();
		return (CLI_OK);
	}
	/* "pmapsim help replay" */
	if (help)
		argv++;
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		printf("pmapsim %s\n", pmapsim_version());
		return (CLI_OK);
	}
	for (i = 0; i < NCOMMANDS; i++)
		if (strcmp(argv[1], cli_commands[i]->name) == 0)
			break;
	if (i == NCOMMANDS) {
		near = pmapsim_nearest(argv[1], main_command_name, NULL);
		if (near != NULL)
			cli_error("no command \"%.60s\"; did you mean \"%s\"?",
			    argv[1], near);
		else
			cli_error("no command \"%.60s\"; \"pmapsim --help\" "
				  "lists them",
			    argv[1]);
		return (CLI_BAD);
	}
	if (help) {
		cli_help(cli_commands[i]);
		return (CLI_OK);
	}
	if (cli_parse(cli_commands[i], argc - 2, argv + 2, &args, &code))
		code = cli_commands[i]->run(&args);
	free(args.tlb);
	return (code);
}

/*
 * Who starts the command may have closed these; the next file opened would get
 * the place, and be written to.  What takes it fails as the closed one did.
 */
static void
main_fill_streams(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDONLY);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

/* argv[0]; written once, by main(). */
static const char *called_as;

const char *
cli_called_as(void)
{

	return (called_as);
}

int
main(int argc, char **argv)
{
	enum cli_exit code;

	called_as = argv[0];
	cli_keep_words(argv);
	main_fill_streams();
	cli_json_start();
	code = main_run(argc, argv);
	/* A report that did not reach its reader was not given. */
	if (fflush(stdout) != 0 || ferror(stdout)) {
		cli_error("standard output: %s", strerror(errno));
		code = CLI_BAD;
	}
	/* Whoever started the command can tell that it was stopped. */
	if (code > CLI_SIGNAL)
		raise((int)code - CLI_SIGNAL);
	return ((int)code);
}
