/* query.c - list and get. Rows are made in tables.c, summaries in summary.c, status in
 * status.c; log files are in files.c, waits in waits.c. */
#include "daemon/head/query.h"

#include "daemon/head/files.h"
#include "daemon/head/past.h"
#include "daemon/head/query_sources.h"
#include "daemon/head/rowset.h"
#include "daemon/head/status.h"
#include "daemon/head/summary.h"
#include "daemon/head/tables.h"
#include "daemon/head/waits.h"
#include "lib/base/mem.h"
#include "lib/net/peer.h"
#include "lib/proto/codec.h"

#include <stdlib.h>

enum { PAGE = 16 << 20 }; /* bytes, far from PROTO_MESSAGE_MAX */

struct query {
    struct query_sources sources;
    struct files *files;
    struct waits *waits;
};

struct query *query_create(const struct query_sources *sources)
{
    struct query *query = xcalloc(1, sizeof(*query));

    query->sources = *sources;
    query->files = files_create(&query->sources);
    query->waits = waits_create(&query->sources);
    return query;
}

void query_destroy(struct query *query)
{
    files_destroy(query->files);
    waits_destroy(query->waits);
    free(query);
}

void query_wake(struct query *query)
{
    waits_wake(query->waits);
}

void query_status(struct query *query, struct call *call)
{
    status_reply(&query->sources, call);
}

/* ---- list and get ---- */

/* A list on its way. `rq` is ours: the asker's frame is gone when nodes answer. */
struct listing {
    struct call *call;
    struct arena arena;
    struct list_request rq;
    struct rowset set;
};

static void add(void *arg, const void *row)
{
    struct listing *listing = arg;
    rowset_add(&listing->set, row);
}

static void listing_finish(struct listing *listing)
{
    arena_finish(&listing->arena);
    free(listing);
}

static void reply_rows(void *arg)
{
    struct listing *listing = arg;

    rowset_reply(&listing->set, listing->call);
    listing_finish(listing);
}

static bool counts_only(void *arg)
{
    struct listing *listing = arg;
    return rowset_counts_only(&listing->set);
}

static void count(void *arg)
{
    struct listing *listing = arg;
    rowset_count(&listing->set);
}

static void more(void *arg, int64_t before)
{
    struct listing *listing = arg;
    listing->set.next = before;
}

/* First what the table of events has, then what the archive has beyond it. */
static void list_tasks(struct query *query, struct listing *listing)
{
    const struct list_request *rq = &listing->rq;
    const bool is_paged = rq->pages && rq->limit == 0 && rq->sort.size == 0;
    const struct past_ops ops = { add, counts_only, count, more, reply_rows, listing };
    const struct past_range range = { rq->id, rq->before, is_paged ? PAGE : 0 };

    if (rq->before == 0)
        tables_each(&query->sources, &task_row_desc, add, listing);
    past_ask(query->sources.loop, query->sources.events, &range, &ops);
}

static void list(struct query *query, const struct desc *row,
                 const struct list_request *rq, struct call *call)
{
    struct listing *listing = xcalloc(1, sizeof(*listing));
    const struct tables_ops ops = { add, reply_rows, listing };
    struct error err;

    listing->call = call;
    codec_copy(&listing->arena, &list_request_desc, &listing->rq, rq);
    if (rowset_init(&listing->set, row, &listing->rq, &err) != 0) {
        call_fail(call, &err);
        listing_finish(listing);
    } else if (tables_are_remote(row)) {
        tables_ask(&query->sources, row, &ops);
    } else if (row == &task_row_desc) {
        list_tasks(query, listing);
    } else {
        tables_each(&query->sources, row, add, listing);
        reply_rows(listing);
    }
}

static void on_nodes(void *self, const struct list_request *rq, struct call *call)
{
    list(self, &node_row_desc, rq, call);
}

static void on_actors(void *self, const struct list_request *rq, struct call *call)
{
    list(self, &actor_row_desc, rq, call);
}

static void on_jobs(void *self, const struct list_request *rq, struct call *call)
{
    list(self, &job_row_desc, rq, call);
}

static void on_tasks(void *self, const struct list_request *rq, struct call *call)
{
    list(self, &task_row_desc, rq, call);
}

static void on_workers(void *self, const struct list_request *rq, struct call *call)
{
    list(self, &worker_row_desc, rq, call);
}

static void on_objects(void *self, const struct list_request *rq, struct call *call)
{
    list(self, &object_row_desc, rq, call);
}

/* ---- elsewhere ---- */

static void on_summary_tasks(void *self, const struct list_request *rq,
                             struct call *call)
{
    struct query *query = self;
    (void)rq;
    summary_tasks(&query->sources, call);
}

static void on_summary_actors(void *self, const struct list_request *rq,
                              struct call *call)
{
    struct query *query = self;
    (void)rq;
    summary_actors(&query->sources, call);
}

static void on_summary_objects(void *self, const struct list_request *rq,
                               struct call *call)
{
    struct query *query = self;
    (void)rq;
    summary_objects(&query->sources, call);
}

static void on_logs(void *self, const struct log_list *rq, struct call *call)
{
    struct query *query = self;
    files_list(query->files, rq, call);
}

static void on_read_log(void *self, const struct log_read *rq, struct call *call)
{
    struct query *query = self;
    files_read(query->files, rq, call);
}

static void on_wait(void *self, const struct wait_request *rq, struct call *call)
{
    struct query *query = self;
    waits_add(query->waits, rq, call);
}

static const struct query_handlers handlers = {
    .nodes = on_nodes,
    .actors = on_actors,
    .tasks = on_tasks,
    .jobs = on_jobs,
    .workers = on_workers,
    .objects = on_objects,
    .summary_tasks = on_summary_tasks,
    .summary_actors = on_summary_actors,
    .summary_objects = on_summary_objects,
    .logs = on_logs,
    .read_log = on_read_log,
    .wait = on_wait,
};

void query_serve(struct query *query, struct dispatch *dispatch)
{
    dispatch_add(dispatch, &query_methods, &handlers, sizeof(handlers), query);
}
