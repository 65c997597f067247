/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The names that a trace gives to objects and pmaps.  Two or three of them
 * are looked up in almost every statement, so a comparison is two words and
 * a length, whatever the name.
 */
#include "trace/trace_var.h"

#include <stdlib.h>
#include <string.h>

#define NAMES_MIN 64 /* entries and buckets at the start */

bool
trace_names_init(struct trace_names *names)
{

	memset(names, 0, sizeof(*names));
	names->entries = calloc(NAMES_MIN, sizeof(*names->entries));
	names->buckets = calloc(NAMES_MIN, sizeof(*names->buckets));
	names->size = names->nbuckets = NAMES_MIN;
	names->count = 1; /* index 0 means none */
	return (names->entries != NULL && names->buckets != NULL);
}

void
trace_names_done(struct trace_names *names)
{

	free(names->entries);
	free(names->buckets);
	memset(names, 0, sizeof(*names));
}

/* Whether "e" is "text", of whose first and last bytes the words are. */
static inline bool
is_named(const struct trace_name *e, struct trace_text text, uint64_t head,
    uint64_t tail)
{

	return (e->head == head && e->tail == tail && e->len == text.len &&
	    (text.len <= 16 || memcmp(e->name, text.s, text.len) == 0));
}

struct trace_name *
trace_names_find(const struct trace_names *names, struct trace_text text)
{
	struct trace_name *e;
	uint64_t head, tail;
	uint32_t i;

	if (text.len == 0 || text.len > TRACE_NAME_MAX)
		return (NULL);
	trace_words(text, &head, &tail);
	e = &names->entries[names->last];
	if (is_named(e, text, head, tail))
		return (e);
	for (i = names->buckets[trace_hash(head, tail) & (names->nbuckets - 1)];
	     i != 0; i = e->next) {
		e = &names->entries[i];
		if (is_named(e, text, head, tail))
			return (e);
	}
	return (NULL);
}

/* Twice as many entries and buckets; false: no memory, nothing changed. */
static bool
names_grow(struct trace_names *names)
{
	struct trace_name *entries;
	uint32_t *buckets;
	uint32_t i, size;

	size = names->size * 2;
	if (size < names->size)
		return (false);
	entries = realloc(names->entries, size * sizeof(*entries));
	if (entries == NULL)
		return (false);
	names->entries = entries;
	buckets = calloc(size, sizeof(*buckets));
	if (buckets == NULL)
		return (false);
	free(names->buckets);
	names->buckets = buckets;
	names->size = names->nbuckets = size;
	/* Entries grow only when none is free: all of them are linked. */
	for (i = 1; i < names->count; i++) {
		uint32_t b = trace_hash(entries[i].head, entries[i].tail) &
		    (size - 1);

		entries[i].next = buckets[b];
		buckets[b] = i;
	}
	return (true);
}

struct trace_name *
trace_names_add(struct trace_names *names, struct trace_text text,
    uint32_t line)
{
	struct trace_name *e;
	uint32_t i, b;

	if (names->free != 0) {
		i = names->free;
		names->free = names->entries[i].next;
	} else {
		if (names->count == names->size && !names_grow(names))
			return (NULL);
		i = names->count++;
	}
	e = &names->entries[i];
	memset(e, 0, sizeof(*e));
	trace_words(text, &e->head, &e->tail);
	memcpy(e->name, text.s, text.len);
	e->len = (uint8_t)text.len;
	e->line = line;
	b = trace_hash(e->head, e->tail) & (names->nbuckets - 1);
	e->next = names->buckets[b];
	names->buckets[b] = i;
	return (e);
}

void
trace_names_remove(struct trace_names *names, struct trace_name *name)
{
	uint32_t i = (uint32_t)(name - names->entries);
	uint32_t *link;

	link = &names->buckets[trace_hash(name->head, name->tail) &
	    (names->nbuckets - 1)];
	while (*link != i)
		link = &names->entries[*link].next;
	*link = name->next;
	memset(name, 0, sizeof(*name));
	name->next = names->free;
	names->free = i;
}

/* Whom names_near_name() is to offer; lives for one question. */
struct names_near {
	const struct trace_names *names;
	bool spaces_only;
};

/* For pmapsim_nearest(); an entry that does not count is an empty word. */
static const char *
names_near_name(void *arg, unsigned index)
{
	const struct names_near *near = arg;
	const struct trace_name *e;

	if (index + 1 >= near->names->count)
		return (NULL);
	e = &near->names->entries[index + 1];
	if (e->len == 0 || (near->spaces_only && !e->is_space))
		return ("");
	return (e->name);
}

const char *
trace_names_near(const struct trace_names *names, struct trace_text text,
    bool spaces_only)
{
	struct names_near near = {names, spaces_only};
	char word[TRACE_NAME_MAX + 1];
	const char *name;

	if (text.len > TRACE_NAME_MAX)
		return (NULL);
	memcpy(word, text.s, text.len);
	word[text.len] = '\0';
	name = pmapsim_nearest(word, names_near_name, &near);
	return (name != NULL && *name != '\0' ? name : NULL);
}
