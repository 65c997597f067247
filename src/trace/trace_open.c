/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A trace's text in memory.  It is copied, not mapped, so that a file that
 * changes or shrinks while it is replayed cannot hurt, and so that the lexer
 * may rely on a newline and some zeros behind the end.
 */
#include "trace/trace_var.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whether an argument of the kind is a name that trace_resolve() looks up. */
static bool
is_name_of_trace(enum trace_arg kind)
{

	return (kind == TA_NEW_OBJECT || kind == TA_OBJECT ||
	    kind == TA_NEW_PMAP || kind == TA_PMAP || kind == TA_NEW_SPACE ||
	    kind == TA_SPACE);
}

/* Works out the shape of each row, and where its name is found. */
static void
trace_index(struct pmapsim_trace *trace)
{
	struct trace_shape *shape;
	const struct trace_op *op;
	unsigned i, n;
	uint8_t h;

	for (i = 0; i < OP_COUNT; i++) {
		char padded[64] = {0};
		struct trace_text word = {padded, 0};

		op = &trace_ops[i];
		shape = &trace->shape[i];
		shape->op = op;
		shape->row = (uint8_t)i;
		word.len = strlen(op->info.name);
		memcpy(padded, op->info.name, word.len);
		trace_words(word, &shape->head, &shape->tail);
		shape->length = (uint8_t)word.len;
		shape->nargs = (uint8_t)trace_op_args(op);
		for (n = 0; n < shape->nargs; n++) {
			if (is_name_of_trace(op->args[n]))
				shape->named |= (uint8_t)(1u << n);
			if (trace_arg_is_any_number(op->args[n]))
				shape->numbers |= (uint8_t)(1u << n);
		}
		shape->checked = trace_op_is_checked(op);
		h = (uint8_t)trace_hash(shape->head, shape->tail);
		while (trace->op_index[h] != 0)
			h++;
		trace->op_index[h] = (uint8_t)(i + 1);
	}
}

/*
 * Takes "text", of "size" bytes in a block that has room for TRACE_PAD more,
 * and works out what its reader asks of the operations.
 */
static int
trace_make(const char *name, char *text, size_t size,
    struct pmapsim_trace **tracep)
{
	struct pmapsim_trace *trace;

	trace = calloc(1, sizeof(*trace));
	if (trace == NULL || (trace->name = strdup(name)) == NULL) {
		free(trace);
		free(text);
		return (PMAPSIM_ENOMEM);
	}
	memset(text + size, 0, TRACE_PAD);
	text[size] = '\n';
	trace->text = text;
	trace->size = size;
	trace_index(trace);
	*tracep = trace;
	return (PMAPSIM_OK);
}

/* Reads "fd" to its end; the block has TRACE_PAD bytes more.  0 or errno. */
static int
trace_slurp(int fd, char **textp, size_t *sizep)
{
	struct stat st;
	size_t size, used;
	char *text, *larger;
	ssize_t n;
	int error;

	if (fstat(fd, &st) != 0)
		return (errno);
	if (S_ISDIR(st.st_mode))
		return (EISDIR);
	/* One byte more than the file has lets the first read see its end. */
	size = S_ISREG(st.st_mode) && st.st_size > 0 ? (size_t)st.st_size + 1 :
						       65536;
	used = 0;
	if ((text = malloc(size + TRACE_PAD)) == NULL)
		return (ENOMEM);
	for (;;) {
		n = read(fd, text + used, size - used);
		if (n == 0)
			break;
		if (n < 0) {
			if (errno == EINTR)
				continue;
			error = errno;
			free(text);
			return (error);
		}
		used += (size_t)n;
		if (used < size)
			continue;
		larger = realloc(text, size * 2 + TRACE_PAD);
		if (larger == NULL) {
			free(text);
			return (ENOMEM);
		}
		text = larger;
		size *= 2;
	}
	*textp = text;
	*sizep = used;
	return (0);
}

