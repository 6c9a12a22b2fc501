/* spill.c - fused files, written and read in pool threads.
 *
 * Each job has its own descriptors and numbers and touches nothing of the loop. Bytes
 * go from a segment to a file inside the kernel (sendfile). A file that cannot
 * be written whole is deleted: a full disk loses nothing, since the objects are still
 * in memory.
 *
 * Our folder is locked (flock) as long as we live. At the first spill the folders
 * beside it that nobody locks are removed: their nodes were killed. */
#include "daemon/node/spill.h"

#include "lib/base/error.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/net/loop.h"
#include "lib/net/session.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX "rayctl-spill-"

struct spill {
    struct loop *loop;
    char *parent;
    char folder[PATH_MAX]; /* "" before the first spill */
    int lock;              /* of the folder; -1: none */
    int64_t limit, used, next;
};

struct spill_file {
    int64_t number, size;
    size_t users; /* objects in it, and readers */
};

struct job {
    struct spill *spill;
    struct spill_file *file;
    struct spill_item *items;
    struct spill_item item; /* of a read */
    size_t count;
    char path[PATH_MAX];
    struct error err;
    spill_done *done;
    void *arg;
};

struct spill *spill_create(const struct spill_options *options)
{
    struct spill *spill = xcalloc(1, sizeof(*spill));

    spill->loop = options->loop;
    spill->parent = xstrdup(options->folder);
    spill->limit = options->limit;
    spill->lock = -1;
    return spill;
}

void spill_destroy(struct spill *spill)
{
    struct error err;

    if (spill == NULL)
        return;
    if (spill->lock >= 0) {
        if (session_remove(spill->folder, &err) != 0)
            log_warn("spill", "%s", err.text);
        close(spill->lock);
    }
    free(spill->parent);
    free(spill);
}

int64_t spill_used(const struct spill *spill)
{
    return spill->used;
}

int64_t spill_room(const struct spill *spill)
{
    return spill->limit > 0 ? spill->limit - spill->used : INT64_MAX;
}

/* ---- our folder ---- */

static void remove_abandoned(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat about;
    struct error err;

    if (fd < 0)
        return;
    if (fstat(fd, &about) == 0 && about.st_uid == geteuid() &&
        flock(fd, LOCK_EX | LOCK_NB) == 0 && session_remove(path, &err) == 0)
        log_info("spill", "removed what a killed node left path=%s", path);
    close(fd);
}

static void remove_all_abandoned(const char *parent)
{
    DIR *folder = opendir(parent);
    struct dirent *entry;
    char path[PATH_MAX];

    if (folder == NULL)
        return;
    while ((entry = readdir(folder)) != NULL)
        if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) == 0 &&
            snprintf(path, sizeof(path), "%s/%s", parent, entry->d_name) <
                (int)sizeof(path))
            remove_abandoned(path);
    closedir(folder);
}

static int open_folder(struct spill *spill, struct error *err)
{
    int length;

    if (spill->lock >= 0)
        return 0;
    if (mkdir(spill->parent, 0700) != 0 && errno != EEXIST)
        return fail(err, ERR_IO, "make folder %s to spill objects to: %s",
                    spill->parent, strerror(errno));
    remove_all_abandoned(spill->parent);
    length = snprintf(spill->folder, sizeof(spill->folder), "%s/" PREFIX "XXXXXX",
                      spill->parent);
    if (length >= (int)sizeof(spill->folder) || mkdtemp(spill->folder) == NULL)
        return fail(err, ERR_IO, "make a folder in %s to spill objects to: %s",
                    spill->parent, strerror(errno));
    spill->lock = open(spill->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (spill->lock < 0 || flock(spill->lock, LOCK_EX | LOCK_NB) != 0)
        return fail(err, ERR_IO, "lock %s: %s", spill->folder, strerror(errno));
    return 0;
}

static void path_of(const struct spill *spill, int64_t number, char path[PATH_MAX])
{
    /* mkdtemp() has left room for the number; a cut path opens nothing. */
    int length = snprintf(path, PATH_MAX, "%s/%lld", spill->folder, (long long)number);
    if (length >= PATH_MAX)
        path[0] = '\0';
}

/* ---- files ---- */

static void file_unuse(struct spill *spill, struct spill_file *file)
{
    char path[PATH_MAX];

    if (--file->users > 0)
        return;
    path_of(spill, file->number, path);
    if (unlink(path) != 0)
        log_warn("spill", "delete %s: %s", path, strerror(errno));
    spill->used -= file->size;
    free(file);
}

void spill_drop(struct spill *spill, struct spilled *where)
{
    if (where->file != NULL)
        file_unuse(spill, where->file);
    where->file = NULL;
}

int spill_open(const struct spill *spill, const struct spilled *where, int64_t *size,
               struct error *err)
{
    char path[PATH_MAX];
    int fd;

    path_of(spill, where->file->number, path);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        fail(err, ERR_OBJECT_LOST, "open %s: %s", path, strerror(errno));
    *size = where->file->size;
    return fd;
}

/* ---- jobs ---- */

static int copy(int to, int from, off_t at, int64_t size)
{
    while (size > 0) {
        ssize_t sent = sendfile(to, from, &at, (size_t)size);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent == 0)
            errno = EIO; /* shorter than it was */
        if (sent <= 0)
            return -1;
        size -= sent;
    }
    return 0;
}

