/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of "pmapsim run" share: its rows and how they are shown.
 */
#ifndef CLI_RUN_H
#define CLI_RUN_H

#include "program/program.h"

/* What one row was made with; the strings are its rows' owner's. */
struct run_config {
	const char *kernel;
	const char *tlb;      /* as given; NULL: none */
	const char *tlb_text; /* what config.tlb may be */
	uint64_t memory;      /* bytes */
	enum program_layout layout;
	enum program_files files;
	unsigned cpus; /* 0: one a thread */
	unsigned fragment;
	uint64_t seed;
};

struct run_row {
	struct run_config config;
	struct program_result result;
};

struct run_table {
	const char *name; /* of the recording */
	struct run_header header;
	struct run_row *rows;
	size_t count;
};

/* A figure of a row: a count, or a ratio. */
enum run_kind_of_metric {
	RUN_METRIC_COUNT,
	RUN_METRIC_SHARE, /* 0..1 */
};
struct run_metric {
	const char *key;   /* in CSV and JSON */
	const char *words; /* in the table */
	enum run_kind_of_metric kind;
	bool tlb;	   /* only with TLBs */
	bool per_thousand; /* also told per 1,000 instructions */
	double (*get)(const struct program_result *result);
};
extern const struct run_metric run_metrics[];
extern const size_t run_nmetrics;

/* run_output.c: on standard output; false: no memory, told. */
void run_print_table(const struct run_table *table);
void run_print_csv(const struct run_table *table);
bool run_print_json(const struct run_table *table);
/* The row's configuration in words, as far as "varies" says (RUN_VARIES_*). */
const char *run_layout_name(enum program_layout layout);
const char *run_files_name(enum program_files files);

/* run_svg.c */
void run_write_svg(FILE *out, const struct run_table *table);

#endif /* CLI_RUN_H */
