/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The recorder: a plugin for QEMU's user mode.  It sees each load, store and
 * fetch of a program and its system calls as words of run_format.h, and sends
 * them, packed to blocks, to the command that started QEMU.
 *
 * Debian packages no header for plugins, so what is used of QEMU's interface,
 * which is stable within its version number, is declared here.
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
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program/run_pack.h"

/* ---- QEMU's interface --------------------------------------------------- */

#ifndef RECORD_API
#define RECORD_API 1
#endif
#define PLUGIN_EXPORT __attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
typedef uint32_t qemu_plugin_meminfo_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef struct {
	const char *target_name;
	struct {
		int min, cur;
	} version;
	bool system_emulation;
} qemu_info_t;
#define QEMU_PLUGIN_CB_NO_REGS 0
#define QEMU_PLUGIN_MEM_RW 3

extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
extern struct qemu_plugin_insn *
qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
extern size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
extern uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
extern void *qemu_plugin_insn_haddr(const struct qemu_plugin_insn *insn);
extern bool qemu_plugin_mem_is_store(qemu_plugin_meminfo_t info);
extern unsigned qemu_plugin_mem_size_shift(qemu_plugin_meminfo_t info);
extern void qemu_plugin_register_vcpu_init_cb(qemu_plugin_id_t id,
    void (*fn)(qemu_plugin_id_t id, unsigned cpu));
extern void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
    void (*fn)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb));
extern void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb,
    void (*fn)(unsigned cpu, void *arg), int flags, void *arg);
extern void
qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
    void (*fn)(unsigned cpu, void *arg), int flags, void *arg);
extern void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn,
    void (*fn)(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t va,
	void *arg),
    int flags, int rw, void *arg);
extern void qemu_plugin_register_vcpu_syscall_cb(qemu_plugin_id_t id,
    void (*fn)(qemu_plugin_id_t id, unsigned cpu, int64_t number, uint64_t a1,
	uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5, uint64_t a6,
	uint64_t a7, uint64_t a8));
extern void qemu_plugin_register_vcpu_syscall_ret_cb(qemu_plugin_id_t id,
    void (*fn)(qemu_plugin_id_t id, unsigned cpu, int64_t number,
	int64_t result));
extern void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id,
    void (*fn)(qemu_plugin_id_t id, void *arg), void *arg);

PLUGIN_EXPORT extern int qemu_plugin_version;
int qemu_plugin_version = RECORD_API;
PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id,
    const qemu_info_t *info, int argc, char **argv);

/* ---- the recorder's state ----------------------------------------------- */

#define RECORD_WORDS RUN_BLOCK_WORDS
#define RECORD_ROOM (RUN_ARGS_MAX + 8) /* always left for an event */
#define RECORD_FETCHES 1024 /* instructions, after which a fetch is long */
#define RECORD_FILES 4096
#define RECORD_ACCESS_MAX 64 /* bytes, at most, that one access reaches */
#define RECORD_FD 400	     /* where no program looks for its files */

/*
 * One stream's record, in the packet, or "no_record".  Most accesses go to the
 * page of the one before: where "joined" is that page's address, such an
 * access, of whichever kind the stream has, is counted and nothing else.
 */
struct stream {
	uint64_t *record;
	uint64_t joined; /* STREAM_CLOSED: each is looked at */
};
/* Farther than a page from any address of a program. */
#define STREAM_CLOSED (UINT64_C(1) << 63)
/* Of a page that no program has; nothing is counted in it. */
static uint64_t no_record = RUN_PAGE_MASK << RUN_PAGE_SHIFT;

