/* away.c - setting objects aside and calling them back.
 *
 * An object that is on its way back is pinned, so that its node is not asked for the
 * same bytes to go again before they have been used, and so that it is still there when
 * the answer comes. A object whose node cannot bring it back (its disk, or the node
 * itself, is gone) is made again (lineage.h), or FAILED. */
#include "lib/client/away.h"

#include "lib/base/arena.h"
#include "lib/base/mem.h"
#include "lib/client/borrow.h"
#include "lib/client/lineage.h"
#include "lib/client/mishap.h"
#include "lib/client/object.h"
#include "lib/client/runtime.h"
#include "lib/client/task.h"
#include "lib/net/loop.h"
#include "lib/net/stubs.h"

#include <stdlib.h>

static struct place *find(struct runtime *rt, const struct id *id)
{
    struct map_node *node = map_find(&rt->shm.owned, ID_KEY(id));
    return node != NULL ? container_of(node, struct place, owned) : NULL;
}

static bool is_in_use(const struct ray_ref *object)
{
    return object->state != OBJECT_READY || object->pins > 0 || object->is_read ||
           (object->shared != NULL && refs_is_read(object->shared));
}

void away_set_aside(struct runtime *rt, const struct object_refs *asked,
                    struct object_refs *agreed, struct arena *arena)
{
    size_t count = asked->objects.count;

    agreed->objects.items = arena_array(arena, count, sizeof(*agreed->objects.items));
    pthread_mutex_lock(&rt->lock);
    for (size_t i = 0; i < count; i++) {
        struct place *place = find(rt, &asked->objects.items[i].object_id);
        if (place == NULL || is_in_use(place->owner))
            continue;
        place->is_away = true;
        shm_let_go(rt, place);
        agreed->objects.items[agreed->objects.count++] = asked->objects.items[i];
    }
    pthread_mutex_unlock(&rt->lock);
}

struct recall {
    struct runtime *rt;
    struct ray_ref *object; /* pinned */
};

static void come_back(struct place *place, const struct object_place *now)
{
    place->segment = now->segment;
    place->offset = now->offset;
    place->copy = 0;
    place->is_away = false;
}

/* What a node cannot bring back; false: it is FAILED. */
static bool make_again(struct runtime *rt, struct ray_ref *object,
                       const struct error *err)
{
    struct failure why = { .code = err->code, .text = slice(err->text) };

    object->state = OBJECT_READY;
    object->place->is_lost = true;
    if (object->maker != NULL)
        return lineage_rebuild(rt, object);
    shm_release(rt, &object->id, object->place);
    object->place = NULL;
    object_set_failure(object, &why);
    return false;
}

static void on_restored(void *arg, const struct error *err, const void *reply)
{
    struct recall *recall = arg;
    struct runtime *rt = recall->rt;
    struct ray_ref *object = recall->object;

    pthread_mutex_lock(&rt->lock);
    if (err == NULL) {
        come_back(object->place, reply);
        object->state = OBJECT_READY;
        task_on_object(rt, object);
    } else if (!make_again(rt, object, err)) {
        task_on_object(rt, object);
    }
    runtime_wake(rt);
    object_unpin(rt, object);
    pthread_mutex_unlock(&rt->lock);
    free(recall);
}

static void ask(void *arg)
{
    struct recall *recall = arg;
    struct node_link *node = recall->object->place->node;
    struct peer *peer = node_link_peer(node);
    struct object_ref rq = { .object_id = recall->object->id };
    struct error err;

    if (peer != NULL) {
        call_objects_restore(peer, &rq, NULL, on_restored, recall);
        return;
    }
    fail(&err, ERR_OBJECT_LOST, "node %s is gone", node->address);
    on_restored(recall, &err, NULL);
}

bool away_call_back(struct runtime *rt, struct ray_ref *const *refs, size_t count)
{
    bool is_any = false;

    for (size_t i = 0; i < count; i++) {
        struct ray_ref *object = refs[i];
        struct recall *recall;
        if (borrow_is(rt, object))
            borrow_ask(rt, object);
        is_any |= object->state == OBJECT_PENDING; /* others have called it */
        if (object->state != OBJECT_READY || object->place == NULL)
            continue;
        if (lineage_is_lost(object) && shm_find(rt, object->place) == NULL) {
            is_any |= lineage_rebuild(rt, object);
            continue;
        }
        if (!object->place->is_away)
            continue;
        recall = xalloc(sizeof(*recall));
        *recall = (struct recall){ rt, object };
        object->pins++;
        object->state = OBJECT_PENDING;
        loop_post(rt->loop, ask, recall);
        is_any = true;
    }
    return is_any;
}
