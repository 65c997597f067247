/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The recorder: a plugin for QEMU's user mode.  It sees each load, store and
 * fetch of a program and its system calls as words of run_format.h, and sends
 * them, packed to blocks, to the command that started QEMU.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program/record_var.h"

#ifndef RECORD_API
#define RECORD_API 1
#endif
int qemu_plugin_version = RECORD_API;

#define RECORD_FD 400 /* where no program looks for its files */

struct record rec;

static void
on_vcpu_init(qemu_plugin_id_t id, unsigned cpu)
{

	if (cpu + 1 > rec.ncpu)
		rec.ncpu = cpu + 1;
	/* What two threads count, they count under the lock. */
	if (rec.ncpu > 1) {
		rec.plain = false;
		rec.data.joined = rec.fetch.joined = STREAM_CLOSED;
	}
}

static void
fetch_run(struct qemu_plugin_insn *insn, bool whole, struct qemu_plugin_tb *tb,
    uint64_t page, size_t n)
{
	void *arg = (void *)(uintptr_t)(page << 12 | (n < 4096 ? n : 4095));

	if (whole)
		qemu_plugin_register_vcpu_tb_exec_cb(tb, on_fetch,
		    QEMU_PLUGIN_CB_NO_REGS, arg);
	else
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_fetch,
		    QEMU_PLUGIN_CB_NO_REGS, arg);
}

/*
 * Each block of instructions is recorded by its pages.  An instruction counts
 * for the page that it begins on; one that goes on to the next page fetches
 * from there as well.
 */
static void
on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb), i, from = 0;
	struct qemu_plugin_insn *insn, *first;
	uint64_t last, page, va;

	insn = first = qemu_plugin_tb_get_insn(tb, 0);
	va = qemu_plugin_insn_vaddr(insn);
	page = va >> 12;
	if (__builtin_expect(!rec.image_told, 0)) {
		record_lock(rec.cpu);
		record_image(insn, va);
		record_unlock();
	}
	for (i = 0; i < n; i++) {
		insn = qemu_plugin_tb_get_insn(tb, i);
		va = qemu_plugin_insn_vaddr(insn);
		last = va + qemu_plugin_insn_size(insn) - 1;
		qemu_plugin_register_vcpu_mem_cb(insn, on_data,
		    QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW, NULL);
		if (last >> 12 == page)
			continue;
		/* What begins on the new page is its; and what reaches it. */
		if (va >> 12 == page) {
			fetch_run(first, from == 0, tb, page, i + 1 - from);
			from = i + 1;
		} else {
			if (i > from)
				fetch_run(first, from == 0, tb, page, i - from);
			from = i;
		}
		page = last >> 12;
		first = from < n ? qemu_plugin_tb_get_insn(tb, from) : NULL;
		/* The part of an instruction that lies behind the boundary. */
		if (va >> 12 != page)
			fetch_run(insn, false, tb, page, 0);
	}
	if (from < n)
		fetch_run(first, from == 0, tb, page, n - from);
}

static void
on_atexit(qemu_plugin_id_t id, void *arg)
{

	packet_send();
}

/* "fd=N" is the command's socket; "program=PATH" what it runs. */
int
qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
    char **argv)
{
	int fd, i;

	rec.fd = -1;
	for (i = 0; i < argc; i++) {
		if (strncmp(argv[i], "fd=", 3) == 0) {
			fd = atoi(argv[i] + 3);
			rec.fd = fcntl(fd, F_DUPFD_CLOEXEC, RECORD_FD);
			close(fd);
		} else if (strncmp(argv[i], "program=", 8) == 0)
			snprintf(rec.program, sizeof(rec.program), "%s",
			    argv[i] + 8);
		else if (strncmp(argv[i], "full=", 5) == 0)
			rec.full = true;
	}
	if (info->system_emulation || rec.fd < 0)
		return (-1);
	rec.pid = getpid();
	stream_end(&rec.data);
	stream_end(&rec.fetch);
	packet_begin();
	qemu_plugin_register_vcpu_init_cb(id, on_vcpu_init);
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
	qemu_plugin_register_vcpu_syscall_cb(id, on_syscall);
	qemu_plugin_register_vcpu_syscall_ret_cb(id, on_syscall_return);
	qemu_plugin_register_atexit_cb(id, on_atexit, NULL);
	return (0);
}
