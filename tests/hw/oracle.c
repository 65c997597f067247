/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the oracles share: tags, the monitor's installation, probes and their
 * comparison, and the machines that are judged.
 */
#include "oracle.h"

#include <glob.h>
#include <stdlib.h>

#include <pmapsim/trace.h>

#include "amd64/pmap_var.h"
#include "support.h"
#include "vm/vm_page.h"

#define RANDOM_TABLES_END (8 << 20) /* tables below, data above */

uint64_t
oracle_tag(uint32_t value, unsigned kind)
{
	return (UINT64_C(0xb8) | (uint64_t)value << 8 | UINT64_C(0xc3) << 40 |
	    UINT64_C(0x0f) << 48 | (uint64_t)kind << 56);
}

struct oracle_params *
oracle_params(struct oracle *oracle)
{
	return ((struct oracle_params *)(oracle->mem + ORACLE_PARAMS));
}

static uint64_t *
word(struct oracle *oracle, vm_paddr_t pa)
{
	return (physmem_ptr(oracle->mach, pa));
}

void
oracle_create(struct oracle *oracle, const char *name, struct machine *mach,
    bool (*data)(struct machine *mach, vm_paddr_t pa))
{
	vm_paddr_t pa, frame;

	memset(oracle, 0, sizeof(*oracle));
	oracle->name = name;
	oracle->mach = mach;
	oracle->cpu = &mach->cpus[0];
	oracle->size = mach->physmem->size;
	oracle->tagged = calloc(atop(oracle->size), sizeof(bool));
	oracle->levels = calloc(atop(oracle->size), 1);
	for (frame = ORACLE_LOW_END; frame < oracle->size; frame += PAGE_SIZE) {
		if (!data(mach, frame))
			continue;
		oracle->tagged[atop(frame)] = true;
		for (pa = frame; pa < frame + PAGE_SIZE; pa += 8)
			*word(oracle, pa) = oracle_tag((uint32_t)pa, 0x90);
	}
}

void
oracle_destroy(struct oracle *oracle)
{
	free(oracle->tagged);
	free(oracle->levels);
}

/* Notes which frames are tables of which level; each is visited once a level,
 * so that the recursive slot ends. */
static void
note_tables(struct oracle *oracle, vm_paddr_t table, unsigned level)
{
	uint64_t entry;
	unsigned i;

	if (table >= oracle->size ||
	    (oracle->levels[atop(table)] & 1u << level) != 0)
		return;
	oracle->levels[atop(table)] |= (uint8_t)(1u << level);
	for (i = 0; level > 1 && i < 512; i++) {
		entry = word(oracle, table)[i];
		if ((entry & PG_V) != 0 && ((entry & PG_PS) == 0 || level == 4))
			note_tables(oracle, entry & PG_FRAME, level - 1);
	}
}

/*
 * The monitor's own accesses set A and D on their way; ours do it beforehand,
 * so that both memories start with them.
 */
vm_offset_t
oracle_map_stub(struct oracle *oracle, vm_paddr_t cr3)
{
	struct machine *mach = oracle->mach;
	uint64_t *pml4;
	vm_offset_t va;
	unsigned slot;

	pml4 = physmem_table(mach, cr3);
	for (slot = 200; pml4[slot] != 0; slot++)
		assert_true(slot < 255);
	pml4[slot] = ORACLE_STUB_TABLES | HW_ALL;
	*word(oracle, ORACLE_STUB_TABLES) = (ORACLE_STUB_TABLES + 0x1000) |
	    HW_ALL;
	*word(oracle,
	    ORACLE_STUB_TABLES + 0x1000) = (ORACLE_STUB_TABLES + 0x2000) |
	    HW_ALL;
	*word(oracle, ORACLE_STUB_TABLES + 0x2000) = ORACLE_STUB | PG_V | PG_U;
	va = (vm_offset_t)slot << PML4SHIFT;
	note_tables(oracle, cr3 & PG_FRAME, 4);
	assert_pa(mmu_walk(mach, oracle->cpu, cr3, KERNBASE + ORACLE_PARAMS,
		      MMU_WRITE, true),
	    ORACLE_PARAMS);
	assert_pa(mmu_walk(mach, oracle->cpu, cr3, KERNBASE + ORACLE_MONITOR,
		      MMU_FETCH, true),
	    ORACLE_MONITOR);
	assert_pa(mmu_walk(mach, oracle->cpu, cr3, va, MMU_FETCH | MMU_USER,
		      true),
	    ORACLE_STUB);
	return (va);
}

