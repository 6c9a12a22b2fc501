/* manual.h - pages for man(1), in mdoc(7): what the tables say, around prose.
 *
 * Prose is mdoc, too: what a command does, then sections that stand behind its options
 * (".Sh EXIT STATUS"). */
#pragma once

#include "lib/base/buf.h"

struct command;

/* The page of a command; of rayctl with all its commands when `command` is NULL. */
void manual_page(struct buf *out, const struct command *command, struct slice prose);
