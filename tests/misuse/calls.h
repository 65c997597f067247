/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each public function that takes a pointer beside a machine, by header, with
 * what NULL in each of them does, in order: F(name, "kinds", call).
 * check_calls.sh compares names and counts with the headers.
 *
 *	!  panics: "FUNCTION: page fault trap: ARGUMENT is NULL"
 *	p  panics in other words of the simulator's
 *	k  with invariants the kernel's assertion, without them it is allowed
 *	-  returns: it is allowed, ignored or an error; nothing has changed
 *	e  PMAPSIM_EINVAL, and the message says what the function needs
 *	i  PMAPSIM_EINVAL, which has no message
 *	0  NULL, or 0
 *
 * Of the last three the call assigns to s->result; a pointer as whether it is
 * one.
 *
 * P(i, good) is NULL when pointer i is to be, else "good".
 */

/* <pmapsim/vm.h> */
F(vm_phys_free_pages, "!", vm_phys_free_pages(mach, P(0, s->m), 0))
F(vm_phys_unfree_page, "!", vm_phys_unfree_page(mach, P(0, s->m)))
F(vm_page_alloc, "k", vm_page_alloc(mach, P(0, s->object), 0, 0))
F(vm_page_free, "!", vm_page_free(mach, P(0, s->m)))
F(vm_page_free_zero, "!", vm_page_free_zero(mach, P(0, s->m)))
F(vm_page_lookup, "!", vm_page_lookup(mach, P(0, s->object), 0))
F(vm_page_insert, "!!",
    vm_page_insert(mach, P(0, s->loose), P(1, s->object), 7))
F(vm_page_remove, "!", vm_page_remove(mach, P(0, s->m)))
F(vm_page_rename, "!!", vm_page_rename(mach, P(0, s->m), P(1, s->object), 7))
F(vm_page_wire, "!", vm_page_wire(mach, P(0, s->m)))
F(vm_page_unwire, "!", vm_page_unwire(mach, P(0, s->m), 0))
F(vm_page_activate, "!", vm_page_activate(mach, P(0, s->m)))
F(vm_page_deactivate, "!", vm_page_deactivate(mach, P(0, s->m)))
F(vm_page_dontneed, "!", vm_page_dontneed(mach, P(0, s->m)))
F(vm_page_hold, "!", vm_page_hold(mach, P(0, s->m)))
F(vm_page_unhold, "!", vm_page_unhold(mach, P(0, s->m)))
F(vm_page_wakeup, "!", vm_page_wakeup(mach, P(0, s->m)))
F(vm_page_busy, "!", vm_page_busy(mach, P(0, s->m)))
F(vm_page_dirty, "!", vm_page_dirty(mach, P(0, s->m)))
F(vm_page_test_dirty, "!", vm_page_test_dirty(mach, P(0, s->m)))
F(vm_page_set_valid, "!", vm_page_set_valid(mach, P(0, s->m), 0, 512))
F(vm_page_set_validclean, "!", vm_page_set_validclean(mach, P(0, s->m), 0, 512))
F(vm_page_try_to_free, "!", vm_page_try_to_free(mach, P(0, s->m)))
F(vm_page_grab, "!", vm_page_grab(mach, P(0, s->object), 7, 0))
F(pmapsim_page_info, "!!", pmapsim_page_info(mach, P(0, s->m), P(1, s->any)))
F(vm_object_reference, "-", vm_object_reference(mach, P(0, s->object)))
F(vm_object_deallocate, "-", vm_object_deallocate(mach, P(0, s->object)))
F(vm_object_page_remove, "!",
    vm_object_page_remove(mach, P(0, s->object), 0, 0, 0))
F(pmapsim_object_color, "!", pmapsim_object_color(mach, P(0, s->object), 0))
F(vm_reserv_level_iffullpop, "!", vm_reserv_level_iffullpop(mach, P(0, s->m)))
F(vm_reserv_break_all, "!", vm_reserv_break_all(mach, P(0, s->object)))
F(kmem_malloc, "p", kmem_malloc(mach, P(0, s->kmem), PAGE_SIZE, M_NOWAIT))
F(kmem_free, "p", kmem_free(mach, P(0, s->kmem), s->va, PAGE_SIZE))
F(kmem_alloc, "!", kmem_alloc(mach, P(0, s->kernel), PAGE_SIZE))
F(kmem_alloc_nofault, "!", kmem_alloc_nofault(mach, P(0, s->kernel), PAGE_SIZE))
F(kmem_alloc_attr, "!",
    kmem_alloc_attr(mach, P(0, s->kernel), PAGE_SIZE, 0, 0, UINT64_MAX,
	VM_MEMATTR_DEFAULT))
