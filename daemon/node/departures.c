/* departures.c - choosing (evict.c), asking the owners, writing (spill.c), letting go.
 *
 * An owner agrees when no task uses the object and the program has no pointer to its
 * bytes; from then on it has to ask for the object (objects.restore) before it uses it
 * again. What an owner refuses is left alone for RETRY_MS. All that are agreed to go
 * into one file, at least FUSE_MIN together when there are that many: small objects
 * must not be a file each.
 *
 * A disk that is full is left alone for RETRY_MS; nothing is lost, since objects leave
 * memory only when they are on disk. An object that has been there before needs no
 * writing: its bytes do not change. */
#include "daemon/node/departures.h"

#include "daemon/node/evict.h"
#include "daemon/node/store.h"
#include "daemon/node/workers.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/net/stubs.h"

#include <stdlib.h>

enum { RETRY_MS = 200, ANSWER_MS = 5000, FUSE_MIN = 8 * 1024 * 1024 };

struct departures {
    struct store *store;
    int64_t threshold;
    struct departures_ops ops;
    bool is_under_way;
    unsigned unanswered; /* owners who were asked */
    int64_t again;       /* clock_now() from which on to try the disk again */
    int64_t look_again;  /* and to look for more than is asked for */
    struct error disk;   /* why it failed; code 0: it did not */
    struct object_ref *agreed;
    size_t agreed_count, agreed_capacity;
    struct spill_item *items; /* what is being written: */
    struct object_ref *written;
    size_t items_count;
};

struct departures *departures_create(struct store *store, int64_t threshold,
                                     const struct departures_ops *ops)
{
    struct departures *departures = xcalloc(1, sizeof(*departures));

    departures->store = store;
    departures->threshold = threshold;
    departures->ops = *ops;
    return departures;
}

void departures_destroy(struct departures *departures)
{
    free(departures->agreed);
    free(departures);
}

const struct error *departures_failure(const struct departures *departures)
{
    return &departures->disk;
}

static void end_step(struct departures *departures)
{
    departures->is_under_way = false;
    departures->ops.on_ended(departures->ops.arg);
}

static void on_written(void *arg, const struct error *err)
{
    struct departures *departures = arg;

    departures->disk.code = ERR_OK;
    if (err != NULL) {
        log_warn("departures", "%s", err->text);
        departures->disk = *err;
        departures->again = clock_now() + RETRY_MS * NS_PER_MS;
    }
    for (size_t i = 0; i < departures->items_count; i++) {
        struct object *object =
            store_find_object(departures->store, &departures->written[i].object_id);
        object->where = departures->items[i].where;
        object->state = OBJECT_HERE;
        if (object->is_freed) {
            store_remove_object(departures->store, object);
        } else if (err == NULL &&
                   !departures->ops.is_wanted(departures->ops.arg, &object->id)) {
            object->state = OBJECT_AWAY;
            store_leave(departures->store, object);
        }
    }
    free(departures->items);
    free(departures->written);
    departures->items = NULL;
    departures->written = NULL;
    end_step(departures);
}

/* All owners have answered. */
static void write_agreed(struct departures *departures)
{
    struct store *store = departures->store;
    size_t count = departures->agreed_count;

    departures->agreed_count = 0;
    departures->items_count = 0;
    if (count == 0) {
        end_step(departures);
        return;
    }
    departures->items = xcalloc(count, sizeof(*departures->items));
    departures->written = xcalloc(count, sizeof(*departures->written));
    for (size_t i = 0; i < count; i++) {
        struct object *object =
            store_find_object(store, &departures->agreed[i].object_id);
        struct segment *segment;
        if (object == NULL || object->state != OBJECT_HERE)
            continue;
        if (object->where.file != NULL) { /* it has been there before */
            object->state = OBJECT_AWAY;
            store_leave(store, object);
            continue;
        }
        segment = store_find_segment(store, object->segment);
        object->state = OBJECT_LEAVING;
        departures->written[departures->items_count].object_id = object->id;
        departures->items[departures->items_count++] = (struct spill_item){
            .fd = segment->fd, .offset = object->offset, .size = object->size + 1
        };
    }
    if (departures->items_count > 0)
        spill_write(store->spill, departures->items, departures->items_count,
                    on_written, departures);
    else
        on_written(departures, NULL);
}

