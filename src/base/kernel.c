/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tables of kernels, made from kernel_switches.def and
 * kernel_revisions.def, and the reading of a kernel's name.
 */
#include "base/kernel.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* The switches, for users. */
static const struct pmapsim_kernel_info switches[KS_COUNT] = {
#define KERNEL_SWITCH(id, name, what, function, source, year, change, museum, \
    revisions)                                                                \
	[KS_##id] = {name, false, what, source, function, year, change,       \
	    museum, 0},
#include "base/kernel_switches.def"
#undef KERNEL_SWITCH
};

/*
 * The last column of kernel_switches.def: bit r, the switch is on in revision
 * r; bit 32 + r, it is off there, whatever r is based on.
 */
#define NONE 0
#define ON(revision) (UINT64_C(1) << KR_##revision)
#define NOT(revision) (UINT64_C(1) << (32 + KR_##revision))
static const uint64_t switch_revisions[KS_COUNT] = {
#define KERNEL_SWITCH(id, name, what, function, source, year, change, museum, \
    revisions)                                                                \
	[KS_##id] = revisions,
#include "base/kernel_switches.def"
#undef KERNEL_SWITCH
};
#undef NONE
#undef ON
#undef NOT
_Static_assert(KR_COUNT <= 32, "revisions fit half a word");

static const struct kernel_revision revisions[KR_COUNT] = {
#define KERNEL_REVISION(id, base_id, name, title, source, year, month, ...) \
	[KR_##id] = {.info = {name, true, title, source, "", year, "", 0,   \
			 month},                                            \
	    .base = KR_##base_id,                                           \
	    __VA_ARGS__},
#include "base/kernel_revisions.def"
#undef KERNEL_REVISION
};

/* The longest name is that of a revision with every switch changed. */
#define KERNEL_SWITCH(id, name, ...) +sizeof("+no-" name) - 1
#define KERNEL_REVISION(id, base, name, ...) +sizeof(name)
_Static_assert(0
#include "base/kernel_revisions.def"
#include "base/kernel_switches.def"
	<= PMAPSIM_KERNEL_NAME_SIZE,
    "each kernel's name fits");
#undef KERNEL_SWITCH
#undef KERNEL_REVISION

/* Turns switch "ks" of "set" on or off. */
static void
kernel_set_put(struct kernel_set *set, unsigned ks, bool on)
{
	const uint64_t bit = UINT64_C(1) << (ks % 64);

	if (on)
		set->word[ks / 64] |= bit;
	else
		set->word[ks / 64] &= ~bit;
}

/*
 * The switches of "rev": each as its row says of "rev", or of the nearest of
 * the revisions that "rev" is based on; else off.
 */
static struct kernel_set
revision_switches(const struct kernel_revision *rev)
{
	const uint64_t on = UINT64_C(1) << (rev - revisions);
	const uint64_t off = on << 32;
	struct kernel_set set = {{0}};
	unsigned ks;

	if (rev->base != KR_NONE)
		set = revision_switches(&revisions[rev->base]);
	for (ks = 0; ks < KS_COUNT; ks++)
		if ((switch_revisions[ks] & (on | off)) != 0)
			kernel_set_put(&set, ks,
			    (switch_revisions[ks] & on) != 0);
	return (set);
}

const struct pmapsim_kernel_info *
pmapsim_kernel_info(unsigned index)
{

	if (index < KR_COUNT)
		return (&revisions[index].info);
	if (index - KR_COUNT < KS_COUNT)
		return (&switches[index - KR_COUNT]);
	return (NULL);
}

const char *
kernel_switch_name(enum kernel_switch ks)
{

	return (switches[ks].name);
}

static const char *
revision_suggestion(void *arg, unsigned index)
{

	return (index < KR_COUNT ? revisions[index].info.name : NULL);
}

static const char *
switch_suggestion(void *arg, unsigned index)
{

	return (index < KS_COUNT ? switches[index].name : NULL);
}

/* Tells that no "kind" is called "word"; always false, for the caller. */
static bool
kernel_unknown(const char *kind, const char *word,
    const char *(*names)(void *arg, unsigned index), char *err, size_t errsize)
{
	const char *near;

	near = pmapsim_nearest(word, names, NULL);
	if (near != NULL)
		snprintf(err, errsize,
		    "unknown kernel %s \"%.60s\"; did you mean \"%s\"?", kind,
		    word, near);
	else
		snprintf(err, errsize,
		    "unknown kernel %s \"%.60s\"; "
		    "\"pmapsim kernels\" lists them",
		    kind, word);
	return (false);
}

