/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The auditor: recounts everything that a machine keeps counted or cached and
 * compares.
 */
#ifndef PMAPSIM_AUDIT_H
#define PMAPSIM_AUDIT_H

#include <pmapsim/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Audits "mach", panicked or not, and changes nothing in it.  Returns 0 when
 * all holds.  Otherwise returns 1 and names the first violation in one
 * sentence in "msg", of "size" bytes, beginning with the rule's name and a
 * colon; -1, and "msg" says so, when the host has no memory for the recount.
 * Takes time linear in the pages ever touched and the mappings, and none of
 * the host's stack, however deep the kernel's trees are.
 */
PMAPSIM_API_MACH int machine_audit(struct machine *mach, char *msg,
    size_t size);

/*
 * Rule "index": its name, and through "what", if not NULL, what it compares;
 * NULL after the last.
 */
PMAPSIM_API const char *pmapsim_audit_rule(unsigned index, const char **what);

#ifdef __cplusplus
}
#endif

#endif /* PMAPSIM_AUDIT_H */
