/* pressure.c - one step at a time, until all who wait have been answered.
 *
 * A step is: ask writers to trim, or send objects away (departures.c). Who asks first
 * is served first, those who want an object back before those who want to write. A
 * writer for whom a block was freed in a segment that it has is told to look there.
 * When GRACE_MS have passed in which no room was made and no step is under way, those
 * who wait are told that the store is full, and why; but an object that is wanted back
 * is then read from its file, as if that were a segment: what was stored can always be
 * read. */
#include "daemon/node/pressure.h"

#include "daemon/node/departures.h"
#include "daemon/node/store.h"
#include "daemon/node/workers.h"
#include "lib/base/clock.h"
#include "lib/base/list.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/net/loop.h"
#include "lib/net/stubs.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

enum { LOOK_MS = 100, GRACE_MS = 2000, ANSWER_MS = 5000 };

struct waiter {
    struct list list;
    struct call *call;
    struct id writer; /* of who wants a segment */
    struct id object; /* that is wanted back; no id: a segment is */
    int64_t size;
    int64_t released; /* as of segment_request */
    char *address;    /* of the node that has what is to be copied; owned; NULL: none */
    struct object_pull pull; /* then: what to copy */
};

struct pressure {
    struct loop *loop;
    struct store *store;
    struct loop_timer *timer;
    struct list waiters;
    struct departures *departures;
    int64_t threshold;
    void (*on_room_for)(void *arg, const struct object_pull *rq, struct call *call);
    void *arg;
    int64_t progress;  /* clock_now() of the last room that was made */
    unsigned trimming; /* writers who have not answered */
    bool is_closed, is_deferred;
};

static void go_on(struct pressure *pressure);

/* ---- answers ---- */

static void waiter_destroy(struct waiter *waiter)
{
    list_remove(&waiter->list);
    free(waiter->address);
    free(waiter);
}

static void refuse(struct waiter *waiter, const struct error *err)
{
    call_fail(waiter->call, err);
    waiter_destroy(waiter);
}

static bool wants_back(const struct waiter *waiter)
{
    return id_is_set(&waiter->object);
}

static bool is_wanted_back(void *arg, const struct id *object)
{
    struct pressure *pressure = arg;
    struct list *at;

    list_each(at, &pressure->waiters)
        if (id_equal(&container_of(at, struct waiter, list)->object, object))
            return true;
    return false;
}

/* All who want that object back. */
static void refuse_all(struct pressure *pressure, const struct id *object,
                       const struct error *err)
{
    struct list *at, *after;

    list_each_safe(at, after, &pressure->waiters) {
        struct waiter *waiter = container_of(at, struct waiter, list);
        if (id_equal(&waiter->object, object))
            refuse(waiter, err);
    }
}

/* ---- back from disk ---- */

struct returning {
    struct pressure *pressure;
    struct id object;
};

static void on_read(void *arg, const struct error *err)
{
    struct returning *returning = arg;
    struct pressure *pressure = returning->pressure;
    struct object *object = store_find_object(pressure->store, &returning->object);

    object->state = OBJECT_HERE;
    object->asked = clock_now();
    if (err != NULL) {
        log_warn("pressure", "%s", err->text);
        refuse_all(pressure, &object->id, err);
    }
    if (err != NULL || object->is_freed)
        store_remove_object(pressure->store, object);
    free(returning);
    go_on(pressure);
}

static void read_back(struct pressure *pressure, struct object *object,
                      struct segment *segment, int64_t offset)
{
    struct returning *returning = xalloc(sizeof(*returning));
    const struct spill_item item = { segment->fd, offset, object->size + 1,
                                     object->where };

    *returning = (struct returning){ pressure, object->id };
    object->state = OBJECT_RETURNING;
    store_enter(pressure->store, object, segment, offset);
    spill_read(pressure->store->spill, &item, on_read, returning);
}

