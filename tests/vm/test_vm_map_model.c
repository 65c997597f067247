/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address maps beside an array that says what each page is mapped to: random
 * insertions, first fits, removals, protections, cuts and merges.
 */
#include "support.h"

#include "vm/vm_map.h"
#include "vm/vm_object.h"

#define RW (VM_PROT_READ | VM_PROT_WRITE)
#define NPAGES 64
#define BASE UINT64_C(0x400000)

struct model_page {
	vm_object_t object; /* NULL: not mapped */
	vm_pindex_t pindex;
	vm_prot_t prot;
};

struct model {
	struct machine *mach;
	vm_map_t map;
	vm_object_t objects[2];
	struct model_page pages[NPAGES];
};

/* A map that borrows the kernel's pmap: it maps nothing, so only its entries
 * move. */
static vm_map_t
small_map(struct machine *mach, vm_offset_t min, unsigned npages)
{

	return (vm_map_create(mach, pmapsim_kernel_pmap(mach), min,
	    min + ptoa(npages)));
}

static bool
model_free(const struct model *model, unsigned start, unsigned end)
{

	for (; start < end; start++)
		if (model->pages[start].object != NULL)
			return (false);
	return (true);
}

/* The lowest page at or above "start" with "n" free ones; NPAGES: none. */
static unsigned
model_findspace(const struct model *model, unsigned start, unsigned n)
{

	for (; start + n <= NPAGES; start++)
		if (model_free(model, start, start + n))
			return (start);
	return (NPAGES);
}

/* Every page is mapped as the model says; sizes and references add up. */
static void
check_model(const struct model *model)
{
	const struct model_page *page;
	vm_map_entry_t entry;
	vm_size_t size;
	unsigned i;
	int refs[2];

	size = 0;
	refs[0] = refs[1] = 1;
	entry = model->map->header.next;
	for (i = 0; i < NPAGES; i++) {
		page = &model->pages[i];
		if (entry != &model->map->header &&
		    entry->end <= BASE + ptoa(i))
			entry = entry->next;
		if (page->object == NULL) {
			assert_true(entry == &model->map->header ||
			    entry->start > BASE + ptoa(i));
			continue;
		}
		assert_ptr_not_equal(entry, &model->map->header);
		assert_true(entry->start <= BASE + ptoa(i));
		assert_ptr_equal(entry->object.vm_object, page->object);
		assert_int_equal(atop(entry->offset + BASE + ptoa(i) -
				     entry->start),
		    page->pindex);
		assert_int_equal(entry->protection, page->prot);
		if (entry->start == BASE + ptoa(i))
			refs[page->object == model->objects[1]]++;
		size += PAGE_SIZE;
	}
	assert_int_equal(model->map->size, size);
	/* Each entry holds one reference, and nothing waits to drop one. */
	assert_int_equal(model->objects[0]->ref_count, refs[0]);
	assert_int_equal(model->objects[1]->ref_count, refs[1]);
	assert_null(model->map->deferred_freelist);
}

static void
model_insert(struct model *model, unsigned start, unsigned end, uint64_t bits)
{
	struct machine *mach = model->mach;
	vm_object_t object = model->objects[bits & 1];
	vm_pindex_t pindex;
	vm_prot_t prot;
	unsigned i;
	int result;

	/* Often such that it continues what lies before it. */
	pindex = (bits & 2) != 0 ? start : start + ((bits >> 2) & 3);
	prot = (bits & 16) != 0 ? RW : VM_PROT_READ;
	vm_object_reference(mach, object);
	result = vm_map_insert(mach, model->map, object, ptoa(pindex),
	    BASE + ptoa(start), BASE + ptoa(end), prot, VM_PROT_ALL, 0);
	if (!model_free(model, start, end)) {
		assert_int_equal(result, KERN_NO_SPACE);
		vm_object_deallocate(mach, object);
		return;
	}
	assert_int_equal(result, KERN_SUCCESS);
	for (i = start; i < end; i++) {
		model->pages[i].object = object;
		model->pages[i].pindex = pindex + i - start;
		model->pages[i].prot = prot;
	}
}

static void
model_step(struct model *model, uint64_t *seed)
{
	struct machine *mach = model->mach;
	unsigned end, i, n, start, want;
	vm_map_entry_t entry;
	vm_offset_t addr;
	uint64_t bits;
	vm_prot_t prot;
	int result;

	bits = support_random(seed);
	start = (unsigned)(bits % NPAGES);
	bits /= NPAGES;
	n = 1 + (unsigned)(bits % 8);
	bits /= 8;
	end = start + n < NPAGES ? start + n : NPAGES;
	switch (bits % 6) {
	case 0:
		model_insert(model, start, end, bits / 8);
		break;
	case 1: /* where it fits first */
		want = model_findspace(model, start, n);
		result = vm_map_findspace(mach, model->map, BASE + ptoa(start),
		    ptoa(n), &addr);
		assert_int_equal(result, want == NPAGES);
		if (result == 0) {
			assert_int_equal(addr, BASE + ptoa(want));
			model_insert(model, want, want + n, bits / 8);
		}
		break;
	case 2:
		assert_int_equal(vm_map_remove(mach, model->map,
				     BASE + ptoa(start), BASE + ptoa(end)),
		    KERN_SUCCESS);
		for (i = start; i < end; i++)
			model->pages[i].object = NULL;
		break;
	case 3:
		prot = (bits & 64) != 0 ? RW : VM_PROT_READ;
		assert_int_equal(vm_map_protect(mach, model->map,
				     BASE + ptoa(start), BASE + ptoa(end), prot,
				     FALSE),
		    KERN_SUCCESS);
		for (i = start; i < end; i++)
			model->pages[i].prot = prot;
		break;
	case 4:
		addr = BASE + ptoa(start);
		if (vm_map_lookup_entry(mach, model->map, addr, &entry)) {
			assert_non_null(model->pages[start].object);
			if ((bits & 64) != 0)
				vm_map_clip_start(mach, model->map, entry,
				    addr);
			else
				vm_map_clip_end(mach, model->map, entry,
				    addr + PAGE_SIZE);
		} else
			assert_null(model->pages[start].object);
		break;
	case 5:
		if (vm_map_lookup_entry(mach, model->map, BASE + ptoa(start),
			&entry))
			vm_map_simplify_entry(mach, model->map, entry);
		break;
	}
}

static void
test_map_random_operations_agree_with_array(void **state)
{
	static const uint64_t seeds[] = {3, 7, 1999, 20100401};
	struct machine *mach = *state;
	struct model model;
	uint64_t seed;
	unsigned i, step;

	for (i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
		seed = seeds[i];
		print_message("seed %llu\n", (unsigned long long)seed);
		memset(&model, 0, sizeof(model));
		model.mach = mach;
		model.map = small_map(mach, BASE, NPAGES);
		model.objects[0] = support_object(mach, 256, NULL);
		model.objects[1] = support_object(mach, 256, NULL);
		for (step = 0; step < 2500; step++) {
			model_step(&model, &seed);
			check_model(&model);
		}
		(void)vm_map_remove(mach, model.map, 0, UINT64_MAX);
		assert_int_equal(model.map->nentries, 0);
		assert_int_equal(model.map->size, 0);
		assert_null(model.map->root);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_test(test_map_random_operations_agree_with_array),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