/* A process's.  A fork copies it with everything else. */
static struct record {
	int fd; /* to the command; -1: it has gone */
	pid_t pid;
	bool full; /* one record an access */
	/* A thread alone, whose stack is told, and records that are joined. */
	bool plain;
	unsigned used;
	unsigned cpu, ncpu;
	int lock;
	struct stream data, fetch;
	bool image_told, stack_told;
	uint64_t guest_base; /* what QEMU adds to a program's addresses */
	uint64_t brk;
	uint64_t forks;
	char program[4096]; /* its path */
	unsigned nfiles;
	struct {
		dev_t dev;
		ino_t ino;
	} files[RECORD_FILES];
	uint64_t packet[RECORD_WORDS];
	struct {
		struct run_block head;
		unsigned char bytes[RUN_BLOCK_BYTES];
	} block; /* the packet as it is sent */
} rec;

/* The arguments of the system call that a thread is in. */
static __thread uint64_t call_args[6];

/* ---- packets ------------------------------------------------------------ */

/* What comes next begins a record. */
static void
stream_end(struct stream *stream)
{

	stream->record = &no_record;
	stream->joined = STREAM_CLOSED;
}

/* Says whose the words are that follow. */
static void
packet_begin(void)
{

	rec.packet[0] = run_event(RUN_THREAD, 2);
	rec.packet[1] = (uint64_t)rec.pid;
	rec.packet[2] = rec.cpu;
	rec.used = 3;
}

static void
packet_send(void)
{
	ssize_t n;

	stream_end(&rec.data);
	stream_end(&rec.fetch);
	if (rec.used > 3 && rec.fd >= 0) {
		run_pack(rec.packet, rec.used, &rec.block.head,
		    rec.block.bytes);
		do {
			n = send(rec.fd, &rec.block,
			    sizeof(rec.block.head) + rec.block.head.bytes,
			    MSG_NOSIGNAL);
		} while (n < 0 && errno == EINTR);
		if (n < 0)
			rec.fd = -1;
	}
	packet_begin();
}

static void
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

/* ---- files and the image that exec made --------------------------------- */

/* The number of the file that "st" is, told first when it is new; 0: none. */
static unsigned
record_file(const struct stat *st, const char *name)
{
	uint64_t args[RUN_ARGS_MAX];
	size_t length = strlen(name), words;
	unsigned i;

	if (!S_ISREG(st->st_mode))
		return (0);
	for (i = 0; i < rec.nfiles; i++)
		if (rec.files[i].dev == st->st_dev &&
		    rec.files[i].ino == st->st_ino)
			return (i + 1);
	if (i == RECORD_FILES)
		return (0);
	rec.files[i].dev = st->st_dev;
	rec.files[i].ino = st->st_ino;
	rec.nfiles++;
	if (length > (RUN_ARGS_MAX - 2) * 8)
		length = (RUN_ARGS_MAX - 2) * 8;
	words = (length + 7) / 8;
	memset(args, 0, sizeof(args));
	args[0] = i + 1;
	args[1] = (uint64_t)st->st_size;
	memcpy(&args[2], name, length);
	put_event(RUN_FILE, (unsigned)(2 + words), args);
	return (i + 1);
}

static unsigned
record_fd(int fd)
{
	char link[64], name[4096];
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) != 0)
		return (0);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, name, sizeof(name) - 1);
	name[n < 0 ? 0 : n] = '\0';
	return (record_file(&st, name));
}

static void
put_image(enum run_part part, uint64_t start, uint64_t end, unsigned prot,
    unsigned file, uint64_t offset)
{
	const uint64_t args[] = {part, start, end - start, prot, file, offset};

	if (end > start)
		put_event(RUN_IMAGE, 6, args);
}

static uint64_t
page_down(uint64_t n)
{

	return (n & ~UINT64_C(4095));
}

static uint64_t
page_up(uint64_t n)
{

	return (page_down(n + 4095));
}

/*
 * Tells the segments of the ELF file "path", whose first byte the program sees
 * at "base".  The rights are the file's: QEMU maps no program's text as
 * executable.
 */
