/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the recorder does for each load, store and fetch of a program: the
 * functions that QEMU calls most, and what they put into the packet.
 *
 * Consecutive accesses to one page become one record with a count, for data
 * and for fetches apart; the first write after reads begins a new one.  A
 * record is put down when it begins, so that the order of the two streams is
 * kept, and what joins it is counted where it lies.
 *
 * Instructions are the clock of whoever looks at the recording.  A loop within
 * one page would be one fetch, put down before all pages that it goes through,
 * as though no time passed between them.  So where data goes on to another
 * page a long fetch ends, too.
 */
#include "program/record_var.h"

#define RECORD_FETCHES 1024  /* instructions, after which a fetch is long */
#define RECORD_ACCESS_MAX 64 /* bytes, at most, that one access reaches */

/* Begins a record; one of "count" 0 is of an instruction's end. */
static inline void
put_record(struct stream *stream, enum run_kind kind, uint64_t page,
    uint64_t count)
{

	if (run_word_count(*rec.fetch.record) > RECORD_FETCHES)
		stream_end(&rec.fetch);
	if (__builtin_expect(rec.used > RECORD_WORDS - RECORD_ROOM, 0))
		packet_send();
	stream->record = &rec.packet[rec.used++];
	*stream->record = run_access(kind, page, count);
	/* A write begins no new record after a write, nor does a fetch. */
	stream->joined = rec.plain && kind != RUN_READ ? page << 12 :
							 STREAM_CLOSED;
}

/* Whether "count" accesses are counted in the stream's record. */
static inline bool
join_record(struct stream *stream, enum run_kind kind, uint64_t page,
    uint64_t count)
{
	const uint64_t record = *stream->record;

	if (run_word_page(record) != page ||
	    (kind == RUN_WRITE && run_word_kind(record) == RUN_READ) ||
	    run_word_count(record) + count > RUN_COUNT_MAX)
		return (false);
	*stream->record = record + count;
	return (true);
}

static void
put_access(struct stream *stream, enum run_kind kind, uint64_t page,
    uint64_t count)
{

	if (rec.full || !join_record(stream, kind, page, count))
		put_record(stream, kind, page, count);
}

/* A run of instructions on one page: the page, and how many, below 2^12. */
void
on_fetch(unsigned cpu, void *arg)
{
	const uint64_t va = (uint64_t)(uintptr_t)arg, count = va & 4095;

	if (__builtin_expect((va ^ rec.fetch.joined) < 4096 &&
		    run_word_count(*rec.fetch.record) < RUN_COUNT_MAX - 4096,
		1)) {
		*rec.fetch.record += count;
		return;
	}
	record_lock(cpu);
	put_access(&rec.fetch, RUN_FETCH, va >> 12, count);
	record_unlock();
}

/* Data of whatever thread, that may reach the next page. */
static void __attribute__((noinline))
on_any_data(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t va)
{
	const enum run_kind kind = qemu_plugin_mem_is_store(info) ? RUN_WRITE :
								    RUN_READ;
	uint64_t last;

	record_lock(cpu);
	if (__builtin_expect(!rec.stack_told, 0))
		record_stack(va);
	rec.plain = rec.ncpu < 2 && !rec.full;
	put_access(&rec.data, kind, va >> 12, 1);
	if (__builtin_expect((va & 4095) > 4096 - RECORD_ACCESS_MAX, 0)) {
		last = va + (UINT64_C(1) << qemu_plugin_mem_size_shift(info)) -
		    1;
		if (last >> 12 != va >> 12)
			put_access(&rec.data, kind, last >> 12, 1);
	}
	record_unlock();
}

/*
 * Called for each access of the program to its data, so it asks QEMU for no
 * more than it must: whether it writes only where that begins a record, the
 * size only where the access may reach the next page.  One function for reads
 * and writes, because accesses that QEMU makes in its own code end at the first
 * function that is not for their kind.
 */
void
on_data(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t va, void *arg)
{

	const bool inside = (va & 4095) <= 4096 - RECORD_ACCESS_MAX;
	enum run_kind kind;

	if (va - rec.data.joined <= 4096 - RECORD_ACCESS_MAX &&
	    run_word_count(*rec.data.record) < RUN_COUNT_MAX) {
		++*rec.data.record;
		return;
	}
	if (__builtin_expect(!rec.plain || !inside, 0)) {
		on_any_data(cpu, info, va);
		return;
	}
	kind = qemu_plugin_mem_is_store(info) ? RUN_WRITE : RUN_READ;
	if (!join_record(&rec.data, kind, va >> 12, 1))
		put_record(&rec.data, kind, va >> 12, 1);
}
