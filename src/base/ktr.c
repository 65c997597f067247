/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's trace messages, kept as arguments and made into text only when
 * somebody reads them.
 */
#include "base/ktr.h"

#include <stdio.h>
#include <string.h>

#include "base/machine.h"

void
ktr_record(struct machine *mach, const char *format, uint64_t va,
    const char *pmap_name)
{
	struct ktr *ktr = mach->ktr;
	struct ktr_entry *entry;

	entry = &ktr->ring[ktr->count++ % PMAPSIM_KTR_ENTRIES];
	entry->format = format;
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
 * The kernel's formats hold one %#lx and one %p.  They are expanded here and
 * not by printf, because the second stands for a name.
 */
int
pmapsim_ktr_format(const struct machine *mach, uint64_t n, char *buf,
    size_t size)
{
	const struct ktr *ktr = mach->ktr;
	const struct ktr_entry *entry;
	const char *va_at, *pmap_at;

	if ((buf == NULL && size != 0) || n >= ktr->count ||
	    ktr->count - n > PMAPSIM_KTR_ENTRIES)
		return (-1);
	entry = &ktr->ring[n % PMAPSIM_KTR_ENTRIES];
	va_at = strstr(entry->format, "%#lx");
	pmap_at = strstr(entry->format, "%p");
	if (va_at == NULL || pmap_at == NULL || pmap_at < va_at)
		return (snprintf(buf, size, "%s", entry->format));
	return (snprintf(buf, size, "%.*s%#llx%.*s%s%s",
	    (int)(va_at - entry->format), entry->format,
	    (unsigned long long)entry->va, (int)(pmap_at - va_at - 4),
	    va_at + 4, entry->pmap_name, pmap_at + 2));
}
