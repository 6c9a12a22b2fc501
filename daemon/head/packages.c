/* packages.c - plain files; what a name promises is checked by whoever unpacks it. */
#include "daemon/head/packages.h"

#include "lib/base/mem.h"
#include "lib/net/peer.h"
#include "lib/proto/pkg.h"
#include "lib/proto/proto.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK_MAX = 4 << 20, UPLOAD_STALE_S = 600 };

struct packages {
    char *folder;
    char *chunk; /* CHUNK_MAX bytes */
};

/* Those that have not grown for `age_s`: whoever sent them has gone. */
static void remove_uploads(const char *folder, int age_s)
{
    DIR *dir = opendir(folder);
    time_t now = time(NULL);
    struct dirent *entry;
    struct stat about;

    while (dir != NULL && (entry = readdir(dir)) != NULL)
        if (strncmp(entry->d_name, ".upload-", 8) == 0 &&
            fstatat(dirfd(dir), entry->d_name, &about, AT_SYMLINK_NOFOLLOW) == 0 &&
            now - about.st_mtime >= age_s)
            (void)unlinkat(dirfd(dir), entry->d_name, 0);
    if (dir != NULL)
        closedir(dir);
}

struct packages *packages_create(const char *session)
{
    struct packages *packages = xcalloc(1, sizeof(*packages));

    packages->folder = xprintf("%s/packages", session);
    packages->chunk = xalloc(CHUNK_MAX);
    (void)mkdir(packages->folder, 0700); /* what fails fails at the first upload */
    remove_uploads(packages->folder, 0);
    return packages;
}

void packages_destroy(struct packages *packages)
{
    free(packages->folder);
    free(packages->chunk);
    free(packages);
}

static char *path_of(const struct packages *packages, struct slice name)
{
    return xprintf("%s/%.*s", packages->folder, SLICE_ARGS(name));
}

static int check_name(struct slice name, struct call *call)
{
    struct error err;

    if (pkg_is_name(name))
        return 0;
    fail(&err, ERR_INVALID, "'%.*s' is no name of a package",
         name.size < 100 ? (int)name.size : 100, name.data);
    call_fail(call, &err);
    return -ERR_INVALID;
}

static void on_find(void *self, const struct package_ref *rq, struct call *call)
{
    struct packages *packages = self;
    struct package_state reply = { 0 };
    struct stat about;
    char *path;

    if (check_name(rq->name, call) != 0)
        return;
    path = path_of(packages, rq->name);
    if (stat(path, &about) == 0)
        reply = (struct package_state){ .is_there = true, .size = about.st_size };
    free(path);
    call_reply(call, &reply);
}

/* Appends to the upload; its pieces come in order. */
static int append(const char *path, const struct package_piece *rq, struct error *err)
{
    int flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW;
    int fd = open(path, rq->offset == 0 ? flags | O_CREAT | O_TRUNC : flags, 0600);
    struct stat about;
    ssize_t put;
    int status = 0;

    if (fd < 0)
        return fail(err, ERR_IO, "%s: %s", path, strerror(errno));
    if (fstat(fd, &about) != 0 || about.st_size != rq->offset)
        status = fail(err, ERR_INVALID, "upload: piece at %lld, not at %lld",
                      (long long)rq->offset, (long long)about.st_size);
    else if ((put = write(fd, rq->data.data, rq->data.size)) != (ssize_t)rq->data.size)
        status = fail(err, ERR_IO, "write %s: %s", path,
                      put < 0 ? strerror(errno) : "no space left");
    if (close(fd) != 0 && status == 0)
        status = fail(err, ERR_IO, "write %s: %s", path, strerror(errno));
    return status;
}

static void on_write(void *self, const struct package_piece *rq, struct call *call)
{
    struct packages *packages = self;
    struct package_state reply = { 0 };
    char *upload, *path;
    struct error err;
    int status;

    if (check_name(rq->name, call) != 0)
        return;
    if (rq->offset == 0)
        remove_uploads(packages->folder, UPLOAD_STALE_S);
    upload = xprintf("%s/.upload-%llx", packages->folder, (long long)rq->upload);
    path = path_of(packages, rq->name);
    status = append(upload, rq, &err);
    if (status == 0 && rq->is_last && rename(upload, path) != 0)
        status = fail(&err, ERR_IO, "rename %s: %s", upload, strerror(errno));
    if (status != 0)
        (void)unlink(upload);
    reply.is_there = rq->is_last;
    reply.size = rq->offset + (int64_t)rq->data.size;
    free(upload);
    free(path);
    if (status == 0)
        call_reply(call, &reply);
    else
        call_fail(call, &err);
}

static void on_read(void *self, const struct package_read *rq, struct call *call)
{
    struct packages *packages = self;
    struct package_piece reply = { .name = rq->name, .offset = rq->offset };
    char *path;
    struct error err;
    ssize_t got = -1;
    int fd;

    if (check_name(rq->name, call) != 0)
        return;
    path = path_of(packages, rq->name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        got = pread(fd, packages->chunk,
                    rq->size > 0 && rq->size < CHUNK_MAX ? (size_t)rq->size : CHUNK_MAX,
                    rq->offset);
    if (got < 0)
        fail(&err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path,
             strerror(errno));
    if (fd >= 0)
        close(fd);
    free(path);
    if (got < 0) {
        call_fail(call, &err);
        return;
    }
    reply.data = slice_of(packages->chunk, (size_t)got);
    call_reply(call, &reply);
}

static const struct packages_handlers handlers = { .find = on_find,
                                                   .write = on_write,
                                                   .read = on_read };

void packages_serve(struct packages *packages, struct dispatch *dispatch)
{
    dispatch_add(dispatch, &packages_methods, &handlers, sizeof(handlers), packages);
}