static void
record_elf(enum run_part part, const char *path, uint64_t base)
{
	Elf64_Ehdr ehdr;
	Elf64_Phdr phdr;
	struct stat st;
	uint64_t bias = 0, start, middle, end;
	unsigned file, i, prot;
	bool first = true;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 &&
	    pread(fd, &ehdr, sizeof(ehdr), 0) == sizeof(ehdr)) {
		file = record_file(&st, path);
		for (i = 0; i < ehdr.e_phnum; i++) {
			if (pread(fd, &phdr, sizeof(phdr),
				(off_t)(ehdr.e_phoff + i * ehdr.e_phentsize)) !=
				sizeof(phdr) ||
			    phdr.p_type != PT_LOAD)
				continue;
			if (first)
				bias = base - page_down(phdr.p_vaddr);
			first = false;
			prot = ((phdr.p_flags & PF_R) ? RUN_PROT_READ : 0) |
			    ((phdr.p_flags & PF_W) ? RUN_PROT_WRITE : 0) |
			    ((phdr.p_flags & PF_X) ? RUN_PROT_EXEC : 0);
			start = page_down(bias + phdr.p_vaddr);
			middle = page_up(bias + phdr.p_vaddr + phdr.p_filesz);
			end = page_up(bias + phdr.p_vaddr + phdr.p_memsz);
			put_image(part, start, middle, prot, file,
			    page_down(phdr.p_offset));
			put_image(part, middle, end, prot, 0, 0);
		}
	}
	close(fd);
}

/*
 * Calls fn(start, end, path, arg) for each mapping of the host's process;
 * "path" is "" but for the first mapping of a file.
 */
static void
each_mapping(void (*fn)(uint64_t start, uint64_t end, const char *path,
		 void *arg),
    void *arg)
{
	static char line[8192];
	uint64_t start, end, offset;
	char *path;
	FILE *maps;

	maps = fopen("/proc/self/maps", "re");
	if (maps == NULL)
		return;
	while (fgets(line, sizeof(line), maps) != NULL) {
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %" SCNx64, &start,
			&end, &offset) != 3)
			continue;
		line[strcspn(line, "\n")] = '\0';
		path = strchr(line, '/');
		fn(start, end, path != NULL && offset == 0 ? path : "", arg);
	}
	fclose(maps);
}

/* Where what exec has mapped begins; found by looking at the host's maps. */
struct image {
	uint64_t base; /* what the host adds to a program's address */
	uint64_t program, linker; /* 0: not seen */
	char program_path[4096], linker_path[4096];
	uint64_t at;	     /* an address of the stack, ... */
	uint64_t start, end; /* ... and the mapping that it lies in */
};

static void
image_stack(uint64_t start, uint64_t end, const char *path, void *arg)
{
	struct image *image = arg;

	if (start <= image->at && image->at < end) {
		image->start = start;
		image->end = end;
	}
}

/*
 * QEMU maps the program and its run-time linker before the first instruction
 * is translated.  The program is known by its path; the linker is what that
 * names as its interpreter.
 */
static void
image_file(uint64_t start, uint64_t end, const char *path, void *arg)
{
	struct image *image = arg;

	if (image->program == 0 && strcmp(path, image->program_path) == 0)
		image->program = start;
	/* QEMU itself may have been started by that linker: the program's
	 * lies near the program. */
	if (image->linker_path[0] != '\0' &&
	    strcmp(path, image->linker_path) == 0 &&
	    (image->linker == 0 ||
		llabs((long long)(start - image->at)) <
		    llabs((long long)(image->linker - image->at))))
		image->linker = start;
}

/* The interpreter that the ELF file "path" names, with links resolved. */
static void
find_linker(const char *path, char *linker, size_t size)
{
	Elf64_Ehdr ehdr;
	Elf64_Phdr phdr;
	char name[4096], *real;
	unsigned i;
	int fd;

	linker[0] = '\0';
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (pread(fd, &ehdr, sizeof(ehdr), 0) == sizeof(ehdr))
		for (i = 0; i < ehdr.e_phnum; i++)
			if (pread(fd, &phdr, sizeof(phdr),
				(off_t)(ehdr.e_phoff + i * ehdr.e_phentsize)) ==
				sizeof(phdr) &&
			    phdr.p_type == PT_INTERP &&
			    phdr.p_filesz < sizeof(name) &&
			    pread(fd, name, phdr.p_filesz,
				(off_t)phdr.p_offset) ==
				(ssize_t)phdr.p_filesz) {
				name[phdr.p_filesz] = '\0';
				if ((real = realpath(name, NULL)) != NULL)
					snprintf(linker, size, "%s", real);
				free(real);
			}
	close(fd);
}