static void on_set_aside(void *arg, const struct error *err, const void *reply)
{
    struct departures *departures = arg;
    const struct object_refs *refs = reply;

    for (size_t i = 0; err == NULL && i < refs->objects.count; i++) {
        if (departures->agreed_count == departures->agreed_capacity)
            departures->agreed =
                xgrow(departures->agreed, &departures->agreed_capacity,
                      departures->agreed_count + 1, sizeof(*departures->agreed));
        departures->agreed[departures->agreed_count++] = refs->objects.items[i];
    }
    if (--departures->unanswered == 0)
        write_agreed(departures);
}

static bool may_leave(const struct departures *departures, const struct object *object,
                      int64_t now)
{
    struct worker *owner = workers_find(departures->store->workers, &object->owner);
    struct segment *segment = store_find_segment(departures->store, object->segment);

    return object->state == OBJECT_HERE && !segment->is_file &&
           object->holder == NULL && owner != NULL && owner->peer != NULL &&
           (object->asked == 0 || now - object->asked > RETRY_MS * NS_PER_MS);
}

/* One call for each owner of those that were chosen. */
static void ask_owners(struct departures *departures, struct evict_candidate *chosen,
                       size_t count)
{
    const struct call_options options = { .timeout_ms = ANSWER_MS };
    struct object_ref *refs = xcalloc(count, sizeof(*refs));

    for (size_t i = 0; i < count; i++) {
        struct object *first = chosen[i].object;
        struct object_refs rq = { .objects = { refs, 0 } };
        if (first == NULL)
            continue;
        for (size_t j = i; j < count; j++) {
            struct object *object = chosen[j].object;
            if (object == NULL || !id_equal(&object->owner, &first->owner))
                continue;
            refs[rq.objects.count++].object_id = object->id;
            object->asked = clock_now();
            chosen[j].object = NULL;
        }
        departures->unanswered++;
        call_client_set_aside(
            workers_find(departures->store->workers, &first->owner)->peer, &rq,
            &options, on_set_aside, departures);
    }
    free(refs);
}

bool departures_begin(struct departures *departures, int64_t missing)
{
    struct store *store = departures->store;
    const struct evict_need need = { .limit = store->limit,
                                     .charged = store->charged,
                                     .used = store->used,
                                     .asked = missing,
                                     .threshold = departures->threshold };
    int64_t wanted = evict_wanted(&need), now = clock_now();
    struct evict_candidate *candidates;
    struct map_node *node, *after;
    size_t count = 0;

    if (departures->is_under_way || wanted <= 0 || now < departures->again ||
        (missing == 0 && now < departures->look_again))
        return departures->is_under_way;
    candidates = xcalloc(map_count(&store->objects) + 1, sizeof(*candidates));
    map_each(node, after, &store->objects) {
        struct object *object = container_of(node, struct object, node);
        if (may_leave(departures, object, now))
            candidates[count++] =
                (struct evict_candidate){ object->last_use, object->size, object };
    }
    if (wanted < FUSE_MIN)
        wanted = FUSE_MIN;
    if (wanted > spill_room(store->spill))
        wanted = spill_room(store->spill);
    count = wanted > 0 ? evict_choose(candidates, count, wanted) : 0;
    departures->is_under_way = count > 0;
    if (count == 0) /* looking costs time, and each new object would make us look */
        departures->look_again = now + RETRY_MS * NS_PER_MS;
    if (count > 0)
        ask_owners(departures, candidates, count);
    free(candidates);
    return count > 0;
}
