/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmapsim record-program: runs a program under QEMU and writes down what it
 * does with its memory.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "program/program.h"
#include "program/run_file.h"

enum { PROGRAM_FULL, PROGRAM_KERNEL_ONLY, PROGRAM_OUTPUT, PROGRAM_QUIET };
static const struct cli_option program_options[] =
    {[PROGRAM_FULL] = {"full", NULL, "keep each access as a record of its own"},
	[PROGRAM_KERNEL_ONLY] = {"kernel-only", NULL,
	    "keep what changes page tables alone, as a text trace"},
	[PROGRAM_OUTPUT] = {"output", "FILE",
	    "write to FILE instead of standard output"},
	[PROGRAM_QUIET] = CLI_QUIET_OPTION,
	{NULL, NULL, NULL}};

#define PROGRAM_QEMU "qemu-x86_64"
#define PROGRAM_TRACE_MEMORY (UINT64_C(1) << 30)

/* The path of "name" as a shell would find it; false: there is none. */
static bool
find_program(const char *name, char *path, size_t size)
{
	const char *dirs = getenv("PATH");
	char *real;
	size_t length;
	char try[PATH_MAX];

	if (strchr(name, '/') != NULL)
		dirs = NULL;
	for (;;) {
		length = dirs != NULL ? strcspn(dirs, ":") : 0;
		if (dirs == NULL)
			snprintf(try, sizeof(try), "%s", name);
		else
			snprintf(try, sizeof(try), "%.*s/%s", (int)length, dirs,
			    name);
		if (access(try, X_OK) == 0 &&
		    (real = realpath(try, NULL)) != NULL) {
			snprintf(path, size, "%s", real);
			free(real);
			return (true);
		}
		if (dirs == NULL || dirs[length] == '\0')
			return (false);
		dirs += length + 1;
	}
}

/* The major number of the QEMU at "path", 0 when it says none. */
static unsigned
qemu_version(const char *path)
{
	char command[PATH_MAX + 32], line[256];
	unsigned major = 0;
	FILE *pipe;

	snprintf(command, sizeof(command), "'%s' --version", path);
	pipe = popen(command, "re");
	if (pipe == NULL)
		return (0);
	if (fgets(line, sizeof(line), pipe) == NULL ||
	    sscanf(line, "qemu-x86_64 version %u", &major) != 1)
		major = 0;
	pclose(pipe);
	return (major);
}

/*
 * Whether the QEMU at "path" takes plugins: its help has the option then.  One
 * that is linked statically, as Debian 13's, takes none.
 */
static bool
qemu_takes_plugins(const char *path)
{
	char command[PATH_MAX + 32], line[256];
	bool found = false;
	FILE *pipe;

	snprintf(command, sizeof(command), "'%s' --help", path);
	pipe = popen(command, "re");
	if (pipe == NULL)
		return (false);
	while (fgets(line, sizeof(line), pipe) != NULL)
		found |= strncmp(line, "-plugin", strlen("-plugin")) == 0;
	pclose(pipe);
	return (found);
}

/* The recorder for QEMU "major": beside this command, in ../lib/pmapsim. */
static bool
find_recorder(unsigned major, char *path, size_t size)
{
	char self[PATH_MAX];
	ssize_t n;
	unsigned i;

	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n < 0)
		return (false);
	self[n] = '\0';
	/* Without its own name and that of bin. */
	for (i = 0; i < 2; i++)
		*(strrchr(self, '/') != NULL ? strrchr(self, '/') :
					       self) = '\0';
	/* The second version of the interface came with QEMU 8.2, and the
	 * first was then no longer taken. */
	return ((size_t)snprintf(path, size, "%s/lib/pmapsim/record-%u.so",
		    self, major < 8 ? 1 : 2) < size &&
	    access(path, R_OK) == 0);
}

/* What a recording needs; looked for before anything is written. */
struct recorder {
	char qemu[PATH_MAX], plugin[PATH_MAX], program[PATH_MAX];
	bool full;
};

static bool
recorder_find(struct recorder *recorder, char **words)
{

	if (!find_program(words[0], recorder->program,
		sizeof(recorder->program))) {
		cli_error("record-program: there is no program \"%.200s\"",
		    words[0]);
		return (false);
	}
	if (!find_program(PROGRAM_QEMU, recorder->qemu,
		sizeof(recorder->qemu))) {
		cli_error("record-program: programs are recorded under QEMU, "
			  "and there is no " PROGRAM_QEMU
			  " here (Debian: qemu-user)");
		return (false);
	}
	if (!qemu_takes_plugins(recorder->qemu)) {
		cli_error("record-program: %.200s takes no plugins, as QEMU "
			  "does where it is linked statically (Debian 13); "
			  "valgrind records too:\n"
			  "    valgrind --tool=lackey --trace-mem=yes "
			  "--trace-syscalls=yes PROGRAM 2>&1 |\n"
			  "        pmapsim import --from lackey -o RUN -",
		    recorder->qemu);
		return (false);
	}
	if (!find_recorder(qemu_version(recorder->qemu), recorder->plugin,
		sizeof(recorder->plugin))) {
		cli_error("record-program: the recorder is not beside the "
			  "command, in ../lib/pmapsim; where pmapsim is "
			  "built or installed it is");
		return (false);
	}
	return (true);
}