int
pmapsim_trace_open(const char *path, struct pmapsim_trace **tracep, char *err,
    size_t errsize)
{
	size_t size = 0;
	char *text = NULL;
	bool is_stdin;
	int error, fd;

	if (err == NULL)
		errsize = 0;
	if (tracep != NULL)
		*tracep = NULL;
	if (path == NULL || tracep == NULL) {
		snprintf(err, errsize,
		    "pmapsim_trace_open() needs a path and "
		    "a place for the trace");
		return (PMAPSIM_EINVAL);
	}
	is_stdin = strcmp(path, "-") == 0;
	fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	error = fd < 0 ? errno : trace_slurp(fd, &text, &size);
	if (fd >= 0 && !is_stdin)
		close(fd);
	if (error == 0)
		error = trace_make(is_stdin ? "<stdin>" : path, text, size,
			    tracep) == PMAPSIM_OK ?
		    0 :
		    ENOMEM;
	if (error == 0)
		return (PMAPSIM_OK);
	snprintf(err, errsize, "%s: %s", path, strerror(error));
	return (error == ENOMEM ? PMAPSIM_ENOMEM : PMAPSIM_EIO);
}

int
pmapsim_trace_from_memory(const char *name, const void *text, size_t size,
    struct pmapsim_trace **tracep, char *err, size_t errsize)
{
	char *copy;
	int error;

	if (err == NULL)
		errsize = 0;
	if (tracep != NULL)
		*tracep = NULL;
	if (name == NULL || (text == NULL && size != 0) || tracep == NULL) {
		snprintf(err, errsize,
		    "pmapsim_trace_from_memory() needs a "
		    "name, a text and a place for the trace");
		return (PMAPSIM_EINVAL);
	}
	error = PMAPSIM_ENOMEM;
	if (size < SIZE_MAX - TRACE_PAD &&
	    (copy = malloc(size + TRACE_PAD)) != NULL) {
		if (size != 0)
			memcpy(copy, text, size);
		error = trace_make(name, copy, size, tracep);
	}
	if (error != PMAPSIM_OK)
		snprintf(err, errsize, "%s: no memory", name);
	return (error);
}

int
pmapsim_trace_growing(const char *name, size_t capacity,
    struct pmapsim_trace **tracep, char *err, size_t errsize)
{
	char *text;
	int error;

	if (err == NULL)
		errsize = 0;
	if (tracep != NULL)
		*tracep = NULL;
	if (name == NULL || tracep == NULL) {
		snprintf(err, errsize,
		    "pmapsim_trace_growing() needs a name "
		    "and a place for the trace");
		return (PMAPSIM_EINVAL);
	}
	/* Zero-filled: what lies behind the end is always padding. */
	error = PMAPSIM_ENOMEM;
	if (capacity < SIZE_MAX - TRACE_PAD &&
	    (text = calloc(1, capacity + TRACE_PAD)) != NULL)
		error = trace_make(name, text, 0, tracep);
	if (error == PMAPSIM_OK)
		(*tracep)->capacity = capacity;
	else
		snprintf(err, errsize, "%s: no memory", name);
	return (error);
}

int
pmapsim_trace_append(struct pmapsim_trace *trace, const char *text, size_t size)
{

	if (trace == NULL || text == NULL || trace->capacity == 0)
		return (PMAPSIM_EINVAL);
	if (size > trace->capacity - trace->size)
		return (PMAPSIM_ENOMEM);
	memcpy(trace->text + trace->size, text, size);
	trace->size += size;
	trace->text[trace->size] = '\n';
	return (PMAPSIM_OK);
}

const char *
pmapsim_trace_text(const struct pmapsim_trace *trace, size_t *size)
{

	if (size != NULL)
		*size = trace != NULL ? trace->size : 0;
	return (trace != NULL ? trace->text : NULL);
}

void
pmapsim_trace_close(struct pmapsim_trace *trace)
{

	if (trace == NULL)
		return;
	free(trace->name);
	free(trace->text);
	free(trace);
}

const char *
pmapsim_trace_name(const struct pmapsim_trace *trace)
{

	return (trace != NULL ? trace->name : NULL);
}

uint64_t
pmapsim_trace_statements(const struct pmapsim_trace *trace)
{
	const char *p, *end;
	uint64_t n = 0;

	if (trace == NULL)
		return (0);
	p = trace->text;
	end = p + trace->size;
	while (p < end) {
		while (*p == ' ' || *p == '\t')
			p++;
		n += *p != '\n' && *p != '#' && *p != '|';
		p = memchr(p, '\n', (size_t)(end - p));
		if (p == NULL)
			break;
		p++;
	}
	return (n);
}
