/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Judging a sequence of calls statement by statement; see judge.c.
 */
#ifndef STUDY_JUDGE_H
#define STUDY_JUDGE_H

#include <pmapsim/study.h>

#include "race/race_call.h"
#include "study/legal.h"

/* One kernel's run, and the result of its last statement; part of a trial. */
struct judge_side {
	struct pmapsim_replay *replay;
	struct legal *legal; /* NULL: not asked for */
	char result[512];
};

/* What came of the last call that had plans; part of a trial. */
struct judge_race {
	struct trace_watch watch;
	struct race_call call;
	enum pmapsim_race_kind kind;
	char text[512];
};

/*
 * A trial in progress: started on a trace, stepped to its verdict, ended.
 * The second side is there only with "against".
 */
struct judge {
	struct pmapsim_judge rules;
	struct judge_side side[2];
	uint64_t statements; /* made */
	struct legal legal;
	struct judge_race race; /* of the first side */
};

enum judge_verdict {
	JUDGE_GOES_ON,
	JUDGE_ENDED,	 /* the end of the trace, or of memory */
	JUDGE_FAILED,	 /* the finding tells how */
	JUDGE_BAD_INPUT, /* the trace is no legal one */
	JUDGE_NO_MEMORY	 /* of the host's: nothing is known */
};

int judge_start(struct judge *j, const struct pmapsim_trace *trace,
    const struct pmapsim_judge *rules, char *err, size_t errsize);
void judge_end(struct judge *j);
enum judge_verdict judge_step(struct judge *j, struct pmapsim_finding *finding);
/*
 * What "verdict" is of an error: PMAPSIM_OK, or with the message through "err"
 * PMAPSIM_EINVAL, PMAPSIM_ENOMEM.
 */
int judge_error(const struct judge *j, enum judge_verdict verdict, char *err,
    size_t errsize);
/*
 * pmapsim_judge_trace(), with watch(arg) after each statement; when that is
 * false the replay ends there with kind NONE.
 */
typedef bool judge_watch(void *arg);
int judge_trace(const struct pmapsim_trace *trace,
    const struct pmapsim_judge *rules, judge_watch *watch, void *arg,
    struct pmapsim_finding *finding, char *err, size_t errsize);
bool judge_same(const struct pmapsim_finding *a,
    const struct pmapsim_finding *b);

#endif /* STUDY_JUDGE_H */