F(kmem_alloc_contig, "!",
    kmem_alloc_contig(mach, P(0, s->kernel), PAGE_SIZE, 0, 0, UINT64_MAX,
	PAGE_SIZE, 0, VM_MEMATTR_DEFAULT))
F(kmem_suballoc, "!!!",
    kmem_suballoc(mach, P(0, s->kernel), P(1, &s->min), P(2, &s->max),
	PAGE_SIZE, FALSE))
F(vm_map_insert, "!-",
    vm_map_insert(mach, P(0, s->map), P(1, s->object), 0, UVA, UVA + PAGE_SIZE,
	PROT_R, PROT_R, 0))
F(vm_map_find, "!-!",
    vm_map_find(mach, P(0, s->map), P(1, s->object), 0, P(2, &s->va), PAGE_SIZE,
	VMFS_ANY_SPACE, PROT_R, PROT_R, 0))
F(vm_map_fixed, "!-",
    vm_map_fixed(mach, P(0, s->map), P(1, s->object), 0, UVA, PAGE_SIZE, PROT_R,
	PROT_R, 0))
F(vm_map_remove, "!", vm_map_remove(mach, P(0, s->map), UVA, UVA))
F(vm_map_protect, "!", vm_map_protect(mach, P(0, s->map), UVA, UVA, PROT_R, 0))
F(vm_map_madvise, "!", vm_map_madvise(mach, P(0, s->map), UVA, UVA, 5))
F(vm_map_inherit, "!", vm_map_inherit(mach, P(0, s->map), UVA, UVA, 0))
F(vm_map_wire, "!", vm_map_wire(mach, P(0, s->map), UVA, UVA, 0))
F(vm_map_unwire, "!", vm_map_unwire(mach, P(0, s->map), UVA, UVA, 0))
F(vmspace_fork, "!", vmspace_fork(mach, P(0, s->map)))
F(vmspace_free, "!", vmspace_free(mach, P(0, s->map)))
F(vmspace_exit, "!", vmspace_exit(mach, P(0, s->map)))
F(pmapsim_map_pmap, "-", pmapsim_map_pmap(P(0, s->map)))
F(vm_mmap, "!!-",
    vm_mmap(mach, P(0, s->map), P(1, &s->va), PAGE_SIZE, PROT_R, PROT_R,
	PMAPSIM_MAP_PRIVATE, P(2, s->object), 0))
F(pmapsim_brk, "!", pmapsim_brk(mach, P(0, s->map), UVA, UVA + PAGE_SIZE))
F(vm_fault, "!", vm_fault(mach, P(0, s->map), UVA, PROT_R, 0))

/* <pmapsim/pmap.h> */
F(pmapsim_pmap_create, "-", pmapsim_pmap_create(mach, P(0, s->any)))
F(pmapsim_pmap_destroy, "-", pmapsim_pmap_destroy(mach, P(0, s->raw)))
F(pmapsim_pmap_name, "-", pmapsim_pmap_name(P(0, s->u)))
F(pmapsim_pmap_resident_count, "-", pmapsim_pmap_resident_count(P(0, s->u)))
F(pmapsim_pmap_wired_count, "-", pmapsim_pmap_wired_count(P(0, s->u)))
F(pmapsim_pmap_active, "-", pmapsim_pmap_active(P(0, s->u)))
F(pmapsim_pmap_set_active, "-", pmapsim_pmap_set_active(P(0, s->u), 0))
F(pmap_pinit, "!", pmap_pinit(mach, P(0, s->raw)))
F(pmap_pinit0, "!", pmap_pinit0(mach, P(0, s->raw)))
F(pmap_release, "!", pmap_release(mach, P(0, s->u)))
F(pmap_activate, "!", pmap_activate(mach, P(0, s->u)))
F(pmap_enter, "!!",
    pmap_enter(mach, P(0, s->u), UVA, PROT_R, P(1, s->m), PROT_R, 0))
F(pmap_enter_flags, "!!",
    pmap_enter_flags(mach, P(0, s->u), UVA, P(1, s->m), PROT_R, PROT_R, 0))
F(pmap_enter_quick, "!!",
    pmap_enter_quick(mach, P(0, s->u), UVA, P(1, s->m), PROT_R))
F(pmap_enter_object, "!-",
    pmap_enter_object(mach, P(0, s->u), UVA, UVA + PAGE_SIZE, P(1, s->m),
	PROT_R))
F(pmap_object_init_pt, "!!",
    pmap_object_init_pt(mach, P(0, s->u), UVA, P(1, s->object), 0, PAGE_SIZE))