static void answer_place(struct waiter *waiter, const struct object *object)
{
    const struct object_place place = { .segment = object->segment,
                                        .offset = object->offset,
                                        .size = object->size };
    call_reply(waiter->call, &place);
    waiter_destroy(waiter);
}

/* False when there is no room for it. */
static bool serve_object(struct pressure *pressure, struct waiter *waiter)
{
    struct object *object = store_find_object(pressure->store, &waiter->object);
    struct segment *segment;
    int64_t offset;
    struct error err;

    if (object == NULL || object->is_freed) {
        fail(&err, ERR_OBJECT_LOST, "the object is not in the store any more");
        refuse(waiter, &err);
    } else if (object->state == OBJECT_HERE) {
        object->last_use = object->asked = clock_now();
        answer_place(waiter, object);
    } else if (object->state == OBJECT_AWAY) {
        segment = store_reserve(pressure->store, object->size + 1, &offset, &err);
        if (segment == NULL && err.code == ERR_FULL)
            return false;
        if (segment == NULL)
            refuse(waiter, &err);
        else
            read_back(pressure, object, segment, offset);
    }
    return true;
}

/* There is no memory for the object, and none can be made: it is read where it is. */
static void serve_file(struct pressure *pressure, struct waiter *waiter)
{
    struct store *store = pressure->store;
    struct object *object = store_find_object(store, &waiter->object);
    struct error err;
    int64_t size;
    int fd;

    if (object == NULL || object->state != OBJECT_AWAY)
        return; /* the next look will answer */
    fd = spill_open(store->spill, &object->where, &size, &err);
    if (fd < 0) {
        refuse(waiter, &err);
        return;
    }
    object->state = OBJECT_HERE;
    store_enter(store, object, store_add_file(store, fd, size), object->where.offset);
    answer_place(waiter, object);
}

/* It has been given a block back since it found no room in its segments. */
static bool has_block(const struct pressure *pressure, const struct waiter *waiter)
{
    const struct worker *writer =
        workers_find(pressure->store->workers, &waiter->writer);

    return writer != NULL && writer->blocks_released != waiter->released;
}

/* False when there is no room. */
static bool serve_segment(struct pressure *pressure, struct waiter *waiter)
{
    const struct segment_reply look = { 0 };
    struct segment *segment;
    struct error err;

    if (has_block(pressure, waiter)) {
        call_reply(waiter->call, &look);
        waiter_destroy(waiter);
        return true;
    }
    segment = store_add_segment(pressure->store, waiter->size, &waiter->writer, &err);
    if (segment == NULL && err.code == ERR_FULL)
        return false;
    if (segment == NULL) {
        refuse(waiter, &err);
        return true;
    }
    store_reply_segment(waiter->call, segment, fcntl(segment->fd, F_DUPFD_CLOEXEC, 0));
    waiter_destroy(waiter);
    return true;
}

/* False when there is no room. */
static bool serve_copy(struct pressure *pressure, struct waiter *waiter)
{
    if (!store_has_room(pressure->store, waiter->size))
        return false;
    pressure->on_room_for(pressure->arg, &waiter->pull, waiter->call);
    waiter_destroy(waiter);
    return true;
}

static bool serve_one(struct pressure *pressure, struct waiter *waiter)
{
    if (waiter->address != NULL)
        return serve_copy(pressure, waiter);
    return wants_back(waiter) ? serve_object(pressure, waiter)
                              : serve_segment(pressure, waiter);
}

/* Bytes that the first who cannot be served waits for; 0: all are served. */
static int64_t serve(struct pressure *pressure)
{
    int64_t missing = 0;
    struct list *at, *after;

    list_each_safe(at, after, &pressure->waiters) {
        struct waiter *waiter = container_of(at, struct waiter, list);
        int64_t size = waiter->size;
        if (missing > 0 && (wants_back(waiter) || !has_block(pressure, waiter)))
            continue;
        if (!serve_one(pressure, waiter))
            missing = size;
    }
    return missing;
}

/* ---- trimming ---- */