/* Tells what exec mapped; "va" is where the first instruction is. */
static void
record_image(const struct qemu_plugin_insn *insn, uint64_t va)
{
	static struct image image;

	image.base = (uint64_t)(uintptr_t)qemu_plugin_insn_haddr(insn) - va;
	snprintf(image.program_path, sizeof(image.program_path), "%s",
	    rec.program);
	find_linker(image.program_path, image.linker_path,
	    sizeof(image.linker_path));
	/* The first instruction is the linker's, where there is one. */
	image.at = va + image.base;
	each_mapping(image_file, &image);
	if (image.program != 0)
		record_elf(RUN_PART_PROGRAM, image.program_path,
		    image.program - image.base);
	if (image.linker != 0)
		record_elf(RUN_PART_LINKER, image.linker_path,
		    image.linker - image.base);
	rec.image_told = true;
	rec.guest_base = image.base;
}

/* The first data that a program touches is its stack. */
static void __attribute__((noinline, cold)) record_stack(uint64_t va)
{
	static struct image image;

	image.at = va + rec.guest_base;
	each_mapping(image_stack, &image);
	if (image.end != 0)
		put_image(RUN_PART_STACK, image.start - rec.guest_base,
		    image.end - rec.guest_base, RUN_PROT_READ | RUN_PROT_WRITE,
		    0, 0);
	rec.stack_told = true;
}

/* ---- what QEMU calls ---------------------------------------------------- */

/* Threads come to the recorder one by one; alone, a thread pays nothing. */
static inline void
record_lock(unsigned cpu)
{

	if (rec.ncpu < 2)
		return;
	while (__atomic_exchange_n(&rec.lock, 1, __ATOMIC_ACQUIRE) != 0)
		continue;
	if (cpu != rec.cpu) {
		const uint64_t args[] = {(uint64_t)rec.pid, cpu};

		rec.cpu = cpu;
		put_event(RUN_THREAD, 2, args);
	}
}

static inline void
record_unlock(void)
{

	if (rec.ncpu >= 2)
		__atomic_store_n(&rec.lock, 0, __ATOMIC_RELEASE);
}

static void
on_vcpu_init(qemu_plugin_id_t id, unsigned cpu)
{

	if (cpu + 1 > rec.ncpu)
		rec.ncpu = cpu + 1;
	/* What two threads count, they count under the lock. */
	if (rec.ncpu > 1) {
		rec.plain = false;
		rec.data.joined = rec.fetch.joined = STREAM_CLOSED;
	}
}

/* A run of instructions on one page: the page, and how many, below 2^12. */
static void
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
static void
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

static void
fetch_run(struct qemu_plugin_insn *insn, bool whole, struct qemu_plugin_tb *tb,
    uint64_t page, size_t n)
{
	void *arg = (void *)(uintptr_t)(page << 12 | (n < 4096 ? n : 4095));

	if (whole)
		qemu_plugin_register_vcpu_tb_exec_cb(tb, on_fetch,
		    QEMU_PLUGIN_CB_NO_REGS, arg);
	else
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_fetch,
		    QEMU_PLUGIN_CB_NO_REGS, arg);
}

/*
 * Each block of instructions is recorded by its pages.  An instruction counts
 * for the page that it begins on; one that goes on to the next page fetches
 * from there as well.
 */
