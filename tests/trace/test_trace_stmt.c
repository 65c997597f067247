/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Statements as values: each row of the table printed and read again, and what
 * each says that it does to addresses and pages.
 */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include "trace/trace_var.h"
#include "vm/vm_object.h"

/* A value that a reader accepts for an argument of that kind; a second one,
 * which differs, where "other" is. */
static struct trace_value
sample(const struct trace_op *op, int i, bool other)
{

	switch (op->args[i]) {
	case TA_NEW_OBJECT:
	case TA_OBJECT:
		return (ARG(other ? "p" : "o1"));
	case TA_NEW_PMAP:
	case TA_PMAP:
	case TA_NEW_SPACE:
	case TA_SPACE:
		return (ARG(other ? "q" : "u-7"));
	case TA_SYSCTL:
		return (ARG(other ? "vm.pmap.pde.demotions" :
				    "vm.pmap.pde.promotions"));
	case TA_BOOL:
		return (ARG(other));
	case TA_ACCESS:
		return (ARG(other ? VM_PROT_READ : VM_PROT_WRITE));
	case TA_INJECT:
		return (ARG(other ? PMAPSIM_INJECT_PV_CHUNK :
				    PMAPSIM_INJECT_PAGE_ALLOC));
	case TA_INHERIT:
		return (ARG(other ? VM_INHERIT_NONE : VM_INHERIT_SHARE));
	case TA_MEMATTR:
		return (ARG(other ? VM_MEMATTR_WRITE_THROUGH :
				    VM_MEMATTR_UNCACHED));
	case TA_ADVICE:
		return (ARG(other ? VM_MADV_FREE : VM_MADV_WILLNEED));
	case TA_FIND:
		return (ARG(other ? VMFS_ALIGNED_SPACE : VMFS_ANY_SPACE));
	case TA_EVENT:
		return (ARG(other ? RACE_FLUSH : RACE_CAS));
	case TA_LEVEL:
		return (ARG(other ? 0 : 2));
	case TA_DEED:
		return (ARG(other ? DEED_QUERY : DEED_WRITE));
	case TA_KADDR:
	case TA_KVA:
		return (ARG(VM_MIN_KERNEL_ADDRESS + (other ? 0x5000 : 0)));
	case TA_EVA:
		return (ARG(0x40200000 + (other ? 0x1000 : 0)));
	case TA_ALIGN:
		return (ARG(other ? 1 : 0x200000));
	case TA_MASK:
		return (ARG(other ? 1 : 3));
	case TA_SIZE:
	case TA_LEN:
		return (ARG(other ? 0x200000 : 0x3000));
	case TA_PINDEX:
	case TA_PAGES:
		return (ARG(other ? 4096 : 512));
	case TA_NUMBER:
		return (ARG(other ? 12345 : 0x100000));
	default:
		return (ARG(0x40000000 + (other ? 0x1000 : 0)));
	}
}

static void
make(struct trace_stmt *st, enum trace_opcode op, int other)
{
	struct trace_value args[TRACE_ARGS_MAX];
	int i, n = trace_op_args(&trace_ops[op]);

	for (i = 0; i < n; i++)
		args[i] = sample(&trace_ops[op], i, i == other);
	trace_stmt_make(st, op, args);
}

/* Gives "st" each key that its row allows. */
static void
set_keys(struct trace_stmt *st)
{
	uint64_t keys = st->op->allowed;
	int key;

	if (st->op->call != NULL)
		keys |= TK(TK_FROM) | TK(TK_CPU);
	for (key = 0; key < TK_COUNT; key++) {
		if ((keys & TK(key)) == 0)
			continue;
		switch (key) {
		case TK_FROM:
			trace_stmt_set_text(st, key, "f,mi_startup");
			break;
		case TK_KERNEL:
			trace_stmt_set_text(st, key, "2010-04+litter");
			break;
		case TK_TLB:
			trace_stmt_set_text(st, key, "nehalem");
			break;
		case TK_ACCESS:
			trace_stmt_set(st, key, VM_PROT_READ | VM_PROT_EXECUTE);
			break;
		case TK_PROT:
			trace_stmt_set(st, key, VM_PROT_NONE);
			break;
		case TK_REQ:
			trace_stmt_set(st, key, VM_ALLOC_INTERRUPT);
			break;
		case TK_MEM:
			trace_stmt_set(st, key, 64 << 20);
			break;
		case TK_FIRST:
			trace_stmt_set(st, key, (4 << 20) + 0x1000);
			break;
		case TK_KMEM:
			trace_stmt_set(st, key, 8 << 20);
			break;
		case TK_KVA: /* no kernel has it beside kmem= */
			break;
		default:
			trace_stmt_set(st, key, 1);
			break;
		}
	}
}

