/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The library in a browser: what the page calls; see web.h.  web_open() makes
 * the session, and the functions below it ask and move it.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pmapsim/diff.h>
#include <pmapsim/museum.h>

#include "study/machine_map.h"
#include "study/region.h"
#include "study/travel.h"
#include "web/web.h"

/* The functions that the page calls are kept by the linker. */
#define WEB_API __attribute__((used, visibility("default")))

/* Text that grows; what the page was given last stays until the next call. */
struct web_text {
	char *text;
	size_t size, room;
};

/* The page's session: the trace, the journey, and the region that is shown. */
struct web {
	struct pmapsim_trace *trace;
	char kernel[PMAPSIM_KERNEL_NAME_SIZE];
	struct pmapsim_replay_options options;
	struct travel travel;
	char pmap[EXPLAIN_NAME_MAX];
	vm_offset_t va;
	struct web_text out;
};

/* The one page has one. */
static struct web *
web_session(void)
{
	static struct web web;

	return (&web);
}

/* ---- text and JSON ------------------------------------------------------ */

/* Makes room for "size" bytes and a NUL behind them; false: no memory. */
static bool
web_grow(struct web_text *out, size_t size)
{
	char *larger;

	if (out->size + size + 1 <= out->room)
		return (true);
	larger = realloc(out->text, 2 * (out->size + size + 1));
	if (larger == NULL)
		return (false);
	out->text = larger;
	out->room = 2 * (out->size + size + 1);
	return (true);
}

