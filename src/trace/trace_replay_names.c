/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the names of a trace stand for in a replay of it, and what an object of
 * its machine is called.
 */
#include "trace/trace_var.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "vm/vm_object.h"

bool
trace_name_object(struct pmapsim_replay *rp, uint32_t entry, vm_object_t object)
{
	uint64_t size;
	uint32_t *larger;

	if (object->id >= rp->object_entry_size) {
		size = object->id * 2 + 16;
		larger = reallocarray(rp->object_entry, size, sizeof(*larger));
		if (larger == NULL)
			return (false);
		memset(larger + rp->object_entry_size, 0,
		    (size - rp->object_entry_size) * sizeof(*larger));
		rp->object_entry = larger;
		rp->object_entry_size = size;
	}
	rp->object_entry[object->id] = entry;
	rp->objects.entries[entry].ptr = object;
	return (true);
}

void
trace_object_name(const struct pmapsim_replay *rp,
    const struct vm_object *object, char *buf, size_t size)
{
	const struct vm_object_state *st = rp->mach->vm_object;
	uint32_t entry;

	if (object == st->kernel_object)
		snprintf(buf, size, "kernel");
	else if (object == st->kmem_object)
		snprintf(buf, size, "kmem");
	else if (object->id < rp->object_entry_size &&
	    (entry = rp->object_entry[object->id]) != 0)
		snprintf(buf, size, "%s", rp->objects.entries[entry].name);
	else
		snprintf(buf, size, "obj@%" PRIu64, object->id);
}

/*
 * What "name" stands for.  The tables of names want it with room behind it.
 */
static const struct trace_name *
replay_find(const struct trace_names *names, const char *name)
{
	char padded[TRACE_NAME_MAX + 9] = {0};
	struct trace_text text = {padded, 0};

	if (name == NULL || (text.len = strlen(name)) > TRACE_NAME_MAX)
		return (NULL);
	memcpy(padded, name, text.len);
	return (trace_names_find(names, text));
}

vm_object_t
pmapsim_replay_object(struct pmapsim_replay *replay, const char *name)
{
	const struct trace_name *found;

	found = replay != NULL ? replay_find(&replay->objects, name) : NULL;
	return (found != NULL ? found->ptr : NULL);
}

pmap_t
pmapsim_replay_pmap(struct pmapsim_replay *replay, const char *name)
{
	const struct trace_name *found;

	found = replay != NULL ? replay_find(&replay->pmaps, name) : NULL;
	return (found != NULL ? found->ptr : NULL);
}

vm_map_t
trace_replay_space(const struct pmapsim_replay *replay, const char *name)
{
	const struct trace_name *found = replay_find(&replay->pmaps, name);

	return (found != NULL ? found->map : NULL);
}
