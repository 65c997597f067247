/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ChampSim's instruction records, 64 bytes each: the address, two bytes about
 * branches, registers, then two addresses stored to and four loaded from, 0
 * standing for none.
 */
#include "program/import.h"

#include <string.h>

#define CHAMPSIM_STORES 2
#define CHAMPSIM_LOADS 4

struct champsim_record {
	uint64_t ip;
	uint8_t branch, taken;
	uint8_t registers[6];
	uint64_t stores[CHAMPSIM_STORES];
	uint64_t loads[CHAMPSIM_LOADS];
};
_Static_assert(sizeof(struct champsim_record) == 64, "ChampSim's format");

bool
import_champsim(struct import *import)
{
	struct champsim_record record;
	size_t i, n;

	while ((n = fread(&record, 1, sizeof(record), import->in)) ==
	    sizeof(record)) {
		import->line++;
		/* The archives that such traces come in are compressed. */
		if (import->line == 1 &&
		    memcmp(&record,
			"\xfd"
			"7zXZ",
			5) == 0)
			return (import_wrong(import,
			    "is compressed by xz; \"xz -dc FILE | pmapsim "
			    "import --from champsim -\" would be right"));
		import_access(import, RUN_FETCH, record.ip, 1, 1);
		for (i = 0; i < CHAMPSIM_LOADS; i++)
			if (record.loads[i] != 0)
				import_access(import, RUN_READ, record.loads[i],
				    1, 0);
		for (i = 0; i < CHAMPSIM_STORES; i++)
			if (record.stores[i] != 0)
				import_access(import, RUN_WRITE,
				    record.stores[i], 1, 0);
		if (!import_step_done(import))
			return (false);
	}
	if (n != 0)
		return (import_wrong(import,
		    "the last record is cut off: records are 64 bytes"));
	return (import->line != 0 || import_wrong(import, "is empty"));
}
