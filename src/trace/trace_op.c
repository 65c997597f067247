/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of statements: each with its arguments, keys and the function
 * that makes the call.  To add a statement, add its row and its function;
 * reader, checker, recorder and help text follow from the row.
 */
#include "trace/trace_var.h"

#include <stddef.h>

#define REPEAT TK(TK_REPEAT)
#define PROT TK(TK_PROT)
#define RANGE TA_PMAP, TA_UVA_PAGE, TA_EVA
#define PAGE TA_OBJECT, TA_PINDEX
#define MACHINE_KEYS                                                 \
	(TK(TK_MEM) | TK(TK_FIRST) | TK(TK_KMEM) | TK(TK_NCPU) |     \
	    TK(TK_SUPERPAGES) | TK(TK_INVARIANTS) | TK(TK_MAXPROC) | \
	    TK(TK_KERNEL) | TK(TK_TLB) | TK(TK_SCHEDULE))
#define KMEM_FLAGS (TK(TF_ZERO) | TK(TF_NOWAIT) | TK(TF_RESERVE))

#define OP(name_, synopsis_, description_) \
	.info = {#name_, synopsis_, description_}, .call = trace_call_##name_

const struct trace_op trace_ops[] = {
    [TRACE_OP_MACHINE] =
	{.info = {"machine",
	     "mem=BYTES first=BYTES [kmem=BYTES] [ncpu=N] "
	     "[superpages=on|off] [invariants=on|off] [maxproc=N] "
	     "[kernel=NAME[+SWITCH...]] [tlb=PRESET] [schedule=SEED]",
	     "boots the machine; always the first statement"},
	    .allowed = MACHINE_KEYS,
	    .required = TK(TK_MEM) | TK(TK_FIRST)},

    /* Objects and pages. */
    {OP(vm_object_allocate, "NAME PAGES [color=PINDEX]",
	 "makes an anonymous object"),
	.args = {TA_NEW_OBJECT, TA_PINDEX}, .allowed = TK(TK_COLOR),
	.effect = TE_ADDS},
    {OP(vm_object_deallocate, "OBJ",
	 "drops its reference: pages freed, reservations broken"),
	.args = {TA_OBJECT}, .rules = TR_NOT_KERNEL, .effect = TE_ENDS},
    {OP(vm_page_alloc,
	 "OBJ PINDEX [req=normal|system|interrupt] [wired] [zero] "
	 "[repeat=N] => PA|none",
	 "allocates a page"),
	.args = {PAGE},
	.allowed = TK(TK_REQ) | TK(TF_WIRED) | TK(TF_ZERO) | REPEAT,
	.rules = TR_RESULT},
    {OP(vm_page_free, "OBJ PINDEX [repeat=N]", "frees it"), .args = {PAGE},
	.allowed = REPEAT},
    {OP(vm_page_wire, "OBJ PINDEX [repeat=N]", "wires it"), .args = {PAGE},
	.allowed = REPEAT},
    {OP(vm_page_unwire, "OBJ PINDEX [repeat=N]",
	 "unwires it; it becomes active"),
	.args = {PAGE}, .allowed = REPEAT},
    {OP(vm_reserv_reclaim_inactive, "=> 0|1",
	 "breaks the reservation changed longest ago"),
	.rules = TR_RESULT},
    {OP(vm_reserv_break_all, "OBJ", "breaks an object's reservations"),
	.args = {TA_OBJECT}},
    {OP(vm_reserv_reclaim_contig, "SIZE ALIGNMENT => 0|1",
	 "breaks a reservation that has such a run unused"),
	.args = {TA_SIZE, TA_ALIGN}, .rules = TR_RESULT},
    {OP(vm_reserv_free_again, "PA => 0|1",
	 "frees a page to its reservation once too often: misuse"),
	.args = {TA_PA}, .rules = TR_RESULT},

    /* Address spaces and mappings. */
    {OP(pmap_pinit, "NAME [active=MASK]", "makes a pmap"),
	.args = {TA_NEW_PMAP}, .allowed = TK(TK_ACTIVE), .effect = TE_ADDS},
    {OP(pmap_release, "PMAP", "ends it"), .args = {TA_PMAP},
	.rules = TR_NOT_KERNEL, .effect = TE_ENDS},
    {OP(pmap_activate, "PMAP MASK", "sets the CPUs it is loaded on"),
	.args = {TA_PMAP, TA_MASK}, .rules = TR_NOT_KERNEL},
    {OP(pmap_enter,
	 "PMAP VA OBJ PINDEX access=rwx prot=rwx wired=0|1 [repeat=N]",
	 "maps a page"),
	.args = {TA_PMAP, TA_UVA, PAGE},
	.allowed = TK(TK_ACCESS) | PROT | TK(TK_WIRED) | REPEAT,
	.required = TK(TK_ACCESS) | PROT | TK(TK_WIRED)},
    {OP(pmap_enter_quick, "PMAP VA OBJ PINDEX prot=rwx [repeat=N]",
	 "maps a page read-only where nothing is mapped"),
	.args = {TA_PMAP, TA_UVA_PAGE, PAGE}, .allowed = PROT | REPEAT,
	.required = PROT},
    {OP(pmap_enter_object, "PMAP START END OBJ PINDEX prot=rwx",
	 "the same for a range, by 2 MB pages where they fit"),
	.args = {RANGE, PAGE}, .allowed = PROT, .required = PROT},
    {OP(pmap_remove, "PMAP SVA EVA", "unmaps a range"), .args = {RANGE}},
    {OP(pmap_protect, "PMAP SVA EVA prot=rwx", "takes rights away"),
	.args = {RANGE}, .allowed = PROT, .required = PROT},
    {OP(pmap_change_wiring, "PMAP VA 0|1 [repeat=N]",
	 "wires or unwires a mapping"),
	.args = {TA_PMAP, TA_UVA_PAGE, TA_BOOL}, .allowed = REPEAT},
    {OP(pmap_remove_all, "OBJ PINDEX [repeat=N]", "unmaps a page everywhere"),
	.args = {PAGE}, .allowed = REPEAT},
    {OP(pmap_remove_write, "OBJ PINDEX [repeat=N]",
	 "makes it read-only everywhere"),
	.args = {PAGE}, .allowed = REPEAT},
    {OP(pmap_clear_modify, "OBJ PINDEX [repeat=N]", "clears its modified bits"),
	.args = {PAGE}, .allowed = REPEAT},
    {OP(pmap_clear_reference, "OBJ PINDEX [repeat=N]",
	 "clears its referenced bits"),
	.args = {PAGE}, .allowed = REPEAT},
    {OP(pmap_ts_referenced, "OBJ PINDEX => N",
	 "counts and clears its referenced bits"),
	.args = {PAGE}, .rules = TR_RESULT},
    {OP(pmap_is_modified, "OBJ PINDEX => 0|1", "whether it is dirty"),
	.args = {PAGE}, .rules = TR_RESULT},
    {OP(pmap_extract, "PMAP VA => PA", "the physical address"),
	.args = {TA_PMAP, TA_ADDR}, .rules = TR_RESULT},
    {OP(pmap_copy, "DST SRC DSTADDR LEN SRCADDR",
	 "copies mappings, as fork does"),
	.args = {TA_PMAP, TA_PMAP, TA_UVA_PAGE, TA_LEN, TA_UVA_PAGE},
	.rules = TR_NOT_KERNEL | TR_NOT_KERNEL_1},
    {OP(pmap_remove_pages, "PMAP",
	 "unmaps all that is not wired, as exit does"),
	.args = {TA_PMAP}, .rules = TR_NOT_KERNEL},
    {OP(pmap_qenter, "VA OBJ PINDEX COUNT",
	 "maps pages into the kernel without accounting"),
	.args = {TA_KVA, PAGE, TA_PAGES}},
    {OP(pmap_qremove, "VA COUNT", "unmaps them"), .args = {TA_KVA, TA_PAGES}},
    {OP(pmap_kenter, "VA PA", "maps a frame into the kernel"),
	.args = {TA_KVA, TA_PA}},
    {OP(pmap_kremove, "VA", "unmaps it"), .args = {TA_KVA}},
    {OP(pmap_page_set_memattr, "OBJ PINDEX MODE [repeat=N]",
	 "says how a page is cached: write-back, uncacheable..."),
	.args = {PAGE, TA_MEMATTR}, .allowed = REPEAT},
    {OP(pmap_change_attr, "VA SIZE MODE => ERRNO",
	 "changes how kernel mappings are cached"),
	.args = {TA_ADDR, TA_SIZE, TA_MEMATTR}, .rules = TR_RESULT},
    {OP(touch, "PMAP VA r|w|x [repeat=N] => PA|fault",
	 "accesses memory as the MMU does, without a fault handler"),
	.args = {TA_PMAP, TA_ADDR, TA_ACCESS}, .allowed = REPEAT,
	.rules = TR_RESULT | TR_LOOKS},
    {OP(mmu_access, "PMAP VA r|w|x [user] [repeat=N] => PA|fault",
	 "accesses memory through the CPU's TLB, without a fault handler"),
	.args = {TA_PMAP, TA_ADDR, TA_ACCESS}, .allowed = REPEAT | TK(TF_USER),
	.rules = TR_RESULT | TR_LOOKS},

    /* Kernel memory. */
    {OP(kmem_malloc, "SIZE [zero] [nowait] [reserve] => VA|0",
	 "allocates from kmem_map"),
	.args = {TA_NUMBER}, .allowed = KMEM_FLAGS,
	.rules = TR_RESULT | TR_KMEM},
    {OP(kmem_free, "VA SIZE", "frees to it"), .args = {TA_KADDR, TA_NUMBER},
	.rules = TR_KMEM},
    {OP(kmem_alloc_nofault, "SIZE => VA", "takes kernel addresses, no memory"),
	.args = {TA_NUMBER}, .rules = TR_RESULT},
    {OP(kmem_free_nofault, "VA SIZE", "gives them back"),
	.args = {TA_KADDR, TA_NUMBER}},
    {OP(malloc, "SIZE [nowait] [zero] => VA|0",
	 "malloc(9) above 4096 bytes, by uma_large_malloc()"),
	.args = {TA_SIZE}, .allowed = TK(TF_ZERO) | TK(TF_NOWAIT),
	.rules = TR_RESULT | TR_KMEM},
    {OP(free, "VA", "free(9) of what malloc gave"), .args = {TA_KVA},
	.rules = TR_KMEM},

    /* Programs. */
    {OP(vmspace_alloc, "NAME", "an address space, as exec makes it"),
	.args = {TA_NEW_SPACE}, .effect = TE_ADDS},
    {OP(vmspace_fork, "CHILD PARENT", "a child's, as fork makes it"),
	.args = {TA_NEW_SPACE, TA_SPACE}, .effect = TE_ADDS},
    {OP(vmspace_free, "SPACE", "ends it, as exec does with the old one"),
	.args = {TA_SPACE}, .effect = TE_ENDS},
    {OP(vmspace_exit, "SPACE",
	 "ends it, as exit does: mappings first, in one sweep"),
	.args = {TA_SPACE}, .effect = TE_ENDS},
    {OP(mmap, "SPACE ADDR SIZE prot=rwx [shared] [fixed] => VA|EINVAL...",
	 "maps anonymous memory"),
	.args = {TA_SPACE, TA_UVA_PAGE, TA_SIZE},
	.allowed = PROT | TK(TF_SHARED) | TK(TF_FIXED), .required = PROT,
	.rules = TR_RESULT},
    {OP(munmap, "SPACE VA SIZE => KERN_...", "unmaps it"),
	.args = {TA_SPACE, TA_UVA_PAGE, TA_SIZE}, .rules = TR_RESULT},
    {OP(mprotect, "SPACE VA SIZE prot=rwx => KERN_...", "changes its rights"),
	.args = {TA_SPACE, TA_UVA_PAGE, TA_SIZE}, .allowed = PROT,
	.required = PROT, .rules = TR_RESULT},
    {OP(mlock, "SPACE VA SIZE => KERN_...", "wires it"),
	.args = {TA_SPACE, TA_UVA_PAGE, TA_SIZE}, .rules = TR_RESULT},
    {OP(munlock, "SPACE VA SIZE => KERN_...", "unwires it"),
	.args = {TA_SPACE, TA_UVA_PAGE, TA_SIZE}, .rules = TR_RESULT},
    {OP(minherit, "SPACE VA SIZE share|copy|none => KERN_...",
	 "says what fork does with it"),
	.args = {TA_SPACE, TA_UVA_PAGE, TA_SIZE, TA_INHERIT},
	.rules = TR_RESULT},
    {OP(brk, "SPACE OLD NEW => 0|ENOMEM", "moves the end of the heap"),
	.args = {TA_SPACE, TA_UVA, TA_UVA}, .rules = TR_RESULT},
    {OP(access, "SPACE VA r|w|x [repeat=N] => PA|fault",
	 "accesses memory as a program does, page faults served"),
	.args = {TA_SPACE, TA_ADDR, TA_ACCESS}, .allowed = REPEAT,
	.rules = TR_RESULT},
    {OP(vm_fault, "SPACE VA r|w|x => KERN_...",
	 "serves a page fault that the CPU has taken before"),
	.args = {TA_SPACE, TA_UVA, TA_ACCESS}, .rules = TR_RESULT},
    {OP(mincore, "SPACE VA => BITS", "pmap_mincore()'s bits"),
	.args = {TA_SPACE, TA_UVA_PAGE}, .rules = TR_RESULT},

    /* State. */
    {OP(stats,
	 "=> promotions=N demotions=N mappings=N p_failures=N free=N "
	 "wired=N",
	 "counters"),
	.rules = TR_RESULT | TR_LOOKS},
    {OP(pvstats,
	 "=> entries=N chunks=N collect_inactive=N collect_active=N "
	 "tryfail=N high_water=N",
	 "counters of pv entries"),
	.rules = TR_RESULT | TR_LOOKS},
    {OP(resident, "PMAP => resident=N wired=N", "a pmap's counts"),
	.args = {TA_PMAP}, .rules = TR_RESULT | TR_LOOKS},
    {OP(pte, "PMAP VA => pde=RAW pte=RAW", "raw entries"),
	.args = {TA_PMAP, TA_ADDR}, .rules = TR_RESULT | TR_LOOKS},
    {OP(page,
	 "OBJ PINDEX => pa=PA wire=N dirty=0x0|0xff ref=0|1 "
	 "writeable=0|1",
	 "a page's line of the canonical dump"),
	.args = {PAGE}, .rules = TR_RESULT | TR_LOOKS},
    {OP(digest, "=> 0xHEX", "FNV-1a 64 of the canonical dump"),
	.rules = TR_RESULT | TR_LOOKS},
    {OP(dump, "", "the canonical dump follows, each line behind \"| \""),
	.rules = TR_DUMP | TR_LOOKS},
    {OP(sysctl, "NAME => N", "a counter by its sysctl name"),
	.args = {TA_SYSCTL}, .rules = TR_RESULT | TR_LOOKS},
    {OP(audit, "=> ok", "recounts everything and compares"),
	.rules = TR_RESULT | TR_LOOKS},
    {OP(detections, "=> N", "how many wrong TLB entries were used"),
	.rules = TR_RESULT | TR_LOOKS},
    {OP(detection, "N => TEXT|none",
	 "the Nth of them, from 0, in words and quotes"),
	.args = {TA_NUMBER}, .rules = TR_RESULT | TR_LOOKS},
    {OP(inject, "page_alloc|pv_chunk N [after]",
	 "lets the Nth allocation fail, or it and all after; 0: none"),
	.args = {TA_INJECT, TA_NUMBER}, .allowed = TK(TF_AFTER),
	.rules = TR_LOOKS},
};

const unsigned trace_op_count = sizeof(trace_ops) / sizeof(trace_ops[0]);

const struct pmapsim_trace_op_info *
pmapsim_trace_op_info(unsigned index)
{

	return (index < trace_op_count ? &trace_ops[index].info : NULL);
}