/* Reads the one statement "line" behind a machine, or the machine itself. */
static bool
read_back(const char *line, bool is_machine, struct pmapsim_trace **tracep,
    struct trace_stmt *st)
{
	static const char machine[] = "machine mem=64M first=4M ncpu=2\n";
	struct trace_reader rd;
	char text[1024], err[512];

	snprintf(text, sizeof(text), "%s%s\n", is_machine ? "" : machine, line);
	assert_int_equal(pmapsim_trace_from_memory("t", text, strlen(text),
			     tracep, err, sizeof(err)),
	    PMAPSIM_OK);
	memset(st, 0, sizeof(*st));
	trace_reader_init(&rd, *tracep, err, sizeof(err));
	if (!is_machine && trace_read(&rd, st) != TRACE_READ_STMT)
		fail_msg("%s", err);
	if (trace_read(&rd, st) != TRACE_READ_STMT) {
		print_error("%s\n", err);
		return (false);
	}
	return (true);
}

/* Printed and read, each statement is what it was, with and without keys. */
static void
test_print_and_read(void **state)
{
	struct trace_stmt made, got;
	struct pmapsim_trace *trace;
	char line[512], again[512];
	unsigned op, keys;
	size_t size;

	for (op = 0; op < OP_COUNT; op++)
		for (keys = trace_ops[op].required != 0; keys < 2; keys++) {
			make(&made, op, -1);
			if (keys)
				set_keys(&made);
			size = trace_stmt_print(&made, line, sizeof(line));
			assert_int_equal(size, strlen(line));
			if (!read_back(line, op == OP_machine, &trace, &got))
				fail_msg("does not read: %s", line);
			assert_int_equal(trace_opcode(&got), op);
			assert_true(trace_stmt_equal(&made, &got));
			trace_stmt_print(&got, again, sizeof(again));
			assert_string_equal(again, line);
			pmapsim_trace_close(trace);
		}
}

/* Statements that differ in one argument, or one key, are not equal. */
static void
test_unequal(void **state)
{
	struct trace_stmt a, b;
	unsigned op;
	int i;

	for (op = 0; op < OP_COUNT; op++) {
		make(&a, op, -1);
		for (i = 0; i < trace_op_args(&trace_ops[op]); i++) {
			make(&b, op, i);
			assert_false(trace_stmt_equal(&a, &b));
		}
		make(&b, op, -1);
		assert_true(trace_stmt_equal(&a, &b));
		trace_stmt_set(&b, TK_CPU, 1);
		assert_false(trace_stmt_equal(&a, &b));
		trace_stmt_set(&a, TK_CPU, 0);
		assert_false(trace_stmt_equal(&a, &b));
		trace_stmt_set(&a, TK_CPU, 1);
		trace_stmt_set_text(&a, TK_FROM, "f");
		trace_stmt_set_text(&b, TK_FROM, "g");
		assert_false(trace_stmt_equal(&a, &b));
	}
	make(&a, OP_stats, -1);
	make(&b, OP_pvstats, -1);
	assert_false(trace_stmt_equal(&a, &b));
}

/* Numbers are written as a person would. */
static void
test_forms(void **state)
{
	struct trace_stmt st;
	char line[128];

	STMT(&st, kmem_malloc, ARG(2 << 20));
	trace_stmt_set(&st, TF_ZERO, 0);
	trace_stmt_set(&st, TF_NOWAIT, 0);
	trace_stmt_print(&st, line, sizeof(line));
	assert_string_equal(line, "kmem_malloc 2M nowait zero");
	STMT(&st, kmem_malloc, ARG(8192));
	trace_stmt_print(&st, line, sizeof(line));
	assert_string_equal(line, "kmem_malloc 8K");
	STMT(&st, kmem_malloc, ARG(0));
	trace_stmt_print(&st, line, sizeof(line));
	assert_string_equal(line, "kmem_malloc 0");
	STMT(&st, pmap_enter, ARG("u"), ARG(0x1000), ARG("o"), ARG(4096));
	trace_stmt_set(&st, TK_ACCESS, VM_PROT_READ);
	trace_stmt_set(&st, TK_PROT, VM_PROT_ALL);
	trace_stmt_set(&st, TK_WIRED, 0);
	trace_stmt_set(&st, TK_CPU, 1);
	trace_stmt_set(&st, TK_REPEAT, 2);
	trace_stmt_print(&st, line, sizeof(line));
	assert_string_equal(line,
	    "pmap_enter u 0x1000 o 4096 access=r prot=rwx wired=0 repeat=2 "
	    "cpu=1");
	/* As snprintf(3) where there is no room. */
	memset(line, '!', sizeof(line));
	assert_int_equal(trace_stmt_print(&st, line, 12), 67);
	assert_string_equal(line, "pmap_enter ");
	assert_int_equal(line[12], '!');
	assert_int_equal(trace_stmt_print(&st, NULL, 0), 67);
}

