/* status.c - sums over the tables, made when asked for. */
#include "daemon/head/status.h"

#include "daemon/head/actors.h"
#include "daemon/head/events.h"
#include "daemon/head/jobs.h"
#include "daemon/head/nodes.h"
#include "daemon/head/query_sources.h"
#include "daemon/head/view.h"
#include "lib/net/peer.h"
#include "lib/proto/amounts.h"

#include <unistd.h>

enum { DEMANDS_MAX = 200, COUNTS_MAX = 16 };

struct counts {
    struct count *items;
    size_t *count;
};

static void count_state(struct counts counts, struct slice state)
{
    for (size_t i = 0; i < *counts.count; i++) {
        if (slice_equal(counts.items[i].name, state)) {
            counts.items[i].value++;
            return;
        }
    }
    if (*counts.count < COUNTS_MAX)
        counts.items[(*counts.count)++] = (struct count){ state, 1 };
}

/* ---- usage ---- */

static void add_usage(struct cluster_status *status, const struct member *member,
                      struct arena *arena)
{
    for (size_t i = 0; i < member->total.count; i++) {
        const struct resource *total = &member->total.items[i];
        struct usage *usage = NULL;
        for (size_t j = 0; j < status->usage.count && usage == NULL; j++)
            if (slice_is(status->usage.items[j].name, total->name))
                usage = &status->usage.items[j];
        if (usage == NULL) {
            usage = &status->usage.items[status->usage.count++];
            usage->name = arena_copy(arena, slice(total->name));
        }
        usage->total += total->amount;
        usage->used += total->amount - resources_get(&member->available, total->name);
    }
}

static void add_nodes(const struct query_sources *sources,
                      struct cluster_status *status, struct arena *arena)
{
    struct map_node *node, *after;
    size_t kinds = 0;

    map_each(node, after, nodes_all(sources->nodes)) {
        kinds += container_of(node, struct member, node)->total.count;
    }
    status->usage.items = arena_array(arena, kinds + 1, sizeof(*status->usage.items));
    map_each(node, after, nodes_all(sources->nodes)) {
        struct member *member = container_of(node, struct member, node);
        if (member->state != NODE_ALIVE) {
            status->nodes_dead++;
            continue;
        }
        status->nodes_alive++;
        add_usage(status, member, arena);
    }
}

/* ---- what waits ---- */

static void add_demand(const struct query_sources *sources,
                       struct cluster_status *status, const struct resources *shape,
                       const struct demand_row *row, struct arena *arena)
{
    const struct policy_node *nodes;
    struct demand_row *own;
    char text[512];
    size_t count;

    resources_format(shape, text, sizeof(text));
    for (size_t i = 0; i < status->demands.count; i++) {
        own = &status->demands.items[i];
        if (slice_is(own->shape, text) && slice_equal(own->what, row->what)) {
            own->count += row->count;
            return;
        }
    }
    if (status->demands.count >= DEMANDS_MAX)
        return;
    own = &status->demands.items[status->demands.count++];
    *own = *row;
    own->shape = arena_copy(arena, slice(text));
    nodes = view_nodes(sources->view, &count);
    policy_explain(nodes, count, shape, text, sizeof(text));
    own->reason = arena_copy(arena, slice(text));
}

static void add_task_demands(const struct query_sources *sources,
                             struct cluster_status *status, struct arena *arena)
{
    struct map_node *node, *after;

    map_each(node, after, nodes_all(sources->nodes)) {
        struct member *member = container_of(node, struct member, node);
        for (size_t i = 0; member->peer != NULL && i < member->report.demands.count;
             i++) {
            const struct demand *demand = &member->report.demands.items[i];
            struct demand_row row = { .count = demand->waiting,
                                      .what = slice("tasks") };
            struct resources shape = { 0 };
            if (amounts_to_resources(&demand->resources, &shape, NULL) == 0)
                add_demand(sources, status, &shape, &row, arena);
            resources_finish(&shape);
        }
    }
}

static void add_actors(const struct query_sources *sources,
                       struct cluster_status *status, struct arena *arena)
{
    size_t count = actors_count(sources->actors);
    struct actor_row *rows = arena_array(arena, count + 1, sizeof(*rows));
    struct counts counts = { arena_array(arena, COUNTS_MAX, sizeof(struct count)),
                             &status->actors.count };

    status->actors.items = counts.items;
    count = actors_rows(sources->actors, rows, arena);
    for (size_t i = 0; i < count; i++) {
        struct demand_row row = { .count = 1, .what = slice("actors") };
        struct resources shape = { 0 };
        count_state(counts, rows[i].state);
        if (rows[i].pending_reason.size > 0 &&
            amounts_to_resources(&rows[i].required_resources, &shape, NULL) == 0) {
            add_demand(sources, status, &shape, &row, arena);
            status->demands.items[status->demands.count - 1].reason =
                rows[i].pending_reason;
        }
        resources_finish(&shape);
    }
}

struct task_count {
    struct counts counts;
    struct arena scratch, *arena;
};

static bool count_task(void *arg, struct task_row *row)
{
    struct task_count *tasks = arg;
    int state;

    /* The names of the table, which outlive the row. */
    for (state = 0; state < task_fsm.count; state++)
        if (slice_is(row->state, fsm_name(&task_fsm, state)))
            count_state(tasks->counts, slice(fsm_name(&task_fsm, state)));
    arena_reset(&tasks->scratch);
    return true;
}

static void add_tasks(const struct query_sources *sources,
                      struct cluster_status *status, struct arena *arena)
{
    struct task_count tasks = { .counts = { arena_array(arena, COUNTS_MAX,
                                                        sizeof(struct count)),
                                            &status->tasks.count } };

    status->tasks.items = tasks.counts.items;
    events_each(sources->events, &tasks.scratch, count_task, &tasks);
    arena_finish(&tasks.scratch);
}

static void add_jobs(const struct query_sources *sources, struct cluster_status *status,
                     struct arena *arena)
{
    size_t count = jobs_count(sources->jobs);
    struct job_row *rows = arena_array(arena, count + 1, sizeof(*rows));
    struct counts counts = { arena_array(arena, COUNTS_MAX, sizeof(struct count)),
                             &status->jobs.count };

    status->jobs.items = counts.items;
    count = jobs_rows(sources->jobs, rows);
    for (size_t i = 0; i < count; i++)
        count_state(counts, rows[i].status);
}

void status_reply(const struct query_sources *sources, struct call *call)
{
    struct arena arena = { 0 };
    struct cluster_status status = {
        .cluster = slice(sources->cluster),
        .release = slice(PROTO_RELEASE),
        .head_pid = getpid(),
        .start_time = sources->start_time,
        .address = slice(sources->address),
        .session = slice(sources->session),
    };

    status.demands.items =
        arena_array(&arena, DEMANDS_MAX, sizeof(*status.demands.items));
    add_nodes(sources, &status, &arena);
    add_task_demands(sources, &status, &arena);
    add_actors(sources, &status, &arena);
    add_tasks(sources, &status, &arena);
    add_jobs(sources, &status, &arena);
    call_reply(call, &status);
    arena_finish(&arena);
}
