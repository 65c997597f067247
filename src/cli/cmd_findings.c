/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmapsim findings: what all processes of a campaign have found, one entry a
 * bug.  Two findings are of one bug when they are of one kind, with the same
 * panic code or audit rule, in the same function.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/hunt.h"

enum { FINDINGS_JSON };
static const struct cli_option findings_options[] =
    {[FINDINGS_JSON] = {"json", NULL,
	 "print JSON, with the shortest traces, instead of text"},
	{NULL, NULL, NULL}};

/* A bug: what its findings have in common, and its shortest trace. */
struct bug {
	char kind[32], code[80], function[80];
	uint64_t times;	 /* it was found */
	uint64_t first;	 /* calls in the shard that found it first, fewest */
	uint64_t length; /* statements of the shortest trace */
	char text[512];	 /* of that finding */
	char file[64];	 /* with that trace, in the folder */
};

/* What the folder has.  Filled in from its files; the command frees "bugs". */
struct findings {
	const char *folder;
	struct sheet campaign; /* read up to the identity */
	struct sheet identity; /* its lines that each state repeats */
	uint64_t sum, shards;  /* of the campaign */
	uint64_t begun, done;  /* shards */
	uint64_t found;	       /* findings */
	struct pmapsim_hunt_position total; /* of all shards */
	struct bug *bugs;
	size_t nbugs, room;
};

/* ---- reading ------------------------------------------------------------- */

/* Reads what the campaign is; false, with the message: the folder has none. */
static bool
findings_campaign(struct findings *f)
{
	struct sheet *sheet = &f->campaign;
	char path[PATH_MAX];
	const char *end;
	enum sheet_found found;

	if (!campaign_path(path, f->folder, "campaign"))
		return (false);
	found = sheet_read(sheet, path);
	if (found == SHEET_ABSENT)
		cli_error("%.400s: no campaign: there is no such file", path);
	if (found != SHEET_READ)
		return (false);
	f->sum = sheet_sum(0, sheet->text, sheet->size);
	end = sheet->text + sheet->size;
	if (sheet_take(sheet, "pmapsim-campaign") == NULL)
		return (sheet_is_bad(sheet, path, "pmapsim-campaign 1"));
	/* All but the last line. */
	while (end > sheet->text + sheet->at + 1 && end[-2] != '\n')
		end--;
	end--;
	f->identity.size = (size_t)(end - (sheet->text + sheet->at));
	memcpy(f->identity.text, sheet->text + sheet->at, f->identity.size);
	sheet->at += f->identity.size;
	return (sheet_take_number(sheet, "shards", &f->shards) ||
	    sheet_is_bad(sheet, path, "shards N"));
}

/* Adds what a shard has done to the total. */
static bool
findings_shard(struct findings *f, const char *path)
{
	struct pmapsim_hunt_position at, *total = &f->total;
	struct sheet sheet, identity = f->identity;
	uint64_t goal;
	size_t i;

	if (sheet_read(&sheet, path) != SHEET_READ)
		return (false);
	if (sheet_take(&sheet, "pmapsim-hunt") == NULL)
		return (sheet_is_bad(&sheet, path, "pmapsim-hunt 1"));
	if (!sheet_is_of(&sheet, &identity, path, "campaign"))
		return (false);
	if (sheet_take(&sheet, "shard") == NULL)
		return (sheet_is_bad(&sheet, path, "shard I/N"));
	if (!hunt_read_position(&sheet, path, &goal, &at))
		return (false);
	f->begun++;
	f->done += goal != 0 && at.calls >= goal;
	total->calls += at.calls;
	total->statements += at.statements;
	total->promotions += at.promotions;
	total->nstates = 0;
	for (i = 0; i < sizeof(at.states); i++) {
		total->states[i] |= at.states[i];
		total->nstates += (unsigned)
		    __builtin_popcount(total->states[i]);
	}
	return (true);
}

/* The bug of "like", with no finding yet where it is a new one; NULL, with the
 * message: no memory. */
static struct bug *
findings_bug(struct findings *f, const struct bug *like)
{
	struct bug *bugs;
	size_t i;

	for (i = 0; i < f->nbugs; i++)
		if (strcmp(f->bugs[i].kind, like->kind) == 0 &&
		    strcmp(f->bugs[i].code, like->code) == 0 &&
		    strcmp(f->bugs[i].function, like->function) == 0)
			return (&f->bugs[i]);
	if (f->nbugs == f->room) {
		f->room = 2 * f->room + 16;
		bugs = realloc(f->bugs, f->room * sizeof(*bugs));
		if (bugs == NULL) {
			cli_error("no memory for %zu bugs", f->room);
			return (NULL);
		}
		f->bugs = bugs;
	}
	f->bugs[f->nbugs] = *like;
	return (&f->bugs[f->nbugs++]);
}

