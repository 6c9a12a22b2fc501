/* summary.c - a tally: rows by name and type, each with counts by state. */
#include "daemon/head/summary.h"

#include "daemon/head/actors.h"
#include "daemon/head/events.h"
#include "daemon/head/gather.h"
#include "daemon/head/past.h"
#include "daemon/head/query_sources.h"
#include "lib/base/mem.h"
#include "lib/net/peer.h"
#include "lib/proto/proto.h"

#include <stdlib.h>

enum { STATES_MAX = 16 };

struct tally {
    struct arena arena;
    struct summary_row *rows;
    size_t count, capacity;
};

static struct summary_row *row_of(struct tally *tally, struct slice name,
                                  struct slice type)
{
    struct summary_row *row;

    for (size_t i = 0; i < tally->count; i++)
        if (slice_equal(tally->rows[i].name, name) &&
            slice_equal(tally->rows[i].type, type))
            return &tally->rows[i];
    tally->rows =
        xgrow(tally->rows, &tally->capacity, tally->count + 1, sizeof(*tally->rows));
    row = &tally->rows[tally->count++];
    *row = (struct summary_row){ .name = arena_copy(&tally->arena, name),
                                 .type = arena_copy(&tally->arena, type) };
    row->state_counts.items =
        arena_array(&tally->arena, STATES_MAX, sizeof(*row->state_counts.items));
    return row;
}

static void add(struct tally *tally, struct summary_row *row, struct slice state)
{
    row->total++;
    for (size_t i = 0; i < row->state_counts.count; i++) {
        if (slice_equal(row->state_counts.items[i].name, state)) {
            row->state_counts.items[i].value++;
            return;
        }
    }
    if (row->state_counts.count < STATES_MAX)
        row->state_counts.items[row->state_counts.count++] =
            (struct count){ arena_copy(&tally->arena, state), 1 };
}

static int by_total(const void *a, const void *b)
{
    const struct summary_row *left = a, *right = b;
    int order = (left->total < right->total) - (left->total > right->total);
    return order != 0 ? order : slice_compare(left->name, right->name);
}

static void reply(struct tally *tally, struct call *call)
{
    struct summary_rows message = { .total = (int64_t)tally->count };

    if (tally->count > 0)
        qsort(tally->rows, tally->count, sizeof(*tally->rows), by_total);
    message.rows.items = tally->rows;
    message.rows.count = tally->count;
    call_reply(call, &message);
    free(tally->rows);
    arena_finish(&tally->arena);
}

struct task_tally {
    struct tally tally;
    struct arena scratch;
    struct call *call;
};

static void add_past_task(void *arg, const void *row)
{
    struct task_tally *tally = arg;
    const struct task_row *task = row;

    add(&tally->tally, row_of(&tally->tally, task->func_or_class_name, task->type),
        task->state);
}

static bool add_task(void *arg, struct task_row *task)
{
    struct task_tally *tally = arg;

    add_past_task(tally, task);
    arena_reset(&tally->scratch);
    return true;
}

static void tasks_done(void *arg)
{
    struct task_tally *tally = arg;

    reply(&tally->tally, tally->call);
    arena_finish(&tally->scratch);
    free(tally);
}

void summary_tasks(const struct query_sources *sources, struct call *call)
{
    struct task_tally *tally = xcalloc(1, sizeof(*tally));
    const struct past_ops ops = { .on_row = add_past_task,
                                  .on_done = tasks_done,
                                  .arg = tally };

    tally->call = call;
    events_each(sources->events, &tally->scratch, add_task, tally);
    past_ask(sources->loop, sources->events, &(struct past_range){ slice(""), 0, 0 },
             &ops);
}

void summary_actors(const struct query_sources *sources, struct call *call)
{
    struct tally tally = { .count = 0 };
    size_t count = actors_count(sources->actors);
    struct actor_row *rows = arena_array(&tally.arena, count + 1, sizeof(*rows));

    count = actors_rows(sources->actors, rows, &tally.arena);
    for (size_t i = 0; i < count; i++)
        add(&tally, row_of(&tally, rows[i].class_name, slice("ACTOR")), rows[i].state);
    reply(&tally, call);
}

struct object_tally {
    struct tally tally;
    struct call *call;
};

static void add_objects(void *arg, const struct id *node, const void *message)
{
    const struct object_rows *rows = message;
    struct object_tally *objects = arg;

    (void)node;
    for (size_t i = 0; i < rows->rows.count; i++) {
        const struct object_row *object = &rows->rows.items[i];
        struct slice owner =
            arena_printf(&objects->tally.arena, "pid %lld", (long long)object->pid);
        struct summary_row *row = row_of(&objects->tally, owner, object->type);
        add(&objects->tally, row, object->reference_type);
        row->total_size += object->object_size;
    }
}

static void objects_done(void *arg)
{
    struct object_tally *objects = arg;

    reply(&objects->tally, objects->call);
    free(objects);
}

void summary_objects(const struct query_sources *sources, struct call *call)
{
    static const struct nothing nothing;
    struct object_tally *objects = xcalloc(1, sizeof(*objects));
    const struct gather_ops ops = { add_objects, objects_done, objects };

    objects->call = call;
    gather_begin(sources->loop, sources->nodes, proto_method(METHOD_objects_list),
                 &nothing, &ops);
}
