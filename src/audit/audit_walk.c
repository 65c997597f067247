/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The auditor's walk.  It shares no code with the pmap's: a mistake there
 * must not hide itself here.
 */
#include "audit/audit_walk.h"

#include "amd64/pmap_2022.h"

/* Whether the boot mapped "va", over the kernel: nobody counts that. */
static bool
audit_of_boot(const struct machine *mach, vm_offset_t va)
{

	return (va >= KERNBASE &&
	    va - KERNBASE < round_2mpage(mach->pmap->boot_end));
}

/* The entries of "table" that have one of the bits "counted". */
static unsigned
audit_used_entries(const uint64_t *table, uint64_t counted)
{
	unsigned i, end, used = 0;

	for (i = 0; i < NPTEPG; i = end) {
		end = i + 8;
		if (!physmem_are_zero(&table[i]))
			for (; i < end; i++)
				used += (table[i] & counted) != 0;
	}
	return (used);
}

static bool
audit_walk_table(struct audit *a, pmap_t pmap, int level, vm_offset_t base,
    uint64_t entry, const struct audit_visitor *v)
{
	struct machine *mach = a->mach;
	vm_paddr_t pa = entry & PG_FRAME;
	/* What the kernel takes for an empty entry is one. */
	const uint64_t counted = removal_ignores_stray_bits(mach) ?
	    ~(PG_A | PG_M) :
	    ~UINT64_C(0);
	const uint64_t *table;
	vm_offset_t va;
	unsigned i, used = 0;

	if (pa + PAGE_SIZE > mach->config.mem)
		return (audit_fails(a,
		    "%s: entry %#llx for the level-%d table "
		    "at va %#llx leads beyond memory",
		    pmap->pm_name, (unsigned long long)entry, level,
		    (unsigned long long)base));
	table = physmem_ptr(mach, pa);
	if (v->counts) {
		used = audit_used_entries(table, counted);
		a->empty[atop(pa)] = used == 0;
	}
	if (v->table != NULL &&
	    !v->table(a, pmap, level, base, pa, used, v->arg))
		return (false);
	if (a->empty[atop(pa)])
		return (true);
	for (i = physmem_next_entry(table, 0); i < NPTEPG;
	     i = physmem_next_entry(table, i + 1)) {
		va = base + ((vm_offset_t)i << (PAGE_SHIFT + 9 * (level - 1)));
		if (pmap == kernel_pmap && va >= mach->pmap->kernel_vm_end)
			break;
		if ((level == 2 && audit_of_boot(mach, va)) ||
		    (table[i] & counted) == 0)
			continue;
		if (level == 1 || (level == 2 && (table[i] & PG_PS) != 0)) {
			if (v->leaf != NULL &&
			    !v->leaf(a, pmap, va, table[i], level == 2, v->arg))
				return (false);
		} else if ((table[i] & PG_V) != 0 &&
		    (level > 2 || !v->superpages)) {
			if (!audit_walk_table(a, pmap, level - 1, va, table[i],
				v))
				return (false);
		}
	}
	return (true);
}

/* The kernel's tables, as far as it has grown them. */
static bool
audit_walk_kernel(struct audit *a, const struct audit_visitor *v)
{
	struct machine *mach = a->mach;
	vm_offset_t va;
	unsigned i;

	va = vm_min_kernel_address(mach) & ~PML4MASK;
	for (i = pmap_pml4e_index(va); i < NPML4EPG; i++, va += NBPML4) {
		if (va != 0 && va >= mach->pmap->kernel_vm_end)
			break;
		if (!audit_walk_table(a, kernel_pmap, 3, va,
			kernel_pmap->pm_pml4[i], v))
			return (false);
	}
	return (true);
}

bool
audit_walk(struct audit *a, pmap_t pmap, const struct audit_visitor *v)
{
	struct machine *mach = a->mach;
	unsigned i;

	if (!pmap_has_tables(pmap))
		return (true);
	if (pmap == kernel_pmap)
		return (audit_walk_kernel(a, v));
	for (i = 0; i < NUPML4E; i++)
		if ((pmap->pm_pml4[i] & PG_V) != 0 &&
		    !audit_walk_table(a, pmap, 3, (vm_offset_t)i << PML4SHIFT,
			pmap->pm_pml4[i], v))
			return (false);
	return (true);
}
