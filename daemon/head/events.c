/* events.c - packed rows in a map by attempt and in lists by age: those that live,
 * those that have ended, and of these those that are on disk. */
#include "daemon/head/events_table.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/net/peer.h"
#include "lib/proto/codec.h"
#include "lib/proto/proto.h"

#include <stdlib.h>
#include <string.h>

struct events *events_create(void)
{
    struct events *events = xcalloc(1, sizeof(*events));

    list_init(&events->living);
    list_init(&events->unsaved);
    list_init(&events->saved);
    buf_init(&events->scratch, 0);
    return events;
}

static void event_destroy(struct events *events, struct event *event)
{
    map_remove(&events->all, &event->node);
    list_remove(&event->age);
    free(event->packed);
    free(event);
}

void events_destroy(struct events *events)
{
    struct map_node *node, *after;

    events_save_destroy(events->save);
    map_each(node, after, &events->all) {
        event_destroy(events, container_of(node, struct event, node));
    }
    buf_finish(&events->scratch);
    free(events);
}

size_t events_count(const struct events *events)
{
    return map_count(&events->all);
}

int64_t events_dropped(const struct events *events)
{
    return events->dropped;
}

size_t events_unsaved(const struct events *events)
{
    const struct list *at;
    size_t count = 0;

    for (at = events->unsaved.next; at != &events->unsaved; at = at->next)
        count++;
    return count;
}

/* What is on disk goes first, and is not lost. */
static void make_room(struct events *events)
{
    struct list *const lists[] = { &events->saved, &events->unsaved, &events->living };
    size_t i = 0;

    if (map_count(&events->all) < EVENTS_MAX)
        return;
    while (list_is_empty(lists[i]))
        i++;
    event_destroy(events, container_of(lists[i]->next, struct event, age));
    if (lists[i] != &events->saved)
        events->dropped++;
}

static struct event *create(struct events *events, const struct attempt_key *key,
                            const struct task_row *row)
{
    struct event *event;

    make_room(events);
    event = xcalloc(1, sizeof(*event));
    event->key = *key;
    event->job = row->job_id;
    event->number = ++events->next_number;
    list_init(&event->age);
    map_add(&events->all, &event->node, &event->key, sizeof(event->key));
    return event;
}

/* NULL: what is said of it is old. The head tells again of what it has read from its
 * tables (owners do not). */
static struct event *find_or_create(struct events *events, const struct task_row *row,
                                    const struct peer *owner)
{
    struct attempt_key key;
    struct map_node *node;

    memset(&key, 0, sizeof(key));
    key.task = row->task_id;
    key.attempt = (int32_t)row->attempt_number;
    node = map_find(&events->all, &key, sizeof(key));
    if (node != NULL)
        return container_of(node, struct event, node);
    if (owner == NULL && events_save_has(events, &key))
        return NULL;
    return create(events, &key, row);
}

static void keep(struct events *events, struct event *event, const struct task_row *row)
{
    buf_clear(&events->scratch);
    if (codec_pack(&events->scratch, &task_row_desc, row) != 0)
        return;
    event->packed = xrealloc(event->packed, events->scratch.size);
    memcpy(event->packed, events->scratch.data, events->scratch.size);
    event->size = (uint32_t)events->scratch.size;
}

void events_put(struct events *events, const struct task_row *row,
                const struct peer *owner)
{
    struct event *event;

    if (row->task_id.size != ID_TASK)
        return;
    event = find_or_create(events, row, owner);
    if (event == NULL || event->has_ended) /* a late word about what is over */
        return;
    event->owner = owner;
    event->has_ended =
        slice_is(row->state, "FINISHED") || slice_is(row->state, "FAILED");
    keep(events, event, row);
    list_remove(&event->age);
    list_add(event->has_ended ? &events->unsaved : &events->living, &event->age);
    if (event->has_ended)
        events_save_soon(events);
    if (events->on_change != NULL)
        events->on_change(events->on_change_arg);
}

void events_on_change(struct events *events, void (*fn)(void *arg), void *arg)
{
    events->on_change = fn;
    events->on_change_arg = arg;
}

static bool unpack(const struct event *event, struct task_row *row, struct arena *arena)
{
    return codec_unpack(slice_of(event->packed, event->size), &task_row_desc, row,
                        arena, NULL) == 0;
}

/* Newest first, by the order in which attempts were first heard of. */
static int by_number(const void *a, const void *b)
{
    const struct event *const *left = a, *const *right = b;
    return ((*left)->number < (*right)->number) - ((*left)->number > (*right)->number);
}

void events_each(struct events *events, struct arena *arena, events_fn *fn, void *arg)
{
    size_t count = 0, total = map_count(&events->all);
    struct event **order = xcalloc(total + 1, sizeof(struct event *));
    struct map_node *node, *after;
    struct task_row row;
    bool goes_on = true;

    map_each(node, after, &events->all) {
        order[count++] = container_of(node, struct event, node);
    }
    /* The map keeps the order of first reports, so this is nearly no work. */
    qsort(order, count, sizeof(struct event *), by_number);
    for (size_t i = 0; i < count && goes_on; i++)
        if (unpack(order[i], &row, arena))
            goes_on = fn(arg, &row);
    free(order);
}

static void lose(struct events *events, struct event *event, const char *type,
                 const char *message)
{
    struct arena arena = { 0 };
    struct task_row row;

    if (unpack(event, &row, &arena)) {
        row.state = slice("FAILED");
        row.error_type = slice(type);
        row.error_message = slice(message);
        row.end_time = clock_wall();
        events_put(events, &row, NULL);
    }
    arena_finish(&arena);
}

void events_on_job_ended(struct events *events, const struct id *job)
{
    struct list *at, *after;

    list_each_safe(at, after, &events->living) {
        struct event *event = container_of(at, struct event, age);
        if (id_equal(&event->job, job))
            lose(events, event, "JOB_ENDED", "its job ended before it did");
    }
}

void events_on_peer_closed(struct events *events, const struct peer *peer)
{
    struct list *at, *after;

    list_each_safe(at, after, &events->living) {
        struct event *event = container_of(at, struct event, age);
        if (event->owner == peer)
            lose(events, event, "OWNER_DIED", "the process that started it ended");
    }
}

static void on_push(void *self, const struct task_events *rq, struct call *call)
{
    struct events *events = self;

    for (size_t i = 0; i < rq->rows.count; i++)
        events_put(events, &rq->rows.items[i], call_peer(call));
    events->dropped += rq->dropped > 0 ? rq->dropped : 0;
    call_done(call);
}

static const struct events_handlers handlers = { .push = on_push };

void events_serve(struct events *events, struct dispatch *dispatch)
{
    dispatch_add(dispatch, &events_methods, &handlers, sizeof(handlers), events);
}
