/* logs.c - a folder is listed when asked; a file is read by lib/net/tail. */
#include "daemon/node/logs.h"

#include "daemon/node/workers.h"
#include "lib/base/arena.h"
#include "lib/base/mem.h"
#include "lib/net/log_keeper.h"
#include "lib/net/peer.h"
#include "lib/net/tail.h"
#include "lib/proto/proto.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILES_MAX = 10000 };

struct logs {
    struct tails *tails;
    struct log_keeper *keeper;
    struct workers *workers; /* NULL until there are some */
    struct id node_id;
    char *folder; /* of the workers' files */
    char *own;    /* path of the daemon's file */
};

/* worker-<12 digits>-<job>-<pid>.out: nothing follows when that process has ended. */
static bool is_over(void *arg, const char *path)
{
    const char *name = strrchr(path, '/') + 1, *dash = strrchr(name, '-');
    struct logs *logs = arg;
    char *end;
    long pid;

    if (logs->workers == NULL || strncmp(name, "worker-", 7) != 0 || dash == name + 6)
        return false;
    pid = strtol(dash + 1, &end, 10);
    return pid > 0 && pid <= INT_MAX && *end == '.' &&
           !workers_owns(logs->workers, (int)pid);
}

static void each_file(void *arg, struct log_keeper *keeper)
{
    struct logs *logs = arg;
    DIR *folder = opendir(logs->folder);
    struct dirent *entry;

    log_keeper_add(keeper, logs->own, false);
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        char path[PATH_MAX];
        snprintf(path, sizeof(path), "%s/%s", logs->folder, entry->d_name);
        log_keeper_add(keeper, path, is_over(logs, path));
    }
    if (folder != NULL)
        closedir(folder);
}

struct logs *logs_create(const struct logs_options *options, struct error *err)
{
    struct logs *logs = xcalloc(1, sizeof(*logs));
    const struct log_keeper_ops ops = { each_file, logs };

    logs->node_id = options->node_id;
    logs->folder = xprintf("%s/logs/%s", options->session, options->node_name);
    logs->own = xprintf("%s/logs/node-%s.log", options->session, options->node_name);
    logs->tails = tails_create(options->loop, is_over, logs);
    if (mkdir(logs->folder, 0700) == 0 || errno == EEXIST) {
        logs->keeper = log_keeper_create(options->loop, &options->bounds, &ops);
        return logs;
    }
    fail(err, ERR_IO, "make folder %s: %s", logs->folder, strerror(errno));
    logs_destroy(logs);
    return NULL;
}

void logs_destroy(struct logs *logs)
{
    tails_destroy(logs->tails);
    log_keeper_destroy(logs->keeper);
    free(logs->folder);
    free(logs->own);
    free(logs);
}

const char *logs_folder(const struct logs *logs)
{
    return logs->folder;
}

struct listing {
    const struct logs *logs;
    struct arena *arena;
    struct log_files *reply;
    const char *glob;
};

static void add_file(struct listing *listing, const char *path)
{
    const char *name = strrchr(path, '/') + 1;
    struct log_file *row;
    struct stat about;

    if (listing->reply->rows.count >= FILES_MAX || stat(path, &about) != 0 ||
        !S_ISREG(about.st_mode) || fnmatch(listing->glob, name, 0) != 0)
        return;
    row = &listing->reply->rows.items[listing->reply->rows.count++];
    row->name = arena_copy(listing->arena, slice(name));
    row->size = about.st_size;
    row->node_id = listing->logs->node_id;
    row->modified = about.st_mtim.tv_sec * INT64_C(1000000000) + about.st_mtim.tv_nsec;
}

static void add_folder(struct listing *listing)
{
    DIR *folder = opendir(listing->logs->folder);
    struct dirent *entry;

    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        char path[4096 + 256];
        snprintf(path, sizeof(path), "%s/%s", listing->logs->folder, entry->d_name);
        add_file(listing, path);
    }
    if (folder != NULL)
        closedir(folder);
}

static void on_list(void *self, const struct log_list *rq, struct call *call)
{
    struct logs *logs = self;
    struct arena arena = { 0 };
    struct log_files reply = { 0 };
    struct listing listing = { logs, &arena, &reply, "*" };

    if (rq->glob.size > 0)
        listing.glob = arena_string(&arena, rq->glob);
    reply.rows.items = arena_array(&arena, FILES_MAX, sizeof(*reply.rows.items));
    add_file(&listing, logs->own);
    add_folder(&listing);
    reply.total = (int64_t)reply.rows.count;
    call_reply(call, &reply);
    arena_finish(&arena);
}

static void on_read(void *self, const struct log_read *rq, struct call *call)
{
    struct logs *logs = self;
    char *name = xslicedup(rq->id), *path;
    struct error err;

    if (tails_is_file_name(name)) {
        bool is_own = strcmp(strrchr(logs->own, '/') + 1, name) == 0;
        path = is_own ? xstrdup(logs->own) : xprintf("%s/%s", logs->folder, name);
        tails_read(logs->tails, path, rq, call);
        free(path);
    } else {
        fail(&err, ERR_INVALID, "'%s' is not the name of a log file", name);
        call_fail(call, &err);
    }
    free(name);
}

static const struct logs_handlers handlers = { .list = on_list, .read = on_read };

void logs_serve(struct logs *logs, struct workers *workers, struct dispatch *dispatch)
{
    logs->workers = workers;
    dispatch_add(dispatch, &logs_methods, &handlers, sizeof(handlers), logs);
}