F(pmap_copy, "!!",
    pmap_copy(mach, P(0, s->u), P(1, s->u2), UVA, PAGE_SIZE, UVA))
F(pmap_remove, "!", pmap_remove(mach, P(0, s->u), UVA, UVA + PAGE_SIZE))
F(pmap_remove_all, "!", pmap_remove_all(mach, P(0, s->m)))
F(pmap_remove_pages, "!", pmap_remove_pages(mach, P(0, s->u)))
F(pmap_protect, "!",
    pmap_protect(mach, P(0, s->u), UVA, UVA + PAGE_SIZE, PROT_R))
F(pmap_remove_write, "!", pmap_remove_write(mach, P(0, s->m)))
F(pmap_change_wiring, "!", pmap_change_wiring(mach, P(0, s->u), UVA, 0))
F(pmap_unwire, "!", pmap_unwire(mach, P(0, s->u), UVA, UVA + PAGE_SIZE))
F(pmap_advise, "!",
    pmap_advise(mach, P(0, s->u), UVA, UVA + PAGE_SIZE, PMAPSIM_MADV_FREE))
F(pmap_extract, "!", pmap_extract(mach, P(0, s->u), UVA))
F(pmap_extract_and_hold, "!",
    pmap_extract_and_hold(mach, P(0, s->u), UVA, PROT_R))
F(pmap_is_prefaultable, "!", pmap_is_prefaultable(mach, P(0, s->u), UVA))
F(pmap_mincore, "!", pmap_mincore(mach, P(0, s->u), UVA))
F(pmap_page_exists_quick, "!!",
    pmap_page_exists_quick(mach, P(0, s->u), P(1, s->m)))
F(pmap_page_is_mapped, "!", pmap_page_is_mapped(mach, P(0, s->m)))
F(pmap_page_wired_mappings, "!", pmap_page_wired_mappings(mach, P(0, s->m)))
F(pmap_is_modified, "!", pmap_is_modified(mach, P(0, s->m)))
F(pmap_is_referenced, "!", pmap_is_referenced(mach, P(0, s->m)))
F(pmap_ts_referenced, "!", pmap_ts_referenced(mach, P(0, s->m)))
F(pmap_clear_modify, "!", pmap_clear_modify(mach, P(0, s->m)))
F(pmap_clear_reference, "!", pmap_clear_reference(mach, P(0, s->m)))
F(pmap_qenter, "!", pmap_qenter(mach, s->window, P(0, &s->m), 1))
F(pmap_map, "-", pmap_map(mach, P(0, &s->va), 0, PAGE_SIZE, PROT_R))
F(pmap_page_get_memattr, "-", pmap_page_get_memattr(P(0, s->m)))
F(pmap_page_set_memattr, "!",
    pmap_page_set_memattr(mach, P(0, s->m), VM_MEMATTR_DEFAULT))
F(pmap_align_superpage, "-!",
    pmap_align_superpage(mach, P(0, s->object), 0, P(1, &s->va), NBPDR))
F(pmap_zero_page, "!", pmap_zero_page(mach, P(0, s->m)))
F(pmap_zero_page_area, "!", pmap_zero_page_area(mach, P(0, s->m), 0, 0))
F(pmap_zero_page_idle, "!", pmap_zero_page_idle(mach, P(0, s->m)))
F(pmap_copy_page, "!!", pmap_copy_page(mach, P(0, s->m), P(1, s->m2)))
F(pmap_invalidate_page, "!", pmap_invalidate_page(mach, P(0, s->u), UVA))
F(pmap_invalidate_range, "!", pmap_invalidate_range(mach, P(0, s->u), UVA, UVA))
F(pmap_invalidate_all, "!", pmap_invalidate_all(mach, P(0, s->u)))
F(pmapsim_pte, "!!", pmapsim_pte(mach, P(0, s->u), UVA, P(1, s->any)))
F(pmapsim_promote_last_failure, "!",
    pmapsim_promote_last_failure(mach, P(0, s->any)))
F(pmapsim_superpages, "-", pmapsim_superpages(mach, P(0, s->u)))

/* <pmapsim/hw.h> */
F(pmapsim_touch, "!", pmapsim_touch(mach, P(0, s->u), UVA, 0))
F(pmapsim_access, "!-",
    pmapsim_access(mach, P(0, s->map), UVA, 0, P(1, s->any)))
F(pmapsim_access_run, "!!",
    pmapsim_access_run(mach, P(0, s->map), P(1, s->any), 1))
F(pmapsim_tlb_preset_text, "-", pmapsim_tlb_preset_text(P(0, s->any)))
F(pmapsim_tlb_valid, "--",
    pmapsim_tlb_valid(P(0, s->any), P(1, s->any), sizeof(s->space)))
