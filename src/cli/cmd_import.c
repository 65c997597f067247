/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmapsim import: recordings out of what other tools write.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "program/import.h"

enum { IMPORT_FROM, IMPORT_OUTPUT, IMPORT_QUIET };
static const struct cli_option import_options[] = {[IMPORT_FROM] = {"from",
						       "lackey|champsim|perf",
						       "what FILE is"},
    [IMPORT_OUTPUT] = {"output", "FILE",
	"write to FILE instead of standard output"},
    [IMPORT_QUIET] = CLI_QUIET_OPTION,
    {NULL, NULL, NULL}};

static bool
import_step(void *arg, uint64_t done, uint64_t total)
{

	return (cli_progress(arg, done));
}

/* Says what came of it, and what such a file cannot tell. */
static void
import_tell(const struct import_format *format, const char *name,
    const struct run_header *header)
{

	fprintf(stderr,
	    "%s: %" PRIu64 " instructions, %" PRIu64 " reads, %" PRIu64
	    " writes; %" PRIu64 " records, %" PRIu64 " calls\n%s",
	    name, header->instructions, header->reads, header->writes,
	    header->records, header->events, format->cannot_tell);
}

static enum cli_exit
import_run(const struct cli_args *args)
{
	const struct import_format *format;
	const char *name = args->operands[0], *from;
	struct cli_progress progress;
	struct cli_output output;
	struct import import;
	char err[512] = "";
	bool good;

	from = args->options[IMPORT_FROM];
	format = from == NULL ? NULL : import_find(from);
	if (format == NULL) {
		cli_error("import: --from %.40s: lackey, champsim or perf "
			  "would be right",
		    from != NULL ? from : "is not given");
		return (CLI_BAD);
	}
	if (args->options[IMPORT_OUTPUT] == NULL && isatty(STDOUT_FILENO)) {
		cli_error("import: a recording is nothing to read; --output "
			  "FILE would be right");
		return (CLI_BAD);
	}
	memset(&import, 0, sizeof(import));
	import.name = name;
	import.err = err;
	import.errsize = sizeof(err);
	import.in = strcmp(name, "-") == 0 ? stdin : fopen(name, "re");
	if (import.in == NULL) {
		cli_error("%.400s: %s", name, strerror(errno));
		return (CLI_BAD);
	}
	good = cli_output_open(&output, args->options[IMPORT_OUTPUT]);
	if (good) {
		cli_progress_start(&progress, "lines", 0,
		    args->options[IMPORT_QUIET] == NULL);
		import.progress = import_step;
		import.arg = &progress;
		good = import_all(&import, format, output.file);
		if (!cli_progress_end(&progress)) {
			cli_output_close(&output, false);
			return (cli_progress_code(&progress));
		}
		if (err[0] != '\0')
			cli_error("%s", err);
		good = cli_output_close(&output, good) && good;
		if (good)
			import_tell(format, name, &import.writer.header);
	}
	if (import.in != stdin)
		fclose(import.in);
	return (good ? CLI_OK : CLI_BAD);
}

const struct cli_command cmd_import = {
    .name = "import",
    .operands = "FILE",
    .min = 1,
    .max = 1,
    .summary = "Make a recording of another tool's trace",
    .description =
	"Reads FILE (- is standard input) and writes a recording.  --from\n"
	"lackey: what \"valgrind --tool=lackey --trace-mem=yes\" prints, with\n"
	"--trace-syscalls=yes for its mappings; champsim: instruction records\n"
	"of 64 bytes, uncompressed; perf: what \"perf script -F pid,tid,event,\n"
	"ip,addr\" prints of page-faults.  What such a file cannot tell is said.\n",
    .options = import_options,
    .run = import_run,
};