/* In the child: becomes QEMU, with the socket as the recorder's. */
_Noreturn static void
recorder_exec(const struct recorder *recorder, int fd, char **words)
{
	char plugin[2 * PATH_MAX + 64];
	char **argv;
	size_t i, n;

	for (n = 0; words[n] != NULL; n++)
		continue;
	argv = calloc(n + 6, sizeof(*argv));
	if (argv == NULL)
		_exit(127);
	snprintf(plugin, sizeof(plugin), "%s,fd=%d,program=%s%s",
	    recorder->plugin, fd, recorder->program,
	    recorder->full ? ",full=on" : "");
	/* What the program is called stays what the caller called it. */
	argv[0] = (char *)(uintptr_t)PROGRAM_QEMU;
	argv[1] = (char *)(uintptr_t) "-plugin";
	argv[2] = plugin;
	argv[3] = (char *)(uintptr_t) "-0";
	argv[4] = words[0];
	argv[5] = (char *)(uintptr_t)recorder->program;
	for (i = 1; i <= n; i++)
		argv[5 + i] = words[i];
	fcntl(fd, F_SETFD, 0);
	execv(recorder->qemu, argv);
	_exit(127);
}

/*
 * Starts the program; the socket that it reports to, -1 with the message.
 * "stdout_taken": the recording goes to standard output, and what the program
 * prints is not to mix with it.
 */
static int
recorder_start(const struct recorder *recorder, char **words, pid_t *pid,
    bool stdout_taken)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0 ||
	    (*pid = fork()) < 0) {
		cli_error("record-program: %s", strerror(errno));
		return (-1);
	}
	if (*pid == 0) {
		if (stdout_taken)
			dup2(STDERR_FILENO, STDOUT_FILENO);
		recorder_exec(recorder, fds[1], words);
	}
	close(fds[1]);
	return (fds[0]);
}

/* Where the words go: to a file, or through a run that writes a trace. */
struct sink {
	struct run_writer writer;
	struct program *program;
};

/* A packet of the recorder's. */
struct packet {
	struct run_block block;
	unsigned char bytes[RUN_BLOCK_BYTES + RUN_PACK_PAD];
};

static bool
sink_put(struct sink *sink, struct packet *packet)
{
	uint64_t words[1024];
	struct run_unpacker unpacker;
	long long n;

	if (sink->program == NULL)
		return (run_writer_block(&sink->writer, &packet->block,
		    packet->bytes));
	memset(packet->bytes + packet->block.bytes, 0, RUN_PACK_PAD);
	run_unpack_start(&unpacker, packet->bytes, packet->block.bytes);
	while ((n = run_unpack(&unpacker, words, 1024)) > 0)
		if (!program_feed(sink->program, words, (size_t)n))
			return (false);
	if (n < 0)
		cli_error("record-program: a packet of the recorder's ends "
			  "within a word");
	return (n == 0);
}

/* Whether what came, of "size" bytes, has the bytes that its block says. */
static bool
is_packet(const struct packet *packet, size_t size)
{

	return (size >= sizeof(packet->block) &&
	    packet->block.bytes <= RUN_BLOCK_BYTES &&
	    size == sizeof(packet->block) + packet->block.bytes);
}

/* Takes packets until the last process has closed its end. */
static bool
take_packets(int fd, struct sink *sink, struct cli_progress *progress,
    uint64_t *words)
{
	struct packet *packet;
	ssize_t n;
	bool good = true;

	packet = malloc(sizeof(*packet));
	if (packet == NULL) {
		cli_error("out of memory");
		return (false);
	}
	for (*words = 0; good; *words += packet->block.words) {
		do {
			n = recv(fd, packet, sizeof(*packet), 0);
		} while (n < 0 && errno == EINTR);
		if (n <= 0)
			break;
		/* The program that is recorded has the socket, too. */
		good = is_packet(packet, (size_t)n);
		if (!good) {
			cli_error("record-program: what came from the program "
				  "is no packet of the recorder's");
			break;
		}
		good = sink_put(sink, packet) && cli_progress(progress, *words);
	}
	free(packet);
	return (good);
}

