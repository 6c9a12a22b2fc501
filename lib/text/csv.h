/* csv.h - rows as comma-separated values (RFC 4180, lines end with a new line alone).
 */
#pragma once

#include "lib/text/print.h"

/* A header line with the fields' names, then a line a row. */
void csv_append(struct buf *out, const struct print_rows *rows);
