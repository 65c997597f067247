/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What counts as a failure of a sequence of calls: one answer, given alike to
 * the hunter, the shrinker and the explorer.
 */
#include "study/judge.h"

#include <stdio.h>
#include <string.h>

#include <pmapsim/hw.h>

#include "audit/audit.h"
#include "trace/trace_var.h"

static const char *const finding_names[PMAPSIM_FINDING_KINDS] = {
    [PMAPSIM_FINDING_NONE] = "nothing",
    [PMAPSIM_FINDING_PANIC] = "panic",
    [PMAPSIM_FINDING_AUDIT] = "audit violation",
    [PMAPSIM_FINDING_STALE] = "TLB",
    [PMAPSIM_FINDING_DIFFERENCE] = "difference",
    [PMAPSIM_FINDING_RACE] = "race",
};

const char *
pmapsim_finding_name(enum pmapsim_finding_kind kind)
{

	return (kind < PMAPSIM_FINDING_KINDS ? finding_names[kind] : NULL);
}

static bool
judge_after(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, const char *result,
    void *arg)
{
	struct judge_side *side = arg;

	snprintf(side->result, sizeof(side->result), "%s", result);
	return (true);
}

/* Ends the replay before a statement that no correct caller makes. */
static bool
judge_before(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, void *arg)
{
	struct judge_side *side = arg;

	return (legal_statement(side->legal, replay));
}

/* A trace_watch: of a call for which other CPUs have plans. */
static void
judge_race_before(struct pmapsim_replay *rp, const struct trace_stmt *st,
    void *arg)
{
	struct judge_race *race = arg;

	/* Where no address is known, the plans' own are judged. */
	if (!race_call_addresses(&race->call, rp, st, NULL, 0))
		race->call.naddress = 0;
	race_call_begin(&race->call, rp->mach);
}

static void
judge_race_after(struct pmapsim_replay *rp, const struct trace_stmt *st,
    void *arg)
{
	struct judge_race *race = arg;

	race->kind = race_call_judge(&race->call, rp, st,
	    trace_meanwhile_is_last(rp), race->text, sizeof(race->text));
}

int
judge_start(struct judge *j, const struct pmapsim_trace *trace,
    const struct pmapsim_judge *rules, char *err, size_t errsize)
{
	struct pmapsim_replay_options options = {.ignore_results = true,
	    .after = judge_after,
	    .tlb = rules->tlb};
	int error, i;

	memset(j, 0, sizeof(*j));
	j->rules = *rules;
	for (i = 0; i < (rules->against != NULL ? 2 : 1); i++) {
		options.kernel = i == 0 ? rules->kernel : rules->against;
		options.arg = &j->side[i];
		options.before = NULL;
		if (rules->legal && i == 0) {
			j->side[0].legal = &j->legal;
			options.before = judge_before;
		}
		error = pmapsim_replay_start(trace, &options,
		    &j->side[i].replay, err, errsize);
		if (error != PMAPSIM_OK) {
			judge_end(j);
			return (error);
		}
	}
	j->race.watch = (struct trace_watch) {.before = judge_race_before,
	    .after = judge_race_after,
	    .arg = &j->race};
	trace_meanwhile_watch(j->side[0].replay, &j->race.watch);
	return (PMAPSIM_OK);
}

void
judge_end(struct judge *j)
{

	pmapsim_replay_end(j->side[0].replay);
	pmapsim_replay_end(j->side[1].replay);
	j->side[0].replay = j->side[1].replay = NULL;
}

/* Fills in what all findings have. */
static void
judge_notes(struct judge *j, struct pmapsim_finding *finding, const char *text)
{
	const struct pmapsim_trace_statement *statement;

	statement = pmapsim_replay_statement(j->side[0].replay);
	finding->line = statement != NULL ? statement->line : 0;
	snprintf(finding->text, sizeof(finding->text), "%s", text);
}

static enum judge_verdict
judge_finds(struct judge *j, struct pmapsim_finding *finding,
    enum pmapsim_finding_kind kind, const char *text)
{

