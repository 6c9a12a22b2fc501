/* screen_jobs.c - drivers, submitted ones and others. */
#include "lib/text/units.h"
#include "tui/listing.h"

/* From start to end; of one that runs there is none yet. */
static void append_lasted(struct buf *out, const void *arg)
{
    const struct job_row *row = arg;
    char text[UNITS_TEXT_MAX];

    if (row->end_time > 0)
        buf_printf(out, "%s",
                   units_format_duration(row->end_time - row->start_time, text));
}

static double lasted(const void *arg)
{
    const struct job_row *row = arg;
    return (double)(row->end_time > 0 ? row->end_time - row->start_time : INT64_MAX);
}

static const struct table_column columns[] = {
    { .title = "JOB", .field = "job_id", .width = 8 },
    { .title = "STATUS", .field = "status", .width = 9 },
    { .title = "SUBMISSION", .field = "submission_id", .width = 20 },
    { .title = "STARTED", .field = "start_time", .width = 19 },
    { .title = "TOOK", .width = 10, .cell = append_lasted, .rank = lasted },
    { .title = "ENTRYPOINT", .field = "entrypoint", .width = 40 },
    { .title = "MESSAGE", .field = "message" },
};

static const struct table_spec table = {
    .desc = &job_row_desc,
    .columns = columns,
    .count = sizeof(columns) / sizeof(*columns),
    .keys = { "job_id", "submission_id" },
    .sort = 3,
    .is_descending = true,
    .empty = "no job yet",
};

const struct screen screen_jobs = {
    .name = "Jobs",
    .questions = ASKS(jobs),
    .table = &table,
    .rows = QUESTION_jobs,
    .kind = TARGET_JOB,
    LISTING,
};
