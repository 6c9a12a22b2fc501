/* table.h - rows in columns, for people; one message as lines of names and values.
 *
 * A line is cut to the terminal, never wrapped. Control characters and malformed UTF-8
 * show as '?', so that no name in the cluster can write to the terminal. */
#pragma once

#include "lib/text/print.h"

void table_append(struct buf *out, const struct print_options *options,
                  const struct print_rows *rows);
void table_append_message(struct buf *out, const struct print_options *options,
                          const struct desc *desc, const void *message);
