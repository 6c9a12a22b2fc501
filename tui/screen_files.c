/* screen_files.c - log files of the cluster. */
#include "tui/listing.h"

static const struct table_column columns[] = {
    { .title = "FILE", .field = "name", .width = 44 },
    { .title = "SIZE", .field = "size", .width = 10 },
    { .title = "NODE", .field = "node_id", .width = 8 },
    { .title = "WRITTEN", .field = "modified" },
};

static const struct table_spec table = {
    .desc = &log_file_desc,
    .columns = columns,
    .count = sizeof(columns) / sizeof(*columns),
    .keys = { "name", "node_id" },
    .sort = 3,
    .is_descending = true,
    .empty = "no log file",
};

const struct screen screen_files = {
    .name = "Logs",
    .questions = ASKS(files),
    .table = &table,
    .rows = QUESTION_files,
    .kind = TARGET_FILE,
    LISTING,
};
