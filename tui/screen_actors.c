/* screen_actors.c - actors, and why one waits or has died. */
#include "tui/listing.h"

static void append_why(struct buf *out, const void *arg)
{
    const struct actor_row *row = arg;
    struct slice why =
        row->pending_reason.size > 0 ? row->pending_reason : row->death_cause;
    buf_append(out, why.data, why.size);
}

static const struct table_column columns[] = {
    { .title = "ACTOR", .field = "actor_id", .width = 8 },
    { .title = "CLASS", .field = "class_name", .width = 16 },
    { .title = "STATE", .field = "state", .width = 16 },
    { .title = "NAME", .field = "name", .width = 12 },
    { .title = "JOB", .field = "job_id", .width = 8 },
    { .title = "NODE", .field = "node_id", .width = 8 },
    { .title = "PID", .field = "pid", .width = 8 },
    { .title = "RESTARTS", .field = "num_restarts", .width = 9 },
    { .title = "WHY", .cell = append_why },
};

static const struct table_spec table = {
    .desc = &actor_row_desc,
    .columns = columns,
    .count = sizeof(columns) / sizeof(*columns),
    .keys = { "actor_id" },
    .sort = -1,
    .empty = "no actor yet",
};

const struct screen screen_actors = {
    .name = "Actors",
    .questions = ASKS(actors),
    .table = &table,
    .rows = QUESTION_actors,
    .kind = TARGET_ACTOR,
    LISTING,
};
