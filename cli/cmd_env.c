/* cmd_env.c - runtime environments as archives: pack, look into, check, unpack, which
 * need no cluster; push to one. */
#include "cli/command.h"
#include "cli/upload.h"
#include "envs/package.h"
#include "lib/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
    const char *output, *kind;
    struct option_list excludes;
    int64_t max_size;
} opt = { .max_size = UPLOAD_SIZE_MAX };

#define OPT_EXCLUDE                                                                    \
    OPT_LIST(0, "exclude", &opt.excludes, "PATTERN",                                   \
             "leave out, as a line of .gitignore; again: more")
#define OPT_MAX_SIZE                                                                   \
    OPT_SIZE(0, "max-size", &opt.max_size, "SIZE",                                     \
             "of all files together; 0: any (512 MiB)")

static const struct option pack_options[] = {
    OPT_STRING('o', "output", &opt.output, "FILE",
               "where to write it (default: <digest>.tar.zst here)"),
    OPT_STRING(0, "archive", &opt.kind, "KIND", "tar.zst or zip (tar.zst)"),
    OPT_EXCLUDE,
    OPT_MAX_SIZE,
    OPT_END,
};

static const struct option push_options[] = { OPT_EXCLUDE, OPT_MAX_SIZE, OPT_END };

static const char *ending(struct error *err)
{
    const char *kind = opt.kind != NULL ? opt.kind : "tar.zst";

    if (strcmp(kind, "tar.zst") == 0 || strcmp(kind, "zip") == 0)
        return kind;
    fail(err, ERR_USAGE, "--archive %s: expected tar.zst or zip", kind);
    return NULL;
}

static int pack(struct context *ctx, const struct tree *tree, struct error *err)
{
    char digest[DIGEST_HEX_MAX], *path;
    const char *kind = ending(err);
    int status = kind != NULL ? tree_digest(tree, digest, err) : -(int)err->code;

    if (status != 0)
        return status;
    path = opt.output != NULL ? xstrdup(opt.output) : xprintf("%s.%s", digest, kind);
    status = package_pack(tree, path, err);
    if (status == 0) {
        context_say(ctx, "%zu entries, %lld bytes, digest %s", tree->count,
                    (long long)tree->size, digest);
        context_write(path, strlen(path));
        context_write("\n", 1);
    }
    free(path);
    return status;
}

static int run_pack(struct context *ctx, struct args *args, struct error *err)
{
    const struct tree_options options = { .excludes = opt.excludes.items,
                                          .excludes_count = opt.excludes.count,
                                          .max_size = opt.max_size };
    struct tree tree;
    int status = tree_read(&tree, args->items[0], &options, err);

    if (status != 0)
        return status;
    status = pack(ctx, &tree, err);
    tree_finish(&tree);
    return status;
}

static int run_push(struct context *ctx, struct args *args, struct error *err)
{
    const struct upload_options options = { .excludes = opt.excludes.items,
                                            .excludes_count = opt.excludes.count,
                                            .max_size = opt.max_size };
    struct slice uri;

    if (upload_folder(ctx, args->items[0], &options, &uri, err) != 0)
        return -(int)err->code;
    context_write(uri.data, uri.size);
    context_write("\n", 1);
    return 0;
}

static int run_unpack(struct context *ctx, struct args *args, struct error *err)
{
    (void)ctx;
    return package_unpack(args->items[0], args->items[1], NULL, err);
}

/* The rows of an archive, in an arena. */
struct listing {
    struct context *ctx;
    struct env_entry *rows;
    size_t count, capacity;
};

static void add_row(void *arg, const struct tree_entry *entry)
{
    static const char *const kinds[] = { "folder", "file", "link" };
    struct listing *listing = arg;
    struct arena *arena = &listing->ctx->arena;

    listing->rows = xgrow(listing->rows, &listing->capacity, listing->count + 1,
                          sizeof(*listing->rows));
    listing->rows[listing->count++] = (struct env_entry){
        .path = arena_copy(arena, slice(entry->path)),
        .kind = slice(kinds[entry->kind]),
        .size = entry->size,
        .is_executable = entry->is_executable,
        .target = arena_copy(arena, slice(entry->target)),
    };
}

