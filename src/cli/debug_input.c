/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The terminal of pmapsim debug: lines with editing, history and completion by
 * libedit, or plain lines without it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#ifdef PMAPSIM_HAVE_LIBEDIT
#include <histedit.h>
#endif

#include "cli/debug.h"

#define PROMPT "(pmapsim) "

/* Made with the session, on host memory; "edit" is NULL without a terminal. */
struct debug_input {
	struct debug *debug;
	char line[512];
#ifdef PMAPSIM_HAVE_LIBEDIT
	EditLine *edit;
	History *history;
#endif
};

#ifdef PMAPSIM_HAVE_LIBEDIT
/* The words that fit, and the letters that all of them begin with. */
struct input_match {
	unsigned count;
	char common[128];
	bool list; /* print them */
};

static void
input_match_word(const char *word, void *arg)
{
	struct input_match *match = arg;
	unsigned i;

	if (match->list)
		printf("%s  ", word);
	if (match->count++ == 0) {
		snprintf(match->common, sizeof(match->common), "%s", word);
		return;
	}
	for (i = 0; match->common[i] != '\0' && match->common[i] == word[i];
	     i++)
		continue;
	match->common[i] = '\0';
}

static char *
input_prompt(EditLine *edit)
{
	static char prompt[] = PROMPT;

	return (prompt);
}

/* The tabulator key: completes the word, or lists what it could become. */
static unsigned char
input_complete(EditLine *edit, int key)
{
	struct input_match match = {0, "", false};
	const LineInfo *info = el_line(edit);
	struct debug_input *input;
	const char *word;
	char line[512];
	size_t length;

	el_get(edit, EL_CLIENTDATA, &input);
	length = (size_t)(info->cursor - info->buffer);
	if (length >= sizeof(line))
		return (CC_ERROR);
	memcpy(line, info->buffer, length);
	line[length] = '\0';
	word = strrchr(line, ' ');
	word = word != NULL ? word + 1 : line;
	debug_complete(input->debug, line, input_match_word, &match);
	if (match.count == 0)
		return (CC_ERROR);
	if (strlen(match.common) > strlen(word)) {
		el_insertstr(edit, match.common + strlen(word));
		if (match.count == 1)
			el_insertstr(edit, " ");
		return (CC_REFRESH);
	}
	if (match.count == 1) {
		el_insertstr(edit, " ");
		return (CC_REFRESH);
	}
	match.count = 0;
	match.list = true;
	putchar('\n');
	debug_complete(input->debug, line, input_match_word, &match);
	putchar('\n');
	fflush(stdout);
	return (CC_REDISPLAY);
}

static bool
input_edit(struct debug_input *input)
{
	HistEvent event;

	input->edit = el_init("pmapsim", stdin, stdout, stderr);
	input->history = history_init();
	if (input->edit == NULL || input->history == NULL)
		return (false);
	history(input->history, &event, H_SETSIZE, 500);
	el_set(input->edit, EL_CLIENTDATA, input);
	el_set(input->edit, EL_PROMPT, input_prompt);
	el_set(input->edit, EL_EDITOR, "emacs");
	el_set(input->edit, EL_HIST, history, input->history);
	el_set(input->edit, EL_ADDFN, "pmapsim-complete", "complete a word",
	    input_complete);
	el_set(input->edit, EL_BIND, "^I", "pmapsim-complete", NULL);
	return (true);
}

static const char *
input_edited_line(struct debug_input *input)
{
	const char *typed;
	HistEvent event;
	int count;

	typed = el_gets(input->edit, &count);
	if (typed == NULL || count <= 0)
		return (NULL);
	snprintf(input->line, sizeof(input->line), "%.*s",
	    (int)strcspn(typed, "\n"), typed);
	if (input->line[strspn(input->line, " \t")] != '\0')
		history(input->history, &event, H_ENTER, input->line);
	return (input->line);
}
#endif

struct debug_input *
debug_input_open(struct debug *debug)
{
	struct debug_input *input;

	input = calloc(1, sizeof(*input));
	if (input == NULL)
		return (NULL);
	input->debug = debug;
#ifdef PMAPSIM_HAVE_LIBEDIT
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) &&
	    !input_edit(input)) {
		debug_input_close(input);
		return (NULL);
	}
#endif
	return (input);
}

void
debug_input_close(struct debug_input *input)
{

	if (input == NULL)
		return;
#ifdef PMAPSIM_HAVE_LIBEDIT
	if (input->history != NULL)
		history_end(input->history);
	if (input->edit != NULL)
		el_end(input->edit);
#endif
	free(input);
}

const char *
debug_input_line(struct debug_input *input)
{

#ifdef PMAPSIM_HAVE_LIBEDIT
	if (input->edit != NULL)
		return (input_edited_line(input));
#endif
	if (isatty(STDIN_FILENO)) {
		printf(PROMPT);
		fflush(stdout);
	}
	if (fgets(input->line, sizeof(input->line), stdin) == NULL)
		return (NULL);
	input->line[strcspn(input->line, "\n")] = '\0';
	return (input->line);
}