void
oracle_set_stub(struct oracle *oracle, vm_offset_t va)
{
	uint64_t back;

	oracle_params(oracle)->stub = va;
	back = va + 0x30;
	memcpy(oracle->mem + ORACLE_STUB + 0xff0, &back, 8);
}

/* A descriptor register's image: limit and base. */
static void
set_table_register(uint8_t *image, uint16_t limit, uint64_t base)
{
	memcpy(image, &limit, 2);
	memcpy(image + 2, &base, 8);
}

void
oracle_install(struct oracle *oracle, char *mem, const char *monitor)
{
	struct oracle_header header;
	struct oracle_params *params;
	uint64_t handler, tss, *table;
	size_t n;
	unsigned i;
	FILE *f;

	oracle->mem = mem;
	if (mem != oracle->mach->physmem->base)
		memcpy(mem, oracle->mach->physmem->base, oracle->size);
	f = fopen(monitor, "rb");
	if (f == NULL)
		fail_msg("%s cannot be read", monitor);
	n = fread(mem + ORACLE_MONITOR, 1, ORACLE_ROM_TABLES - ORACLE_MONITOR,
	    f);
	fclose(f);
	assert_true(n > sizeof(header));
	memcpy(&header, mem + ORACLE_MONITOR, sizeof(header));

	table = (uint64_t *)(mem + ORACLE_GDT);
	memset(table, 0, PAGE_SIZE);
	table[1] = UINT64_C(0x00af9b000000ffff); /* 0x08 code, 64 bit */
	table[2] = UINT64_C(0x00cf93000000ffff); /* 0x10 data */
	table[4] = UINT64_C(0x00cff3000000ffff); /* 0x20 user data */
	table[5] = UINT64_C(0x00affb000000ffff); /* 0x28 user code */
	tss = KERNBASE + ORACLE_TSS;		 /* 0x30, available */
	table[6] = 0x67 | (tss & 0xffffff) << 16 | UINT64_C(0x89) << 40 |
	    (tss >> 24 & 0xff) << 56;
	table[7] = tss >> 32;
	memset(mem + ORACLE_TSS, 0, PAGE_SIZE);
	handler = KERNBASE + ORACLE_STACK;
	memcpy(mem + ORACLE_TSS + 4, &handler, 8); /* RSP0 */
	mem[ORACLE_TSS + 102] = 104;		   /* no I/O bitmap */
	table = (uint64_t *)(mem + ORACLE_IDT);
	memset(table, 0, PAGE_SIZE);
	for (i = 0; i < 32; i++) {
		handler = header.vectors + 16 * i;
		table[2 * i] = (handler & 0xffff) | UINT64_C(0x08) << 16 |
		    UINT64_C(0x8e) << 40 | (handler >> 16 & 0xffff) << 48;
		table[2 * i + 1] = handler >> 32;
	}
	memset(mem + ORACLE_STUB, 0, PAGE_SIZE);
	memcpy(mem + ORACLE_STUB, mem + (header.stub - KERNBASE),
	    header.stub_size);
	/* For the way through reset: identity, and the kernel's own slot. */
	memset(mem + ORACLE_ROM_TABLES, 0, 3 * PAGE_SIZE);
	table = (uint64_t *)(mem + ORACLE_ROM_TABLES);
	table[0] = (ORACLE_ROM_TABLES + 0x1000) | 0x23;
	table[511] = physmem_table(oracle->mach, oracle->cpu->cr3)[511];
	table += 512;
	table[0] = (ORACLE_ROM_TABLES + 0x2000) | 0x23;
	table += 512;
	for (i = 0; i < 512; i++)
		table[i] = i * NBPDR | 0xe3;
	params = oracle_params(oracle);
	memset(params, 0, sizeof(*params));
	params->cr3 = oracle->cpu->cr3;
	params->cr0 = UINT64_C(0x80000031) | (oracle->cpu->cr0 & CR0_WP);
	params->cr4 = 0x20 | oracle->cpu->cr4; /* PAE */
	params->efer = 0x501 | (oracle->cpu->efer & EFER_NXE);
	set_table_register(params->gdtr, 0x3f, KERNBASE + ORACLE_GDT);
	set_table_register(params->idtr, 32 * 16 - 1, KERNBASE + ORACLE_IDT);
}