/* Whether the next line has "key"; its value is copied. */
static bool
findings_take(struct sheet *sheet, const char *key, char *value, size_t size)
{
	const char *text = sheet_take(sheet, key);

	return (text != NULL &&
	    (size_t)snprintf(value, size, "%s", text) < size);
}

/* Reads a finding into "one", the calls before it being its "first". */
static bool
findings_read(const struct findings *f, const char *path, struct bug *one)
{
	struct sheet sheet;
	uint64_t shard, round;
	char sum[17], expected[17];

	if (sheet_read(&sheet, path) != SHEET_READ)
		return (false);
	if (sheet_take(&sheet, "pmapsim-finding") == NULL ||
	    !findings_take(&sheet, "campaign", sum, sizeof(sum)))
		return (sheet_is_bad(&sheet, path, "pmapsim-finding 1"));
	snprintf(expected, sizeof(expected), "%016" PRIx64, f->sum);
	if (strcmp(sum, expected) != 0) {
		cli_error("%.400s: it is of another campaign", path);
		return (false);
	}
	if (!sheet_take_number(&sheet, "shard", &shard) ||
	    !sheet_take_number(&sheet, "round", &round) ||
	    !sheet_take_number(&sheet, "calls", &one->first) ||
	    !sheet_take_number(&sheet, "statements", &one->length) ||
	    !findings_take(&sheet, "kind", one->kind, sizeof(one->kind)) ||
	    !findings_take(&sheet, "code", one->code, sizeof(one->code)) ||
	    !findings_take(&sheet, "function", one->function,
		sizeof(one->function)) ||
	    !findings_take(&sheet, "text", one->text, sizeof(one->text)))
		return (sheet_is_bad(&sheet, path,
		    "shard, round, calls, statements, kind, code, function and "
		    "text"));
	snprintf(one->file, sizeof(one->file),
	    "shard-%" PRIu64 "-round-%" PRIu64 ".trace", shard, round);
	return (true);
}

/* Whether "a" is the better trace: shorter, or found sooner, or by its name,
 * so that the order of the folder does not matter. */
static bool
findings_better(const struct bug *a, const struct bug *b)
{

	if (a->length != b->length)
		return (a->length < b->length);
	return (strcmp(a->file, b->file) < 0);
}

/* Adds a finding to its bug. */
static bool
findings_add(struct findings *f, const char *path)
{
	struct bug one = {.times = 0}, *bug;

	if (!findings_read(f, path, &one))
		return (false);
	bug = findings_bug(f, &one);
	if (bug == NULL)
		return (false);
	f->found++;
	bug->times++;
	if (one.first < bug->first)
		bug->first = one.first;
	if (findings_better(&one, bug)) {
		bug->length = one.length;
		snprintf(bug->text, sizeof(bug->text), "%s", one.text);
		snprintf(bug->file, sizeof(bug->file), "%s", one.file);
	}
	return (true);
}

static bool
findings_ends(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return (n > m && strcmp(name + n - m, end) == 0);
}

/* Reads all files of the folder. */
static bool
findings_folder(struct findings *f)
{
	struct dirent *entry;
	char path[PATH_MAX];
	bool good = true;
	DIR *dir;

	dir = opendir(f->folder);
	if (dir == NULL) {
		cli_error("%.400s: %s", f->folder, strerror(errno));
		return (false);
	}
	while (good && (errno = 0, entry = readdir(dir)) != NULL) {
		if (strncmp(entry->d_name, "shard-", 6) != 0)
			continue;
		if (findings_ends(entry->d_name, ".state"))
			good = campaign_path(path, f->folder, "%s",
				   entry->d_name) &&
			    findings_shard(f, path);
		else if (findings_ends(entry->d_name, ".finding"))
			good = campaign_path(path, f->folder, "%s",
				   entry->d_name) &&
			    findings_add(f, path);
	}
	if (good && errno != 0) {
		cli_error("%.400s: %s", f->folder, strerror(errno));
		good = false;
	}
	closedir(dir);
	return (good);
}

/* ---- telling ------------------------------------------------------------- */

/* The most frequent bug first; for qsort(). */
static int
findings_order(const void *a, const void *b)
{
	const struct bug *x = a, *y = b;

	if (x->times != y->times)
		return (x->times > y->times ? -1 : 1);
	return (strcmp(x->file, y->file));
}

