/* log_keeper.c - look, plan (lib/base/log_plan.h), act. */
#include "lib/net/log_keeper.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/net/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum {
    LOOK_MS = 5000,
    LOOK_SOON_MS = 250,
    FAST = 64, /* a look that finds this part of the size grown is followed soon */
    DISK_SHARE = 10,
    STAT_BLOCK = 512, /* stat(2): st_blocks are of that size, whatever the disk's */
    PAGE = 4096,      /* the blocks of a hole; part of one is only zeroed */
    DAYS = 7
};

struct log_keeper {
    struct loop_timer *timer;
    struct log_bounds bounds;
    struct log_keeper_ops ops;
    struct log_plan_file *files;
    char **paths;
    size_t count, files_capacity, paths_capacity;
    int64_t total; /* of the last look */
    bool cannot_cut;
};

struct log_bounds log_keeper_defaults(const char *folder)
{
    struct log_bounds bounds = { .size = INT64_C(1) << 30,
                                 .age = DAYS * INT64_C(86400) * NS_PER_S };
    struct statvfs disk;

    if (statvfs(folder, &disk) == 0 && disk.f_blocks > 0) {
        int64_t share = (int64_t)(disk.f_blocks / DISK_SHARE * disk.f_frsize);
        if (share < bounds.size)
            bounds.size = share;
    }
    return bounds;
}

void log_keeper_add(struct log_keeper *keeper, const char *path, bool is_over)
{
    struct log_plan_file *file;
    struct stat about;

    if (stat(path, &about) != 0 || !S_ISREG(about.st_mode))
        return;
    keeper->files = xgrow(keeper->files, &keeper->files_capacity, keeper->count + 1,
                          sizeof(*keeper->files));
    keeper->paths = xgrow(keeper->paths, &keeper->paths_capacity, keeper->count + 1,
                          sizeof(*keeper->paths));
    file = &keeper->files[keeper->count];
    *file = (struct log_plan_file){
        .used = (int64_t)about.st_blocks * STAT_BLOCK,
        .modified = about.st_mtim.tv_sec * NS_PER_S + about.st_mtim.tv_nsec,
        .is_over = is_over,
    };
    keeper->paths[keeper->count++] = xstrdup(path);
}

/* A file system without holes: said once, and left so. */
static void note_uncut(struct log_keeper *keeper, const char *path)
{
    if (!keeper->cannot_cut)
        log_warn("logs", "cannot shorten %s: %s; it may grow on", path,
                 strerror(errno));
    keeper->cannot_cut = true;
}

static void cut(struct log_keeper *keeper, const char *path, int64_t keep)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    struct stat about;
    int64_t hole;

    if (fd < 0)
        return; /* it has gone meanwhile */
    hole = fstat(fd, &about) == 0 ? (about.st_size - keep) / PAGE * PAGE : 0;
    if (hole > 0 &&
        fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, hole) != 0)
        note_uncut(keeper, path);
    close(fd);
}

static void act(struct log_keeper *keeper)
{
    for (size_t i = 0; i < keeper->count; i++) {
        const struct log_plan_file *file = &keeper->files[i];
        const char *path = keeper->paths[i];
        if (file->action == LOG_CUT)
            cut(keeper, path, file->keep);
        else if (file->action == LOG_REMOVE && unlink(path) != 0 && errno != ENOENT)
            log_warn("logs", "remove %s: %s", path, strerror(errno));
    }
}

static void forget(struct log_keeper *keeper)
{
    for (size_t i = 0; i < keeper->count; i++)
        free(keeper->paths[i]);
    keeper->count = 0;
}

static void look(void *arg)
{
    struct log_keeper *keeper = arg;
    int64_t total = 0, grown;

    keeper->ops.each(keeper->ops.arg, keeper);
    for (size_t i = 0; i < keeper->count; i++)
        total += keeper->files[i].used;
    log_plan(keeper->files, keeper->count, &keeper->bounds, clock_wall());
    act(keeper);
    forget(keeper);
    grown = total - keeper->total;
    keeper->total = total;
    loop_timer_start(keeper->timer,
                     grown > keeper->bounds.size / FAST ? LOOK_SOON_MS : LOOK_MS, 0);
}

struct log_keeper *log_keeper_create(struct loop *loop, const struct log_bounds *bounds,
                                     const struct log_keeper_ops *ops)
{
    struct log_keeper *keeper;

    if (bounds->size == 0)
        return NULL;
    keeper = xcalloc(1, sizeof(*keeper));
    keeper->bounds = *bounds;
    keeper->ops = *ops;
    keeper->timer = loop_timer_create(loop, true, look, keeper);
    loop_timer_start(keeper->timer, LOOK_MS, 0);
    return keeper;
}

void log_keeper_destroy(struct log_keeper *keeper)
{
    if (keeper == NULL)
        return;
    loop_timer_destroy(keeper->timer);
    free(keeper->files);
    free(keeper->paths);
    free(keeper);
}
