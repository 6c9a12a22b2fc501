/* upload.c - packed in a pool thread, sent as it comes.
 *
 * A pipe is between the two, so that nothing has to be kept on this machine and nothing
 * stays when the command is interrupted. The last piece says that the package is whole,
 * and goes only when the packing has succeeded. */
#include "cli/upload.h"

#include "envs/package.h"
#include "lib/base/digest.h"
#include "lib/base/mem.h"
#include "lib/engine/ask.h"
#include "lib/net/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 1024 * 1024, PIECE_MS = 60000 };

struct packing {
    const struct tree *tree;
    int pipe[2];
    bool is_over;
    int status; /* of the packing, once it is over */
    struct error err;
};

static void pack_work(void *arg)
{
    struct packing *packing = arg;
    char *path = xprintf("/dev/fd/%d", packing->pipe[1]);

    packing->status = package_pack(packing->tree, path, &packing->err);
    close(packing->pipe[1]); /* the end, for who reads */
    free(path);
}

static void on_packed(void *arg)
{
    ((struct packing *)arg)->is_over = true;
}

/* As much as there is room for, or less at the end; -1 with errno. */
static ssize_t read_piece(int fd, char *into)
{
    size_t have = 0;
    ssize_t got = 1;

    while (have < PIECE && got != 0) {
        got = read(fd, into + have, PIECE - have);
        if (got < 0 && errno != EINTR)
            return -1;
        have += got > 0 ? (size_t)got : 0;
    }
    return (ssize_t)have;
}

static int send_piece(struct context *ctx, const struct package_piece *piece,
                      struct error *err)
{
    struct arena arena = { 0 };
    const struct package_state *state =
        ask_packages_write(ctx->engine, piece, PIECE_MS, &arena, err);

    arena_finish(&arena);
    return state != NULL ? 0 : -(int)err->code;
}

static void wait_for_packing(struct context *ctx, struct packing *packing)
{
    while (!packing->is_over)
        loop_run_until(ctx->loop, &packing->is_over, 0);
}

/* All but the last piece as they come; the last one, even when it is empty, when the
 * archive is whole. */
static int send_pieces(struct context *ctx, struct packing *packing, struct slice name,
                       struct error *err)
{
    struct package_piece piece = { .name = name };
    char *bytes = xalloc(PIECE);
    int status = 0;

    digest_random(&piece.upload, sizeof(piece.upload));
    while (status == 0 && !piece.is_last) {
        ssize_t got = read_piece(packing->pipe[0], bytes);
        piece.is_last = got < PIECE;
        piece.data = slice_of(bytes, got > 0 ? (size_t)got : 0);
        if (got < 0)
            status = fail(err, ERR_IO, "read a pipe: %s", strerror(errno));
        if (status == 0 && piece.is_last) {
            wait_for_packing(ctx, packing);
            status = packing->status;
            if (status != 0)
                error_copy(err, &packing->err);
        }
        if (status == 0)
            status = send_piece(ctx, &piece, err);
        piece.offset += got;
    }
    free(bytes);
    return status;
}

static int send_tree(struct context *ctx, const struct tree *tree, struct slice name,
                     struct error *err)
{
    struct packing packing = { .tree = tree };
    int status;

    if (pipe2(packing.pipe, O_CLOEXEC) != 0)
        return fail(err, ERR_IO, "open a pipe: %s", strerror(errno));
    loop_work(ctx->loop, pack_work, on_packed, &packing);
    status = send_pieces(ctx, &packing, name, err);
    close(packing.pipe[0]); /* who still packs fails to write, and ends */
    wait_for_packing(ctx, &packing);
    return status;
}

static int upload_tree(struct context *ctx, const struct tree *tree, struct slice *uri,
                       struct error *err)
{
    struct package_ref rq = { 0 };
    const struct package_state *state;
    char digest[DIGEST_HEX_MAX];
    int status = tree_digest(tree, digest, err);

    if (status != 0)
        return status;
    rq.name = arena_printf(&ctx->arena, "%s.tar.zst", digest);
    *uri = arena_printf(&ctx->arena, "pkg:%.*s", SLICE_ARGS(rq.name));
    state = ask_packages_find(ctx->engine, &rq, ctx->timeout_ms, &ctx->arena, err);
    if (state == NULL || state->is_there)
        return state != NULL ? 0 : -(int)err->code;
    context_say(ctx, "uploading %s: %zu entries, %lld bytes", tree->root, tree->count,
                (long long)tree->size);
    status = send_tree(ctx, tree, rq.name, err);
    return status == 0 ? 0 : wrap(err, "upload %s", tree->root);
}

int upload_folder(struct context *ctx, const char *folder,
                  const struct upload_options *options, struct slice *uri,
                  struct error *err)
{
    const struct tree_options of_tree = { .excludes = options->excludes,
                                          .excludes_count = options->excludes_count,
                                          .max_size = options->max_size };
    struct tree tree;
    int status = tree_read(&tree, folder, &of_tree, err);

    if (status != 0)
        return status;
    status = upload_tree(ctx, &tree, uri, err);
    tree_finish(&tree);
    return status;
}
