/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The auditor recounts everything that a machine keeps counted or cached, and
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
 * all rules hold.  Returns 1 at a violation, and names the first one in "msg",
 * of "size" bytes, in one sentence that begins with the rule's name and a
 * colon.  Returns -1 when the host has no memory for the recount, which "msg"
 * says.
 *
 * The time is linear in the number of pages that were ever used and in the
 * number of mappings.  The stack of the host that it takes does not depend on
 * how deep the kernel's trees are.
 */
PMAPSIM_API_MACH int machine_audit(struct machine *mach, char *msg,
    size_t size);

/*
 * Returns the name of rule "index", counted from 0, and through "what", if
 * that is not NULL, what the rule compares; both are constants.  Returns NULL
 * after the last.
 */
PMAPSIM_API const char *pmapsim_audit_rule(unsigned index, const char **what);

#ifdef __cplusplus
}
#endif

#endif /* PMAPSIM_AUDIT_H */
