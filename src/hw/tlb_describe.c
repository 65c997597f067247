/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The description of a CPU's TLBs, from text: the presets are written in it,
 * so that another CPU can be described without a compiler.  The words are in
 * <pmapsim/hw.h>.
 *
 * A description is checked as a whole: every array can be indexed, no page
 * size has two places to go, and a level-1 array takes 4 KB pages of either
 * kind, since every fault of the kernel's would otherwise be a walk's.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw/tlb.h"

#define WORD_SIZE 64
#define WORDS_MAX 12

static const char *const kind_name[] = {"data", "instruction", "unified", NULL};
static const char *const size_name[] = {"4K", "2M", "1G", NULL};
/* Indexed by level. */
static const char *const level_name[] = {"", "", "pde", "pdpte", "pml4e", NULL};
static const char *const verb_name[] = {"tlb", "array", "cache", "multimatch",
    NULL};
static const char *const figure_name[] = {"entries=", "ways=", "ways=full",
    "splits=", "approx", NULL};

/* One statement, and where its errors go. */
struct line {
	const char *file; /* NULL: it is from none */
	unsigned number;
	unsigned nwords;
	char word[WORDS_MAX][WORD_SIZE];
	char *err;
	size_t errsize;
};

/* Writes the message with its place; always false. */
static bool PMAPSIM_PRINTFLIKE(2, 3)
    wrong(const struct line *line, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (line->file != NULL)
		n = snprintf(line->err, line->errsize, "%s:%u: ", line->file,
		    line->number);
	else
		n = snprintf(line->err, line->errsize,
		    "TLB description, line %u: ", line->number);
	if (n < 0 || (size_t)n >= line->errsize)
		return (false);
	va_start(ap, fmt);
	vsnprintf(line->err + n, line->errsize - (size_t)n, fmt, ap);
	va_end(ap);
	return (false);
}

/* For pmapsim_nearest(): lists of names. */
static const char *
listed(void *arg, unsigned index)
{
	return (((const char *const *)arg)[index]);
}

/*
 * Says that "word" is not what may stand there, which "right" says, and which
 * of "name" comes nearest; always false.
 */
static bool
wrong_word(const struct line *line, const char *word, const char *right,
    const char *const *name)
{
	const char *near;

	near = pmapsim_nearest(word, listed, (void *)(uintptr_t)name);
	return (wrong(line, "\"%s\"; %s would be right%s%s%s", word, right,
	    near != NULL ? "; did you mean " : "", near != NULL ? near : "",
	    near != NULL ? "?" : ""));
}

/* Cuts the line at "*text" into words and moves "*text" behind it. */
static bool
split(const char **text, struct line *line)
{
	const char *p;
	size_t end, n;

	p = *text;
	end = strcspn(p, "\n");
	*text = p + end + (p[end] == '\n');
	line->number++;
	line->nwords = 0;
	end = strcspn(p, "#\n");
	for (;;) {
		n = strspn(p, " \t\r");
		n = n < end ? n : end;
		p += n;
		end -= n;
		if (end == 0)
			return (true);
		n = strcspn(p, " \t\r#\n");
		if (n >= WORD_SIZE)
			return (wrong(line,
			    "a word of %zu characters; at most "
			    "%d",
			    n, WORD_SIZE - 1));
		if (line->nwords == WORDS_MAX)
			return (wrong(line, "more than %d words", WORDS_MAX));
		memcpy(line->word[line->nwords], p, n);
		line->word[line->nwords++][n] = '\0';
		p += n;
		end -= n;
	}
}

/*
 * Reads a list of names separated by commas into a mask of 1 << index, from
 * index "first" on.
 */
static bool
names(const struct line *line, const char *list, const char *const *name,
    unsigned first, unsigned end, unsigned *mask)
{
	char right[32], word[WORD_SIZE];
	size_t n;
	unsigned i;

	*mask = 0;
	for (;; list += n + 1) {
		n = strcspn(list, ",");
		for (i = first; i < end; i++)
			if (strlen(name[i]) == n &&
			    strncmp(list, name[i], n) == 0)
				break;
		if (i == end) {
			snprintf(word, sizeof(word), "%.*s", (int)n, list);
			snprintf(right, sizeof(right), "%s, %s or %s",
			    name[first], name[first + 1], name[first + 2]);
			return (wrong_word(line, word, right, name + first));
		}
		*mask |= 1u << i;
		if (list[n] == '\0')
			return (true);
	}
}