F(pmapsim_tlb_read, "---",
    pmapsim_tlb_read(P(0, "/"), P(1, &s->text), P(2, s->any), 64))
F(pmapsim_tlb_stats, "-", pmapsim_tlb_stats(mach, 0, P(0, s->any)))
F(pmapsim_tlb_entries, "--",
    pmapsim_tlb_entries(mach, 0, P(0, visit_entry), P(1, s->any)))
F(pmapsim_detect_call, "-", pmapsim_detect_call(mach, P(0, s->any)))
F(pmapsim_detection, "-", pmapsim_detection(mach, 0, P(0, s->any)))
F(pmapsim_set_detect_hook, "--",
    pmapsim_set_detect_hook(mach, P(0, hook_detection), P(1, s->any)))
F(pmapsim_detection_format, "--",
    pmapsim_detection_format(P(0, s->any), P(1, s->any), sizeof(s->space)))
F(pmapsim_arena, "-", pmapsim_arena(mach, P(0, s->any)))
F(pmapsim_invalidations, "-", pmapsim_invalidations(mach, P(0, s->any)))

/* <pmapsim/audit.h> */
F(machine_audit, "-", machine_audit(mach, P(0, s->any), sizeof(s->space)))
F(pmapsim_audit_rule, "-", pmapsim_audit_rule(0, P(0, s->any)))

/* <pmapsim/machine.h> */
F(pmapsim_config_init, "-", pmapsim_config_init(P(0, s->any)))
F(pmapsim_boot, "---",
    pmapsim_boot(P(0, s->any), P(1, &s->mach), P(2, s->any), sizeof(s->space)))
F(pmapsim_run, "--", pmapsim_run(mach, P(0, run_nothing), P(1, s->any)))
F(pmapsim_guard_enter, "-", pmapsim_guard_enter(mach, P(0, s->any)))
F(pmapsim_guard_leave, "-", pmapsim_guard_leave(mach, P(0, s->any)))
F(pmapsim_set_panic_hook, "--",
    pmapsim_set_panic_hook(mach, P(0, hook_panic), P(1, s->any)))
F(pmapsim_frame_push, "-", pmapsim_frame_push(mach, P(0, s->any)))
F(pmapsim_kernel_has, "--", pmapsim_kernel_has(P(0, s->any), P(1, s->any)))
F(pmapsim_kernel_valid, "--",
    pmapsim_kernel_valid(P(0, s->any), P(1, s->any), sizeof(s->space)))
F(pmapsim_sysctl, "--", pmapsim_sysctl(mach, P(0, s->any), P(1, s->any)))
F(pmapsim_sysctl_set, "-", pmapsim_sysctl_set(mach, P(0, s->any), 0))
F(pmapsim_sysctl_text, "--",
    pmapsim_sysctl_text(mach, P(0, s->any), P(1, s->any), sizeof(s->space)))
F(pmapsim_ktr_format, "-",
    pmapsim_ktr_format(mach, 0, P(0, s->any), sizeof(s->space)))
F(pmapsim_ktr_dump, "-",
    pmapsim_ktr_dump(mach, 0, P(0, s->any), sizeof(s->space)))
F(pmapsim_console_line, "-",
    pmapsim_console_line(mach, 0, P(0, s->any), sizeof(s->space)))
F(pmapsim_nearest, "---",
    pmapsim_nearest(P(0, s->any), P(1, name_nothing), P(2, s->any)))

/* <pmapsim/trace.h> */
F(pmapsim_trace_open, "ee-",
    s->result = pmapsim_trace_open(P(0, TRACE_FILE), P(1, &s->made),
	P(2, s->err), sizeof(s->err)))
F(pmapsim_trace_from_memory, "eee-",
    s->result = pmapsim_trace_from_memory(P(0, "t"), P(1, "cpu 0\n"), 6,
	P(2, &s->made), P(3, s->err), sizeof(s->err)))
F(pmapsim_trace_growing, "ee-",
    s->result = pmapsim_trace_growing(P(0, "t"), 64, P(1, &s->made),
	P(2, s->err), sizeof(s->err)))
F(pmapsim_trace_append, "ii",
    s->result = pmapsim_trace_append(P(0, s->growing), P(1, "cpu 0\n"), 6))
F(pmapsim_trace_text, "0-",
    s->result = pmapsim_trace_text(P(0, s->trace), P(1, &s->size)) != NULL)
F(pmapsim_trace_close, "-", pmapsim_trace_close(P(0, take_trace(s))))
F(pmapsim_trace_name, "0",
    s->result = pmapsim_trace_name(P(0, s->trace)) != NULL)