static void on_trimmed(void *arg, const struct error *err, const void *reply)
{
    struct pressure *pressure = arg;
    const struct segment_refs *back = reply;

    for (size_t i = 0; err == NULL && i < back->segments.count; i++) {
        int64_t number = back->segments.items[i].segment;
        struct segment *segment = store_find_segment(pressure->store, number);
        /* is_asked: only what we asked for; an answer of another process names it in
         * vain */
        if (segment != NULL && segment->is_asked)
            store_orphan_segment(pressure->store, segment);
    }
    pressure->trimming--;
    go_on(pressure);
}

static bool ask_trim(struct pressure *pressure, const struct id *writer)
{
    static const struct nothing nothing;
    const struct call_options options = { .timeout_ms = ANSWER_MS };
    struct worker *worker = workers_find(pressure->store->workers, writer);

    if (worker == NULL || worker->peer == NULL)
        return false;
    pressure->trimming++;
    call_client_trim(worker->peer, &nothing, &options, on_trimmed, pressure);
    return true;
}

/* Asks the writers of segments in which no object is. */
static bool trim(struct pressure *pressure)
{
    struct map_node *node, *after;
    struct id last = { 0 };
    bool asked = false;

    map_each(node, after, &pressure->store->segments) {
        struct segment *segment = container_of(node, struct segment, node);
        if (!id_is_set(&segment->writer) || segment->objects > 0 || segment->is_asked)
            continue;
        segment->is_asked = true;
        if (!id_equal(&last, &segment->writer))
            asked |= ask_trim(pressure, &segment->writer);
        last = segment->writer;
    }
    return asked;
}

/* ---- steps ---- */

/* No room could be made: those who want an object back read its file, the others are
 * refused, unless they are to be patient. */
static void say_full(struct pressure *pressure, bool is_patient)
{
    const struct store *store = pressure->store;
    const struct error *disk = departures_failure(pressure->departures);
    struct list *at, *after;
    struct error err;

    list_each_safe(at, after, &pressure->waiters) {
        struct waiter *waiter = container_of(at, struct waiter, list);
        if (wants_back(waiter)) {
            serve_file(pressure, waiter);
            continue;
        }
        if (is_patient)
            continue;
        fail(&err, ERR_FULL,
             "object store has no room for %lld bytes: %lld of %lld bytes are "
             "reserved, %lld of them in objects that are in use%s%s; release refs, or "
             "start the node with more --object-store-memory",
             (long long)waiter->size, (long long)store->charged,
             (long long)store->limit, (long long)store->used,
             disk->code != ERR_OK ? "; " : "", disk->code != ERR_OK ? disk->text : "");
        refuse(waiter, &err);
    }
}

/* Answers whom it can; then the next step, unless one is under way. */
static void go_on(struct pressure *pressure)
{
    int64_t missing, waited;

    if (pressure->is_closed)
        return;
    missing = serve(pressure);
    if (pressure->trimming > 0)
        return;
    if ((missing > 0 && trim(pressure)) ||
        departures_begin(pressure->departures, missing))
        return;
    if (list_is_empty(&pressure->waiters))
        return;
    waited = clock_now() - pressure->progress;
    if (missing > 0 && waited > LOOK_MS * NS_PER_MS)
        say_full(pressure, waited <= GRACE_MS * NS_PER_MS);
    if (!list_is_empty(&pressure->waiters))
        loop_timer_start(pressure->timer, LOOK_MS, 0);
}

static void on_deferred(void *arg)
{
    struct pressure *pressure = arg;

    pressure->is_deferred = false;
    go_on(pressure);
}

/* Not from inside of whoever changes the tables now. */
static void go_on_soon(struct pressure *pressure)
{
    if (pressure->is_deferred || pressure->is_closed)
        return;
    pressure->is_deferred = true;
    loop_defer(pressure->loop, on_deferred, pressure);
}

static void on_timer(void *arg)
{
    go_on(arg);
}

