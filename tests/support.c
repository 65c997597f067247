/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fixtures of support.h.
 */
#include "support.h"

#include <stdlib.h>

#include <pmapsim/audit.h>

#include "vm/vm_page.h"

/* Reads a number with an optional suffix K, M, G or T; fails the test. */
static uint64_t
support_number(const char *text)
{
	uint64_t value;
	char *end;

	value = strtoull(text, &end, 0);
	switch (*end) {
	case 'T':
		value <<= 10;
		/* FALLTHROUGH */
	case 'G':
		value <<= 10;
		/* FALLTHROUGH */
	case 'M':
		value <<= 10;
		/* FALLTHROUGH */
	case 'K':
		value <<= 10;
		end++;
		break;
	}
	if (end == text || *end != '\0')
		fail_msg("not a number: \"%s\"", text);
	return (value);
}

static bool
support_switch(const char *text)
{

	if (strcmp(text, "on") != 0 && strcmp(text, "off") != 0)
		fail_msg("neither on nor off: \"%s\"", text);
	return (strcmp(text, "on") == 0);
}

static void
support_set(struct pmapsim_config *config, const char *key, const char *value)
{

	if (strcmp(key, "mem") == 0)
		config->mem = support_number(value);
	else if (strcmp(key, "first") == 0)
		config->first = support_number(value);
	else if (strcmp(key, "kmem") == 0) {
		config->kmem = support_number(value);
		config->kmem_given = true;
	} else if (strcmp(key, "ncpu") == 0)
		config->ncpu = (unsigned)support_number(value);
	else if (strcmp(key, "maxproc") == 0)
		config->maxproc = (unsigned)support_number(value);
	else if (strcmp(key, "superpages") == 0)
		config->superpages = support_switch(value);
	else if (strcmp(key, "invariants") == 0)
		config->invariants = support_switch(value);
	else if (strcmp(key, "kernel") == 0)
		config->kernel = value;
	else
		fail_msg("unknown key in a machine's description: \"%s\"", key);
}

struct machine *
support_boot(const char *description)
{
	struct pmapsim_config config;
	struct machine *mach;
	char copy[256], err[256];
	char *value, *word, *last;
	int error;

	assert_true(strlen(description) < sizeof(copy));
	strcpy(copy, description);
	pmapsim_config_init(&config);
	for (word = strtok_r(copy, " ", &last); word != NULL;
	     word = strtok_r(NULL, " ", &last)) {
		value = strchr(word, '=');
		if (value == NULL)
			fail_msg("no value: \"%s\"", word);
		*value++ = '\0';
		support_set(&config, word, value);
	}
	error = pmapsim_boot(&config, &mach, err, sizeof(err));
	if (error != PMAPSIM_OK)
		fail_msg("\"%s\" does not boot (error %d): %s", description,
		    error, err);
	pmapsim_cmocka_hook(mach);
	return (mach);
}

bool
support_reaches(vm_paddr_t mem)
{

	if (mem <= SIZE_MAX / 2)
		return (true);
	print_message("left out: %llu MB, which pointers of %zu bits do not "
		      "reach\n",
	    (unsigned long long)(mem >> 20), 8 * sizeof(void *));
	return (false);
}

void
support_destroy(struct machine *mach)
{
	char violation[512];
	int found;

	if (mach == NULL)
		return;
	found = 0;
	if (pmapsim_panic(mach) == NULL)
		found = machine_audit(mach, violation, sizeof(violation));
	pmapsim_destroy(mach);
	if (found > 0)
		fail_msg("the audit at the test's end: %s", violation);
}

int
support_setup(void **state)
{

	*state = support_boot(SUPPORT_SMALL);
	return (0);
}

int
support_teardown(void **state)
{

	support_destroy(*state);
	return (0);
}

int
support_teardown_unaudited(void **state)
{

	pmapsim_destroy(*state);
	return (0);
}

int64_t
support_sysctl(struct machine *mach, const char *name)
{
	int64_t value;

	if (pmapsim_sysctl(mach, name, &value) != PMAPSIM_OK)
		fail_msg("%s is not a sysctl with a number", name);
	return (value);
}

vm_page_t
support_page(struct machine *mach, vm_object_t object, vm_pindex_t pindex,
    int req)
{
	vm_page_t m;

	m = vm_page_alloc(mach, object, pindex, req);
	if (m == NULL) {
		fail_msg("no page for pindex %llu", (unsigned long long)pindex);
		return (NULL);
	}
	m->valid = VM_PAGE_BITS_ALL;
	vm_page_wakeup(mach, m);
	if ((req & VM_ALLOC_WIRED) == 0)
		vm_page_activate(mach, m);
	return (m);
}

vm_page_t
support_pages(struct machine *mach, vm_object_t object, vm_pindex_t pindex,
    unsigned count, int req)
{
	vm_page_t first;
	unsigned i;

	first = support_page(mach, object, pindex, req);
	for (i = 1; i < count; i++)
		support_page(mach, object, pindex + i, req);
	return (first);
}

vm_object_t
support_object(struct machine *mach, vm_pindex_t size, const uint16_t *color)
{
	vm_object_t object;

	object = vm_object_allocate(mach, OBJT_DEFAULT, size);
	assert_non_null(object);
	if (color != NULL)
		pmapsim_object_color(mach, object, *color);
	return (object);
}

vm_offset_t
support_full_reservation(struct machine *mach, vm_page_t *pages)
{
	vm_offset_t va;
	vm_pindex_t pindex;
	unsigned i;

	/* Twice the size, so that 2 MB of it are aligned whatever is there. */
	va = kmem_alloc_nofault(mach, pmapsim_kernel_map(mach), 2 * NBPDR);
	assert_true(va != 0);
	va = round_2mpage(va);
	pindex = atop(va - VM_MIN_KERNEL_ADDRESS);
	for (i = 0; i < NPTEPG; i++)
		pages[i] = support_page(mach, pmapsim_kernel_object(mach),
		    pindex + i, VM_ALLOC_WIRED);
	assert_int_equal(vm_reserv_level_iffullpop(mach, pages[0]), 0);
	return (va);
}

vm_offset_t
support_superpage(struct machine *mach, vm_page_t *pages)
{
	vm_offset_t va;
	unsigned i;

	va = support_full_reservation(mach, pages);
	for (i = 0; i < NPTEPG; i++)
		pmap_enter(mach, pmapsim_kernel_pmap(mach), va + ptoa(i),
		    VM_PROT_ALL, pages[i], VM_PROT_ALL, TRUE);
	assert_superpage(mach, pmapsim_kernel_pmap(mach), va);
	return (va);
}

pd_entry_t
support_pde(struct machine *mach, pmap_t pmap, vm_offset_t va)
{
	struct pmapsim_pte entries;

	pmapsim_pte(mach, pmap, va, &entries);
	return (entries.pde);
}

pt_entry_t
support_pte(struct machine *mach, pmap_t pmap, vm_offset_t va)
{
	struct pmapsim_pte entries;

	pmapsim_pte(mach, pmap, va, &entries);
	return (entries.pte);
}

uint64_t
support_random(uint64_t *seed)
{

	/* Zero is the generator's only fixed point. */
	if (*seed == 0)
		*seed = UINT64_C(0x9e3779b97f4a7c15);
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return (*seed * UINT64_C(0x2545f4914f6cdd1d));
}