static unsigned
probe_access(enum oracle_op op, unsigned cpl)
{
	return ((op == ORACLE_STORE	   ? MMU_WRITE :
			op == ORACLE_FETCH ? MMU_FETCH :
					     MMU_READ) |
	    (cpl == 3 ? MMU_USER : 0));
}

void
oracle_add(struct oracle *oracle, vm_offset_t va, enum oracle_op op,
    unsigned cpl)
{
	struct oracle_probe *probe;
	struct mmu_translation t;

	assert_true(oracle->nprobes < ORACLE_PROBES_MAX);
	va &= ~UINT64_C(7);
	if (cpl == 3 && oracle->no_user_slot256 && mmu_canonical(va) &&
	    (va >> PML4SHIFT & 511) == 256)
		return;
	t = mmu_walk(oracle->mach, oracle->cpu, oracle->cpu->cr3, va,
	    probe_access(op, cpl), false);
	if (t.result == MMU_BUS)
		return;
	if (t.result == MMU_OK &&
	    (t.pa < ORACLE_LOW_END || t.pa >= oracle->size ||
		(op != ORACLE_LOAD && !oracle->tagged[atop(t.pa)])))
		return;
	probe = &oracle->probe[oracle->nprobes];
	memset(probe, 0, sizeof(*probe));
	probe->va = va;
	probe->op = op;
	probe->cpl = cpl;
	probe->wval = oracle_tag(0x80000000u | oracle->nprobes, 0x91);
	oracle->nprobes++;
}

/* Our side of one probe, stores and A and D bits included. */
static void
expect(struct oracle *oracle, unsigned i)
{
	const struct oracle_probe *probe = &oracle->probe[i];
	struct oracle_expected *e = &oracle->expected[i];
	struct mmu_translation t;
	unsigned level;

	memset(e, 0, sizeof(*e));
	t = mmu_walk(oracle->mach, oracle->cpu, oracle->cpu->cr3, probe->va,
	    probe_access(probe->op, probe->cpl), true);
	if (t.result == MMU_NONCANONICAL) {
		e->vector = 13;
		return;
	}
	if (t.result == MMU_PAGE_FAULT) {
		e->vector = 14;
		e->error = t.error;
		return;
	}
	assert_int_equal(t.result, MMU_OK);
	e->vector = ORACLE_SUCCESS;
	if (probe->op == ORACLE_LOAD)
		e->val = *word(oracle, t.pa);
	else if (probe->op == ORACLE_FETCH)
		e->val = *word(oracle, t.pa) >> 8 & UINT32_MAX;
	else
		*word(oracle, t.pa) = probe->wval;
	for (level = 2; level <= 4; level++)
		e->any_a |= oracle->stepwise_a &&
		    (oracle->levels[atop(t.pa)] & 1u << level) != 0;
}

static void
compare_probe(struct oracle *oracle, unsigned i)
{
	const struct oracle_probe *asked = &oracle->probe[i];
	const struct oracle_expected *e = &oracle->expected[i];
	struct oracle_probe got;
	bool same;

	got = ((struct oracle_probe *)(oracle->mem + ORACLE_PROBES))[i];
	/* QEMU reports a reserved bit without P; processors with it. */
	if (got.vector == 14 && (got.error & (PGEX_RSV | PGEX_P)) == PGEX_RSV)
		got.error |= PGEX_P;
	same = got.vector == e->vector;
	if (same && e->vector == ORACLE_SUCCESS && asked->op != ORACLE_STORE)
		same = ((got.val ^ e->val) & ~(e->any_a ? PG_A : 0)) == 0;
	if (same && e->vector == 14)
		same = got.error == e->error && got.cr2 == asked->va;
	if (!same)
		fail_msg(
		    "%s, probe %u: %s at CPL %u of %#jx: %s gives vector "
		    "%#jx error %#jx cr2 %#jx value %#jx; we say vector %#x "
		    "error %#x value %#jx",
		    oracle->name, i,
		    asked->op == ORACLE_LOAD	  ? "load" :
			asked->op == ORACLE_STORE ? "store" :
						    "fetch",
		    asked->cpl, (uintmax_t)asked->va, oracle->name,
		    (uintmax_t)got.vector, (uintmax_t)got.error,
		    (uintmax_t)got.cr2, (uintmax_t)got.val, e->vector, e->error,
		    (uintmax_t)e->val);
	if (e->vector == ORACLE_SUCCESS)
		oracle->seen_ok++;
	else if (e->vector == 14)
		oracle->seen_fault[e->error & 31]++;
	else
		oracle->seen_gp++;
}

