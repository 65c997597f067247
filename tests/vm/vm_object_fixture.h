/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of objects share: objects with pages, and shadows.  Object
 * sizes and indices are in pages.
 */
#ifndef TESTS_VM_VM_OBJECT_FIXTURE_H
#define TESTS_VM_VM_OBJECT_FIXTURE_H

#include "support.h"

#include "vm/vm_object.h"

/* A colour by which index 0 starts a superpage. */
static const uint16_t color0 __attribute__((unused)) = 0;

static inline long
free_count(struct machine *mach)
{

	return (support_sysctl(mach, "vm.stats.vm.v_free_count"));
}

/* An anonymous object with "n" active pages at 0, 1, ... */
static inline vm_object_t
filled_object(struct machine *mach, vm_pindex_t size, unsigned n,
    const uint16_t *color)
{
	vm_object_t object;

	object = support_object(mach, size, color);
	if (n > 0)
		support_pages(mach, object, 0, n, VM_ALLOC_NORMAL);
	return (object);
}

/*
 * A shadow of "length" pages in front of page "offset" of "source", which
 * keeps the caller's reference beside the link's.
 */
static inline vm_object_t
shadow_of(struct machine *mach, vm_object_t source, vm_pindex_t offset,
    vm_pindex_t length)
{
	vm_object_t object = source;
	vm_ooffset_t bytes = ptoa(offset);

	vm_object_reference(mach, source);
	vm_object_shadow(mach, &object, &bytes, length);
	assert_ptr_not_equal(object, source);
	return (object);
}

static inline bool
object_exists(struct machine *mach, uint64_t id)
{
	vm_object_t object;

	TAILQ_FOREACH(object, &mach->vm_object->list, object_list)
		if (object->id == id)
			return (true);
	return (false);
}

#endif /* TESTS_VM_VM_OBJECT_FIXTURE_H */
