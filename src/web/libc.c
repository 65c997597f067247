/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the library takes from libc and a browser's has not.
 */
#include <errno.h>
#include <stdlib.h>

void *reallocarray(void *memory, size_t count, size_t size);
int memfd_create(const char *name, unsigned flags);

void *
reallocarray(void *memory, size_t count, size_t size)
{

	if (size != 0 && count > (size_t)-1 / size) {
		errno = ENOMEM;
		return (NULL);
	}
	return (realloc(memory, count * size));
}

/* Physical memory that others could map: there are no others in a page. */
int
memfd_create(const char *name, unsigned flags)
{

	errno = ENOSYS;
	return (-1);
}
