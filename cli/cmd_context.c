/* cmd_context.c - which clusters can be named, and which one is meant when none is. */
#include "cli/command.h"
#include "lib/base/nearest.h"
#include "lib/net/contexts.h"
#include "lib/proto/proto.h"

#include <stdlib.h>
#include <string.h>

enum { NAMES_MAX = 128 };

static void fill_row(const struct context_entry *entry, struct context_row *row)
{
    *row = (struct context_row){ .name = slice(entry->name),
                                 .address = slice(entry->address),
                                 .is_current = entry->is_current,
                                 .processes = entry->processes };
}

static int run_list(struct context *ctx, struct args *args, struct error *err)
{
    struct context_entry *entries;
    struct context_row *rows;
    struct print_rows out;
    int count = contexts_read(&entries, err);

    (void)args;
    if (count < 0)
        return count;
    rows = arena_alloc(&ctx->arena, (size_t)(count + 1) * sizeof(*rows));
    for (int i = 0; i < count; i++)
        fill_row(&entries[i], &rows[i]);
    out = (struct print_rows){ &context_row_desc, rows, (size_t)count, count };
    context_print_rows(ctx, &out);
    free(entries);
    return 0;
}

/* The entry of that name; NULL: the current one. */
static const struct context_entry *find(const struct context_entry *entries, int count,
                                        const char *name, struct error *err)
{
    const char *names[NAMES_MAX], *close = NULL;
    size_t known = 0;

    for (int i = 0; i < count; i++) {
        if (name != NULL ? strcmp(entries[i].name, name) == 0 : entries[i].is_current)
            return &entries[i];
        if (known < NAMES_MAX)
            names[known++] = entries[i].name;
    }
    if (name != NULL)
        close = nearest(slice(name), names, known);
    if (name == NULL)
        fail(err, ERR_NOT_FOUND,
             "there is no current context; `rayctl context list` "
             "shows those there are");
    else
        fail(err, ERR_NOT_FOUND, "no context is called '%s'%s%s%s", name,
             close != NULL ? "; did you mean '" : "; see `rayctl context list`",
             close != NULL ? close : "", close != NULL ? "'?" : "");
    return NULL;
}

/* Reads all and calls `then` with the one that is named. */
static int with_entry(struct context *ctx, const char *name,
                      int (*then)(struct context *ctx,
                                  const struct context_entry *entry, struct error *err),
                      struct error *err)
{
    const struct context_entry *entry;
    struct context_entry *entries;
    int count = contexts_read(&entries, err), status;

    if (count < 0)
        return count;
    entry = find(entries, count, name, err);
    status = entry != NULL ? then(ctx, entry, err) : -(int)err->code;
    free(entries);
    return status;
}

static int show(struct context *ctx, const struct context_entry *entry,
                struct error *err)
{
    struct context_row row;

    (void)err;
    fill_row(entry, &row);
    context_print_message(ctx, &context_row_desc, &row);
    return 0;
}

static int use(struct context *ctx, const struct context_entry *entry,
               struct error *err)
{
    int status = session_set_current(entry->name, err);

    if (status == 0)
        context_say(ctx, "commands without an address go to '%s' now", entry->name);
    return status;
}

static int forget(struct context *ctx, const struct context_entry *entry,
                  struct error *err)
{
    char path[SESSION_PATH_MAX];
    int status;

    if (entry->processes != 0)
        return fail(
            err, ERR_FAILED,
            "'%s' runs on this machine: `rayctl stop --cluster-name %s` ends it",
            entry->name, entry->name);
    status = session_path(entry->name, path, false, err);
    if (status == 0)
        status = session_remove(path, err);
    if (status != 0)
        return status;
    session_clear_current(entry->name);
    context_say(ctx, "forgot '%s'; what runs elsewhere of it goes on", entry->name);
    return 0;
}

static int run_show(struct context *ctx, struct args *args, struct error *err)
{
    return with_entry(ctx, args->count > 0 ? args->items[0] : NULL, show, err);
}

static int run_use(struct context *ctx, struct args *args, struct error *err)
{
    return with_entry(ctx, args->items[0], use, err);
}

static int run_rm(struct context *ctx, struct args *args, struct error *err)
{
    return with_entry(ctx, args->items[0], forget, err);
}

const struct command cmd_context_list = {
    .name = "context list",
    .summary = "list the clusters that can be named",
    .run = run_list,
    .example = "rayctl context list",
};

const struct command cmd_context_show = {
    .name = "context show",
    .args = "[CONTEXT]",
    .summary = "show one context, or the current one",
    .args_max = 1,
    .run = run_show,
    .example = "rayctl context show --format json",
};

const struct command cmd_context_use = {
    .name = "context use",
    .args = "CONTEXT",
    .summary = "choose the cluster of commands without an address",
    .args_min = 1,
    .args_max = 1,
    .run = run_use,
    .example = "rayctl context use rack",
};

const struct command cmd_context_rm = {
    .name = "context rm",
    .args = "CONTEXT",
    .summary = "forget a cluster that is elsewhere",
    .args_min = 1,
    .args_max = 1,
    .run = run_rm,
    .example = "rayctl context rm rack",
};
