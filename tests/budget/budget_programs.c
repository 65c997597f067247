/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The calls that programs make, as they were measured of FreeBSD's own code:
 * one address space, current on the only CPU, of which one other is forked.
 */
#include "budget.h"

#define WINDOW UINT64_C(0x800000000)
#define MANY 32 /* superpages of the large programs */

/* A machine whose only program has "size" bytes of anonymous memory. */
struct program {
	struct machine *mach;
	vm_map_t map;
	vm_size_t size;
};

/* Each page of "map"'s memory is written once, as by a program. */
static void
write_all(struct program *program, vm_map_t map)
{
	vm_size_t offset;

	for (offset = 0; offset < program->size; offset += PAGE_SIZE)
		bench_check(vm_fault(program->mach, map, WINDOW + offset,
				VM_PROT_WRITE, VM_FAULT_NORMAL) == KERN_SUCCESS,
		    "vm_fault");
}

static void
map_memory(struct program *program, vm_size_t size)
{
	vm_offset_t addr = WINDOW;

	bench_check(vm_mmap(program->mach, program->map, &addr, size,
			VM_PROT_READ | VM_PROT_WRITE, VM_PROT_ALL,
			PMAPSIM_MAP_ANON | PMAPSIM_MAP_PRIVATE |
			    PMAPSIM_MAP_FIXED,
			NULL, 0) == KERN_SUCCESS,
	    "vm_mmap");
}

static void
program_init(struct program *program, vm_size_t size, bool superpages)
{

	program->size = size;
	program->mach = superpages ? bench_boot(512 * MB, 32 * MB) :
				     bench_boot_small_pages(512 * MB);
	program->map = vmspace_alloc(program->mach);
	pmap_activate(program->mach, pmapsim_map_pmap(program->map));
	map_memory(program, size);
}

/* Writes that find nothing, then the same in a child that shares them. */
static void
measure_writes(void)
{
	struct program program;
	vm_map_t child;

	program_init(&program, NBPDR, true);
	budget_begin();
	write_all(&program, program.map);
	budget_end("vm_fault/zero-fill/page", NPTEPG);
	child = vmspace_fork(program.mach, program.map);
	pmap_activate(program.mach, pmapsim_map_pmap(child));
	budget_begin();
	write_all(&program, child);
	budget_end("vm_fault/copy-on-write/page", NPTEPG);
	bench_check(bench_sysctl(program.mach, "vm.pmap.pde.promotions") == 2,
	    "not promoted");
	pmapsim_destroy(program.mach);
}

/* What of a copy on write is the copying of contents. */
static void
measure_copying(void)
{
	struct machine *mach;
	vm_page_t dst, src;

	mach = bench_boot(64 * MB, 0);
	src = vm_page_alloc(mach, NULL, 0, VM_ALLOC_NORMAL | VM_ALLOC_NOOBJ);
	dst = vm_page_alloc(mach, NULL, 0, VM_ALLOC_NORMAL | VM_ALLOC_NOOBJ);
	pmap_copy_page(mach, src, dst);
	budget_begin();
	pmap_copy_page(mach, src, dst);
	budget_end("pmap_copy_page", 1);
	budget_begin();
	pmap_zero_page(mach, dst);
	budget_end("pmap_zero_page", 1);
	pmapsim_destroy(mach);
}

/* Fork, the child's exit and the parent's, whose pages are freed. */
static void
measure_lives(bool superpages, const char *fork, const char *child_exit,
    const char *exit)
{
	struct program program;
	vm_map_t child;

	program_init(&program, MANY * NBPDR, superpages);
	write_all(&program, program.map);
	/* The first fork also notes which pages were written. */
	vmspace_exit(program.mach, vmspace_fork(program.mach, program.map));
	budget_begin();
	child = vmspace_fork(program.mach, program.map);
	budget_end(fork, 1);
	budget_begin();
	vmspace_exit(program.mach, child);
	budget_end(child_exit, 1);
	budget_begin();
	vmspace_exit(program.mach, program.map);
	budget_end(exit, 1);
	pmapsim_destroy(program.mach);
}

/* 64 KB mapped and unmapped, untouched or written. */
static void
measure_mmap(void)
{
	struct program program;
	unsigned i;

	program_init(&program, 64 << 10, true);
	write_all(&program, program.map);
	vm_map_remove(program.mach, program.map, WINDOW, WINDOW + (64 << 10));
	budget_begin();
	for (i = 0; i < 8; i++) {
		map_memory(&program, program.size);
		vm_map_remove(program.mach, program.map, WINDOW,
		    WINDOW + program.size);
	}
	budget_end("mmap+munmap/64K", 8);
	budget_begin();
	for (i = 0; i < 8; i++) {
		map_memory(&program, program.size);
		write_all(&program, program.map);
		vm_map_remove(program.mach, program.map, WINDOW,
		    WINDOW + program.size);
	}
	budget_end("mmap+munmap/64K-written", 8);
	pmapsim_destroy(program.mach);
}

static void
measure_mlock(void)
{
	struct program program;

	program_init(&program, NBPDR, true);
	write_all(&program, program.map);
	budget_begin();
	bench_check(vm_map_wire(program.mach, program.map, WINDOW,
			WINDOW + NBPDR,
			VM_MAP_WIRE_USER | VM_MAP_WIRE_NOHOLES) == KERN_SUCCESS,
	    "vm_map_wire");
	budget_end("mlock/2M", 1);
	budget_begin();
	bench_check(vm_map_unwire(program.mach, program.map, WINDOW,
			WINDOW + NBPDR,
			VM_MAP_WIRE_USER | VM_MAP_WIRE_NOHOLES) == KERN_SUCCESS,
	    "vm_map_unwire");
	budget_end("munlock/2M", 1);
	pmapsim_destroy(program.mach);

	program_init(&program, NBPDR, true);
	write_all(&program, program.map);
	budget_begin();
	bench_check(vm_map_protect(program.mach, program.map,
			WINDOW + NBPDR / 2, WINDOW + NBPDR / 2 + PAGE_SIZE,
			VM_PROT_READ, FALSE) == KERN_SUCCESS,
	    "vm_map_protect");
	budget_end("mprotect/in-2M", 1);
	pmapsim_destroy(program.mach);
}

void
measure_programs(void)
{

	measure_writes();
	measure_copying();
	measure_lives(true, "vmspace_fork/32x2M", "vmspace_exit/shared-32x2M",
	    "vmspace_exit/freed-32x2M");
	measure_lives(false, "vmspace_fork/16384x4K",
	    "vmspace_exit/shared-16384x4K", "vmspace_exit/freed-16384x4K");
	measure_mmap();
	measure_mlock();
}
