/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BSD queues, plus one rule of this library: a zero-filled head is an empty
 * queue.  sys/queue.h keeps that rule everywhere but at an insertion at the
 * tail, which reads tqh_last; so heads that live in zero-filled memory (pages,
 * superpage frames) are inserted into through these macros only.
 */
#ifndef BASE_QUEUE_H
#define BASE_QUEUE_H

#include <bsd/sys/queue.h>

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
