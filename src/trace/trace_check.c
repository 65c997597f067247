/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is wrong with a trace beyond one statement's words: kernels and TLBs
 * that nobody knows, names that are not there, not yet or no longer.
 */
#include "trace/trace_var.h"

#include <inttypes.h>
#include <string.h>

#include <pmapsim/hw.h>

#include "amd64/pmap_walk.h"

/* "word" names no object, pmap or address space. */
static bool
not_there(struct trace_reader *rd, const struct trace_stmt *st,
    const struct trace_names *names, struct trace_text word, const char *what)
{
	const char *near;

	near = trace_names_near(names, word, what[0] == 'a');
	trace_read_error(rd, st->pub.line, "there is no %s \"%.*s\"%s%s%s",
	    what, TRACE_QUOTE(word), near == NULL ? "" : "; did you mean \"",
	    near == NULL ? "" : near, near == NULL ? "" : "\"?");
	return (false);
}

/* "word" is to be made, and is there. */
static bool
is_there(struct trace_reader *rd, const struct trace_stmt *st,
    const struct trace_name *name, const char *what)
{

	if (name->line == 0)
		trace_read_error(rd, st->pub.line,
		    "there is %s \"%s\" from "
		    "the start",
		    what, name->name);
	else
		trace_read_error(rd, st->pub.line,
		    "there is %s \"%s\" "
		    "already, made in line %u",
		    what, name->name, name->line);
	return (false);
}

bool
trace_resolve(struct trace_reader *rd, struct trace_names *objects,
    struct trace_names *pmaps, struct trace_stmt *st)
{
	const struct trace_name *name;
	unsigned i, left;

	left = rd->trace->shape[st->pub.index].named;
	for (; left != 0; left &= left - 1) {
		i = (unsigned)__builtin_ctz(left);
		switch (st->op->args[i]) {
		case TA_OBJECT:
			name = trace_names_find(objects, st->str[i]);
			if (name == NULL)
				return (not_there(rd, st, objects, st->str[i],
				    "object"));
			st->ref[i] = (uint32_t)(name - objects->entries);
			objects->last = st->ref[i];
			break;
		case TA_PMAP:
			name = trace_names_find(pmaps, st->str[i]);
			if (name == NULL)
				return (not_there(rd, st, pmaps, st->str[i],
				    "pmap"));
			if (name->is_space && st->op->names == TE_ENDS) {
				trace_read_error(rd, st->pub.line,
				    "\"%s\" is an address space, which "
				    "vmspace_free ends",
				    name->name);
				return (false);
			}
			st->ref[i] = (uint32_t)(name - pmaps->entries);
			pmaps->last = st->ref[i];
			break;
		case TA_SPACE:
			name = trace_names_find(pmaps, st->str[i]);
			if (name == NULL || !name->is_space)
				return (not_there(rd, st, pmaps, st->str[i],
				    "address space"));
			st->ref[i] = (uint32_t)(name - pmaps->entries);
			pmaps->last = st->ref[i];
			break;
		case TA_NEW_OBJECT:
			name = trace_names_find(objects, st->str[i]);
			if (name != NULL)
				return (is_there(rd, st, name, "an object"));
			break;
		case TA_NEW_PMAP:
		case TA_NEW_SPACE:
			name = trace_names_find(pmaps, st->str[i]);
			if (name != NULL)
				return (is_there(rd, st, name, "a pmap"));
			break;
		default:
			break;
		}
	}
	return (true);
}

/* The names that exist from the start. */
static bool
check_names_init(struct trace_names *objects, struct trace_names *pmaps)
{
	/* Words are read eight bytes at a time. */
	static const char kernel[16] = "kernel", kmem[16] = "kmem";
	const struct trace_text kernel_text = {kernel, 6};
	const struct trace_text kmem_text = {kmem, 4};
	bool made;

	made = trace_names_init(objects);
	made = trace_names_init(pmaps) && made;
	return (made && trace_names_add(objects, kernel_text, 0) != NULL &&
	    trace_names_add(objects, kmem_text, 0) != NULL &&
	    trace_names_add(pmaps, kernel_text, 0) != NULL);
}

/* Does to the names what "st" does; false: no memory. */
static bool
check_effect(struct trace_names *objects, struct trace_names *pmaps,
    const struct trace_stmt *st)
{
	struct trace_names *names;
	struct trace_name *name;

	names = st->op->args[0] == TA_NEW_OBJECT ||
		st->op->args[0] == TA_OBJECT ?
	    objects :
	    pmaps;
	switch (st->op->names) {
	case TE_ADDS:
		name = trace_names_add(names, st->str[0], st->pub.line);
		if (name == NULL)
			return (false);
		name->is_space = st->op->args[0] == TA_NEW_SPACE;
		break;
	case TE_ENDS:
		trace_names_remove(names, &names->entries[st->ref[0]]);
		break;
	case TE_NONE:
		break;
	}
	return (true);
}

/* Checks the names on the machine line: of the kernel and the TLB. */
static bool
check_machine(struct trace_reader *rd, const struct trace_stmt *st)
{
	char name[PMAPSIM_KERNEL_NAME_SIZE], why[256];
	bool valid = true;

	if (trace_has(st, TK_KERNEL)) {
		snprintf(name, sizeof(name), "%.*s",
		    (int)(st->kernel.len < sizeof(name) ? st->kernel.len :
							  sizeof(name) - 1),
		    st->kernel.s);
		valid = pmapsim_kernel_valid(name, why, sizeof(why));
	}
	if (valid && trace_has(st, TK_TLB)) {
		snprintf(name, sizeof(name), "%.*s",
		    (int)(st->tlb.len < sizeof(name) ? st->tlb.len :
						       sizeof(name) - 1),
		    st->tlb.s);
		valid = pmapsim_tlb_valid(name, why, sizeof(why));
	}
	if (!valid)
		trace_read_error(rd, st->pub.line, "%s", why);
	return (valid);
}

int
pmapsim_trace_check(const struct pmapsim_trace *trace, char *err,
    size_t errsize)
{
	struct trace_names objects, pmaps;
	struct trace_reader rd;
	struct trace_stmt st;
	int error;

	if (err == NULL)
		errsize = 0;
	if (trace == NULL) {
		snprintf(err, errsize, "pmapsim_trace_check() needs a trace");
		return (PMAPSIM_EINVAL);
	}
	memset(&st, 0, sizeof(st));
	trace_reader_init(&rd, trace, err, errsize);
	error = PMAPSIM_OK;
	if (!check_names_init(&objects, &pmaps))
		error = PMAPSIM_ENOMEM;
	while (error == PMAPSIM_OK) {
		switch (trace_read(&rd, &st)) {
		case TRACE_READ_ERROR:
			error = PMAPSIM_EINVAL;
			continue;
		case TRACE_READ_END:
			goto done;
		case TRACE_READ_STMT:
			break;
		}
		if (st.op->call == NULL && !check_machine(&rd, &st))
			error = PMAPSIM_EINVAL;
		if (error == PMAPSIM_OK &&
		    !trace_resolve(&rd, &objects, &pmaps, &st))
			error = PMAPSIM_EINVAL;
		if (error == PMAPSIM_OK && !check_effect(&objects, &pmaps, &st))
			error = PMAPSIM_ENOMEM;
	}
done:
	if (error == PMAPSIM_ENOMEM)
		snprintf(err, errsize, "%s: no memory", trace->name);
	trace_names_done(&objects);
	trace_names_done(&pmaps);
	return (error);
}
