/* query.c - list and get. Summaries are in summary.c, status in status.c, log files in
 * files.c. */
#include "daemon/head/query.h"

#include "daemon/head/actors.h"
#include "daemon/head/events.h"
#include "daemon/head/files.h"
#include "daemon/head/gather.h"
#include "daemon/head/jobs.h"
#include "daemon/head/nodes.h"
#include "daemon/head/query_sources.h"
#include "daemon/head/rowset.h"
#include "daemon/head/status.h"
#include "daemon/head/summary.h"
#include "daemon/head/view.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/net/nearby.h"
#include "lib/net/peer.h"
#include "lib/proto/amounts.h"
#include "lib/proto/codec.h"

#include <stdlib.h>

enum { USAGE_KNOWN_S = 10 };

struct query {
    struct query_sources sources;
    struct files *files;
};

struct query *query_create(const struct query_sources *sources)
{
    struct query *query = xcalloc(1, sizeof(*query));

    query->sources = *sources;
    query->files = files_create(sources->loop, sources->nodes, sources->session);
    return query;
}

void query_destroy(struct query *query)
{
    files_destroy(query->files);
    free(query);
}

void query_status(struct query *query, struct call *call)
{
    status_reply(&query->sources, call);
}

/* A set for `rq`, or the call refused. */
static bool begin(struct rowset *set, const struct desc *desc,
                  const struct list_request *rq, struct arena *arena, struct call *call)
{
    struct error err;

    if (rowset_init(set, desc, rq, arena, &err) == 0)
        return true;
    call_fail(call, &err);
    return false;
}

/* ---- from the head's own tables ---- */

static void fill_node(const struct member *member, struct node_row *row,
                      struct arena *arena)
{
    *row = (struct node_row){
        .node_id = member->id,
        .node_ip = member->info.ip,
        .is_head_node = member->info.is_head,
        .state = slice(fsm_name(&node_fsm, member->state)),
        .state_message = slice(member->why),
        .node_name = member->info.name,
        .start_time = member->start_time,
        .end_time = member->end_time,
        .address = nearby_public(member->info.address),
        .pid = member->info.pid,
        .workers = member->report.workers,
        .object_store_used = member->report.store_used,
        .object_store_limit = member->report.store_limit,
    };
    row->resources_total.items = member->info.resources.items;
    row->resources_total.count = member->info.resources.count;
    row->labels.items = member->info.labels.items;
    row->labels.count = member->info.labels.count;
    amounts_from_resources(&member->available, &row->resources_available, arena);
}

/* What a machine did a while ago says nothing of it now. */
static void fill_usage(const struct member *member, struct node_row *row)
{
    if (member->usage_time == 0 ||
        clock_now() - member->usage_time > USAGE_KNOWN_S * NS_PER_S)
        return;
    row->cpu_used = member->usage.cpu_used;
    row->cpu_total = member->usage.cpu_total;
    row->memory_used = member->usage.memory_used;
    row->memory_total = member->usage.memory_total;
    row->machine = member->usage.machine;
}

static void on_nodes(void *self, const struct list_request *rq, struct call *call)
{
    struct query *query = self;
    struct arena arena = { 0 };
    struct map_node *node, *after;
    struct rowset set;

    if (!begin(&set, &node_row_desc, rq, &arena, call))
        return;
    map_each(node, after, nodes_all(query->sources.nodes)) {
        struct node_row row;
        fill_node(container_of(node, struct member, node), &row, &arena);
        fill_usage(container_of(node, struct member, node), &row);
        rowset_add(&set, &row);
    }
    rowset_reply(&set, call);
    arena_finish(&arena);
}

static void on_actors(void *self, const struct list_request *rq, struct call *call)
{
    struct query *query = self;
    struct arena arena = { 0 };
    struct actor_row *rows;
    struct rowset set;
    size_t count;

    if (!begin(&set, &actor_row_desc, rq, &arena, call))
        return;
    rows = arena_array(&arena, actors_count(query->sources.actors) + 1, sizeof(*rows));
    count = actors_rows(query->sources.actors, rows, &arena);
    for (size_t i = 0; i < count; i++)
        rowset_add(&set, &rows[i]);
    rowset_reply(&set, call);
    arena_finish(&arena);
}

