/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the recorder share.
 */
#ifndef PROGRAM_RECORD_VAR_H
#define PROGRAM_RECORD_VAR_H

#include <sys/stat.h>
#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "program/record_qemu.h"
#include "program/run_pack.h"

#define RECORD_WORDS RUN_BLOCK_WORDS
#define RECORD_ROOM (RUN_ARGS_MAX + 8) /* always left for an event */

/*
 * Of data that the recorder's files share.  A file that does not define it
 * takes it for another library's otherwise, whose address is to be looked up.
 */
#define RECORD_HIDDEN __attribute__((visibility("hidden")))

/*
 * One stream's record, in the packet, or "no_record", which it is before the
 * first record and whenever the packet is sent or an event put.  Most accesses
 * go to the page of the one before: where "joined" is that page's address, such
 * an access, of whichever kind the stream has, is counted and nothing else.
 */
struct stream {
	uint64_t *record;
	uint64_t joined; /* STREAM_CLOSED: each is looked at */
};
/* Farther than a page from any address of a program. */
#define STREAM_CLOSED (UINT64_C(1) << 63)
/* Of a page that no program has; nothing is counted in it. */
extern RECORD_HIDDEN uint64_t no_record;

/*
 * The recorder of one process.  Filled in by qemu_plugin_install(), before the
 * program begins; a fork copies it, with what single files of the recorder
 * know, and record_call.c makes the copy the child's.  It ends with its
 * process.  Once the process has two threads, what QEMU calls takes the lock
 * before it changes anything: "plain" and the closed streams then let no access
 * be counted without it.
 */
struct record {
	uint64_t packet[RECORD_WORDS];
	unsigned used; /* words of the packet */
	int fd;	       /* to the command; -1: it has gone */
	pid_t pid;
	bool full; /* one record an access */
	/* A thread alone, whose stack is told, and records that are joined. */
	bool plain;
	unsigned cpu, ncpu; /* whose words come, and how many threads began */
	int lock;
	struct stream data, fetch;
	bool image_told, stack_told;
	uint64_t guest_base; /* what QEMU adds to a program's addresses */
	char program[4096];  /* its path */
};
extern RECORD_HIDDEN struct record rec;

/* What comes next begins a record. */
static inline void
stream_end(struct stream *stream)
{

	stream->record = &no_record;
	stream->joined = STREAM_CLOSED;
}

/* record_packet.c */
/* Says whose the words are that follow. */
void packet_begin(void);
void packet_send(void);
void put_event(unsigned code, unsigned nargs, const uint64_t *args);

/* Threads come to the recorder one by one; alone, a thread pays nothing. */
static inline void
record_lock(unsigned cpu)
{

	if (rec.ncpu < 2)
		return;
	while (__atomic_exchange_n(&rec.lock, 1, __ATOMIC_ACQUIRE) != 0)
		continue;
	if (cpu != rec.cpu) {
		const uint64_t args[] = {(uint64_t)rec.pid, cpu};

		rec.cpu = cpu;
		put_event(RUN_THREAD, 2, args);
	}
}

static inline void
record_unlock(void)
{

	if (rec.ncpu >= 2)
		__atomic_store_n(&rec.lock, 0, __ATOMIC_RELEASE);
}

/* record_access.c: what QEMU calls for fetches and for data. */
void on_fetch(unsigned cpu, void *arg);
void on_data(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t va, void *arg);

/* record_files.c */
/* The number of the file that "st" is, told first when it is new; 0: none. */
unsigned record_file(const struct stat *st, const char *name);
unsigned record_fd(int fd);

/* record_image.c */
/* Tells what exec mapped; "va" is where the first instruction is. */
void record_image(const struct qemu_plugin_insn *insn, uint64_t va);
/* The first data that a program touches is its stack. */
void __attribute__((noinline, cold)) record_stack(uint64_t va);

/* record_call.c: what QEMU calls for system calls. */
void on_syscall(qemu_plugin_id_t id, unsigned cpu, int64_t number, uint64_t a1,
    uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5, uint64_t a6,
    uint64_t a7, uint64_t a8);
void on_syscall_return(qemu_plugin_id_t id, unsigned cpu, int64_t number,
    int64_t result);

#endif /* PROGRAM_RECORD_VAR_H */