enum kernel_switch
kernel_find_switch(const char *word)
{
	unsigned ks;

	for (ks = 0; ks < KS_COUNT; ks++)
		if (strcmp(switches[ks].name, word) == 0)
			break;
	return ((enum kernel_switch)ks);
}

/*
 * The canonical name of "switches" and "rev", whose own set is "base": the
 * revision, then what differs from it, in the order of the table, so that two
 * spellings of one kernel are one name.
 */
static void
kernel_name(const struct kernel_revision *rev, const struct kernel_set *base,
    const struct kernel_set *switches_on, char name[PMAPSIM_KERNEL_NAME_SIZE])
{
	uint64_t differs;
	size_t used;
	unsigned i, ks;

	used = strlen(rev->info.name);
	memcpy(name, rev->info.name, used + 1);
	for (i = 0; i < KERNEL_SET_WORDS; i++)
		for (differs = base->word[i] ^ switches_on->word[i];
		     differs != 0; differs &= differs - 1) {
			ks = 64 * i + (unsigned)__builtin_ctzll(differs);
			used += (size_t)snprintf(name + used,
			    PMAPSIM_KERNEL_NAME_SIZE - used, "+%s%s",
			    kernel_set_has(switches_on, ks) ? "" : "no-",
			    switches[ks].name);
		}
}

/* Reads "word" as a revision; NULL and "err" when there is none. */
static const struct kernel_revision *
kernel_parse_revision(const char *word, char *err, size_t errsize)
{
	unsigned rev;

	for (rev = 0; rev < KR_COUNT; rev++)
		if (strcmp(revisions[rev].info.name, word) == 0)
			return (&revisions[rev]);
	kernel_unknown("revision", word, revision_suggestion, err, errsize);
	return (NULL);
}

/* Reads "word", "SWITCH" or "no-SWITCH", and changes "set" by it. */
static bool
kernel_parse_switch(const char *word, struct kernel_set *set, char *err,
    size_t errsize)
{
	enum kernel_switch ks;
	bool on = true;

	/* A switch may itself be called "no-...". */
	ks = kernel_find_switch(word);
	if (ks == KS_COUNT && strncmp(word, "no-", 3) == 0) {
		on = false;
		ks = kernel_find_switch(word + 3);
	}
	if (ks == KS_COUNT)
		return (kernel_unknown("switch", word, switch_suggestion, err,
		    errsize));
	kernel_set_put(set, ks, on);
	return (true);
}

/*
 * Reads "REVISION[+[no-]SWITCH...]", NULL standing for "2010-04".  On an error
 * "*kernel" is unchanged and "err" says what was found and what is near.
 */
bool
kernel_parse(const char *text, struct kernel *kernel, char *err, size_t errsize)
{
	const struct kernel_revision *rev = NULL;
	struct kernel_set base, set;
	char word[64];
	size_t length;

	if (text == NULL)
		text = revisions[0].info.name;
	for (;; text += length + 1) {
		length = strcspn(text, "+");
		snprintf(word, sizeof(word), "%.*s",
		    (int)(length < sizeof(word) ? length : sizeof(word) - 1),
		    text);
		if (rev == NULL) {
			rev = kernel_parse_revision(word, err, errsize);
			if (rev == NULL)
				return (false);
			base = set = revision_switches(rev);
		} else if (!kernel_parse_switch(word, &set, err, errsize))
			return (false);
		if (text[length] == '\0')
			break;
	}
	kernel->switches = set;
	kernel->revision = rev;
	kernel_name(rev, &base, &set, kernel->name);
	return (true);
}

bool
pmapsim_kernel_valid(const char *kernel, char *err, size_t errsize)
{
	struct kernel parsed;

	return (kernel_parse(kernel, &parsed, err, err != NULL ? errsize : 0));
}

bool
pmapsim_kernel_has(const char *kernel, const char *name)
{
	struct kernel parsed;
	enum kernel_switch ks;

	if (name == NULL || !kernel_parse(kernel, &parsed, NULL, 0))
		return (false);
	ks = kernel_find_switch(name);
	return (ks != KS_COUNT && kernel_set_has(&parsed.switches, ks));
}

bool
kernel_lays_out_alike(const struct kernel *a, const struct kernel *b)
{
	const size_t from = offsetof(struct kernel_revision,
	    vm_min_kernel_address);

	return (memcmp((const char *)a->revision + from,
		    (const char *)b->revision + from,
		    sizeof(struct kernel_revision) - from) == 0);
}
