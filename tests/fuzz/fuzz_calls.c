/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel calls chosen by the fuzzer's bytes, the auditor as judge: the calls
 * are legal, so on a kernel without known bugs neither a panic nor a violation
 * may come.
 *
 * Built for libFuzzer; AFL++'s afl-clang-fast takes the same entry point.
 */
#include <stdio.h>
#include <stdlib.h>

#include "study/hunt_round.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte chooses the families, the rest feeds the generator. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pmapsim_hunt_options options = {
	    .judge = {.kernel = "2010-04+remove-kernel-pde", .audit_each = 20},
	    .calls = 1,
	    .invariants = true,
	};
	struct pmapsim_hunt_result result;
	const char *text;
	char err[600];
	size_t length;

	if (size < 2)
		return (0);
	options.families = data[0] % PMAPSIM_HUNT_ALL + 1;
	options.bytes = data + 1;
	options.nbytes = size - 1;
	if (pmapsim_hunt(&options, &result, err, sizeof(err)) != PMAPSIM_OK) {
		fprintf(stderr, "the generator made an illegal call: %s\n",
		    err);
		abort();
	}
	if (result.trace != NULL) {
		text = pmapsim_trace_text(result.trace, &length);
		fprintf(stderr, "%s: %s\n%.*s",
		    pmapsim_finding_name(result.finding.kind),
		    result.finding.text, (int)length, text);
		abort();
	}
	return (0);
}
