/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The recorder's packets: words are gathered, packed to a block, and sent to
 * the command that started QEMU.
 */
#include <sys/socket.h>

#include <errno.h>

#include "program/record_var.h"

/* The packet as it is sent; it is used by packet_send() alone. */
static struct {
	struct run_block head;
	unsigned char bytes[RUN_BLOCK_BYTES];
} packet_block;

uint64_t no_record = RUN_PAGE_MASK << RUN_PAGE_SHIFT;

void
packet_begin(void)
{

	rec.packet[0] = run_event(RUN_THREAD, 2);
	rec.packet[1] = (uint64_t)rec.pid;
	rec.packet[2] = rec.cpu;
	rec.used = 3;
}

void
packet_send(void)
{
	ssize_t n;

	stream_end(&rec.data);
	stream_end(&rec.fetch);
	if (rec.used > 3 && rec.fd >= 0) {
		run_pack(rec.packet, rec.used, &packet_block.head,
		    packet_block.bytes);
		do {
			n = send(rec.fd, &packet_block,
			    sizeof(packet_block.head) + packet_block.head.bytes,
			    MSG_NOSIGNAL);
		} while (n < 0 && errno == EINTR);
		if (n < 0)
			rec.fd = -1;
	}
	packet_begin();
}

void
put_event(unsigned code, unsigned nargs, const uint64_t *args)
{

	stream_end(&rec.data);
	stream_end(&rec.fetch);
	if (rec.used > RECORD_WORDS - RECORD_ROOM)
		packet_send();
	rec.packet[rec.used++] = run_event(code, nargs);
	while (nargs-- > 0)
		rec.packet[rec.used++] = *args++;
}