/*
 * The decimal number that "text" is, 1 to TLB_ENTRIES_MAX.  Otherwise returns
 * 0, and through "error" what is wrong with it.
 */
static unsigned
figure(const char *text, const char **error)
{
	long long value;
	char *end;

	value = strtoll(text, &end, 10);
	if (end == text || *end != '\0')
		*error = "invalid";
	else if (value < 1)
		*error = "too small";
	else if (value > TLB_ENTRIES_MAX)
		*error = "too large";
	else
		return ((unsigned)value);
	return (0);
}

/*
 * Reads "entries=", "ways=", "splits=" and "approx" from word "from" on.
 * "splits" is NULL where it does not apply.
 */
static bool
figures(const struct line *line, unsigned from, unsigned *entries,
    unsigned *ways, unsigned *splits, bool *approx)
{
	const char *error, *word;
	unsigned i, sets;
	bool full;

	full = false;
	*entries = *ways = 0;
	for (i = from; i < line->nwords; i++) {
		word = line->word[i];
		error = NULL;
		if (strncmp(word, "entries=", 8) == 0)
			*entries = figure(word + 8, &error);
		else if (strcmp(word, "ways=full") == 0)
			full = true;
		else if (strncmp(word, "ways=", 5) == 0)
			*ways = figure(word + 5, &error);
		else if (splits != NULL && strncmp(word, "splits=", 7) == 0) {
			if (!names(line, word + 7, size_name, 0, TLB_SIZES,
				splits))
				return (false);
		} else if (strcmp(word, "approx") == 0)
			*approx = true;
		else
			return (wrong_word(line, word,
			    splits != NULL ?
				"entries=N, ways=N, ways=full, splits=SIZE or "
				"approx" :
				"entries=N, ways=N, ways=full or "
				"approx",
			    figure_name));
		if (error != NULL)
			return (wrong(line, "%s is %s; 1 to %d would be right",
			    word, error, TLB_ENTRIES_MAX));
	}
	if (*entries == 0)
		return (wrong(line, "entries=N is missing"));
	if (full)
		*ways = *entries;
	if (*ways == 0)
		return (wrong(line, "ways=N or ways=full is missing"));
	sets = *entries / *ways;
	if (sets * *ways != *entries || (sets & (sets - 1)) != 0)
		return (wrong(line,
		    "entries=%u over ways=%u is not a power "
		    "of 2 of sets",
		    *entries, *ways));
	return (true);
}

/* Reads an "array" statement and checks it against those before it. */
static bool
describe_array(const struct line *line, struct tlb_desc *desc)
{
	struct tlb_array_desc *array;
	const struct tlb_array_desc *other;
	unsigned kind, takes;

	if (desc->narrays == TLB_ARRAYS_MAX)
		return (wrong(line, "more than %d arrays", TLB_ARRAYS_MAX));
	if (line->nwords < 4)
		return (wrong(line, "array needs a level, a kind and sizes"));
	array = &desc->array[desc->narrays];
	if (strcmp(line->word[1], "l1") == 0)
		array->level = 1;
	else if (strcmp(line->word[1], "l2") == 0)
		array->level = 2;
	else
		return (wrong(line, "\"%s\"; l1 or l2 would be right",
		    line->word[1]));
	for (kind = 0; kind < TLB_KINDS; kind++)
		if (strcmp(line->word[2], kind_name[kind]) == 0 ||
		    strcmp(line->word[2], kind_name[TLB_KINDS]) == 0)
			array->kinds |= 1u << kind;
	if (array->kinds == 0)
		return (wrong_word(line, line->word[2],
		    "data, instruction or unified", kind_name));
	if (!names(line, line->word[3], size_name, 0, TLB_SIZES,
		&array->holds) ||
	    !figures(line, 4, &array->entries, &array->ways, &array->splits,
		&array->approx))
		return (false);
	/* Pieces are smaller than what they are pieces of. */
	if ((array->splits & array->holds) != 0 ||
	    (array->splits != 0 && array->splits < array->holds))
		return (wrong(line,
		    "splits= names a size that the array "
		    "holds or that is smaller than those"));
	takes = array->holds | array->splits;
	for (other = desc->array; other < array; other++)
		if (other->level == array->level &&
		    (other->kinds & array->kinds) != 0 &&
		    ((other->holds | other->splits) & takes) != 0)
			return (wrong(line,
			    "a page size that another l%u "
			    "array of the kind already takes",
			    array->level));
	desc->narrays++;
	return (true);
}

