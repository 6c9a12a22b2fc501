/* board.c - ANSI: CSI n A moves up n lines, CSI K clears to the end of the line. */
#include "cli/board.h"

#include "cli/context.h"
#include "lib/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct line {
    char *name, *what;
};

struct board {
    const struct context *ctx;
    bool is_live;
    struct line *lines;
    size_t count, capacity;
};

struct board *board_create(const struct context *ctx)
{
    struct board *board = xcalloc(1, sizeof(*board));

    board->ctx = ctx;
    board->is_live = !ctx->quiet && isatty(STDERR_FILENO) == 1;
    return board;
}

void board_destroy(struct board *board)
{
    for (size_t i = 0; i < board->count; i++) {
        free(board->lines[i].name);
        free(board->lines[i].what);
    }
    free(board->lines);
    free(board);
}

static size_t line_of(struct board *board, const char *name)
{
    for (size_t i = 0; i < board->count; i++)
        if (strcmp(board->lines[i].name, name) == 0)
            return i;
    board->lines =
        xgrow(board->lines, &board->capacity, board->count + 1, sizeof(*board->lines));
    board->lines[board->count] = (struct line){ xstrdup(name), NULL };
    if (board->is_live)
        fputc('\n', stderr);
    return board->count++;
}

/* Control characters of a machine's words do not reach the terminal. */
static char *printable(const char *what)
{
    char *text = xstrdup(what);

    for (char *at = text; *at != '\0'; at++)
        if ((unsigned char)*at < ' ' || *at == 127)
            *at = ' ';
    return text;
}

void board_say(struct board *board, const char *name, const char *what)
{
    size_t i = line_of(board, name);
    struct line *line = &board->lines[i];
    int width = board->ctx->print.width > 24 ? (int)board->ctx->print.width - 22 : 58;

    free(line->what);
    line->what = printable(what);
    if (!board->is_live) {
        context_say(board->ctx, "%s: %s", name, line->what);
        return;
    }
    fprintf(stderr, "\033[%zuA\r  %-18s %.*s\033[K\033[%zuB\r", board->count - i, name,
            width, line->what, board->count - i);
    fflush(stderr);
}
