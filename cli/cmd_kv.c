/* cmd_kv.c - the cluster's key-values: put, get, del, list. */
#include "cli/command.h"
#include "lib/engine/ask.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { VALUE_MAX = 16 * 1024 * 1024 };

static struct {
    const char *namespace_;
    bool no_overwrite;
} opt = { .namespace_ = "" };

static const struct option options[] = {
    OPT_STRING('n', "namespace", &opt.namespace_, "NAME", "of the key (default: none)"),
    OPT_END,
};

static const struct option put_options[] = {
    OPT_STRING('n', "namespace", &opt.namespace_, "NAME", "of the key (default: none)"),
    OPT_FLAG(0, "no-overwrite", &opt.no_overwrite, "fail when the key exists"),
    OPT_END,
};

static struct kv_item item(const char *key)
{
    return (struct kv_item){ .namespace_ = slice(opt.namespace_), .key = slice(key) };
}

static int read_stdin(struct buf *value, struct error *err)
{
    size_t got = 1;

    while (got > 0 && buf_reserve(value, 65536) == 0) {
        got = fread(value->data + value->size, 1, 65536, stdin);
        value->size += got;
    }
    if (ferror(stdin))
        return fail(err, ERR_IO, "read the value from stdin: %s", strerror(errno));
    return got > 0 ? fail(err, ERR_INVALID, "the value is over %d bytes", VALUE_MAX)
                   : 0;
}

static int run_put(struct context *ctx, struct args *args, struct error *err)
{
    struct kv_item rq = item(args->items[0]);
    struct buf value;
    int status = 0;

    buf_init(&value, VALUE_MAX + 65536);
    rq.value = slice(args->items[1]);
    rq.overwrite = !opt.no_overwrite;
    if (strcmp(args->items[1], "-") == 0) {
        status = read_stdin(&value, err);
        rq.value = buf_slice(&value);
    }
    if (status == 0 &&
        ask_kv_put(ctx->engine, &rq, ctx->timeout_ms, &ctx->arena, err) == NULL)
        status = -(int)err->code;
    buf_finish(&value);
    return status;
}

const struct command cmd_kv_put = {
    .name = "kv put",
    .args = "KEY VALUE|-",
    .summary = "set a key; - reads the value from stdin",
    .options = put_options,
    .needs = NEEDS_KV,
    .args_min = 2,
    .args_max = 2,
    .run = run_put,
    .example = "rayctl kv put model.json - < model.json",
};

static int run_get(struct context *ctx, struct args *args, struct error *err)
{
    const struct kv_item rq = item(args->items[0]);
    const struct kv_item *reply =
        ask_kv_get(ctx->engine, &rq, ctx->timeout_ms, &ctx->arena, err);

    if (reply == NULL)
        return -(int)err->code;
    if (!reply->found)
        return fail(err, ERR_NOT_FOUND, "no key '%s'", args->items[0]);
    context_write(reply->value.data, reply->value.size);
    return 0;
}

const struct command cmd_kv_get = {
    .name = "kv get",
    .args = "KEY",
    .summary = "write the value of a key to stdout, byte for byte",
    .options = options,
    .needs = NEEDS_KV,
    .args_min = 1,
    .args_max = 1,
    .run = run_get,
    .example = "rayctl kv get model.json > model.json",
};

static int run_del(struct context *ctx, struct args *args, struct error *err)
{
    const struct kv_item rq = item(args->items[0]);

    if (ask_kv_remove(ctx->engine, &rq, ctx->timeout_ms, &ctx->arena, err) == NULL)
        return -(int)err->code;
    return 0;
}

const struct command cmd_kv_del = {
    .name = "kv del",
    .args = "KEY",
    .summary = "remove a key",
    .options = options,
    .needs = NEEDS_KV,
    .args_min = 1,
    .args_max = 1,
    .run = run_del,
    .example = "rayctl kv del model.json",
};

static int run_list(struct context *ctx, struct args *args, struct error *err)
{
    const struct kv_item rq = item(args->count > 0 ? args->items[0] : "");
    const struct kv_keys *keys =
        ask_kv_keys(ctx->engine, &rq, ctx->timeout_ms, &ctx->arena, err);

    if (keys == NULL)
        return -(int)err->code;
    for (size_t i = 0; i < keys->items.count; i++) {
        context_write(keys->items.items[i].key.data, keys->items.items[i].key.size);
        context_write("\n", 1);
    }
    return 0;
}

const struct command cmd_kv_list = {
    .name = "kv list",
    .args = "[PREFIX]",
    .summary = "list keys, a line each",
    .options = options,
    .needs = NEEDS_KV,
    .args_max = 1,
    .run = run_list,
    .example = "rayctl kv list model.",
};
