/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenarios: the traces that are installed with the command, found by name;
 * and the subcommand that lists them.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "cli/cli.h"

#define SCENARIO_SUFFIX ".trace"
/* The bug museum's lie in a folder of their own, which is part of the name. */
#define SCENARIO_MUSEUM "museum/"
#define SCENARIOS_MAX 256
#define SCENARIO_NAME_MAX 64

/* The names in one place, sorted. */
struct scenario_list {
	unsigned count;
	char names[SCENARIOS_MAX][SCENARIO_NAME_MAX];
};

/*
 * The path of this command, without symbolic links.  Linux tells it; elsewhere,
 * or without /proc, it is the word that the command was called by, which the
 * shell has looked for in PATH.  Returns false when it is not found.
 */
static bool
scenario_self(char *self, size_t size)
{
	char path[4096];
	const char *at, *end, *name = cli_called_as();
	ssize_t length;
	char *found;
	int n;

	length = readlink("/proc/self/exe", self, size - 1);
	if (length > 0) {
		self[length] = '\0';
		return (true);
	}
	if (name == NULL)
		return (false);
	at = strchr(name, '/') != NULL ? "" : getenv("PATH");
	for (; at != NULL; at = *end == ':' ? end + 1 : NULL) {
		end = at + strcspn(at, ":");
		n = snprintf(path, sizeof(path), "%.*s%s%s", (int)(end - at),
		    at, end > at ? "/" : "", name);
		if (n < 0 || (size_t)n >= sizeof(path) ||
		    access(path, X_OK) != 0 ||
		    (found = realpath(path, NULL)) == NULL)
			continue;
		n = snprintf(self, size, "%s", found);
		free(found);
		return (n >= 0 && (size_t)n < size);
	}
	return (false);
}

/*
 * First where PMAPSIM_SCENARIOS says, then beside the command: an installed
 * tree and a build tree both have bin/ and share/pmapsim/scenarios/ in one
 * folder, so both can be moved.
 */
bool
scenario_directory(unsigned index, char *path, size_t size)
{
	const char *named;
	char self[4096];
	char *slash;
	int i, n;

	named = getenv("PMAPSIM_SCENARIOS");
	if (named != NULL && named[0] != '\0' && index-- == 0) {
		n = snprintf(path, size, "%s", named);
		return (n >= 0 && (size_t)n < size);
	}
	if (index != 0)
		return (false);
	if (!scenario_self(self, sizeof(self)))
		return (false);
	/* /usr/bin/pmapsim: without two components it is /usr. */
	for (i = 0; i < 2; i++) {
		slash = strrchr(self, '/');
		if (slash == NULL)
			return (false);
		*slash = '\0';
	}
	n = snprintf(path, size, "%s/share/pmapsim/scenarios", self);
	return (n >= 0 && (size_t)n < size);
}

/* The file of scenario "name"; false when there is none of that name. */
static bool
scenario_path(const char *name, char *path, size_t size)
{
	char directory[4096];
	const char *base;
	struct stat st;
	unsigned i;
	int n;

	base = strncmp(name, SCENARIO_MUSEUM, strlen(SCENARIO_MUSEUM)) == 0 ?
	    name + strlen(SCENARIO_MUSEUM) :
	    name;
	if (strchr(base, '/') != NULL || base[0] == '\0')
		return (false);
	for (i = 0; scenario_directory(i, directory, sizeof(directory)); i++) {
		n = snprintf(path, size, "%s/%s%s", directory, name,
		    SCENARIO_SUFFIX);
		if (n >= 0 && (size_t)n < size && stat(path, &st) == 0 &&
		    S_ISREG(st.st_mode))
			return (true);
	}
	return (false);
}

static int
scenario_compare(const void *a, const void *b)
{

	return (strcmp(a, b));
}

/* Fills "list" with what is in "directory", sorted: the host's order of a
 * directory may not be seen. */
