/* obituary.h - the last processes of this node that have ended, for `list workers`. */
#pragma once

#include "lib/proto/proto.h"

#include <stddef.h>

enum { OBITUARY_MAX = 1000, OBITUARY_TEXT_MAX = 256 };

struct obituary {
    struct worker_row rows[OBITUARY_MAX]; /* a ring */
    char texts[OBITUARY_MAX][OBITUARY_TEXT_MAX];
    size_t ever; /* how many there were */
};

/* `detail` (copied): how it ended. The rest of the row must outlive it. */
void obituary_add(struct obituary *obituary, const struct worker_row *row,
                  const char *detail);
/* Copies the rows, in no order, to `rows` (room for OBITUARY_MAX); how many. */
size_t obituary_rows(const struct obituary *obituary, struct worker_row *rows);
