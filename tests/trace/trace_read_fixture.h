/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of traces as texts share.
 */
#ifndef TESTS_TRACE_TRACE_READ_FIXTURE_H
#define TESTS_TRACE_TRACE_READ_FIXTURE_H

#include <sys/stat.h>
#include <unistd.h>

#include "support.h"
#include "trace/trace_var.h"

#define MACHINE "machine mem=32M first=4M kmem=8M ncpu=2 "
#define M MACHINE "superpages=on invariants=off\n"
#define OBJ M "vm_object_allocate A 600 color=0\n"
#define PM OBJ "pmap_pinit u\n"

/* Opens "size" bytes at "text" as the trace "t". */
static inline struct pmapsim_trace *
from_bytes(const void *text, size_t size)
{
	struct pmapsim_trace *trace;
	char err[512];

	assert_int_equal(pmapsim_trace_from_memory("t", text, size, &trace, err,
			     sizeof(err)),
	    PMAPSIM_OK);
	return (trace);
}

/* What checking "text" says; "" when it is good. */
static inline void
check_bytes(const void *text, size_t size, char *err, size_t errsize)
{
	struct pmapsim_trace *trace = from_bytes(text, size);
	int error;

	memset(err, 'x', errsize);
	error = pmapsim_trace_check(trace, err, errsize);
	if (error == PMAPSIM_OK)
		err[0] = '\0';
	else {
		assert_int_equal(error, PMAPSIM_EINVAL);
		assert_non_null(memchr(err, '\0', errsize));
	}
	pmapsim_trace_close(trace);
}

#endif /* TESTS_TRACE_TRACE_READ_FIXTURE_H */
