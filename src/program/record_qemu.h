/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * QEMU's interface for plugins, as much of it as the recorder uses.  Debian
 * packages no header for plugins; the interface is stable within its version
 * number, and so it is declared here.
 */
#ifndef PROGRAM_RECORD_QEMU_H
#define PROGRAM_RECORD_QEMU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLUGIN_EXPORT __attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
typedef uint32_t qemu_plugin_meminfo_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef struct {
	const char *target_name;
	struct {
		int min, cur;
	} version;
	bool system_emulation;
} qemu_info_t;
#define QEMU_PLUGIN_CB_NO_REGS 0
#define QEMU_PLUGIN_MEM_RW 3

extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
extern struct qemu_plugin_insn *
qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
extern size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
extern uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
extern void *qemu_plugin_insn_haddr(const struct qemu_plugin_insn *insn);
extern bool qemu_plugin_mem_is_store(qemu_plugin_meminfo_t info);
extern unsigned qemu_plugin_mem_size_shift(qemu_plugin_meminfo_t info);
extern void qemu_plugin_register_vcpu_init_cb(qemu_plugin_id_t id,
    void (*fn)(qemu_plugin_id_t id, unsigned cpu));
extern void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
    void (*fn)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb));
extern void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb,
    void (*fn)(unsigned cpu, void *arg), int flags, void *arg);
extern void
qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
    void (*fn)(unsigned cpu, void *arg), int flags, void *arg);
extern void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn,
    void (*fn)(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t va,
	void *arg),
    int flags, int rw, void *arg);
extern void qemu_plugin_register_vcpu_syscall_cb(qemu_plugin_id_t id,
    void (*fn)(qemu_plugin_id_t id, unsigned cpu, int64_t number, uint64_t a1,
	uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5, uint64_t a6,
	uint64_t a7, uint64_t a8));
extern void qemu_plugin_register_vcpu_syscall_ret_cb(qemu_plugin_id_t id,
    void (*fn)(qemu_plugin_id_t id, unsigned cpu, int64_t number,
	int64_t result));
extern void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id,
    void (*fn)(qemu_plugin_id_t id, void *arg), void *arg);

PLUGIN_EXPORT extern int qemu_plugin_version;
PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id,
    const qemu_info_t *info, int argc, char **argv);

#endif /* PROGRAM_RECORD_QEMU_H */