static void PMAPSIM_PRINTFLIKE(2, 3)
    web_put(struct web_text *out, const char *fmt, ...)
{
	va_list ap;
	size_t left;
	int n;

	/* Most of what is written fits, so that once is enough. */
	left = out->room - out->size;
	va_start(ap, fmt);
	n = vsnprintf(left > 0 ? out->text + out->size : NULL, left, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if ((size_t)n >= left) {
		if (!web_grow(out, (size_t)n)) {
			if (left > 0)
				out->text[out->size] = '\0';
			return;
		}
		va_start(ap, fmt);
		vsnprintf(out->text + out->size, (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
	out->size += (size_t)n;
}

/* Writes "size" bytes as a JSON string; what is not ASCII becomes "?". */
static void
web_put_string(struct web_text *out, const char *text, size_t size)
{
	size_t i;
	char *p;

	/* Each byte may become two. */
	if (!web_grow(out, 2 * size + 2))
		return;
	p = out->text + out->size;
	*p++ = '"';
	for (i = 0; i < size; i++) {
		if (text[i] == '"' || text[i] == '\\' || text[i] == '\n')
			*p++ = '\\';
		*p++ = text[i] == '\n'		   ? 'n' :
		    text[i] < ' ' || text[i] > '~' ? '?' :
						     text[i];
	}
	*p++ = '"';
	*p = '\0';
	out->size = (size_t)(p - out->text);
}

static void
web_put_word(struct web_text *out, const char *text)
{

	web_put_string(out, text, strlen(text));
}

static void
web_put_hex(struct web_text *out, uint64_t value)
{

	web_put(out, "\"0x%" PRIx64 "\"", value);
}

/* Empties "out" and begins an answer in it. */
static struct web_text *
web_begin(struct web *web)
{

	web->out.size = 0;
	web_put(&web->out, "%s", "");
	return (&web->out);
}

static const char *
web_end(const struct web_text *out)
{

	return (out->text != NULL ? out->text : "");
}

/* ---- the session -------------------------------------------------------- */

static void
web_close(struct web *web)
{

	if (web->trace == NULL)
		return;
	travel_end(&web->travel);
	pmapsim_trace_close(web->trace);
	web->trace = NULL;
}

WEB_API const char *
web_open(const char *name, const char *text, const char *kernel)
{
	struct web *web = web_session();
	struct web_text *out;
	char err[512];

	web_close(web);
	out = web_begin(web);
	if (kernel[0] != '\0' &&
	    !pmapsim_kernel_valid(kernel, err, sizeof(err))) {
		web_put(out, "%s", err);
		return (web_end(out));
	}
	if (pmapsim_trace_from_memory(name, text, strlen(text), &web->trace,
		err, sizeof(err)) != PMAPSIM_OK) {
		web_put(out, "%s", err);
		return (web_end(out));
	}
	snprintf(web->kernel, sizeof(web->kernel), "%s", kernel);
	memset(&web->options, 0, sizeof(web->options));
	if (kernel[0] != '\0')
		web->options.kernel = web->kernel;
	if (pmapsim_trace_check(web->trace, err, sizeof(err)) != PMAPSIM_OK)
		web_put(out, "%s", err);
	else if (!travel_start(&web->travel, web->trace, &web->options))
		web_put(out, "%s", web->travel.err);
	if (out->size > 0) {
		pmapsim_trace_close(web->trace);
		web->trace = NULL;
	}
	return (web_end(out));
}

WEB_API const char *
web_go(unsigned position)
{
	struct web *web = web_session();
	struct web_text *out = web_begin(web);
	bool ended;

	if (web->trace == NULL)
		return (web_end(out));
	if (!travel_to(&web->travel, position, NULL, NULL))
		web_put(out, "%s", web->travel.err);
	/* Where it stopped before, the last step is not explained. */
	ended = travel_ended(&web->travel);
	if (web->travel.last == NULL && web->travel.position > 0 &&
	    travel_to(&web->travel, web->travel.position - 1, NULL, NULL)) {
		travel_step(&web->travel);
		/* That this is the end it must find out again. */
		if (ended)
			travel_step(&web->travel);
	}
	return (web_end(out));
}

WEB_API void
web_look(const char *pmap, const char *va)
{
	struct web *web = web_session();

	snprintf(web->pmap, sizeof(web->pmap), "%s", pmap);
	web->va = strtoull(va, NULL, 0);
}

/* ---- what the page shows ------------------------------------------------ */

static void
web_explain_line(void *arg, const char *line)
{
	struct web_text *out = arg;

	if (out->text[out->size - 1] != '[')
		web_put(out, ",");
	web_put_word(out, line);
}

static void
web_put_panic(struct web_text *out, const struct pmapsim_panic *panic)
{
	unsigned i;

	web_put(out, ",\"panic\":{\"text\":");
	web_put_word(out, panic->text);
	web_put(out, ",\"frames\":[");
	for (i = 0; i < panic->nframes; i++) {
		web_put(out, "%s", i > 0 ? "," : "");
		web_put_word(out, panic->frames[i]);
	}
	web_put(out, "]}");
}

static void
web_put_map(struct web_text *out, const struct machine_map *map)
{
	static const char frames[MAP_FRAME_KINDS] = {
	    [MAP_FRAME_FREE] = '.',
	    [MAP_FRAME_BOOT] = '-',
	    [MAP_FRAME_TABLES] = 'T',
	    [MAP_FRAME_LOST] = 'L',
	    [MAP_FRAME_OBJECTS] = 'o',
	    [MAP_FRAME_WIRED] = 'w',
	    [MAP_FRAME_BROKEN] = 'x',
	    [MAP_FRAME_RESERVED] = '0',
	    [MAP_FRAME_FULL] = '#',
	};
	static const char regions[MAP_REGION_KINDS] = {
	    [MAP_REGION_EMPTY] = '.',
	    [MAP_REGION_PARTIAL] = '0',
	    [MAP_REGION_4K] = '!',
	    [MAP_REGION_2M] = '#',
	};
	const struct map_region *region;
	char text[200];
	unsigned i, j;

	web_put(out, ",\"frames\":[");
	for (i = 0; i < map->nframes; i++) {
		map_frame_text(&map->frames[i], text, sizeof(text));
		web_put(out, "%s[\"%c\",%u,", i > 0 ? "," : "",
		    frames[map->frames[i].kind], map->frames[i].popcnt);
		web_put_word(out, text);
		web_put(out, "]");
	}
	web_put(out, "],\"spaces\":[");
	for (i = 0; i < map->nspaces; i++) {
		web_put(out, "%s{\"name\":", i > 0 ? "," : "");
		web_put_word(out, map->spaces[i].name);
		web_put(out, ",\"resident\":%" PRId64 ",\"regions\":[",
		    map->spaces[i].resident);
		for (j = 0; j < map->spaces[i].nregions; j++) {
			region = &map->spaces[i].regions[j];
			map_region_text(region, text, sizeof(text));
			web_put(out, "%s[", j > 0 ? "," : "");
			web_put_hex(out, region->va);
			web_put(out, ",\"%c\",%u,", regions[region->kind],
			    region->valid);
			web_put_word(out, text);
			web_put(out, "]");
		}
		web_put(out, "]}");
	}
	web_put(out, "]");
}

static void
web_put_region(struct web *web, struct web_text *out, unsigned line)
{
	struct region region;
	char err[512], letters[NPTEPG];
	unsigned i;

	if (web->pmap[0] == '\0' ||
	    !region_at(web->trace, &web->options, web->pmap, web->va, line,
		&region, err, sizeof(err)))
		return;
	web_put(out, ",\"region\":{\"pmap\":");
	web_put_word(out, web->pmap);
	web_put(out, ",\"va\":");
	web_put_hex(out, region.va);
	web_put(out, ",\"pde\":");
	web_put_hex(out, region.pde);
	web_put(out, ",\"superpage\":%s,\"letters\":",
	    (region.pde & (PG_V | PG_PS)) == (PG_V | PG_PS) ? "true" : "false");
	for (i = 0; i < NPTEPG; i++)
		letters[i] = region.groups[region.pte[i].group].letter;
	web_put_string(out, letters, NPTEPG);
	web_put(out, ",\"groups\":[");
	for (i = 0; i < region.ngroups; i++) {
		web_put(out, "%s[\"%c\",%u,", i > 0 ? "," : "",
		    region.groups[i].letter, region.groups[i].count);
		web_put_word(out, region.groups[i].words);
		web_put(out, "]");
	}
	web_put(out, "],\"ptes\":[");
	for (i = 0; i < NPTEPG; i++) {
		web_put(out, "%s", i > 0 ? "," : "");
		web_put_hex(out, region.pte[i].before);
	}
	web_put(out, "]}");
}

static void
web_put_counters(struct web_text *out, struct machine *mach)
{
	const char *name;
	char text[4096];
	unsigned i;

	web_put(out, ",\"counters\":{");
	for (i = 0; (name = pmapsim_sysctl_name(i)) != NULL; i++) {
		pmapsim_sysctl_text(mach, name, text, sizeof(text));
		web_put(out, "%s", i > 0 ? "," : "");
		web_put_word(out, name);
		web_put(out, ":");
		web_put_word(out, text);
	}
	web_put(out, "}");
}

/* Why the replay cannot go on: the trace is wrong, or the page lacks memory. */
static const char *
web_complaint(struct pmapsim_replay *replay)
{
	const struct pmapsim_replay_result *result;

	result = pmapsim_replay_result(replay);
	return (result->outcome == PMAPSIM_REPLAY_BAD_INPUT ||
		    result->outcome == PMAPSIM_REPLAY_NO_MEMORY ?
		result->message :
		"");
}

WEB_API const char *
web_state(void)
{
	const struct pmapsim_trace_statement *statement;
	struct web *web = web_session();
	struct web_text *out = web_begin(web);
	struct machine *mach;
	struct machine_map *map;

	if (web->trace == NULL)
		return ("{}");
	statement = pmapsim_replay_statement(web->travel.replay);
	mach = pmapsim_replay_machine(web->travel.replay);
	web_put(out,
	    "{\"position\":%" PRIu64 ",\"statements\":%" PRIu64
	    ",\"line\":%u,\"ended\":%s,\"kernel\":",
	    web->travel.position, pmapsim_trace_statements(web->trace),
	    travel_line(&web->travel),
	    travel_ended(&web->travel) ? "true" : "false");
	web_put_word(out, travel_kernel(&web->travel));
	web_put(out, ",\"statement\":");
	if (statement != NULL)
		web_put_string(out, statement->text, statement->length);
	else
		web_put(out, "\"\"");
	web_put(out, ",\"result\":");
	web_put_word(out, web->travel.result);
	web_put(out, ",\"message\":");
	web_put_word(out, web_complaint(web->travel.replay));
	web_put(out, ",\"explain\":[");
	if (web->travel.last != NULL)
		explain_text(web->travel.last, web_explain_line, out);
	web_put(out, "]");
	if (mach != NULL) {
		if (pmapsim_panic(mach) != NULL)
			web_put_panic(out, pmapsim_panic(mach));
		map = machine_map_here(web->travel.replay);
		if (map != NULL)
			web_put_map(out, map);
		machine_map_free(map);
		web_put_region(web, out, travel_line(&web->travel));
		web_put_counters(out, mach);
	}
	web_put(out, "}");
	return (web_end(out));
}

WEB_API const char *
web_digest(void)
{
	struct web *web = web_session();
	struct web_text *out = web_begin(web);

	if (web->trace != NULL &&
	    pmapsim_replay_machine(web->travel.replay) != NULL)
		web_put(out, "0x%016" PRIx64,
		    pmapsim_replay_digest(web->travel.replay));
	return (web_end(out));
}

WEB_API const char *
web_difference(const char *kernel)
{
	struct web *web = web_session();
	struct web_text *out = web_begin(web);
	struct pmapsim_diff_options options;
	struct pmapsim_diff diff;
	struct travel start;
	char err[512];
	unsigned i;

	if (web->trace == NULL)
		return ("");
	/* The machine line may name ours. */
	if (!travel_start(&start, web->trace, &web->options) ||
	    !travel_step(&start)) {
		web_put(out, "%s", start.err);
		return (web_end(out));
	}
	memset(&options, 0, sizeof(options));
	options.kernel_a = travel_kernel(&start);
	options.kernel_b = kernel;
	if (pmapsim_diff(web->trace, &options, &diff, err, sizeof(err)) !=
	    PMAPSIM_OK)
		web_put(out, "%s", err);
	else if (!diff.differs)
		web_put(out, "%s and %s never differ here.", options.kernel_a,
		    kernel);
	else {
		web_put(out, "First difference: line %u, %s\n", diff.line,
		    diff.statement);
		for (i = 0; i < diff.nlines && i < 24; i++)
			web_put(out, "%s %s\n",
			    diff.lines[i].side == 'a' ? "-" : "+",
			    diff.lines[i].text);
		if (diff.nlines > 24)
			web_put(out, "... and %u lines more\n",
			    diff.nlines - 24);
		web_put(out, "(- is %s, + is %s)\n", options.kernel_a, kernel);
		if (diff.account != NULL)
			web_put(out, "The switch %s accounts for it.\n",
			    diff.account);
		pmapsim_diff_free(&diff);
	}
	travel_end(&start);
	return (web_end(out));
}

WEB_API const char *
web_lists(void)
{
	const struct pmapsim_museum_entry *entry;
	const struct pmapsim_kernel_info *info;
	struct web *web = web_session();
	struct web_text *out = web_begin(web);
	bool first = true;
	unsigned i;

	web_put(out, "{\"version\":");
	web_put_word(out, pmapsim_version());
	web_put(out, ",\"kernels\":[");
	for (i = 0; (info = pmapsim_kernel_info(i)) != NULL; i++) {
		web_put(out, "%s[", i > 0 ? "," : "");
		web_put_word(out, info->name);
		web_put(out, ",%s,", info->revision ? "true" : "false");
		web_put_word(out, info->description);
		web_put(out, "]");
	}
	web_put(out, "],\"museum\":[");
	for (i = 0; (entry = pmapsim_museum_entry(i)) != NULL; i++) {
		if (entry->scenario == NULL)
			continue;
		web_put(out, "%s{\"number\":%u,\"name\":", first ? "" : ",",
		    entry->number);
		first = false;
		web_put_word(out, entry->name);
		web_put(out, ",\"scenario\":");
		web_put_word(out, entry->scenario);
		web_put(out, ",\"kernel\":");
		web_put_word(out, entry->kernel);
		web_put(out, ",\"fixed\":");
		web_put_word(out, entry->fixed[0]);
		web_put(out, ",\"mechanism\":");
		web_put_word(out, entry->mechanism);
		web_put(out, "}");
	}
	web_put(out, "]}");
	return (web_end(out));
}
