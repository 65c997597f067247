/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The walk from CR3 to a leaf, what it permits, and what it leaves in memory.
 *
 *  63           48 47     39 38     30 29     21 20     12 11          0
 * +---------------+---------+---------+---------+---------+-------------+
 * | sign of bit 47| PML4E 4 | PDPTE 3 | PDE 2   | PTE 1   | page offset |
 * +---------------+---------+---------+---------+---------+-------------+
 *
 * Hardware may set A in the entries above one that then faults, and may set A
 * for accesses that no program makes.  This one does neither: a walk that
 * faults writes nothing, so that every bit in memory is some access's.
 */
#include "hw/mmu.h"

static inline uint64_t reserved_bits(const struct cpu *cpu, unsigned level,
    bool leaf);
static inline void walk(struct machine *mach, const struct cpu *cpu,
    const struct mmu_start *start, vm_offset_t va, struct mmu_path *path);

/*
 * Returns the bits that must be 0 in a present entry of "level", a leaf or
 * not.
 *
 * Intel SDM 4.5: same, without protection keys.
 */
static inline uint64_t
reserved_bits(const struct cpu *cpu, unsigned level, bool leaf)
{
	uint64_t bits;

	bits = cpu->reserved;
	if ((cpu->efer & EFER_NXE) == 0)
		bits |= PG_NX;
	if (level == 4 || (level == 3 && !cpu->pages_1g))
		bits |= PG_PS;
	/* Bit 12 is the PAT bit of a large page; the frame starts above. */
	if (leaf && level == 2)
		bits |= PDRMASK & ~(PAGE_MASK | PG_PDE_PAT);
	else if (leaf && level == 3)
		bits |= PDPMASK & ~(PAGE_MASK | PG_PDE_PAT);
	return (bits);
}

/*
 * Follows "va" down from "start" until a leaf, an absent or a malformed entry.
 * An entry's reserved bits are looked at when it is reached, so a malformed
 * entry hides an absent one below it, and permissions only at the end.
 *
 * Intel SDM 4.5, 4.7: same.
 */
static inline void
walk(struct machine *mach, const struct cpu *cpu, const struct mmu_start *start,
    vm_offset_t va, struct mmu_path *path)
{
	const struct physmem *pm;
	uint64_t *entry, rights, value;
	vm_paddr_t table;
	unsigned level, shift;
	bool leaf;

	pm = mach->physmem;
	table = start->table & PG_FRAME;
	rights = start->rights;
	path->error = 0;
	for (level = start->level;; level--) {
		path->level = level;
		if (__builtin_expect(table >= pm->size, 0)) {
			path->result = MMU_BUS;
			break;
		}
		shift = PAGE_SHIFT + 9 * (level - 1);
		entry = (uint64_t *)(pm->base + table) + ((va >> shift) & 511);
		path->entry[level] = entry;
		value = *entry;
		if ((value & PG_V) == 0) {
			path->result = MMU_PAGE_FAULT;
			break;
		}
		leaf = level == 1 ||
		    ((value & PG_PS) != 0 &&
			(level == 2 || (level == 3 && cpu->pages_1g)));
		if (__builtin_expect((value &
					 reserved_bits(cpu, level, leaf)) != 0,
			0)) {
			path->result = MMU_PAGE_FAULT;
			path->error = PGEX_P | PGEX_RSV;
			break;
		}
		rights = mmu_rights(rights, value);
		if (leaf) {
			path->result = MMU_OK;
			path->page_shift = shift;
			break;
		}
		table = value & PG_FRAME;
	}
	path->steps = start->level - level + 1;
	path->rights = rights;
}

void
mmu_path_walk(struct machine *mach, const struct cpu *cpu,
    const struct mmu_start *start, vm_offset_t va, struct mmu_path *path)
{
	walk(mach, cpu, start, va, path);
}

/*
 * Returns whether a page of "rights" may be accessed so.  Without CR0.WP the
 * supervisor writes where it likes; there is no SMEP and no SMAP.
 *
 * Intel SDM 4.6.1: same.
 */
bool
mmu_permits(const struct cpu *cpu, uint64_t rights, unsigned access)
{
	if ((access & MMU_USER) != 0 && (rights & PG_U) == 0)
		return (false);
	if ((access & MMU_FETCH) != 0 && (rights & PG_NX) != 0)
		return (false);
	if ((access & MMU_WRITE) != 0 && (rights & PG_RW) == 0 &&
	    ((access & MMU_USER) != 0 || (cpu->cr0 & CR0_WP) != 0))
		return (false);
	return (true);
}

/*
 * Returns W, U and, with EFER.NXE only, I for "access".
 *
 * Intel SDM 4.7: same.
 */
unsigned
mmu_access_error(const struct cpu *cpu, unsigned access)
{
	if ((cpu->efer & EFER_NXE) == 0)
		access &= ~MMU_FETCH;
	return (access & (MMU_WRITE | MMU_USER | MMU_FETCH));
}

/*
 * Sets A in every entry of a completed walk and D in the leaf for a write.
 * Entries that have the bits are not stored to, as a table page that nothing
 * changes must stay clean on the host.
 *
 * Intel SDM 4.8: same, one CPU at a time.
 */
void
mmu_path_mark(const struct mmu_path *path, unsigned access)
{
	uint64_t bits;
	unsigned level, top;

	top = path->level + path->steps;
	bits = (access & MMU_WRITE) != 0 ? PG_A | PG_M : PG_A;
	for (level = path->level; level < top; level++, bits = PG_A)
		if ((*path->entry[level] & bits) != bits)
			*path->entry[level] |= bits;
}

/*
 * Translates "va" for "access" through the tables at "cr3".  What is set in
 * their entries is set when the access is known to succeed, and not before.
 *
 * Intel SDM 4.5 to 4.8: same.
 */
struct mmu_translation
mmu_walk(struct machine *mach, struct cpu *cpu, vm_paddr_t cr3, vm_offset_t va,
    unsigned access, bool set_ad)
{
	struct mmu_translation t;
	struct mmu_start start;
	struct mmu_path path;

	t.error = 0;
	t.pa = 0;
	t.leaf = NULL;
	t.page_shift = 0;
	if (__builtin_expect(!mmu_canonical(va), 0)) {
		t.result = MMU_NONCANONICAL;
		return (t);
	}
	mmu_start_at_top(&start, cpu);
	start.table = cr3;
	walk(mach, cpu, &start, va, &path);
	t.result = path.result;
	if (__builtin_expect(path.result != MMU_OK, 0)) {
		if (path.result == MMU_PAGE_FAULT)
			t.error = path.error | mmu_access_error(cpu, access);
		return (t);
	}
	if (!mmu_permits(cpu, path.rights, access)) {
		t.result = MMU_PAGE_FAULT;
		t.error = PGEX_P | mmu_access_error(cpu, access);
		return (t);
	}
	t.leaf = path.entry[path.level];
	t.page_shift = path.page_shift;
	t.pa = mmu_leaf_pa(*t.leaf, path.page_shift, va);
	if (set_ad)
		mmu_path_mark(&path, access);
	return (t);
}