static void
scenario_read_directory(const char *directory, struct scenario_list *list)
{
	struct dirent *entry;
	size_t length;
	DIR *dir;

	list->count = 0;
	dir = opendir(directory);
	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL) {
		length = strlen(entry->d_name);
		if (length <= strlen(SCENARIO_SUFFIX) ||
		    list->count == SCENARIOS_MAX)
			continue;
		length -= strlen(SCENARIO_SUFFIX);
		if (length >= SCENARIO_NAME_MAX ||
		    strcmp(entry->d_name + length, SCENARIO_SUFFIX) != 0)
			continue;
		snprintf(list->names[list->count++], SCENARIO_NAME_MAX, "%.*s",
		    (int)length, entry->d_name);
	}
	closedir(dir);
	qsort(list->names, list->count, SCENARIO_NAME_MAX, scenario_compare);
}

static const char *
scenario_list_name(void *arg, unsigned index)
{
	struct scenario_list *list = arg;

	return (index < list->count ? list->names[index] : NULL);
}

/* Tells that "name" is neither scenario nor file, and what is near. */
static void
scenario_unknown(const char *name)
{
	struct scenario_list list;
	char directory[4096];
	const char *near = NULL;
	unsigned i;

	for (i = 0; near == NULL &&
	     scenario_directory(i, directory, sizeof(directory));
	     i++) {
		scenario_read_directory(directory, &list);
		near = pmapsim_nearest(name, scenario_list_name, &list);
		if (near != NULL)
			cli_error("no scenario and no file \"%.200s\"; did you "
				  "mean \"%s\"?",
			    name, near);
	}
	if (near == NULL)
		cli_error("no scenario and no file \"%.200s\"; \"pmapsim "
			  "scenarios\" lists those that there are",
		    name);
}

/* Opens scenario or file "name"; NULL, with the message: it cannot be read. */
static struct pmapsim_trace *
scenario_read(const char *name)
{
	struct pmapsim_trace *trace;
	char path[4096];
	char err[512];

	if (!scenario_path(name, path, sizeof(path))) {
		if (strcmp(name, "-") != 0 && strchr(name, '/') == NULL &&
		    access(name, F_OK) != 0) {
			scenario_unknown(name);
			return (NULL);
		}
		if ((size_t)snprintf(path, sizeof(path), "%s", name) >=
		    sizeof(path)) {
			cli_error("%.60s...: the name is too long", name);
			return (NULL);
		}
	}
	if (pmapsim_trace_open(path, &trace, err, sizeof(err)) != PMAPSIM_OK) {
		cli_error("%s", err);
		return (NULL);
	}
	return (trace);
}

bool
scenario_check(const struct pmapsim_trace *trace)
{
	char err[512];

	if (pmapsim_trace_check(trace, err, sizeof(err)) == PMAPSIM_OK)
		return (true);
	cli_error("%s", err);
	return (false);
}

/*
 * Checks the first statement, the machine: of what it names a replay does not
 * look at what the command's options replace.
 */
static bool
scenario_check_machine(const struct pmapsim_trace *trace)
{
	struct pmapsim_trace *head;
	const char *end, *line, *text;
	char err[512];
	size_t size;
	bool holds;

	text = pmapsim_trace_text(trace, &size);
	end = text + size;
	for (line = text; line < end; line++) {
		line += strspn(line, " \t\r");
		if (line < end && *line != '\n' && *line != '#')
			break;
		line = memchr(line, '\n', (size_t)(end - line) + 1);
	}
	if (line < end)
		end = memchr(line, '\n', (size_t)(end - line) + 1);
	/* With its newline, or it would be told that the file ends in it. */
	end += end < text + size;
	if (pmapsim_trace_from_memory(pmapsim_trace_name(trace), text,
		(size_t)(end - text), &head, err, sizeof(err)) != PMAPSIM_OK) {
		cli_error("%s", err);
		return (false);
	}
	holds = scenario_check(head);
	pmapsim_trace_close(head);
	return (holds);
}

