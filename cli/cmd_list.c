/* cmd_list.c - rows of one kind, filtered and limited by the server. */
#include "cli/command.h"
#include "cli/kinds.h"
#include "lib/base/mem.h"
#include "lib/text/filter.h"

#include <stdlib.h>
#include <string.h>

enum { LIMIT = 100, COLUMNS_MAX = 64 };

static struct {
    struct option_list filters;
    const char *sort, *columns;
    int64_t limit;
    bool detail;
} opt = { .limit = LIMIT };

static const struct option options[] = {
    OPT_LIST('f', "filter", &opt.filters, "KEY=VALUE",
             "only rows whose KEY is (or, with !=, is not) VALUE; again: and"),
    OPT_INT(0, "limit", &opt.limit, "N", "at most N rows; 0: all (100)"),
    OPT_STRING(0, "sort", &opt.sort, "KEY",
               "by that field, before the limit; -KEY: the largest first"),
    OPT_STRING(0, "columns", &opt.columns, "KEY,...", "these fields, in this order"),
    OPT_FLAG(0, "detail", &opt.detail, "show all columns"),
    OPT_END,
};

static int take_filters(const struct kind *kind, struct filter *filters,
                        struct list_request *rq, struct error *err)
{
    for (size_t i = 0; i < opt.filters.count; i++) {
        struct filter_term term;
        int status = filter_parse(slice(opt.filters.items[i]), &term, err);
        if (status == 0)
            status = filter_check(kind->row, &term, err);
        if (status != 0)
            return fail(err, ERR_USAGE, "--filter: %s", err->text);
        filters[i] = (struct filter){ .key = term.key,
                                      .op = slice(term.op == FILTER_EQUAL ? "=" : "!="),
                                      .value = term.value };
    }
    rq->filters.items = filters;
    rq->filters.count = opt.filters.count;
    return 0;
}

/* A row that has these fields only. */
static int take_columns(const struct desc *from, struct desc *row, struct field *fields,
                        struct error *err)
{
    const char *at = opt.columns;

    *row = *from;
    if (at == NULL)
        return 0;
    row->fields = fields;
    for (row->count = 0; row->count < COLUMNS_MAX; at++) {
        struct slice name = slice_of(at, strcspn(at, ","));
        const struct filter_term term = { .key = name, .op = FILTER_EQUAL };
        const struct field *field = desc_find(from, name);
        if (field == NULL && filter_check(from, &term, err) != 0)
            return fail(err, ERR_USAGE, "--columns: %s", err->text);
        if (field == NULL)
            return fail(err, ERR_USAGE, "--columns: '%.*s' is only a part of one",
                        SLICE_ARGS(name));
        for (size_t i = 0; i < row->count; i++)
            if (fields[i].tag == field->tag)
                return fail(err, ERR_USAGE, "--columns: %s twice", field->name);
        fields[row->count] = *field;
        fields[row->count++].flags &= (uint8_t)~FIELD_DETAIL;
        at += name.size;
        if (*at == '\0')
            return 0;
    }
    return fail(err, ERR_USAGE, "--columns: more than %d", COLUMNS_MAX);
}

/* The rows that have come so far; what they point to is in the context's arena. */
struct fetched {
    char *items;
    size_t count, capacity;
    int64_t total;
};

static void append(struct fetched *all, const struct kind_rows *more,
                   const struct desc *row)
{
    size_t count = more->rows.count;

    all->total += more->total;
    if (count == 0)
        return;
    all->items = xgrow(all->items, &all->capacity, all->count + count, row->size);
    memcpy(all->items + all->count * row->size, more->rows.items, count * row->size);
    all->count += count;
}

/* Without a limit there may be more than fits one answer. */
static int fetch(struct context *ctx, const struct kind *kind, struct list_request *rq,
                 struct fetched *all, struct error *err)
{
    const struct engine_request asked = { proto_method((uint8_t)kind->list), rq,
                                          ctx->timeout_ms };

    do {
        const struct kind_rows *reply =
            engine_wait(ctx->engine, &asked, &ctx->arena, err);
        if (reply == NULL)
            return wrap(err, "%s", kind->several);
        append(all, reply, kind->row);
        rq->before = reply->next;
    } while (rq->before > 0);
    return 0;
}

static int run(struct context *ctx, struct args *args, struct error *err)
{
    const struct kind *kind = kinds_find(args->items[0], err);
    struct filter filters[OPTION_LIST_MAX];
    struct list_request rq = { .limit = opt.limit,
                               .sort = slice(opt.sort),
                               .pages = true };
    struct field fields[COLUMNS_MAX];
    struct desc row = { .fields = fields };
    struct fetched all = { 0 };
    int status;
    struct print_rows rows;

    if (kind == NULL || take_filters(kind, filters, &rq, err) != 0 ||
        take_columns(kind->row, &row, fields, err) != 0)
        return -(int)err->code;
    if (opt.limit < 0)
        return fail(err, ERR_USAGE, "--limit: expected 0 or more");
    status = fetch(ctx, kind, &rq, &all, err);
    ctx->print.detail = opt.detail;
    rows = (struct print_rows){ &row, all.items, all.count, all.total };
    if (status == 0)
        context_print_rows(ctx, &rows);
    free(all.items);
    return status;
}

const struct command cmd_list = {
    .name = "list",
    .args = "nodes|actors|tasks|jobs|workers|objects",
    .summary = "list what there is of a kind",
    .options = options,
    .needs = NEEDS_STATE,
    .args_min = 1,
    .args_max = 1,
    .run = run,
    .example = "rayctl list tasks --filter state=FAILED --format json",
};
