/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system calls of a recorded program that change its address space or make
 * a process, and what the recording tells of them.
 */
#include <unistd.h>

#include "program/record_var.h"

/* What the next call needs of those before; a fork's child goes on from it. */
static struct {
	uint64_t brk;	/* 0: not known yet */
	uint64_t forks; /* the number of the last */
} calls;

/* The arguments of the system call that a thread is in. */
static __thread uint64_t call_args[6];

/* Linux's numbers of the system calls that matter here. */
enum {
	SYS_MMAP = 9,
	SYS_MPROTECT = 10,
	SYS_MUNMAP = 11,
	SYS_BRK = 12,
	SYS_MREMAP = 25,
	SYS_MADVISE = 28,
	SYS_CLONE = 56,
	SYS_FORK = 57,
	SYS_VFORK = 58,
	SYS_EXECVE = 59,
	SYS_EXIT = 60,
	SYS_EXIT_GROUP = 231
};
#define LINUX_CLONE_VM 0x100
#define LINUX_CLONE_VFORK 0x4000
#define LINUX_MAP_SHARED 1
#define LINUX_MAP_FIXED 0x10
#define LINUX_MAP_ANONYMOUS 0x20

/* Whether the call makes a process, which QEMU does by a fork of its own. */
static bool
call_forks(int64_t number, uint64_t flags)
{

	return (number == SYS_FORK || number == SYS_VFORK ||
	    (number == SYS_CLONE &&
		((flags & LINUX_CLONE_VM) == 0 ||
		    (flags & LINUX_CLONE_VFORK) != 0)));
}

void
on_syscall(qemu_plugin_id_t id, unsigned cpu, int64_t number, uint64_t a1,
    uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5, uint64_t a6,
    uint64_t a7, uint64_t a8)
{
	const char *path;

	call_args[0] = a1;
	call_args[1] = a2;
	call_args[2] = a3;
	call_args[3] = a4;
	call_args[4] = a5;
	call_args[5] = a6;
	if (call_forks(number, a1)) {
		record_lock(cpu);
		calls.forks++;
		put_event(RUN_FORK, 1, &calls.forks);
		/* The child begins with an empty packet. */
		packet_send();
		record_unlock();
	} else if (number == SYS_EXECVE) {
		record_lock(cpu);
		/* Shells try one folder after the other. */
		path = (const char *)(uintptr_t)(a1 + rec.guest_base);
		if (access(path, X_OK) == 0)
			put_event(RUN_EXIT, 0, NULL);
		packet_send();
		record_unlock();
	} else if (number == SYS_EXIT_GROUP) {
		record_lock(cpu);
		put_event(RUN_EXIT, 0, NULL);
		packet_send();
		record_unlock();
	}
}

/* A child's first action; its parent's other threads are not in it. */
static void
record_child(void)
{
	uint64_t args[2];

	args[0] = (uint64_t)rec.pid;
	args[1] = calls.forks;
	rec.pid = getpid();
	rec.lock = 0;
	rec.ncpu = 1;
	rec.cpu = 0;
	stream_end(&rec.data);
	stream_end(&rec.fetch);
	packet_begin();
	put_event(RUN_CHILD, 2, args);
}

static void
record_brk(uint64_t end)
{
	uint64_t args[2];

	args[0] = calls.brk != 0 ? calls.brk : end;
	args[1] = end;
	if (calls.brk != end)
		put_event(RUN_BRK, 2, args);
	calls.brk = end;
}

static void
record_mmap(uint64_t va, const uint64_t *a)
{
	uint64_t args[6];

	args[0] = va;
	args[1] = a[1];
	args[2] = a[2] & 7;
	args[3] = ((a[3] & LINUX_MAP_SHARED) != 0 ? RUN_MAP_SHARED : 0) |
	    ((a[3] & LINUX_MAP_FIXED) != 0 ? RUN_MAP_FIXED : 0);
	args[4] = (a[3] & LINUX_MAP_ANONYMOUS) != 0 ? 0 : record_fd((int)a[4]);
	args[5] = a[5];
	put_event(RUN_MMAP, 6, args);
}

/* Linux's MADV_DONTNEED throws the contents away: FreeBSD's MADV_FREE. */
static void
record_madvise(const uint64_t *a)
{
	uint64_t args[3] = {a[0], a[1], 0};

	switch (a[2]) {
	case 3: /* MADV_WILLNEED */
		args[2] = RUN_ADVICE_WILLNEED;
		break;
	case 4: /* MADV_DONTNEED */
	case 8: /* MADV_FREE */
		args[2] = RUN_ADVICE_FREE;
		break;
	default:
		return;
	}
	put_event(RUN_MADVISE, 3, args);
}

void
on_syscall_return(qemu_plugin_id_t id, unsigned cpu, int64_t number,
    int64_t result)
{
	const uint64_t *a = call_args;
	uint64_t args[4];

	if (call_forks(number, a[0]) && result == 0 && getpid() != rec.pid) {
		record_child();
		return;
	}
	if (result < 0 && result > -4096)
		return;
	record_lock(cpu);
	switch (number) {
	case SYS_MMAP:
		record_mmap((uint64_t)result, a);
		break;
	case SYS_MPROTECT:
		args[0] = a[0];
		args[1] = a[1];
		args[2] = a[2] & 7;
		put_event(RUN_MPROTECT, 3, args);
		break;
	case SYS_MUNMAP:
		put_event(RUN_MUNMAP, 2, a);
		break;
	case SYS_BRK:
		record_brk((uint64_t)result);
		break;
	case SYS_MREMAP:
		args[0] = a[0];
		args[1] = a[1];
		args[2] = (uint64_t)result;
		args[3] = a[2];
		put_event(RUN_MREMAP, 4, args);
		break;
	case SYS_MADVISE:
		record_madvise(a);
		break;
	}
	record_unlock();
}