static void
on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb), i, from = 0;
	struct qemu_plugin_insn *insn, *first;
	uint64_t last, page, va;

	insn = first = qemu_plugin_tb_get_insn(tb, 0);
	va = qemu_plugin_insn_vaddr(insn);
	page = va >> 12;
	if (__builtin_expect(!rec.image_told, 0)) {
		record_lock(rec.cpu);
		record_image(insn, va);
		record_unlock();
	}
	for (i = 0; i < n; i++) {
		insn = qemu_plugin_tb_get_insn(tb, i);
		va = qemu_plugin_insn_vaddr(insn);
		last = va + qemu_plugin_insn_size(insn) - 1;
		qemu_plugin_register_vcpu_mem_cb(insn, on_data,
		    QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW, NULL);
		if (last >> 12 == page)
			continue;
		/* What begins on the new page is its; and what reaches it. */
		if (va >> 12 == page) {
			fetch_run(first, from == 0, tb, page, i + 1 - from);
			from = i + 1;
		} else {
			if (i > from)
				fetch_run(first, from == 0, tb, page, i - from);
			from = i;
		}
		page = last >> 12;
		first = from < n ? qemu_plugin_tb_get_insn(tb, from) : NULL;
		/* The part of an instruction that lies behind the boundary. */
		if (va >> 12 != page)
			fetch_run(insn, false, tb, page, 0);
	}
	if (from < n)
		fetch_run(first, from == 0, tb, page, n - from);
}

/* Linux's numbers of the system calls that matter here. */
enum {
	SYS_MMAP = 9,
	SYS_MPROTECT = 10,
	SYS_MUNMAP = 11,
	SYS_BRK = 12,
	SYS_MREMAP = 25,
	SYS_MADVISE = 28,
	SYS_CLONE = 56,
	SYS_FORK = 57,
	SYS_VFORK = 58,
	SYS_EXECVE = 59,
	SYS_EXIT = 60,
	SYS_EXIT_GROUP = 231
};
#define LINUX_CLONE_VM 0x100
#define LINUX_CLONE_VFORK 0x4000
#define LINUX_MAP_SHARED 1
#define LINUX_MAP_FIXED 0x10
#define LINUX_MAP_ANONYMOUS 0x20

/* Whether the call makes a process, which QEMU does by a fork of its own. */
static bool
call_forks(int64_t number, uint64_t flags)
{

	return (number == SYS_FORK || number == SYS_VFORK ||
	    (number == SYS_CLONE &&
		((flags & LINUX_CLONE_VM) == 0 ||
		    (flags & LINUX_CLONE_VFORK) != 0)));
}

static void
on_syscall(qemu_plugin_id_t id, unsigned cpu, int64_t number, uint64_t a1,
    uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5, uint64_t a6,
    uint64_t a7, uint64_t a8)
{
	const char *path;

	call_args[0] = a1;
	call_args[1] = a2;
	call_args[2] = a3;
	call_args[3] = a4;
	call_args[4] = a5;
	call_args[5] = a6;
	if (call_forks(number, a1)) {
		record_lock(cpu);
		rec.forks++;
		put_event(RUN_FORK, 1, &rec.forks);
		/* The child begins with an empty packet. */
		packet_send();
		record_unlock();
	} else if (number == SYS_EXECVE) {
		record_lock(cpu);
		/* Shells try one folder after the other. */
		path = (const char *)(uintptr_t)(a1 + rec.guest_base);
		if (access(path, X_OK) == 0)
			put_event(RUN_EXIT, 0, NULL);
		packet_send();
		record_unlock();
	} else if (number == SYS_EXIT_GROUP) {
		record_lock(cpu);
		put_event(RUN_EXIT, 0, NULL);
		packet_send();
		record_unlock();
	}
}

/* A child's first action; its parent's other threads are not in it. */
static void
record_child(void)
{
	uint64_t args[2];

	args[0] = (uint64_t)rec.pid;
	args[1] = rec.forks;
	rec.pid = getpid();
	rec.lock = 0;
	rec.ncpu = 1;
	rec.cpu = 0;
	stream_end(&rec.data);
	stream_end(&rec.fetch);
	packet_begin();
	put_event(RUN_CHILD, 2, args);
}

