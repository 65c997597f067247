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
	entry->cpu = mach->curcpu;
	entry->ticks = mach->ticks;
	entry->va = va;
	snprintf(entry->pmap_name, sizeof(entry->pmap_name), "%s", pmap_name);
}

void
pmapsim_ktr_enable(struct machine *mach, bool on)
{

	mach->ktr_on = on;
}

uint64_t
pmapsim_ktr_count(const struct machine *mach)
{

	return (mach->ktr->count);
}

/* Message "n"; NULL when it was never made or is gone. */
static const struct ktr_entry *
ktr_message(const struct machine *mach, uint64_t n)
{
	const struct ktr *ktr = mach->ktr;

	if (n >= ktr->count || ktr->count - n > PMAPSIM_KTR_ENTRIES)
		return (NULL);
	return (&ktr->ring[n % PMAPSIM_KTR_ENTRIES]);
}

/*
 * The two conversions are expanded here and not by printf, because the second
 * stands for a name.
 */
int
pmapsim_ktr_format(const struct machine *mach, uint64_t n, char *buf,
    size_t size)
{
	const struct ktr_entry *entry = ktr_message(mach, n);
	const char *format, *va_at, *pmap_at;

	if ((buf == NULL && size != 0) || entry == NULL)
		return (-1);
	format = ktr_formats[entry->event];
	va_at = strstr(format, "%#lx");
	pmap_at = strstr(format, "%p");
	return (snprintf(buf, size, "%.*s%#llx%.*s%s%s", (int)(va_at - format),
	    format, (unsigned long long)entry->va, (int)(pmap_at - va_at - 4),
	    va_at + 4, entry->pmap_name, pmap_at + 2));
}

int
pmapsim_ktr_dump(const struct machine *mach, uint64_t n, char *buf, size_t size)
{
	const struct ktr_entry *entry = ktr_message(mach, n);
	char text[256];

	if ((buf == NULL && size != 0) || entry == NULL)
		return (-1);
	(void)pmapsim_ktr_format(mach, n, text, sizeof(text));
	return (snprintf(buf, size, "%6llu %3u %16u %s", (unsigned long long)n,
	    entry->cpu, (unsigned)entry->ticks, text));
}
