/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The permission matrix: every combination of what decides about one access
 * at the two lowest levels.
 *
 * 2^6 * 2 PTEs (present, write, user, nx, accessed, dirty; reserved bit 51),
 * 2^6 * 5 PDEs (the same; a table with or without a reserved bit, a 2 MB page
 * without one, with a high one, with one of bits 20:13), G or not in both,
 * CR0.WP, EFER.NXE, and 6 kinds of access: 1,966,080 cases.
 *
 * What must happen is said here as a list of causes, from the manual, and not
 * as a walk: which entry is to blame, why, and what stays in memory.
 */
#include "hw_fixture.h"

#define VA UINT64_C(0x0000123456789abc)
#define RSV_HIGH (UINT64_C(1) << 51)
#define LARGE_FRAME UINT64_C(0x600000)
#define SMALL_FRAME UINT64_C(0x7f000)

/* Present, write, user, nx, accessed, dirty from a number below 64. */
static uint64_t
six_bits(unsigned n)
{
	static const uint64_t bit[6] = {PG_V, PG_RW, PG_U, PG_NX, PG_A, PG_M};
	uint64_t value = 0;
	unsigned i;

	for (i = 0; i < 6; i++)
		if ((n >> i & 1) != 0)
			value |= bit[i];
	return (value);
}

struct expected {
	bool fault;
	unsigned error;
	vm_paddr_t pa;
	uint64_t pde, pte; /* afterwards */
};

static struct expected
expect(uint64_t pde, uint64_t pte, bool wp, bool nxe, unsigned access)
{
	struct expected e = {.pde = pde, .pte = pte};
	const bool user = (access & PGEX_U) != 0;
	const bool write = (access & PGEX_W) != 0;
	const bool fetch = (access & PGEX_I) != 0;
	const bool large = (pde & PG_PS) != 0;
	const uint64_t never = RSV_HIGH | (nxe ? 0 : PG_NX);
	bool pde_here, pde_bad, pte_here, pte_bad, absent, bad, forbidden;
	bool may_write, may_user, no_exec;

	pde_here = (pde & PG_V) != 0;
	pde_bad = pde_here && (pde & (never | (large ? 0x1fe000 : 0))) != 0;
	pte_here = large || (pte & PG_V) != 0;
	pte_bad = !large && pte_here && (pte & never) != 0;
	may_write = (pde & PG_RW) != 0 && (large || (pte & PG_RW) != 0);
	may_user = (pde & PG_U) != 0 && (large || (pte & PG_U) != 0);
	no_exec = (pde & PG_NX) != 0 || (!large && (pte & PG_NX) != 0);

	/* A PDE that is absent or malformed hides its PTE. */
	absent = !pde_here || (!pde_bad && !pte_here);
	bad = !absent && (pde_bad || pte_bad);
	forbidden = (user && !may_user) || (fetch && no_exec) ||
	    (write && !may_write && (user || wp));
	e.fault = absent || bad || forbidden;
	if (e.fault) {
		e.error = (absent ? 0 : 1) | (write ? 2 : 0) | (user ? 4 : 0) |
		    (bad ? 8 : 0) | (fetch && nxe ? 16 : 0);
		return (e);
	}
	e.pde |= PG_A;
	if (large) {
		e.pa = LARGE_FRAME + (VA & 0x1fffff);
		if (write)
			e.pde |= PG_M;
	} else {
		e.pa = SMALL_FRAME + (VA & 0xfff);
		e.pte |= write ? PG_A | PG_M : PG_A;
	}
	return (e);
}

static void
test_every_combination(void **state)
{
	static const unsigned kinds[6] = {0, PGEX_W, PGEX_I, PGEX_U,
	    PGEX_U | PGEX_W, PGEX_U | PGEX_I};
	struct hw hw;
	struct expected e;
	struct mmu_translation t;
	uint64_t pde0, pte0, *pde, *pte;
	vm_paddr_t table;
	unsigned form, g, k, npde, npte, faults, n, nxe, prsv, wp;

	hw_boot(&hw, 8 << 20, 1, NULL);
	pte = hw_entry(&hw, VA, 1);
	pde = hw_entry(&hw, VA, 2);
	table = *pde & PG_FRAME;
	n = faults = 0;
	for (wp = 0; wp < 2; wp++)
		for (nxe = 0; nxe < 2; nxe++) {
			hw.cpu->cr0 = CR0_PG | (wp ? CR0_WP : 0);
			hw.cpu->efer = nxe ? EFER_NXE : 0;
			for (g = 0; g < 2; g++)
				for (form = 0; form < 5; form++)
					for (npde = 0; npde < 64; npde++)
						for (prsv = 0; prsv < 2; prsv++)
							for (npte = 0;
							     npte < 64;
							     npte++) {
								pde0 =
								    six_bits(
									npde) |
								    (g ? PG_G :
									 0);
								if (form < 2)
									pde0 |=
									    table;
								else
									pde0 |=
									    LARGE_FRAME |
									    PG_PS;
								if (form == 1 ||
								    form == 3)
									pde0 |=
									    RSV_HIGH;
								if (form ==
								    4) /* each of bits 13 to 20 in turn */
									pde0 ^=
									    UINT64_C(
										0x2000)
									    << (npde +
										   npte) %
										8;
								pte0 =
								    six_bits(
									npte) |
								    SMALL_FRAME |
								    (g ? PG_G :
									 0) |
								    (prsv ? RSV_HIGH :
									    0);
								for (k = 0;
								     k < 6;
								     k++) {
									*pde =
									    pde0;
									*pte =
									    pte0;
									t = hw_walk(
									    &hw,
									    VA,
									    kinds
										[k]);
									e = expect(
									    pde0,
									    pte0,
									    wp,
									    nxe,
									    kinds
										[k]);
									n++;
									faults +=
									    e.fault;
									if (*pde ==
										e.pde &&
									    *pte ==
										e.pte &&
									    t.error ==
										e.error &&
									    (e.fault ?
										    t.result ==
											MMU_PAGE_FAULT :
										    t.result ==
											    MMU_OK &&
											t.pa ==
											    e.pa))
										continue;
									fail_msg(
									    "wp %u nxe %u access %#x pde %#jx "
									    "pte %#jx: result %d error %#x pa %#jx, "
									    "after it pde %#jx pte %#jx; expected "
									    "fault %d error %#x pa %#jx pde %#jx "
									    "pte %#jx",
									    wp,
									    nxe,
									    kinds
										[k],
									    (uintmax_t)
										pde0,
									    (uintmax_t)
										pte0,
									    t.result,
									    t.error,
									    (uintmax_t)
										t.pa,
									    (uintmax_t)*pde,
									    (uintmax_t)*pte,
									    e.fault,
									    e.error,
									    (uintmax_t)
										e.pa,
									    (uintmax_t)
										e.pde,
									    (uintmax_t)
										e.pte);
								}
							}
		}
	assert_int_equal(n, 1966080);
	/* Neither side is the only one that is tried. */
	assert_in_range(faults, n / 2, n - n / 50);
	hw_destroy(&hw);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_combination),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
