/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BSD queues, plus one rule of this library: a zero-filled head is an empty
 * queue.  sys/queue.h keeps that rule everywhere but at an insertion at the
 * tail, which reads tqh_last; so heads that live in zero-filled memory (pages,
 * superpage frames) are inserted into through these macros only.
 */
#ifndef BASE_QUEUE_H
#define BASE_QUEUE_H

/* glibc's own header lacks TAILQ_FOREACH_SAFE(), and musl has none. */
#if __has_include(<bsd/sys/queue.h>)
#include <bsd/sys/queue.h>
#else
#include <sys/queue.h>
#endif
#ifndef TAILQ_FOREACH_SAFE
#error "BSD's <sys/queue.h> is needed: libbsd has it (Debian: libbsd-dev)"
#endif

#define ZTAILQ_INSERT_TAIL(head, elm, field)         \
	do {                                         \
		if (TAILQ_EMPTY(head))               \
			TAILQ_INIT(head);            \
		TAILQ_INSERT_TAIL(head, elm, field); \
	} while (0)

#define ZTAILQ_INSERT_HEAD(head, elm, field)         \
	do {                                         \
		if (TAILQ_EMPTY(head))               \
			TAILQ_INIT(head);            \
		TAILQ_INSERT_HEAD(head, elm, field); \
	} while (0)

#endif /* BASE_QUEUE_H */