/* Tells how the program ended where that is not by itself and well. */
static void
tell_end(const char *name, pid_t pid, uint64_t words)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (WIFSIGNALED(status))
		cli_error("record-program: %.200s was ended by signal %d (%s)",
		    name, WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (WIFEXITED(status) && WEXITSTATUS(status) != 0 && words != 0)
		cli_error("record-program: %.200s exited with %d; it is "
			  "recorded",
		    name, WEXITSTATUS(status));
}

static bool
sink_open(struct sink *sink, const struct run_header *header, FILE *file,
    bool trace)
{
	struct program_options options = {.header = header,
	    .mem = PROGRAM_TRACE_MEMORY,
	    .ncpu = 1,
	    .every = UINT64_MAX,
	    .text = file};
	char err[512];

	memset(sink, 0, sizeof(*sink));
	if (!trace) {
		if (run_writer_open(&sink->writer, file, RUN_ORIGIN_QEMU,
			header->flags))
			return (true);
		cli_error("record-program: %s", strerror(errno));
		return (false);
	}
	sink->program = program_start(&options, err, sizeof(err));
	if (sink->program == NULL)
		cli_error("record-program: %s", err);
	return (sink->program != NULL);
}

/* False, with the message, when what was to be written is not whole. */
static bool
sink_close(struct sink *sink)
{
	struct program_result result;
	char err[512];
	bool good;

	if (sink->program == NULL) {
		/* What could not be written is told when the file is closed. */
		return (run_writer_close(&sink->writer));
	}
	if (!program_finish(sink->program, &result, err, sizeof(err))) {
		cli_error("record-program: %s", err);
		return (false);
	}
	good = !result.panicked;
	if (!good)
		cli_error("record-program: the machine of the trace ended: %s",
		    result.panic);
	program_result_done(&result);
	return (good);
}

static enum cli_exit
program_run(const struct cli_args *args)
{
	const bool trace = args->options[PROGRAM_KERNEL_ONLY] != NULL;
	struct recorder recorder;
	struct run_header header = {.flags = RUN_FLAG_MAPPED};
	struct cli_progress progress;
	struct cli_output output;
	struct sink sink;
	uint64_t words = 0;
	bool good;
	pid_t pid;
	int fd;

	recorder.full = args->options[PROGRAM_FULL] != NULL;
	if (recorder.full)
		header.flags |= RUN_FLAG_FULL;
	if (!recorder_find(&recorder, args->words))
		return (CLI_BAD);
	if (!trace && args->options[PROGRAM_OUTPUT] == NULL &&
	    isatty(STDOUT_FILENO)) {
		cli_error("record-program: a recording is nothing to read; "
			  "--output FILE would be right");
		return (CLI_BAD);
	}
	if (!cli_output_open(&output, args->options[PROGRAM_OUTPUT]))
		return (CLI_BAD);
	good = sink_open(&sink, &header, output.file, trace);
	if (!good) {
		cli_output_close(&output, false);
		return (CLI_BAD);
	}
	cli_progress_start(&progress, "words", 0,
	    args->options[PROGRAM_QUIET] == NULL);
	fd = recorder_start(&recorder, args->words, &pid,
	    args->options[PROGRAM_OUTPUT] == NULL);
	if (fd >= 0) {
		good = take_packets(fd, &sink, &progress, &words);
		close(fd);
		if (!good)
			kill(pid, SIGTERM);
		tell_end(args->words[0], pid, words);
	}
	if (fd >= 0 && good && words == 0)
		cli_error("record-program: nothing was recorded; QEMU could "
			  "not run %.200s",
		    args->words[0]);
	good = good && words != 0;
	good = sink_close(&sink) && good;
	if (!cli_progress_end(&progress)) {
		cli_output_close(&output, false);
		return (cli_progress_code(&progress));
	}
	return (cli_output_close(&output, good) && good ? CLI_OK : CLI_BAD);
}

const struct cli_command cmd_record_program = {
    .name = "record-program",
    .operands = "-- PROGRAM [ARGUMENT...]",
    .takes_words = true,
    .summary = "Record what a program does with its memory",
    .description =
	"Runs PROGRAM under QEMU's user mode and writes a recording, which\n"
	"\"pmapsim run\" runs on kernels and TLBs: each page that it reads,\n"
	"writes or fetches from, and its mmap, munmap, mprotect, madvise, brk\n"
	"and fork calls, in order.  Without -o the recording goes to standard\n"
	"output, and what PROGRAM prints to standard error.  It takes ten to a\n"
	"hundred times as long as by itself.\n",
    .options = program_options,
    .run = program_run,
};