/* Whether memory may differ at "pa" by "diff": A above a leaf, for some. */
static bool
may_differ(struct oracle *oracle, vm_paddr_t pa, uint64_t diff)
{
	unsigned levels = oracle->levels[atop(pa)];

	if (!oracle->stepwise_a || diff != PG_A)
		return (false);
	return ((levels & (1u << 3 | 1u << 4)) != 0 ||
	    ((levels & 1u << 2) != 0 && (*word(oracle, pa) & PG_PS) == 0));
}

static void
compare_memory(struct oracle *oracle)
{
	vm_paddr_t frame, pa;
	uint64_t theirs;

	for (frame = ORACLE_LOW_END; frame < oracle->size; frame += PAGE_SIZE) {
		if (memcmp(oracle->mem + frame, word(oracle, frame),
			PAGE_SIZE) == 0)
			continue;
		for (pa = frame; pa < frame + PAGE_SIZE; pa += 8) {
			memcpy(&theirs, oracle->mem + pa, 8);
			if (theirs == *word(oracle, pa))
				continue;
			if (!may_differ(oracle, pa, theirs ^ *word(oracle, pa)))
				fail_msg(
				    "%s: after the batch memory at %#jx "
				    "is %#jx there, %#jx here (levels %#x)",
				    oracle->name, (uintmax_t)pa,
				    (uintmax_t)theirs,
				    (uintmax_t)*word(oracle, pa),
				    oracle->levels[atop(pa)]);
			/* From here on both have it. */
			*word(oracle, pa) = theirs;
		}
	}
}

void
oracle_batch(struct oracle *oracle, vm_paddr_t cr3)
{
	struct oracle_params *params = oracle_params(oracle);
	unsigned i;

	if (oracle->nprobes == 0)
		return;
	oracle->cpu->cr3 = cr3;
	if (oracle->before != NULL)
		oracle->before(oracle);
	for (i = 0; i < oracle->nprobes; i++)
		expect(oracle, i);
	memcpy(oracle->mem + ORACLE_PROBES, oracle->probe,
	    oracle->nprobes * sizeof(oracle->probe[0]));
	params->cr3 = cr3;
	params->cr0 = UINT64_C(0x80000031) | (oracle->cpu->cr0 & CR0_WP);
	params->efer = 0x501 | (oracle->cpu->efer & EFER_NXE);
	params->flags = ORACLE_LOAD_ALL | ORACLE_TOGGLE_PGE;
	params->count = oracle->nprobes;
	oracle->run(oracle);
	for (i = 0; i < oracle->nprobes; i++)
		compare_probe(oracle, i);
	compare_memory(oracle);
	oracle->nprobes = 0;
}

/* ---- where to probe ---------------------------------------------------- */

static vm_offset_t
sign_extended(vm_offset_t va)
{
	return ((vm_offset_t)((int64_t)(va << 16) >> 16));
}

static void
explore_address(struct oracle *oracle, vm_offset_t va, uint64_t *seed)
{
	uint64_t r = hw_random(seed);

	if (oracle->nprobes == ORACLE_PROBES_MAX)
		oracle_batch(oracle, oracle->cpu->cr3);
	oracle_add(oracle, va, (enum oracle_op)(r % 3),
	    (r >> 8 & 1) != 0 ? 3 : 0);
}

