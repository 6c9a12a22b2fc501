/* cmd_help.c - the list of commands, or one of them; for a terminal or for man(1). */
#include "cli/command.h"
#include "cli/manual.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { PROSE_MAX = 1 << 20 };

static struct {
    const char *prose;
} opt;

static const struct option options[] = {
    OPT_STRING(0, "mdoc", &opt.prose, "FILE",
               "as a page for man, around the prose in FILE"),
    OPT_END,
};

static int read_prose(struct buf *prose, struct error *err)
{
    FILE *file = fopen(opt.prose, "re");
    char piece[4096];
    size_t got;
    int status = 0;

    if (file == NULL)
        return fail(err, ERR_IO, "%s: %s", opt.prose, strerror(errno));
    while (status == 0 && (got = fread(piece, 1, sizeof(piece), file)) > 0)
        status = buf_append(prose, piece, got);
    if (status != 0)
        fail(err, ERR_FULL, "%s: above %d bytes", opt.prose, PROSE_MAX);
    else if (ferror(file))
        status = fail(err, ERR_IO, "read %s: %s", opt.prose, strerror(errno));
    fclose(file);
    return status;
}

static int write_page(const struct command *command, struct error *err)
{
    struct buf prose, page;
    int status;

    buf_init(&prose, PROSE_MAX);
    buf_init(&page, 0);
    status = read_prose(&prose, err);
    if (status == 0) {
        manual_page(&page, command, buf_slice(&prose));
        context_write(page.data, page.size);
    }
    buf_finish(&prose);
    buf_finish(&page);
    return status;
}

static int run(struct context *ctx, struct args *args, struct error *err)
{
    const struct command *command = NULL;
    int words;

    (void)ctx;
    if (args->count == 1 && command_group_help(args->items[0]))
        return 0;
    if (args->count > 0) {
        command = command_find(args->items, args->count, &words);
        if (command == NULL)
            return command_unknown(args->items, args->count, err);
    }
    if (opt.prose != NULL)
        return write_page(command, err);
    command_help(command);
    return 0;
}

const struct command cmd_help = {
    .name = "help",
    .args = "[COMMAND]",
    .summary = "say what commands there are, or what one does",
    .options = options,
    .args_max = 2,
    .run = run,
    .example = "rayctl help job submit",
};
