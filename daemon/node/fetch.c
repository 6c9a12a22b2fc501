/* fetch.c - one piece is under way at a time: the first that is not full is the last.
 */
#include "daemon/node/fetch.h"

#include "lib/base/mem.h"
#include "lib/net/stubs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 1024 * 1024, PIECE_MS = 60000 };

struct fetch {
    struct peer *const *head;
    char *name, *path;
    int fd;
    int64_t offset;
    fetch_done *done;
    void *arg;
};

static void finish(struct fetch *fetch, struct error *err)
{
    if (close(fetch->fd) != 0 && err->code == ERR_OK)
        fail(err, ERR_IO, "write %s: %s", fetch->path, strerror(errno));
    if (err->code != ERR_OK)
        (void)unlink(fetch->path);
    fetch->done(fetch->arg, err->code != ERR_OK ? err : NULL);
    free(fetch->name);
    free(fetch->path);
    free(fetch);
}

static void on_piece(void *arg, const struct error *failure, const void *message);

static void ask(struct fetch *fetch)
{
    const struct call_options options = { .timeout_ms = PIECE_MS };
    const struct package_read rq = { .name = slice(fetch->name),
                                     .offset = fetch->offset,
                                     .size = PIECE };

    call_packages_read(*fetch->head, &rq, &options, on_piece, fetch);
}

static void on_piece(void *arg, const struct error *failure, const void *message)
{
    struct fetch *fetch = arg;
    const struct package_piece *piece = message;
    struct error err = { 0 };
    ssize_t put = 0;

    if (failure != NULL)
        err = *failure;
    else if (piece->data.size > 0)
        put = write(fetch->fd, piece->data.data, piece->data.size);
    if (failure == NULL && put != (ssize_t)piece->data.size)
        fail(&err, ERR_IO, "write %s: %s", fetch->path,
             put < 0 ? strerror(errno) : "no space left");
    else if (failure == NULL && *fetch->head == NULL)
        fail(&err, ERR_UNREACHABLE, "the head is away");
    if (err.code != ERR_OK || put < PIECE) {
        finish(fetch, &err);
        return;
    }
    fetch->offset += put;
    ask(fetch);
}

int fetch_begin(const struct fetch_options *options, struct error *err)
{
    const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW;
    struct fetch *fetch;
    int fd;

    if (*options->head == NULL)
        return fail(err, ERR_UNREACHABLE, "the head is away");
    fd = open(options->path, flags, 0600);
    if (fd < 0)
        return fail(err, ERR_IO, "create %s: %s", options->path, strerror(errno));
    fetch = xcalloc(1, sizeof(*fetch));
    fetch->head = options->head;
    fetch->name = xstrdup(options->name);
    fetch->path = xstrdup(options->path);
    fetch->done = options->done;
    fetch->arg = options->arg;
    fetch->fd = fd;
    ask(fetch);
    return 0;
}