F(pmapsim_trace_statements, "0",
    s->result = pmapsim_trace_statements(P(0, s->trace)) != 0)
F(pmapsim_trace_header, "0-",
    s->result = pmapsim_trace_header(P(0, s->trace), P(1, &s->size)) != NULL)
F(pmapsim_trace_check, "e-",
    s->result = pmapsim_trace_check(P(0, s->trace), P(1, s->err),
	sizeof(s->err)))
F(pmapsim_replay_start, "e-e-",
    s->result = pmapsim_replay_start(P(0, s->trace), P(1, &s->options.replay),
	P(2, &s->started), P(3, s->err), sizeof(s->err)))
F(pmapsim_replay_step, "i",
    s->result = as_error(pmapsim_replay_step(P(0, s->replay))))
F(pmapsim_replay_run, "i",
    s->result = as_error(pmapsim_replay_run(P(0, s->replay))))
F(pmapsim_replay_result, "0",
    s->result = pmapsim_replay_result(P(0, s->replay)) != NULL)
F(pmapsim_replay_machine, "0",
    s->result = pmapsim_replay_machine(P(0, s->replay)) != NULL)
F(pmapsim_replay_statement, "0",
    s->result = pmapsim_replay_statement(P(0, s->replay)) != NULL)
F(pmapsim_replay_object, "00",
    s->result = pmapsim_replay_object(P(0, s->replay), P(1, "kernel")) != NULL)
F(pmapsim_replay_pmap, "00",
    s->result = pmapsim_replay_pmap(P(0, s->replay), P(1, "kernel")) != NULL)
F(pmapsim_replay_end, "-", pmapsim_replay_end(P(0, take_replay(s))))
F(pmapsim_replay_dump, "----",
    pmapsim_replay_dump(P(0, s->replay), P(1, "| "), P(2, write_nothing),
	P(3, s->any)))
F(pmapsim_dump, "---",
    pmapsim_dump(mach, P(0, "| "), P(1, write_nothing), P(2, s->any)))
F(pmapsim_replay_digest, "0",
    s->result = pmapsim_replay_digest(P(0, s->replay)) != 0)
F(pmapsim_trace_record, "e-ee-",
    s->result = pmapsim_trace_record(P(0, s->trace), P(1, &s->options.replay),
	P(2, s->out), P(3, &s->results.replay), P(4, s->err), sizeof(s->err)))

/* <pmapsim/study.h> */
F(pmapsim_judge_trace, "eee-",
    s->result = pmapsim_judge_trace(P(0, s->trace), P(1, &s->options.judge),
	P(2, &s->finding), P(3, s->err), sizeof(s->err)))
F(pmapsim_shrink, "eeee-",
    s->result = pmapsim_shrink(P(0, s->trace), P(1, &s->options.shrink),
	P(2, &s->made), P(3, &s->finding), P(4, s->err), sizeof(s->err)))
F(pmapsim_hunt, "ee-",
    s->result = pmapsim_hunt(P(0, &s->options.hunt), P(1, &s->results.hunt),
	P(2, s->err), sizeof(s->err)))
F(pmapsim_explore, "ee-",
    s->result = pmapsim_explore(P(0, &s->options.explore),
	P(1, &s->results.explore), P(2, s->err), sizeof(s->err)))

/* <pmapsim/race.h>: in this library each call says that it has no points. */
F(pmapsim_race, "e-e-",
    s->result = pmapsim_race(P(0, s->trace), P(1, &s->options.race),
	P(2, &s->results.race), P(3, s->err), sizeof(s->err)))
F(pmapsim_race_next_line, "0",
    s->result = (int)pmapsim_race_next_line(P(0, s->trace), 0))
F(pmapsim_race_has_plans, "0",
    s->result = (int)pmapsim_race_has_plans(P(0, s->trace)))

/* <pmapsim/diff.h> */
F(pmapsim_diff, "eee-",
    s->result = pmapsim_diff(P(0, s->trace), P(1, &s->options.diff),
	P(2, &s->results.diff), P(3, s->err), sizeof(s->err)))
F(pmapsim_diff_free, "-", pmapsim_diff_free(P(0, &s->results.diff)))
F(pmapsim_kernel_with, "-i-i",
    s->result = pmapsim_kernel_with(P(0, "2010-04"), P(1, s->name), P(2, "9.0"),
	P(3, s->err), sizeof(s->err)))

/* <pmapsim/museum.h> */
F(pmapsim_museum_find, "0",
    s->result = pmapsim_museum_find(P(0, "copy-inside-superpage")) != NULL)