/* Probes below the entries of "table"; leaves most, holes now and then. */
static void
explore_table(struct oracle *oracle, vm_paddr_t table, unsigned level,
    vm_offset_t base, uint64_t *seed)
{
	const unsigned shift = PAGE_SHIFT + 9 * (level - 1);
	uint64_t entry, r;
	vm_offset_t va;
	unsigned i;

	for (i = 0; i < 512; i++) {
		entry = physmem_table(oracle->mach, table)[i];
		va = sign_extended(base | (vm_offset_t)i << shift);
		r = hw_random(seed);
		if (level == 4 && i == PML4PML4I) {
			/* The tables as pages: a sample, not a recursion. */
			for (r = 0; r < 64; r++)
				explore_address(oracle,
				    va | (hw_random(seed) & 0x7ffffffff8),
				    seed);
			continue;
		}
		if ((entry & PG_V) == 0) {
			if (entry != 0 || r % 64 == 0)
				explore_address(oracle,
				    va |
					(r >> 16 &
					    ((UINT64_C(1) << shift) - 8)),
				    seed);
			continue;
		}
		if (level > 1 && (level == 4 || (entry & PG_PS) == 0) &&
		    (entry & PG_FRAME) < oracle->size) {
			explore_table(oracle, entry & PG_FRAME, level - 1, va,
			    seed);
			continue;
		}
		if ((entry & PG_PS_FRAME) >= oracle->size && r % 64 != 0)
			continue;
		explore_address(oracle,
		    va | (r >> 16 & ((UINT64_C(1) << shift) - 8)), seed);
		explore_address(oracle,
		    va | (r >> 24 & ((UINT64_C(1) << shift) - 8)), seed);
	}
}

void
oracle_explore(struct oracle *oracle, vm_paddr_t cr3, uint64_t *seed)
{
	uint64_t r;
	unsigned i;

	oracle->cpu->cr3 = cr3;
	explore_table(oracle, cr3 & PG_FRAME, 4, 0, seed);
	for (i = 0; i < 128; i++) {
		r = hw_random(seed);
		/* Every fourth is not canonical. */
		explore_address(oracle,
		    i % 4 != 0 ?
			sign_extended(r) :
			sign_extended(r) ^ UINT64_C(1) << (48 + r % 16),
		    seed);
	}
	oracle_batch(oracle, cr3);
}

/* ---- random tables ----------------------------------------------------- */

static bool
chance(uint64_t *seed, unsigned percent)
{
	return (hw_random(seed) % 100 < percent);
}

/* The bits of an entry other than its address; few are absent or malformed. */
static uint64_t
random_bits(struct hw *hw, uint64_t *seed, bool leaf)
{
	uint64_t bits = 0;

	if (chance(seed, leaf ? 88 : 94))
		bits |= PG_V;
	if (chance(seed, leaf ? 60 : 85))
		bits |= PG_RW;
	if (chance(seed, leaf ? 65 : 85))
		bits |= PG_U;
	if (chance(seed, leaf ? 30 : 8))
		bits |= PG_NX;
	if (chance(seed, 30))
		bits |= PG_A;
	if (leaf && chance(seed, 10))
		bits |= PG_M;
	if (leaf && chance(seed, 30))
		bits |= PG_G;
	if (chance(seed, 2))
		bits |= UINT64_C(1) << (hw->cpu->maxphyaddr +
			    hw_random(seed) % (52 - hw->cpu->maxphyaddr));
	return (bits);
}

/* A page of "size" somewhere in the data, or malformed. */
static uint64_t
random_leaf(struct hw *hw, uint64_t *seed, unsigned size)
{
	const vm_paddr_t page = UINT64_C(1) << (PAGE_SHIFT + 9 * size);
	const vm_paddr_t mem = hw->mach->physmem->size;
	uint64_t bits;

	bits = random_bits(hw, seed, true);
	if (size == 0)
		return (bits |
		    (RANDOM_TABLES_END +
			hw_random(seed) % (mem - RANDOM_TABLES_END)) /
			page * page |
		    (chance(seed, 20) ? PG_PTE_PAT : 0));
	bits |= PG_PS | (chance(seed, 20) ? PG_PDE_PAT : 0);
	if (chance(seed, 2))
		bits |= UINT64_C(0x2000)
		    << hw_random(seed) % (size == 1 ? 8 : 17);
	if (size == 1)
		bits |= (RANDOM_TABLES_END +
			    hw_random(seed) % (mem - RANDOM_TABLES_END)) /
		    page * page;
	return (bits);
}