static void
check_range(const struct trace_stmt *st, uint64_t result, enum trace_does does,
    vm_offset_t start, vm_offset_t end, const char *space)
{
	struct trace_range range = trace_stmt_range(st, result);

	assert_int_equal(range.does, does);
	if (does != TD_NOTHING) {
		assert_int_equal(range.start, start);
		assert_int_equal(range.end, end);
	}
	assert_true(trace_text_is(trace_stmt_space(st), space));
}

/* Each form of range once. */
static void
test_ranges(void **state)
{
	const uint64_t kva = VM_MIN_KERNEL_ADDRESS;
	struct trace_stmt st;

	STMT(&st, pmap_enter, ARG("u"), ARG(0x5123), ARG("o"), ARG(7));
	check_range(&st, 0, TD_MAPS, 0x5000, 0x6000, "u");
	trace_stmt_set(&st, TK_REPEAT, 3);
	check_range(&st, 0, TD_MAPS, 0x5000, 0x8000, "u");
	STMT(&st, pmap_remove, ARG("kernel"), ARG(kva), ARG(kva + 0x3000));
	check_range(&st, 0, TD_UNMAPS, kva, kva + 0x3000, "kernel");
	STMT(&st, pmap_qenter, ARG(kva), ARG("o"), ARG(0), ARG(5));
	check_range(&st, 0, TD_MAPS, kva, kva + 0x5000, "kernel");
	STMT(&st, pmap_kremove, ARG(kva));
	check_range(&st, 0, TD_UNMAPS, kva, kva + 0x1000, "kernel");
	STMT(&st, kmem_malloc, ARG(0x1800));
	check_range(&st, 0, TD_NOTHING, 0, 0, "kernel");
	check_range(&st, kva, TD_MAPS, kva, kva + 0x2000, "kernel");
	STMT(&st, kmem_free, ARG(kva + 0x800), ARG(0x1000));
	check_range(&st, 0, TD_UNMAPS, kva, kva + 0x2000, "kernel");
	STMT(&st, free, ARG(kva));
	check_range(&st, 0, TD_UNMAPS, kva, kva, "kernel");
	assert_true(trace_stmt_range(&st, 0).whole_allocation);
	STMT(&st, munmap, ARG("s"), ARG(0x4000), ARG(0x1001));
	check_range(&st, 0, TD_UNMAPS, 0x4000, 0x6000, "s");
	STMT(&st, pmap_release, ARG("u"));
	check_range(&st, 0, TD_UNMAPS, 0, UINT64_MAX, "u");
	STMT(&st, pmap_protect, ARG("u"), ARG(0x1000), ARG(0x2000));
	trace_stmt_set(&st, TK_PROT, VM_PROT_READ);
	check_range(&st, 0, TD_PROTECTS, 0x1000, 0x2000, "u");
	trace_stmt_set(&st, TK_PROT, VM_PROT_NONE);
	check_range(&st, 0, TD_UNMAPS, 0x1000, 0x2000, "u");
	make(&st, OP_stats, -1);
	check_range(&st, 1, TD_NOTHING, 0, 0, "kernel");
}

/* What a row says of arguments is true of its arguments. */
static void
test_rows(void **state)
{
	const struct trace_op *op;
	unsigned i;
	int n;

	for (i = 0; i < OP_COUNT; i++) {
		op = &trace_ops[i];
		n = trace_op_args(op);
		assert_int_equal(op->required & ~op->allowed, 0);
		assert_int_equal(op->call == NULL, i == OP_machine);
		if (op->pages != TP_NOTHING) {
			assert_int_equal(op->args[0], TA_OBJECT);
			assert_int_equal(op->args[1], TA_PINDEX);
		}
		if (op->maps.does == TD_NOTHING)
			continue;
		assert_true(op->maps.at < n && op->maps.to < n);
		if (op->maps.extent == TX_TO_END)
			assert_int_equal(op->args[op->maps.to], TA_EVA);
		if (op->maps.extent == TX_RESULT)
			assert_true((op->rules & TR_RESULT) != 0);
		if (op->maps.does == TD_PROTECTS)
			assert_true((op->required & TK(TK_PROT)) != 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_print_and_read),
	    cmocka_unit_test(test_unequal),
	    cmocka_unit_test(test_forms),
	    cmocka_unit_test(test_ranges),
	    cmocka_unit_test(test_rows),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