/* Reads a "cache" statement and checks it against those before it. */
static bool
describe_cache(const struct line *line, struct tlb_desc *desc)
{
	struct tlb_cache_desc *cache;
	const struct tlb_cache_desc *other;

	if (desc->ncaches == TLB_CACHES_MAX)
		return (wrong(line, "more than %d caches", TLB_CACHES_MAX));
	if (line->nwords < 2)
		return (wrong(line, "cache needs a level"));
	cache = &desc->cache[desc->ncaches];
	if (!names(line, line->word[1], level_name, 2, 5, &cache->levels) ||
	    !figures(line, 2, &cache->entries, &cache->ways, NULL,
		&cache->approx))
		return (false);
	for (other = desc->cache; other < cache; other++)
		if ((other->levels & cache->levels) != 0)
			return (wrong(line,
			    "a level that another cache already holds"));
	desc->ncaches++;
	return (true);
}

/* What two sizes for one address do, which is the part's own matter. */
static bool
describe_multimatch(const struct line *line, struct tlb_desc *desc)
{
	static const struct {
		const char *word;
		uint64_t status;
	} checks[] = {
	    {"machine-check", PMAPSIM_MULTIMATCH_STATUS},
	    {"erratum-383", PMAPSIM_ERRATUM383_STATUS},
	    {"itlb-multihit", PMAPSIM_MULTIHIT_STATUS},
	};
	size_t i;

	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		if (line->nwords == 2 &&
		    strcmp(line->word[1], checks[i].word) == 0) {
			desc->machine_check = true;
			desc->mc_status = checks[i].status;
			return (true);
		}
	return (wrong(line,
	    "multimatch machine-check, erratum-383 or itlb-multihit is all "
	    "that it can be"));
}

/* Reads the statement in "line". */
static bool
describe_line(const struct line *line, struct tlb_desc *desc)
{
	const char *verb;

	verb = line->word[0];
	if (strcmp(verb, "array") == 0)
		return (describe_array(line, desc));
	if (strcmp(verb, "cache") == 0)
		return (describe_cache(line, desc));
	if (strcmp(verb, "multimatch") == 0) {
		return (describe_multimatch(line, desc));
	}
	if (strcmp(verb, "tlb") == 0) {
		if (desc->name[0] != '\0')
			return (wrong(line, "a second tlb; it is %s already",
			    desc->name));
		if (line->nwords != 2 ||
		    strlen(line->word[1]) >= sizeof(desc->name))
			return (wrong(line,
			    "tlb needs one name of at most "
			    "%zu characters",
			    sizeof(desc->name) - 1));
		strcpy(desc->name, line->word[1]);
		return (true);
	}
	return (wrong_word(line, verb, "tlb, array, cache or multimatch",
	    verb_name));
}

/*
 * Reads "text" into "desc", which is zero-filled first.  False: "err" says in
 * one line which line, of "file" unless that is NULL, is wrong and what would
 * be right.
 */
bool
tlb_describe(const char *text, const char *file, struct tlb_desc *desc,
    char *err, size_t errsize)
{
	struct line line = {.file = file, .err = err, .errsize = errsize};
	const struct tlb_array_desc *array;
	unsigned kind, kinds;

	memset(desc, 0, sizeof(*desc));
	while (*text != '\0') {
		if (!split(&text, &line))
			return (false);
		if (line.nwords != 0 && !describe_line(&line, desc))
			return (false);
	}
	if (desc->name[0] == '\0')
		return (wrong(&line, "it ends without tlb NAME"));
	kinds = 0;
	for (array = desc->array; array < desc->array + desc->narrays; array++)
		if (array->level == 1 && (array->holds & 1) != 0)
			kinds |= array->kinds;
	for (kind = 0; kind < TLB_KINDS; kind++)
		if ((kinds & 1u << kind) == 0)
			return (wrong(&line,
			    "it ends without an l1 array of "
			    "4K %s pages",
			    kind_name[kind]));
	return (true);
}