	const struct pmapsim_trace_statement *statement;

	finding->kind = kind;
	judge_notes(j, finding, text);
	statement = pmapsim_replay_statement(j->side[0].replay);
	finding->function = statement != NULL ? statement->op : NULL;
	return (JUDGE_FAILED);
}

/*
 * A panic: a finding, unless it says only that memory was used up, to which a
 * kernel without a page daemon worth the name comes without a bug, or the
 * other kernel panics alike.
 */
static enum judge_verdict
judge_panic(struct judge *j, struct pmapsim_finding *finding)
{
	const struct pmapsim_panic *panic, *other;

	panic = pmapsim_panic(pmapsim_replay_machine(j->side[0].replay));
	finding->panic = panic->code;
	if (panic->panic_class == PMAPSIM_PANIC_IS_EXHAUSTION &&
	    !j->rules.exhaustion) {
		judge_notes(j, finding, panic->text);
		return (JUDGE_ENDED);
	}
	/* A caller of the mapping functions sees to the page tables first. */
	if (panic->panic_class == PMAPSIM_PANIC_IS_TRAP && j->rules.legal) {
		judge_notes(j, finding, panic->text);
		return (JUDGE_ENDED);
	}
	other = pmapsim_panic(pmapsim_replay_machine(j->side[1].replay));
	if (other != NULL && other->code == panic->code)
		return (JUDGE_ENDED);
	(void)judge_finds(j, finding, PMAPSIM_FINDING_PANIC, panic->text);
	/* Our helpers have no frames: this is a name of FreeBSD's. */
	finding->function = panic->nframes != 0 ? panic->frames[0] :
						  panic->func;
	return (JUDGE_FAILED);
}

/* Whether both kernels are in the same state after the same statement. */
static enum judge_verdict
judge_compare(struct judge *j, struct pmapsim_finding *finding)
{
	char text[512];

	if (strcmp(j->side[0].result, j->side[1].result) != 0) {
		snprintf(text, sizeof(text),
		    "results \"%.200s\" and "
		    "\"%.200s\"",
		    j->side[0].result, j->side[1].result);
		return (judge_finds(j, finding, PMAPSIM_FINDING_DIFFERENCE,
		    text));
	}
	if (trace_replay_mark(j->side[0].replay) !=
	    trace_replay_mark(j->side[1].replay))
		return (judge_finds(j, finding, PMAPSIM_FINDING_DIFFERENCE,
		    "the same result and different states"));
	return (JUDGE_GOES_ON);
}

/*
 * Makes the next statement on each side and looks at what it did.
 */
enum judge_verdict
judge_step(struct judge *j, struct pmapsim_finding *finding)
{
	enum pmapsim_replay_outcome outcome, other = PMAPSIM_REPLAY_RUNNING;
	struct pmapsim_detection detection;
	struct machine *mach;
	char text[512];
	int audited;

	j->side[0].result[0] = '\0';
	j->race.kind = PMAPSIM_RACE_NONE;
	outcome = pmapsim_replay_step(j->side[0].replay);
	if (j->side[1].replay != NULL) {
		j->side[1].result[0] = '\0';
		other = pmapsim_replay_step(j->side[1].replay);
	}
	if (outcome == PMAPSIM_REPLAY_NO_MEMORY ||
	    other == PMAPSIM_REPLAY_NO_MEMORY)
		return (JUDGE_NO_MEMORY);
	mach = pmapsim_replay_machine(j->side[0].replay);
	if (outcome == PMAPSIM_REPLAY_PANIC)
		return (judge_panic(j, finding));
	if (outcome == PMAPSIM_REPLAY_BAD_INPUT)
		return (JUDGE_BAD_INPUT);
	if (outcome == PMAPSIM_REPLAY_STOPPED && j->legal.broken != NULL) {
		judge_notes(j, finding, j->legal.broken);
		finding->line = j->legal.line;
	}
	if (outcome != PMAPSIM_REPLAY_RUNNING)
		return (JUDGE_ENDED);
	j->statements++;
	if (j->race.call.no_memory)
		return (JUDGE_NO_MEMORY);
	if (j->race.kind != PMAPSIM_RACE_NONE) {
		finding->what = j->race.kind;
		return (judge_finds(j, finding, PMAPSIM_FINDING_RACE,
		    j->race.text));
	}
	if (pmapsim_detections(mach) != 0 &&
	    pmapsim_detection(mach, 0, &detection) == PMAPSIM_OK) {
		finding->what = detection.what;
		pmapsim_detection_format(&detection, text, sizeof(text));
		return (judge_finds(j, finding, PMAPSIM_FINDING_STALE, text));
	}
	if (j->rules.audit_each != 0 &&
	    j->statements % j->rules.audit_each == 0) {
		audited = machine_audit_rule(mach, 0, &finding->rule, text,
		    sizeof(text));
		if (audited < 0)
			return (JUDGE_NO_MEMORY);
		/*
		 * Every revision loses wired pages to a correct caller: that is
		 * known, and would hide all else.
		 */
		if (audited != 0 &&
		    (j->rules.leaks || !audit_rule_is_leaks(finding->rule)))
			return (judge_finds(j, finding, PMAPSIM_FINDING_AUDIT,
			    text));
	}
	if (j->side[1].replay != NULL)
		return (judge_compare(j, finding));
	return (JUDGE_GOES_ON);
}

