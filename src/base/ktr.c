/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's trace messages, kept as arguments and made into text only when
 * somebody reads them.
 */
#include "base/ktr.h"

#include <stdio.h>
#include <string.h>

#include "base/machine.h"

/* The kernel's formats, with one %#lx and one %p. */
static const char *const ktr_formats[] = {
    [KTR_PROMOTE] = "pmap_promote_pde: success for va %#lx in pmap %p",
    [KTR_PROMOTE_FAILURE] = "pmap_promote_pde: failure for va %#lx in pmap %p",
    [KTR_PROMOTE_PROTECT] = "pmap_promote_pde: protect for va %#lx in pmap %p",
    [KTR_DEMOTE] = "pmap_demote_pde: success for va %#lx in pmap %p",
    [KTR_DEMOTE_FAILURE] = "pmap_demote_pde: failure for va %#lx in pmap %p",
    [KTR_ENTER_PDE] = "pmap_enter_pde: success for va %#lx in pmap %p",
    [KTR_ENTER_PDE_FAILURE] = "pmap_enter_pde: failure for va %#lx in pmap %p",
    [KTR_DEMOTE_PDPE] = "pmap_demote_pdpe: success for va %#lx in pmap %p",
    [KTR_DEMOTE_PDPE_FAILURE] =
	"pmap_demote_pdpe: failure for va %#lx in pmap %p",
};

void
ktr_record(struct machine *mach, enum ktr_event event, uint64_t va,
    const char *pmap_name)
{
	struct ktr *ktr = mach->ktr;
	struct ktr_entry *entry;

	entry = &ktr->ring[ktr->count++ % PMAPSIM_KTR_ENTRIES];
	entry->event = event;
	entry->va = va;
	snprintf(entry->pmap_name, sizeof(entry->pmap_name), "%s", pmap_name);
}

void
pmapsim_ktr_enable(struct machine *mach, bool on)
{

	mach->ktr->on = on;
}

uint64_t
pmapsim_ktr_count(const struct machine *mach)
{

	return (mach->ktr->count);
}

/*
 * The two conversions are expanded here and not by printf, because the second
 * stands for a name.
 */
int
pmapsim_ktr_format(const struct machine *mach, uint64_t n, char *buf,
    size_t size)
{
	const struct ktr *ktr = mach->ktr;
	const struct ktr_entry *entry;
	const char *format, *va_at, *pmap_at;

	if ((buf == NULL && size != 0) || n >= ktr->count ||
	    ktr->count - n > PMAPSIM_KTR_ENTRIES)
		return (-1);
	entry = &ktr->ring[n % PMAPSIM_KTR_ENTRIES];
	format = ktr_formats[entry->event];
	va_at = strstr(format, "%#lx");
	pmap_at = strstr(format, "%p");
	return (snprintf(buf, size, "%.*s%#llx%.*s%s%s", (int)(va_at - format),
	    format, (unsigned long long)entry->va, (int)(pmap_at - va_at - 4),
	    va_at + 4, entry->pmap_name, pmap_at + 2));
}
