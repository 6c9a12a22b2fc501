/* report.c - fields in order; texts at their full width. */
#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "automl_error.h"
#include "block.h"
#include "evaluate.h"

static const uint64_t report_magic = UINT64_C(0x61757265706f7274);  /* "aureport" */
static const uint64_t outcome_magic = UINT64_C(0x61756f7574636f6d); /* "auoutcom" */

static void put_tally(struct block_writer *to, const struct trial_tally *tally)
{
    block_put_u32(to, tally->correct);
    block_put_u32(to, tally->total);
}

static void get_tally(struct block_reader *from, struct trial_tally *tally)
{
    tally->correct = block_get_u32(from);
    tally->total = block_get_u32(from);
}

/* A text of fixed width, terminated whatever was sent. */
static void get_text(struct block_reader *from, char *text, size_t size)
{
    block_get(from, text, size);
    text[size - 1] = '\0';
}

static void put_line(struct block_writer *to, const struct report_line *line)
{
    block_put(to, line->text, sizeof(line->text));
    block_put_u32(to, line->folds);
    put_tally(to, &line->tally);
    block_put_double(to, line->seconds);
    block_put(to, line->node, sizeof(line->node));
    block_put_u32(to, line->has_failed);
}

static void get_line(struct block_reader *from, struct report_line *line)
{
    get_text(from, line->text, sizeof(line->text));
    line->folds = block_get_u32(from);
    get_tally(from, &line->tally);
    line->seconds = block_get_double(from);
    get_text(from, line->node, sizeof(line->node));
    line->has_failed = block_get_u32(from);
}

void *report_pack(const struct report *report, size_t *size, struct automl_error *err)
{
    struct block_writer to;

    block_init(&to);
    block_put_u32(&to, report->state);
    block_put_u32(&to, report->round);
    block_put_u32(&to, report->candidates);
    block_put_u32(&to, report->trials);
    block_put_u32(&to, report->pending);
    block_put_u32(&to, report->retried);
    block_put_double(&to, report->seconds);
    put_tally(&to, &report->holdout);
    block_put(&to, report->message, sizeof(report->message));
    block_put_u32(&to, report->count);
    for (uint32_t i = 0; i < report->count; i++)
        put_line(&to, &report->lines[i]);
    return block_take(&to, report_magic, size, err);
}

int report_open(struct report *report, const void *bytes, size_t size,
                struct automl_error *err)
{
    struct block_reader from;

    *report = (struct report){ 0 };
    if (block_open(&from, bytes, size, report_magic, err) < 0)
        return -1;
    report->state = block_get_u32(&from);
    report->round = block_get_u32(&from);
    report->candidates = block_get_u32(&from);
    report->trials = block_get_u32(&from);
    report->pending = block_get_u32(&from);
    report->retried = block_get_u32(&from);
    report->seconds = block_get_double(&from);
    get_tally(&from, &report->holdout);
    get_text(&from, report->message, sizeof(report->message));
    report->count = block_get_u32(&from);
    if (from.failed || report->count > REPORT_LINES || report->state > REPORT_FAILED) {
        report->count = 0;
        return automl_fail(err, "a report that makes no sense");
    }
    report->lines = calloc(report->count + 1u, sizeof(*report->lines));
    if (!report->lines)
        return automl_fail(err, "out of memory");
    for (uint32_t i = 0; i < report->count; i++)
        get_line(&from, &report->lines[i]);
    if (block_is_read(&from))
        return 0;
    report_finish(report);
    return automl_fail(err, "a report that was cut");
}

void report_finish(struct report *report)
{
    free(report->lines);
    *report = (struct report){ 0 };
}

double report_score(const struct report_line *line)
{
    return evaluate_score(&line->tally);
}

void *outcome_pack(const struct outcome *outcome, size_t *size,
                   struct automl_error *err)
{
    struct block_writer to;

    block_init(&to);
    put_tally(&to, &outcome->tally);
    block_put_double(&to, outcome->seconds);
    block_put_u32(&to, outcome->attempt);
    block_put(&to, outcome->node, sizeof(outcome->node));
    return block_take(&to, outcome_magic, size, err);
}

int outcome_open(struct outcome *outcome, const void *bytes, size_t size,
                 struct automl_error *err)
{
    struct block_reader from;

    *outcome = (struct outcome){ 0 };
    if (block_open(&from, bytes, size, outcome_magic, err) < 0)
        return -1;
    get_tally(&from, &outcome->tally);
    outcome->seconds = block_get_double(&from);
    outcome->attempt = block_get_u32(&from);
    get_text(&from, outcome->node, sizeof(outcome->node));
    return block_is_read(&from) ? 0 : automl_fail(err, "an outcome that was cut");
}