int
judge_error(const struct judge *j, enum judge_verdict verdict, char *err,
    size_t errsize)
{

	int i;

	switch (verdict) {
	case JUDGE_BAD_INPUT:
		return (trace_replay_error(j->side[0].replay, err, errsize));
	case JUDGE_NO_MEMORY:
		snprintf(err, errsize, "the host has no memory for an audit");
		for (i = 0; i < 2 && j->side[i].replay != NULL; i++)
			(void)trace_replay_error(j->side[i].replay, err,
			    errsize);
		return (PMAPSIM_ENOMEM);
	default:
		return (PMAPSIM_OK);
	}
}

int
pmapsim_judge_trace(const struct pmapsim_trace *trace,
    const struct pmapsim_judge *rules, struct pmapsim_finding *finding,
    char *err, size_t errsize)
{

	if (err == NULL)
		errsize = 0;
	if (finding != NULL)
		memset(finding, 0, sizeof(*finding));
	if (trace == NULL || rules == NULL || finding == NULL) {
		snprintf(err, errsize,
		    "pmapsim_judge_trace() needs a trace, "
		    "rules and a place for the finding");
		return (PMAPSIM_EINVAL);
	}
	return (judge_trace(trace, rules, NULL, NULL, finding, err, errsize));
}

int
judge_trace(const struct pmapsim_trace *trace,
    const struct pmapsim_judge *rules, judge_watch *watch, void *arg,
    struct pmapsim_finding *finding, char *err, size_t errsize)
{
	enum judge_verdict verdict;
	struct judge j;
	int error;

	memset(finding, 0, sizeof(*finding));
	error = judge_start(&j, trace, rules, err, errsize);
	if (error != PMAPSIM_OK)
		return (error);
	do
		verdict = judge_step(&j, finding);
	while (verdict == JUDGE_GOES_ON && (watch == NULL || watch(arg)));
	error = judge_error(&j, verdict, err, errsize);
	judge_end(&j);
	return (error);
}

/*
 * Whether two findings are the same way to fail: panics by their code,
 * violations by their rule, translations by what is wrong with them.
 */
bool
judge_same(const struct pmapsim_finding *a, const struct pmapsim_finding *b)
{

	if (a->kind != b->kind)
		return (false);
	switch (a->kind) {
	case PMAPSIM_FINDING_PANIC:
		return (a->panic == b->panic);
	case PMAPSIM_FINDING_AUDIT:
		return (a->rule == b->rule);
	case PMAPSIM_FINDING_STALE:
	case PMAPSIM_FINDING_RACE:
		return (a->what == b->what);
	default:
		return (true);
	}
}