struct pmapsim_trace *
scenario_open_unchecked(const char *name)
{
	struct pmapsim_trace *trace;

	trace = scenario_read(name);
	if (trace != NULL && scenario_check_machine(trace) &&
	    cli_can_play(trace, name))
		return (trace);
	pmapsim_trace_close(trace);
	return (NULL);
}

struct pmapsim_trace *
scenario_open(const char *name)
{
	struct pmapsim_trace *trace;

	trace = scenario_read(name);
	if (trace != NULL && scenario_check(trace) && cli_can_play(trace, name))
		return (trace);
	pmapsim_trace_close(trace);
	return (NULL);
}

enum { SCENARIOS_JSON };
static const struct cli_option scenarios_options[] =
    {[SCENARIOS_JSON] = {"json", NULL, "print JSON instead of a list"},
	{NULL, NULL, NULL}};

#define SCENARIO_COLUMN 29 /* in which titles begin */

/* Prints, or adds to "json", what the file's first line says after
 * "# NAME: "; false, with the message, when it cannot be read. */
static bool
scenario_print(const char *directory, const char *name, json_t *json,
    bool color)
{
	char line[256], path[4096 + SCENARIO_NAME_MAX + 16];
	const char *text;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s%s", directory, name,
	    SCENARIO_SUFFIX);
	line[0] = '\0';
	file = fopen(path, "r");
	if (file == NULL) {
		cli_error("%.400s: %s", path, strerror(errno));
		return (false);
	}
	if (fgets(line, sizeof(line), file) == NULL)
		line[0] = '\0';
	if (ferror(file)) {
		cli_error("%.400s: %s", path, strerror(errno));
		fclose(file);
		return (false);
	}
	fclose(file);
	line[strcspn(line, "\n")] = '\0';
	text = strstr(line, ": ");
	text = line[0] == '#' && text != NULL ? text + 2 : "";
	if (json != NULL)
		json_array_append_new(json,
		    json_pack("{s:o, s:o, s:o}", "name", cli_json_text(name),
			"title", cli_json_text(text), "file",
			cli_json_text(path)));
	else {
		printf("  %s", cli_style(color, CLI_STRONG));
		cli_print_text(stdout, name, strlen(name));
		printf("%s", cli_style(color, CLI_PLAIN));
		/* A long name has a line of its own. */
		if (strlen(name) < SCENARIO_COLUMN - 2)
			printf("%*s", SCENARIO_COLUMN - 2 - (int)strlen(name),
			    "");
		else
			printf("\n%*s", SCENARIO_COLUMN, "");
		cli_print_wrapped(text, SCENARIO_COLUMN);
	}
	return (true);
}

static enum cli_exit
scenarios_run(const struct cli_args *args)
{
	struct scenario_list list;
	char directory[4096];
	unsigned i, j, count = 0;
	json_t *json;

	json = args->options[SCENARIOS_JSON] != NULL ? json_array() : NULL;
	for (i = 0; scenario_directory(i, directory, sizeof(directory)); i++) {
		scenario_read_directory(directory, &list);
		for (j = 0; j < list.count; j++)
			if (!scenario_print(directory, list.names[j], json,
				args->color)) {
				json_decref(json);
				return (CLI_BAD);
			}
		count += list.count;
	}
	if (args->options[SCENARIOS_JSON] != NULL && !cli_print_json(json))
		return (CLI_BAD);
	if (count == 0) {
		cli_error("no scenario is installed; PMAPSIM_SCENARIOS may "
			  "name their folder");
		return (CLI_BAD);
	}
	return (CLI_OK);
}

const struct cli_command cmd_scenarios = {
    .name = "scenarios",
    .operands = "",
    .summary = "List the scenarios that can be replayed by name",
    .description =
	"Scenarios are traces installed with the command.  The folder that\n"
	"PMAPSIM_SCENARIOS names, if any, is looked into first.\n",
    .options = scenarios_options,
    .run = scenarios_run,
};