static void on_jobs(void *self, const struct list_request *rq, struct call *call)
{
    struct query *query = self;
    struct arena arena = { 0 };
    struct job_row *rows;
    struct rowset set;
    size_t count;

    if (!begin(&set, &job_row_desc, rq, &arena, call))
        return;
    rows = arena_array(&arena, jobs_count(query->sources.jobs) + 1, sizeof(*rows));
    count = jobs_rows(query->sources.jobs, rows);
    for (size_t i = 0; i < count; i++)
        rowset_add(&set, &rows[i]);
    rowset_reply(&set, call);
    arena_finish(&arena);
}

struct task_walk {
    struct rowset set;
    struct arena scratch; /* of the row at hand */
    const struct policy_node *nodes;
    size_t count;
};

/* Says why it waits, while it waits for a node. */
static void explain(struct task_walk *walk, struct task_row *row)
{
    struct resources demand = { 0 };
    char why[256];

    if (!slice_is(row->state, "PENDING_NODE_ASSIGNMENT"))
        return;
    if (amounts_to_resources(&row->required_resources, &demand, NULL) == 0) {
        policy_explain(walk->nodes, walk->count, &demand, why, sizeof(why));
        row->pending_reason = arena_copy(&walk->scratch, slice(why));
    }
    resources_finish(&demand);
}

static bool on_task(void *arg, struct task_row *row)
{
    struct task_walk *walk = arg;

    explain(walk, row);
    rowset_add(&walk->set, row);
    arena_reset(&walk->scratch);
    return true;
}

static void on_tasks(void *self, const struct list_request *rq, struct call *call)
{
    struct query *query = self;
    struct arena arena = { 0 };
    struct task_walk walk = { .count = 0 };

    if (!begin(&walk.set, &task_row_desc, rq, &arena, call))
        return;
    walk.nodes = view_nodes(query->sources.view, &walk.count);
    events_each(query->sources.events, &walk.scratch, on_task, &walk);
    rowset_reply(&walk.set, call);
    arena_finish(&walk.scratch);
    arena_finish(&arena);
}

/* ---- from the nodes' tables ---- */

struct remote {
    struct query *query;
    struct call *call;
    struct arena arena;
    struct list_request rq; /* ours: the caller's frame is gone when the answers come */
    struct rowset set;
};

static void add_workers(void *arg, const struct id *node, const void *reply)
{
    const struct worker_rows *rows = reply;
    struct remote *remote = arg;

    (void)node;
    for (size_t i = 0; i < rows->rows.count; i++)
        rowset_add(&remote->set, &rows->rows.items[i]);
}

static void add_objects(void *arg, const struct id *node, const void *reply)
{
    const struct object_rows *rows = reply;
    struct remote *remote = arg;

    for (size_t i = 0; i < rows->rows.count; i++) {
        struct object_row row = rows->rows.items[i];
        row.node_id = *node;
        rowset_add(&remote->set, &row);
    }
}

static void remote_done(void *arg)
{
    struct remote *remote = arg;

    rowset_reply(&remote->set, remote->call);
    arena_finish(&remote->arena);
    free(remote);
}

static void ask_nodes(struct query *query, const struct list_request *rq,
                      const struct method *method, struct gather_ops *ops,
                      struct call *call)
{
    static const struct nothing nothing;
    struct remote *remote = xcalloc(1, sizeof(*remote));
    const struct desc *row = method->reply->fields[0].sub;

    remote->query = query;
    remote->call = call;
    codec_copy(&remote->arena, &list_request_desc, &remote->rq, rq);
    if (!begin(&remote->set, row, &remote->rq, &remote->arena, call)) {
        arena_finish(&remote->arena);
        free(remote);
        return;
    }
    ops->on_done = remote_done;
    ops->arg = remote;
    gather_begin(query->sources.loop, query->sources.nodes, method, &nothing, ops);
}

static void on_workers(void *self, const struct list_request *rq, struct call *call)
{
    struct gather_ops ops = { .on_reply = add_workers };
    ask_nodes(self, rq, proto_method(METHOD_workers_list), &ops, call);
}

static void on_objects(void *self, const struct list_request *rq, struct call *call)
{
    struct gather_ops ops = { .on_reply = add_objects };
    ask_nodes(self, rq, proto_method(METHOD_objects_list), &ops, call);
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
};

void query_serve(struct query *query, struct dispatch *dispatch)
{
    dispatch_add(dispatch, &query_methods, &handlers, sizeof(handlers), query);
}
