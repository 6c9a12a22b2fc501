/* obituary.c - a ring: the newest overwrites the oldest. */
#include "daemon/node/obituary.h"

#include <stdio.h>
#include <string.h>

void obituary_add(struct obituary *obituary, const struct worker_row *row,
                  const char *detail)
{
    size_t at = obituary->ever++ % OBITUARY_MAX;

    obituary->rows[at] = *row;
    snprintf(obituary->texts[at], sizeof(obituary->texts[at]), "%s", detail);
    obituary->rows[at].exit_detail = slice(obituary->texts[at]);
}

size_t obituary_rows(const struct obituary *obituary, struct worker_row *rows)
{
    size_t count = obituary->ever < OBITUARY_MAX ? obituary->ever : OBITUARY_MAX;

    if (count > 0)
        memcpy(rows, obituary->rows, count * sizeof(*rows));
    return count;
}