static void
random_table(struct hw *hw, uint64_t *seed, vm_paddr_t table, unsigned level)
{
	uint64_t *entry, bits;
	unsigned i, n;

	n = level == 3 ? 6 : level == 2 ? 8 : 24;
	for (i = 0; i < n; i++) {
		entry = &physmem_table(hw->mach, table)[hw_random(seed) % 510];
		if (*entry != 0)
			continue;
		if (level == 1 || chance(seed, level == 2 ? 35 : 20)) {
			*entry = random_leaf(hw, seed, level - 1);
			continue;
		}
		bits = random_bits(hw, seed, false);
		*entry = hw_table(hw) | bits;
		random_table(hw, seed,
		    *entry & PG_FRAME & (hw->mach->physmem->size - 1),
		    level - 1);
	}
}

/*
 * Tables of every shape in ten PML4 slots of both halves, the recursive one
 * among them, and the mapping that the monitor needs.
 */
vm_paddr_t
oracle_random_tables(struct hw *hw, uint64_t *seed)
{
	static const unsigned slots[] = {0, 1, 7, 128, 255, 257, 300, 400, 510};
	uint64_t *pml4;
	vm_paddr_t table;
	unsigned i;

	hw->next = HW_TABLES + PAGE_SIZE;
	pml4 = physmem_table(hw->mach, hw->cr3);
	for (i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
		table = hw_table(hw);
		random_table(hw, seed, table, 3);
		pml4[slots[i]] = table | random_bits(hw, seed, false);
		if (chance(seed, 5))
			pml4[slots[i]] |= PG_PS;
	}
	pml4[PML4PML4I] = hw->cr3 | HW_RW;
	*hw_entry(hw, KERNBASE, 2) = HW_RW | PG_PS | PG_G;
	assert_true(hw->next < RANDOM_TABLES_END);
	return (hw->cr3);
}

bool
oracle_random_data(struct machine *mach, vm_paddr_t pa)
{
	return (pa >= RANDOM_TABLES_END);
}

/* ---- kernel machines ---------------------------------------------------- */

/*
 * What objects own is data; page tables, pv chunks and free pages are nobody's
 * and must not be touched.
 */
bool
oracle_kernel_data(struct machine *mach, vm_paddr_t pa)
{
	return (pa >= mach->config.first &&
	    phys_to_vm_page(mach, pa)->object != NULL);
}

/* CR3 of "pmap"; 0 when it has no PML4. */
static vm_paddr_t
pmap_cr3(struct machine *mach, pmap_t pmap)
{
	return (pmap->pm_pml4 == NULL ?
		0 :
		(vm_paddr_t)((char *)pmap->pm_pml4 - mach->physmem->base));
}

void
oracle_map_stubs(struct oracle *oracle)
{
	struct machine *mach = oracle->mach;
	pmap_t pmap;

	TAILQ_FOREACH(pmap, &mach->pmap->list, pm_list)
		if (pmap_cr3(mach, pmap) != 0)
			oracle_map_stub(oracle, pmap_cr3(mach, pmap));
	oracle->cpu->cr3 = pmap_cr3(mach, kernel_pmap);
}

void
oracle_explore_pmaps(struct oracle *oracle, uint64_t *seed)
{
	struct machine *mach = oracle->mach;
	pmap_t pmap;
	vm_paddr_t cr3;
	uint64_t *pml4;
	unsigned slot;

	TAILQ_FOREACH(pmap, &mach->pmap->list, pm_list) {
		cr3 = pmap_cr3(mach, pmap);
		if (cr3 == 0)
			continue;
		pml4 = physmem_table(mach, cr3);
		for (slot = 200; (pml4[slot] & PG_FRAME) != ORACLE_STUB_TABLES;
		     slot++)
			;
		oracle_set_stub(oracle, (vm_offset_t)slot << PML4SHIFT);
		oracle_explore(oracle, cr3, seed);
	}
}

/*
 * A user address space with what pmap_enter() can make: pages and superpages,
 * read-only and not executable, wired and not, clean and dirty, some of it
 * demoted again; another that shares pages with it; kernel memory.
 */
