/* tables.c - makes rows from what the services below keep. */
#include "daemon/head/tables.h"

#include "daemon/head/actors.h"
#include "daemon/head/events.h"
#include "daemon/head/gather.h"
#include "daemon/head/jobs.h"
#include "daemon/head/nodes.h"
#include "daemon/head/query_sources.h"
#include "daemon/head/view.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/net/nearby.h"
#include "lib/proto/amounts.h"
#include "lib/proto/proto.h"

#include <stdlib.h>

enum { USAGE_KNOWN_S = 10 };

/* What is done with each row. */
struct walk {
    tables_fn *fn;
    void *arg;
    struct arena arena; /* of what the rows point to */
    const struct policy_node *nodes;
    size_t count;
};

/* ---- the head's own ---- */

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

static void each_node(const struct query_sources *sources, struct walk *walk)
{
    struct map_node *node, *after;

    map_each(node, after, nodes_all(sources->nodes)) {
        struct node_row row;
        fill_node(container_of(node, struct member, node), &row, &walk->arena);
        fill_usage(container_of(node, struct member, node), &row);
        walk->fn(walk->arg, &row);
    }
}

static void each_actor(const struct query_sources *sources, struct walk *walk)
{
    struct actor_row *rows =
        arena_array(&walk->arena, actors_count(sources->actors) + 1, sizeof(*rows));
    size_t count = actors_rows(sources->actors, rows, &walk->arena);

    for (size_t i = 0; i < count; i++)
        walk->fn(walk->arg, &rows[i]);
}

static void each_job(const struct query_sources *sources, struct walk *walk)
{
    struct job_row *rows =
        arena_array(&walk->arena, jobs_count(sources->jobs) + 1, sizeof(*rows));
    size_t count = jobs_rows(sources->jobs, rows);

    for (size_t i = 0; i < count; i++)
        walk->fn(walk->arg, &rows[i]);
}

/* Says why it waits, while it waits for a node. */
static void explain(struct walk *walk, struct task_row *row)
{
    struct resources demand = { 0 };
    char why[256];

    if (!slice_is(row->state, "PENDING_NODE_ASSIGNMENT"))
        return;
    if (amounts_to_resources(&row->required_resources, &demand, NULL) == 0) {
        policy_explain(walk->nodes, walk->count, &demand, why, sizeof(why));
        row->pending_reason = arena_copy(&walk->arena, slice(why));
    }
    resources_finish(&demand);
}

static bool on_task(void *arg, struct task_row *row)
{
    struct walk *walk = arg;

    explain(walk, row);
    walk->fn(walk->arg, row);
    arena_reset(&walk->arena);
    return true;
}

static void each_task(const struct query_sources *sources, struct walk *walk)
{
    walk->nodes = view_nodes(sources->view, &walk->count);
    events_each(sources->events, &walk->arena, on_task, walk);
}

static const struct own {
    const struct desc *row;
    void (*each)(const struct query_sources *sources, struct walk *walk);
} own[] = {
    { &node_row_desc, each_node },
    { &actor_row_desc, each_actor },
    { &job_row_desc, each_job },
    { &task_row_desc, each_task },
};

void tables_each(const struct query_sources *sources, const struct desc *row,
                 tables_fn *fn, void *arg)
{
    struct walk walk = { .fn = fn, .arg = arg };

    for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
        if (own[i].row == row)
            own[i].each(sources, &walk);
    arena_finish(&walk.arena);
}

/* ---- the nodes' ---- */

bool tables_are_remote(const struct desc *row)
{
    return row == &worker_row_desc || row == &object_row_desc;
}

static void on_workers(void *arg, const struct id *node, const void *reply)
{
    const struct worker_rows *rows = reply;
    struct tables_ops *ops = arg;

    (void)node;
    for (size_t i = 0; i < rows->rows.count; i++)
        ops->on_row(ops->arg, &rows->rows.items[i]);
}

static void on_objects(void *arg, const struct id *node, const void *reply)
{
    const struct object_rows *rows = reply;
    struct tables_ops *ops = arg;

    for (size_t i = 0; i < rows->rows.count; i++) {
        struct object_row row = rows->rows.items[i];
        row.node_id = *node;
        ops->on_row(ops->arg, &row);
    }
}

static void on_gathered(void *arg)
{
    struct tables_ops *ops = arg;

    ops->on_done(ops->arg);
    free(ops);
}

void tables_ask(const struct query_sources *sources, const struct desc *row,
                const struct tables_ops *ops)
{
    static const struct nothing nothing;
    const bool are_objects = row == &object_row_desc;
    const struct method *method =
        proto_method(are_objects ? METHOD_objects_list : METHOD_workers_list);
    struct tables_ops *kept = xcalloc(1, sizeof(*kept));
    const struct gather_ops gather = { are_objects ? on_objects : on_workers,
                                       on_gathered, kept };

    *kept = *ops;
    gather_begin(sources->loop, sources->nodes, method, &nothing, &gather);
}