/* (pool) */
static void write_file(void *arg)
{
    struct job *job = arg;
    int fd = open(job->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int status = fd < 0 ? -1 : 0;

    for (size_t i = 0; status == 0 && i < job->count; i++)
        status = copy(fd, job->items[i].fd, job->items[i].offset, job->items[i].size);
    if (status != 0)
        fail(&job->err, ERR_IO, "spill %zu object%s (%lld bytes) to %s: %s", job->count,
             job->count == 1 ? "" : "s", (long long)job->file->size, job->path,
             strerror(errno));
    if (fd >= 0 && close(fd) != 0 && status == 0)
        fail(&job->err, ERR_IO, "spill to %s: %s", job->path, strerror(errno));
    if (job->err.code != ERR_OK && fd >= 0)
        (void)unlink(job->path);
}

static void job_end(struct job *job)
{
    job->done(job->arg, job->err.code != ERR_OK ? &job->err : NULL);
    free(job);
}

static void on_written(void *arg)
{
    struct job *job = arg;
    struct spill_file *file = job->file;
    int64_t offset = 0;

    if (job->err.code != ERR_OK) {
        job->spill->used -= file->size;
        free(file);
        job_end(job);
        return;
    }
    for (size_t i = 0; i < job->count; i++) {
        job->items[i].where = (struct spilled){ file, offset };
        offset += job->items[i].size;
    }
    job_end(job);
}

static void on_not_begun(void *arg)
{
    job_end(arg);
}

void spill_write(struct spill *spill, struct spill_item *items, size_t count,
                 spill_done *done, void *arg)
{
    struct job *job = xcalloc(1, sizeof(*job));

    job->spill = spill;
    job->items = items;
    job->count = count;
    job->done = done;
    job->arg = arg;
    if (open_folder(spill, &job->err) != 0) {
        loop_defer(spill->loop, on_not_begun, job);
        return;
    }
    job->file = xcalloc(1, sizeof(*job->file));
    job->file->number = ++spill->next;
    job->file->users = count;
    for (size_t i = 0; i < count; i++)
        job->file->size += items[i].size;
    spill->used += job->file->size;
    path_of(spill, job->file->number, job->path);
    loop_work(spill->loop, write_file, on_written, job);
}

static int read_all(int from, char *to, const struct spill_item *item)
{
    int64_t done = 0;

    while (done < item->size) {
        ssize_t count = pread(from, to + done, (size_t)(item->size - done),
                              item->where.offset + done);
        if (count < 0 && errno == EINTR)
            continue;
        if (count == 0)
            errno = EIO; /* shorter than it was */
        if (count <= 0)
            return -1;
        done += count;
    }
    return 0;
}

/* (pool) Through a mapping: several read into one segment at a time. */
static void read_file(void *arg)
{
    struct job *job = arg;
    const struct spill_item *item = &job->item;
    int from = open(job->path, O_RDONLY | O_CLOEXEC);
    void *to = MAP_FAILED;
    int status = -1;

    if (from >= 0)
        to = mmap(NULL, (size_t)item->size, PROT_READ | PROT_WRITE, MAP_SHARED,
                  item->fd, item->offset);
    if (to != MAP_FAILED)
        status = read_all(from, to, item);
    if (status != 0)
        fail(&job->err, ERR_OBJECT_LOST, "read spilled object from %s: %s", job->path,
             strerror(errno));
    if (to != MAP_FAILED)
        munmap(to, (size_t)item->size);
    if (from >= 0)
        close(from);
}

static void on_read(void *arg)
{
    struct job *job = arg;

    file_unuse(job->spill, job->file);
    job_end(job);
}

void spill_read(struct spill *spill, const struct spill_item *item, spill_done *done,
                void *arg)
{
    struct job *job = xcalloc(1, sizeof(*job));

    job->spill = spill;
    job->item = *item;
    job->file = item->where.file;
    job->file->users++;
    job->done = done;
    job->arg = arg;
    path_of(spill, job->file->number, job->path);
    loop_work(spill->loop, read_file, on_read, job);
}