static void
record_brk(uint64_t end)
{
	uint64_t args[2];

	args[0] = rec.brk != 0 ? rec.brk : end;
	args[1] = end;
	if (rec.brk != end)
		put_event(RUN_BRK, 2, args);
	rec.brk = end;
}

static void
record_mmap(uint64_t va, const uint64_t *a)
{
	uint64_t args[6];

	args[0] = va;
	args[1] = a[1];
	args[2] = a[2] & 7;
	args[3] = ((a[3] & LINUX_MAP_SHARED) != 0 ? RUN_MAP_SHARED : 0) |
	    ((a[3] & LINUX_MAP_FIXED) != 0 ? RUN_MAP_FIXED : 0);
	args[4] = (a[3] & LINUX_MAP_ANONYMOUS) != 0 ? 0 : record_fd((int)a[4]);
	args[5] = a[5];
	put_event(RUN_MMAP, 6, args);
}

/* Linux's MADV_DONTNEED throws the contents away: FreeBSD's MADV_FREE. */
static void
record_madvise(const uint64_t *a)
{
	uint64_t args[3] = {a[0], a[1], 0};

	switch (a[2]) {
	case 3: /* MADV_WILLNEED */
		args[2] = RUN_ADVICE_WILLNEED;
		break;
	case 4: /* MADV_DONTNEED */
	case 8: /* MADV_FREE */
		args[2] = RUN_ADVICE_FREE;
		break;
	default:
		return;
	}
	put_event(RUN_MADVISE, 3, args);
}

static void
on_syscall_return(qemu_plugin_id_t id, unsigned cpu, int64_t number,
    int64_t result)
{
	const uint64_t *a = call_args;
	uint64_t args[4];

	if (call_forks(number, a[0]) && result == 0 && getpid() != rec.pid) {
		record_child();
		return;
	}
	if (result < 0 && result > -4096)
		return;
	record_lock(cpu);
	switch (number) {
	case SYS_MMAP:
		record_mmap((uint64_t)result, a);
		break;
	case SYS_MPROTECT:
		args[0] = a[0];
		args[1] = a[1];
		args[2] = a[2] & 7;
		put_event(RUN_MPROTECT, 3, args);
		break;
	case SYS_MUNMAP:
		put_event(RUN_MUNMAP, 2, a);
		break;
	case SYS_BRK:
		record_brk((uint64_t)result);
		break;
	case SYS_MREMAP:
		args[0] = a[0];
		args[1] = a[1];
		args[2] = (uint64_t)result;
		args[3] = a[2];
		put_event(RUN_MREMAP, 4, args);
		break;
	case SYS_MADVISE:
		record_madvise(a);
		break;
	}
	record_unlock();
}

static void
on_atexit(qemu_plugin_id_t id, void *arg)
{

	packet_send();
}

/* "fd=N" is the command's socket; "program=PATH" what it runs. */
int
qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
    char **argv)
{
	int fd, i;

	rec.fd = -1;
	for (i = 0; i < argc; i++) {
		if (strncmp(argv[i], "fd=", 3) == 0) {
			fd = atoi(argv[i] + 3);
			rec.fd = fcntl(fd, F_DUPFD_CLOEXEC, RECORD_FD);
			close(fd);
		} else if (strncmp(argv[i], "program=", 8) == 0)
			snprintf(rec.program, sizeof(rec.program), "%s",
			    argv[i] + 8);
		else if (strncmp(argv[i], "full=", 5) == 0)
			rec.full = true;
	}
	if (info->system_emulation || rec.fd < 0)
		return (-1);
	rec.pid = getpid();
	stream_end(&rec.data);
	stream_end(&rec.fetch);
	packet_begin();
	qemu_plugin_register_vcpu_init_cb(id, on_vcpu_init);
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
	qemu_plugin_register_vcpu_syscall_cb(id, on_syscall);
	qemu_plugin_register_vcpu_syscall_ret_cb(id, on_syscall_return);
	qemu_plugin_register_atexit_cb(id, on_atexit, NULL);
	return (0);
}