static int run_inspect(struct context *ctx, struct args *args, struct error *err)
{
    struct listing listing = { .ctx = ctx };
    int status = package_check(args->items[0], 0, add_row, &listing, err);
    struct print_rows rows = { &env_entry_desc, listing.rows, listing.count,
                               (int64_t)listing.count };

    if (status == 0)
        context_print_rows(ctx, &rows);
    free(listing.rows);
    return status;
}

/* By unpacking it where nobody looks. */
static int digest_of(const char *path, char digest[DIGEST_HEX_MAX], struct error *err)
{
    const struct tree_options all = { .takes_all = true };
    const char *base = getenv("TMPDIR");
    char *folder = xprintf("%s/rayctl.XXXXXX", base != NULL ? base : "/tmp"), *inner;
    struct tree tree;
    int status;

    if (mkdtemp(folder) == NULL) {
        status = fail(err, ERR_IO, "create %s: %s", folder, strerror(errno));
        free(folder);
        return status;
    }
    inner = xprintf("%s/content", folder);
    status = package_unpack(path, inner, NULL, err);
    if (status == 0)
        status = tree_read(&tree, inner, &all, err);
    if (status == 0) {
        status = tree_digest(&tree, digest, err);
        tree_finish(&tree);
    }
    package_remove(folder);
    free(inner);
    free(folder);
    return status;
}

/* The digest in a name like <64 hex digits>.tar.zst; NULL when there is none. */
static const char *named_digest(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
    return strspn(name, "0123456789abcdef") == DIGEST_HEX_MAX - 1 ? name : NULL;
}

static int run_verify(struct context *ctx, struct args *args, struct error *err)
{
    const char *path = args->items[0], *named = named_digest(path);
    char digest[DIGEST_HEX_MAX];
    int status = digest_of(path, digest, err);

    if (status != 0)
        return status;
    if (named != NULL && strncmp(named, digest, DIGEST_HEX_MAX - 1) != 0)
        return fail(err, ERR_FAILED, "%s: its content is %s, not what its name says",
                    path, digest);
    context_write(digest, strlen(digest));
    context_write("\n", 1);
    (void)ctx;
    return 0;
}

const struct command cmd_env_pack = {
    .name = "env pack",
    .args = "DIR",
    .summary = "pack a folder, named by its content",
    .options = pack_options,
    .args_min = 1,
    .args_max = 1,
    .run = run_pack,
    .example = "rayctl env pack examples/automl --exclude '*.md'",
};

const struct command cmd_env_unpack = {
    .name = "env unpack",
    .args = "FILE DIR",
    .summary = "unpack an archive into a new folder, unless it could do harm",
    .args_min = 2,
    .args_max = 2,
    .run = run_unpack,
    .example = "rayctl env unpack env.tar.zst /tmp/env",
};

const struct command cmd_env_inspect = {
    .name = "env inspect",
    .args = "FILE",
    .summary = "list what is in an archive",
    .args_min = 1,
    .args_max = 1,
    .run = run_inspect,
    .example = "rayctl env inspect env.tar.zst --format json",
};

const struct command cmd_env_verify = {
    .name = "env verify",
    .args = "FILE",
    .summary = "check an archive against the digest in its name; print the digest",
    .args_min = 1,
    .args_max = 1,
    .run = run_verify,
    .example = "rayctl env verify env.tar.zst",
};

const struct command cmd_env_push = {
    .name = "env push",
    .args = "DIR",
    .summary = "send a folder to the cluster, once; print its name for working_dir",
    .options = push_options,
    .needs = NEEDS_JOBS,
    .args_min = 1,
    .args_max = 1,
    .run = run_push,
    .example = "rayctl env push examples/automl --exclude '*.md'",
};