static struct machine *
kernel_scenario(void)
{
	struct machine *mach;
	vm_object_t object;
	vm_offset_t va;
	vm_page_t m, super;
	pmap_t pmap[2];
	unsigned i;
	const uint16_t color = 0;

	mach = support_boot(SUPPORT_SMALL);
	for (i = 0; i < 2; i++) {
		pmap[i] = pmapsim_pmap_create(mach, i == 0 ? "one" : "two");
		pmap_pinit(mach, pmap[i]);
	}
	object = support_object(mach, 2048, &color);
	super = support_pages(mach, object, 0, 1024, VM_ALLOC_NORMAL);
	for (i = 0; i < 1024; i++) {
		m = vm_page_lookup(mach, object, i);
		pmap_enter(mach, pmap[0], 0x40000000 + ptoa(i), VM_PROT_WRITE,
		    m, VM_PROT_ALL, FALSE);
	}
	assert_superpage(mach, pmap[0], 0x40000000);
	assert_superpage(mach, pmap[0], 0x40200000);
	pmap_protect(mach, pmap[0], 0x40200000 + ptoa(10),
	    0x40200000 + ptoa(90), VM_PROT_READ);
	pmap_remove(mach, pmap[0], 0x40200000 + ptoa(200),
	    0x40200000 + ptoa(260));
	for (i = 0; i < 512; i++) {
		m = vm_page_lookup(mach, object, i);
		pmap_enter(mach, pmap[1], 0x7fffff000000 + ptoa(i),
		    i % 3 == 0 ? VM_PROT_WRITE : VM_PROT_READ, m,
		    (vm_prot_t)(VM_PROT_READ |
			(i % 3 == 0 ? VM_PROT_WRITE : 0) |
			(i % 5 == 0 ? VM_PROT_EXECUTE : 0)),
		    i % 7 == 0);
		pmap_enter_quick(mach, pmap[1], 0x10000000 + 3 * ptoa(i), m,
		    VM_PROT_READ);
	}
	pmap_clear_modify(mach, super);
	pmap_ts_referenced(mach, vm_page_lookup(mach, object, 700));
	pmap_remove_write(mach, vm_page_lookup(mach, object, 9));
	va = kmem_malloc(mach, pmapsim_kmem_map(mach), 3 << 20, M_NOWAIT);
	assert_int_not_equal(va, 0);
	kmem_free(mach, pmapsim_kmem_map(mach), va + (2 << 20), 64 << 10);
	return (mach);
}

/* Replays "path", half of it or all, and gives the machine to "judge". */
static void
judge_replay(const char *path, bool half,
    void (*judge)(struct machine *mach, const char *what))
{
	struct pmapsim_trace *trace;
	struct pmapsim_replay *replay;
	uint64_t n, steps;
	char err[256], what[256];

	if (pmapsim_trace_open(path, &trace, err, sizeof(err)) != PMAPSIM_OK)
		fail_msg("%s", err);
	if (pmapsim_replay_start(trace, NULL, &replay, err, sizeof(err)) !=
	    PMAPSIM_OK)
		fail_msg("%s", err);
	steps = pmapsim_trace_statements(trace);
	if (half)
		steps /= 2;
	for (n = 0; n < steps; n++)
		if (pmapsim_replay_step(replay) != PMAPSIM_REPLAY_RUNNING)
			break;
	snprintf(what, sizeof(what), "%s of %s", half ? "half" : "all", path);
	if (pmapsim_panic(pmapsim_replay_machine(replay)) == NULL)
		judge(pmapsim_replay_machine(replay), what);
	pmapsim_replay_end(replay);
	pmapsim_trace_close(trace);
}

void
oracle_kernels(void (*judge)(struct machine *mach, const char *what))
{
	static const char *const patterns[] = {
	    "tests/golden/2010-04/*-small-?.trace",
	    "tests/golden/2010-04/user-promote-tiny-?.trace",
	};
	struct machine *mach;
	glob_t found;
	size_t i;
	unsigned p;

	mach = kernel_scenario();
	judge(mach, "the scenario");
	pmapsim_destroy(mach);
	for (p = 0; p < sizeof(patterns) / sizeof(patterns[0]); p++) {
		if (glob(patterns[p], 0, NULL, &found) != 0)
			fail_msg("no %s", patterns[p]);
		for (i = 0; i < found.gl_pathc; i++) {
			judge_replay(found.gl_pathv[i], true, judge);
			judge_replay(found.gl_pathv[i], false, judge);
		}
		globfree(&found);
	}
}
