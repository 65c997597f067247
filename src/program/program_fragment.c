/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fragmented memory: a machine that has run for a while.
 */
#include "program/program_var.h"

#include "base/machine.h"
#include "vm/vm_phys.h"

/* xorshift64*; a seed of 0 would stay 0. */
static uint64_t
fragment_random(uint64_t *seed)
{

	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return (*seed * UINT64_C(2685821657736338717));
}

/*
 * Takes one page each out of as many free 2 MB frames as make the wanted share
 * of free memory useless for 2 MB pages.  Frames and pages are drawn by the
 * seed, each frame at most once: from the first frame on, one is taken with
 * the probability that leaves the exact number (Knuth's selection sampling).
 * The pages stay taken, wired to no object, as a kernel's own would.
 */
void
program_fragment(struct program *program)
{
	struct machine *mach = program->mach;
	uint64_t seed = program->options.seed * 2 + 1, frames, taken = 0, want;
	uint64_t i, left, page;
	vm_paddr_t first, pa;
	vm_page_t m;

	first = (mach->config.first + PDRMASK) & ~PDRMASK;
	frames = (mach->config.mem - first) >> PDRSHIFT;
	want = frames * program->options.fragment / 100;
	for (i = 0; i < frames && taken < want; i++) {
		left = frames - i;
		pa = first + (i << PDRSHIFT);
		page = fragment_random(&seed);
		if (fragment_random(&seed) % left >= want - taken)
			continue;
		/* A frame that the kernel has begun is spoilt already. */
		m = PHYS_TO_VM_PAGE(mach, pa + ptoa(page % NPTEPG));
		if (m != NULL && vm_phys_unfree_page(mach, m)) {
			mach->cnt.v_free_count--;
			mach->cnt.v_wire_count++;
		}
		taken++;
	}
	program->result.whole_frames = frames - taken;
	program->result.fragmented = frames == 0 ?
	    0 :
	    (double)taken / (double)frames;
}
