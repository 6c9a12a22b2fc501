/* board.h - what each of several machines is doing: a line each, redrawn in place on a
 * terminal; without one, plain lines that begin with the machine's name. On stderr. */
#pragma once

#include <stddef.h>

struct board;
struct context;

struct board *board_create(const struct context *ctx);
void board_destroy(struct board *board);
/* The machine's line is now `what`; a new machine gets a new line. */
void board_say(struct board *board, const char *name, const char *what);
