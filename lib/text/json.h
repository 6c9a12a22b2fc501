/* json.h - messages as JSON (jansson underneath). Ids are hex ("": null), times
 * nanoseconds since 1970 (0: null), amounts decimal numbers, PAIRS objects; bytes that
 * are no UTF-8 become U+FFFD. */
#pragma once

#include "lib/text/print.h"

/* One message; `pretty` breaks lines. No new line at the end. */
void json_append(struct buf *out, const struct desc *desc, const void *message,
                 bool pretty);
/* {"total": N, "truncated": BOOL, "rows": [...]} */
void json_append_rows(struct buf *out, const struct print_rows *rows, bool pretty);
