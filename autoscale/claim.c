/* claim.c - the lock may be that of a folder which its last holder has removed: whoever
 * gets it looks whether the path still leads there, and begins again when it does not.
 */
#include "autoscale/claim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TRIES = 100 };

static bool is_there(const struct claim *claim)
{
    struct stat held, named;

    return fstat(claim->fd, &held) == 0 && lstat(claim->path, &named) == 0 &&
           held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

/* The folder, locked; 0 with fd -1 when it has gone meanwhile. */
static int lock(struct claim *claim, enum claim_kind kind, struct error *err)
{
    int status = 0;

    claim->fd = open(claim->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (claim->fd < 0)
        return errno == ENOENT
                   ? 0
                   : fail(err, ERR_IO, "open %s: %s", claim->path, strerror(errno));
    while ((status = flock(claim->fd, kind == CLAIM_SHARE ? LOCK_SH : LOCK_EX)) != 0 &&
           errno == EINTR)
        continue;
    if (status != 0)
        status = fail(err, ERR_IO, "lock %s: %s", claim->path, strerror(errno));
    if (status != 0 || !is_there(claim))
        claim_finish(claim);
    return status;
}

/* Where the folder is; only the folder itself is made before it is locked, since its
 * holder may be removing what is in it. */
static int find(struct claim *claim, const char *cluster, enum claim_kind kind,
                struct error *err)
{
    char base[SESSION_PATH_MAX];
    int status = session_path(cluster, claim->path, false, err);

    if (kind != CLAIM_MAKE)
        return status;
    if (status == 0 || status == -ERR_NOT_FOUND)
        status = session_base(base, true, err);
    if (status == 0)
        status = session_path(cluster, claim->path, false, err);
    if (status == 0 && mkdir(claim->path, 0700) != 0 && errno != EEXIST)
        status = fail(err, ERR_IO, "make folder %s: %s", claim->path, strerror(errno));
    return status;
}

int claim_init(struct claim *claim, const char *cluster, enum claim_kind kind,
               struct error *err)
{
    int status = 0;

    claim->fd = -1;
    for (int i = 0; i < TRIES && status == 0 && claim->fd < 0; i++) {
        status = find(claim, cluster, kind, err);
        if (status == 0 && kind != CLAIM_MAKE && access(claim->path, F_OK) != 0)
            return fail(err, ERR_NOT_FOUND, "cluster '%s' does not run on this machine",
                        cluster);
        if (status == 0)
            status = lock(claim, kind, err);
    }
    if (status == 0 && claim->fd < 0)
        return fail(err, ERR_BUSY, "%s: others make and remove it all the time",
                    claim->path);
    if (status == 0 && kind == CLAIM_MAKE)
        status = session_path(cluster, claim->path, true, err);
    if (status != 0)
        claim_finish(claim);
    return status;
}

void claim_finish(struct claim *claim)
{
    if (claim->fd >= 0)
        close(claim->fd);
    claim->fd = -1;
}
