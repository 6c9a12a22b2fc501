/* files.c - own files from the folder, others' by a call to their node. */
#include "daemon/head/files.h"

#include "daemon/head/gather.h"
#include "daemon/head/jobs.h"
#include "daemon/head/nodes.h"
#include "daemon/head/query_sources.h"
#include "lib/base/mem.h"
#include "lib/net/log_keeper.h"
#include "lib/net/stubs.h"
#include "lib/net/tail.h"
#include "lib/proto/codec.h"

#include <dirent.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct files {
    const struct query_sources *sources;
    struct tails *tails;
    struct log_keeper *keeper;
    char *folder;
};

struct file_list {
    struct files *files;
    struct call *call;
    struct arena arena;
    struct log_list rq;
    struct log_file *rows;
    size_t count, capacity;
};

static bool is_own(const char *name)
{
    return strcmp(name, "head.log") == 0 || strncmp(name, "job-driver-", 11) == 0;
}

static void add_job_log(void *arg, const char *path, bool is_over)
{
    log_keeper_add(arg, path, is_over);
}

static void each_file(void *arg, struct log_keeper *keeper)
{
    struct files *files = arg;
    char path[PATH_MAX];

    snprintf(path, sizeof(path), "%s/head.log", files->folder);
    log_keeper_add(keeper, path, false);
    jobs_each_log(files->sources->jobs, add_job_log, keeper);
}

struct files *files_create(const struct query_sources *sources)
{
    struct files *files = xcalloc(1, sizeof(*files));
    const struct log_keeper_ops ops = { each_file, files };

    files->sources = sources;
    files->folder = xprintf("%s/logs", sources->session);
    files->tails = tails_create(sources->loop, NULL, NULL);
    files->keeper = log_keeper_create(sources->loop, &sources->logs, &ops);
    return files;
}

void files_destroy(struct files *files)
{
    tails_destroy(files->tails);
    log_keeper_destroy(files->keeper);
    free(files->folder);
    free(files);
}

static void add_row(struct file_list *list, const struct log_file *row)
{
    list->rows =
        xgrow(list->rows, &list->capacity, list->count + 1, sizeof(*list->rows));
    codec_copy(&list->arena, &log_file_desc, &list->rows[list->count++], row);
}

static void add_own(struct file_list *list)
{
    const char *glob = list->rq.glob.size > 0 ? list->rq.glob.data : "*";
    DIR *folder = opendir(list->files->folder);
    struct dirent *entry;

    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        char path[4096 + 512];
        struct stat about;
        struct log_file row = { .name = slice(entry->d_name) };
        snprintf(path, sizeof(path), "%s/%s", list->files->folder, entry->d_name);
        if (!is_own(entry->d_name) || fnmatch(glob, entry->d_name, 0) != 0 ||
            stat(path, &about) != 0)
            continue;
        row.size = about.st_size;
        row.modified =
            about.st_mtim.tv_sec * INT64_C(1000000000) + about.st_mtim.tv_nsec;
        add_row(list, &row);
    }
    if (folder != NULL)
        closedir(folder);
}

static void add_node_files(void *arg, const struct id *node, const void *reply)
{
    const struct log_files *files = reply;
    struct file_list *list = arg;

    if (id_is_set(&list->rq.node_id) && !id_equal(&list->rq.node_id, node))
        return;
    for (size_t i = 0; i < files->rows.count; i++)
        add_row(list, &files->rows.items[i]);
}

static int by_name(const void *a, const void *b)
{
    const struct log_file *left = a, *right = b;
    return slice_compare(left->name, right->name);
}

static void list_done(void *arg)
{
    struct file_list *list = arg;
    struct log_files reply = { .total = (int64_t)list->count };

    if (list->count > 0)
        qsort(list->rows, list->count, sizeof(*list->rows), by_name);
    reply.rows.items = list->rows;
    reply.rows.count = list->count;
    call_reply(list->call, &reply);
    free(list->rows);
    arena_finish(&list->arena);
    free(list);
}

void files_list(struct files *files, const struct log_list *rq, struct call *call)
{
    struct file_list *list = xcalloc(1, sizeof(*list));
    const struct gather_ops ops = { add_node_files, list_done, list };

    list->files = files;
    list->call = call;
    codec_copy(&list->arena, &log_list_desc, &list->rq, rq);
    if (!id_is_set(&rq->node_id))
        add_own(list);
    gather_begin(files->sources->loop, files->sources->nodes,
                 proto_method(METHOD_logs_list), &list->rq, &ops);
}

static void on_chunk(void *arg, const struct error *err, const void *reply)
{
    if (err != NULL)
        call_fail(arg, err);
    else
        call_reply(arg, reply);
}

void files_read(struct files *files, const struct log_read *rq, struct call *call)
{
    struct member *member = nodes_find(files->sources->nodes, &rq->node_id);
    char *name = xslicedup(rq->id), *path = xprintf("%s/%s", files->folder, name);
    struct error err;

    if (id_is_set(&rq->node_id) && (member == NULL || member->peer == NULL)) {
        fail(&err, ERR_NOT_FOUND, "the node of that log file has gone");
        call_fail(call, &err);
    } else if (id_is_set(&rq->node_id)) {
        call_logs_read(member->peer, rq, NULL, on_chunk, call);
    } else if (tails_is_file_name(name) && is_own(name)) {
        tails_read(files->tails, path, rq, call);
    } else {
        fail(&err, ERR_NOT_FOUND, "the head has no log file '%s'", name);
        call_fail(call, &err);
    }
    free(name);
    free(path);
}