/* The value of an identity's line; "" without one. */
static const char *
findings_identity(const struct findings *f, struct sheet *copy, const char *key)
{
	const char *value;

	*copy = f->identity;
	copy->at = copy->line = 0;
	while (copy->at < copy->size) {
		value = sheet_take(copy, key);
		if (value != NULL)
			return (value);
		copy->at += strcspn(copy->text + copy->at, "\n") + 1;
	}
	return ("");
}

static void
findings_print(const struct findings *f)
{
	const struct pmapsim_hunt_position *t = &f->total;
	const struct bug *bug;
	struct sheet copy;

	printf("kernel %s, ", findings_identity(f, &copy, "kernel"));
	printf("seed %s: %" PRIu64 " calls in %" PRIu64 " statements, %" PRIu64
	       " promotions, %u states\n"
	       "%" PRIu64 " shards: %" PRIu64 " begun, %" PRIu64 " done\n",
	    findings_identity(f, &copy, "seed"), t->calls, t->statements,
	    t->promotions, t->nstates, f->shards, f->begun, f->done);
	if (f->nbugs == 0)
		printf("nothing found\n");
	for (bug = f->bugs; bug < f->bugs + f->nbugs; bug++)
		printf("\n%s %s in %s: %s\n"
		       "    found %" PRIu64 " time%s, first after %" PRIu64
		       " calls of its shard, once in %" PRIu64 " calls\n"
		       "    shortest: %s/%s, %" PRIu64 " statements\n",
		    bug->kind, bug->code, bug->function, bug->text, bug->times,
		    bug->times == 1 ? "" : "s", bug->first,
		    t->calls / bug->times, f->folder, bug->file, bug->length);
}

/* The shortest trace of a bug as JSON; NULL, with the message. */
static json_t *
findings_trace(const struct findings *f, const struct bug *bug)
{
	struct pmapsim_trace *trace;
	char path[PATH_MAX], err[600];
	json_t *json;

	if (!campaign_path(path, f->folder, "%s", bug->file))
		return (NULL);
	if (pmapsim_trace_open(path, &trace, err, sizeof(err)) != PMAPSIM_OK) {
		cli_error("%s", err);
		return (NULL);
	}
	json = cli_json_trace(trace);
	pmapsim_trace_close(trace);
	return (json);
}

static bool
findings_print_json(const struct findings *f)
{
	const struct pmapsim_hunt_position *t = &f->total;
	json_t *bugs = json_array(), *trace;
	const struct bug *bug;
	struct sheet a, b;

	for (bug = f->bugs; bug < f->bugs + f->nbugs; bug++) {
		trace = findings_trace(f, bug);
		if (trace == NULL) {
			json_decref(bugs);
			return (false);
		}
		json_array_append_new(bugs,
		    json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:s, s:I, s:o}",
			"kind", bug->kind, "code", bug->code, "function",
			bug->function, "text", bug->text, "times",
			(json_int_t)bug->times, "first_calls",
			(json_int_t)bug->first, "file", bug->file, "statements",
			(json_int_t)bug->length, "trace", trace));
	}
	return (cli_print_json(json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I,"
					 " s:I, s:I, s:o}",
	    "kernel", findings_identity(f, &a, "kernel"), "seed",
	    findings_identity(f, &b, "seed"), "calls", (json_int_t)t->calls,
	    "statements", (json_int_t)t->statements, "promotions",
	    (json_int_t)t->promotions, "states", (json_int_t)t->nstates,
	    "shards", (json_int_t)f->shards, "begun", (json_int_t)f->begun,
	    "done", (json_int_t)f->done, "bugs", bugs)));
}

static enum cli_exit
findings_run(const struct cli_args *args)
{
	struct findings f = {.folder = args->operands[0]};
	enum cli_exit code = CLI_BAD;

	if (findings_campaign(&f) && findings_folder(&f)) {
		if (f.nbugs != 0)
			qsort(f.bugs, f.nbugs, sizeof(f.bugs[0]),
			    findings_order);
		code = f.nbugs != 0 ? CLI_MISMATCH : CLI_OK;
		if (args->options[FINDINGS_JSON] == NULL)
			findings_print(&f);
		else if (!findings_print_json(&f))
			code = CLI_BAD;
	}
	free(f.bugs);
	return (code);
}

const struct cli_command cmd_findings = {
    .name = "findings",
    .operands = "FOLDER",
    .min = 1,
    .max = 1,
    .summary = "Merge what the processes of a campaign have found",
    .description =
	"Reads the folder that \"pmapsim hunt --campaign FOLDER\" fills, now or\n"
	"when it is done, and prints one entry a bug: what fails and where, how\n"
	"often it was found, and the shortest trace of it.  Exits 0 when\n"
	"nothing was found, 1 when something was.\n",
    .options = findings_options,
    .run = findings_run,
};