static void on_step_ended(void *arg)
{
    go_on(arg);
}

void pressure_on_room(struct pressure *pressure)
{
    pressure->progress = clock_now();
    if (!list_is_empty(&pressure->waiters))
        go_on_soon(pressure);
}

void pressure_on_added(struct pressure *pressure)
{
    const struct store *store = pressure->store;

    if (store->used > store->limit / 100 * pressure->threshold)
        go_on_soon(pressure);
}

static struct waiter *add_waiter(struct pressure *pressure, struct call *call)
{
    struct waiter *waiter = xcalloc(1, sizeof(*waiter));

    waiter->call = call;
    if (list_is_empty(&pressure->waiters))
        pressure->progress = clock_now();
    list_add(&pressure->waiters, &waiter->list);
    go_on_soon(pressure);
    return waiter;
}

/* What can never fit need not wait. */
static bool is_refused(const struct pressure *pressure, int64_t size, struct call *call)
{
    struct error err;

    if (size > 0 && size <= pressure->store->limit)
        return false;
    fail(&err, ERR_FULL,
         "an object of %lld bytes can never fit this object store of %lld bytes; start "
         "the node with more --object-store-memory",
         (long long)size, (long long)pressure->store->limit);
    call_fail(call, &err);
    return true;
}

void pressure_ask_segment(struct pressure *pressure, const struct segment_request *rq,
                          const struct id *writer, struct call *call)
{
    struct waiter *waiter;

    if (is_refused(pressure, rq->size, call))
        return;
    waiter = add_waiter(pressure, call);
    waiter->writer = *writer;
    waiter->size = rq->size;
    waiter->released = rq->released;
}

void pressure_ask_copy(struct pressure *pressure, const struct object_pull *rq,
                       struct call *call)
{
    struct waiter *waiter;

    if (is_refused(pressure, rq->place.size, call))
        return;
    waiter = add_waiter(pressure, call);
    waiter->size = rq->place.size + 1;
    waiter->address = xslicedup(rq->place.address);
    waiter->pull = *rq;
    waiter->pull.place.address = slice(waiter->address);
}

void pressure_restore(struct pressure *pressure, const struct id *id, struct call *call)
{
    struct object *object = store_find_object(pressure->store, id);
    struct waiter *waiter = add_waiter(pressure, call);

    waiter->object = *id;
    waiter->size = object != NULL ? object->size + 1 : 0;
    list_remove(&waiter->list); /* those who read before those who write */
    list_add_first(&pressure->waiters, &waiter->list);
}

void pressure_free(struct pressure *pressure, struct object *object)
{
    if (object->state == OBJECT_LEAVING || object->state == OBJECT_RETURNING)
        object->is_freed = true;
    else
        store_remove_object(pressure->store, object);
}

/* ---- life ---- */

struct pressure *pressure_create(const struct pressure_options *options)
{
    struct pressure *pressure = xcalloc(1, sizeof(*pressure));
    const struct departures_ops ops = { is_wanted_back, on_step_ended, pressure };

    pressure->loop = options->loop;
    pressure->store = options->store;
    pressure->threshold = options->threshold;
    pressure->on_room_for = options->on_room_for;
    pressure->arg = options->arg;
    pressure->timer = loop_timer_create(options->loop, true, on_timer, pressure);
    pressure->departures = departures_create(options->store, options->threshold, &ops);
    list_init(&pressure->waiters);
    return pressure;
}

void pressure_close(struct pressure *pressure)
{
    struct list *at, *after;
    struct error err;

    pressure->is_closed = true;
    loop_timer_stop(pressure->timer);
    fail(&err, ERR_CLOSED, "the node is stopping");
    list_each_safe(at, after, &pressure->waiters)
        refuse(container_of(at, struct waiter, list), &err);
}

void pressure_destroy(struct pressure *pressure)
{
    loop_timer_destroy(pressure->timer);
    departures_destroy(pressure->departures);
    free(pressure);
}
