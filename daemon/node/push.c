/* push.c - a list of readers an object. Few objects are read by other nodes at once;
 * what is found for an id is found by a map. */
#include "daemon/node/push.h"

#include "lib/base/list.h"
#include "lib/base/map.h"
#include "lib/base/mem.h"
#include "lib/net/stubs.h"

#include <stdlib.h>

struct pushes {
    struct map objects; /* of struct pushed, by id */
};

struct pushed {
    struct map_node node;
    struct id id;
    struct list readers;
};

struct reader {
    struct list list;
    struct peer *peer;
};

struct pushes *pushes_create(void)
{
    return xcalloc(1, sizeof(struct pushes));
}

static void reader_destroy(struct reader *reader)
{
    list_remove(&reader->list);
    free(reader);
}

static void pushed_destroy(struct pushes *pushes, struct pushed *pushed)
{
    struct list *at, *after;

    list_each_safe(at, after, &pushed->readers)
        reader_destroy(container_of(at, struct reader, list));
    map_remove(&pushes->objects, &pushed->node);
    free(pushed);
}

void pushes_destroy(struct pushes *pushes)
{
    struct map_node *node, *after;

    map_each(node, after, &pushes->objects)
        pushed_destroy(pushes, container_of(node, struct pushed, node));
    free(pushes);
}

static struct pushed *find(struct pushes *pushes, const struct id *object)
{
    struct map_node *node = map_find(&pushes->objects, ID_KEY(object));
    return node != NULL ? container_of(node, struct pushed, node) : NULL;
}

void pushes_note(struct pushes *pushes, const struct id *object, struct peer *peer)
{
    struct pushed *pushed = find(pushes, object);
    struct reader *reader;
    struct list *at;

    if (pushed == NULL) {
        pushed = xcalloc(1, sizeof(*pushed));
        pushed->id = *object;
        list_init(&pushed->readers);
        map_add(&pushes->objects, &pushed->node, ID_KEY(&pushed->id));
    }
    list_each(at, &pushed->readers)
        if (container_of(at, struct reader, list)->peer == peer)
            return;
    reader = xcalloc(1, sizeof(*reader));
    reader->peer = peer;
    list_add(&pushed->readers, &reader->list);
}

void pushes_on_freed(struct pushes *pushes, const struct id *object)
{
    struct pushed *pushed = find(pushes, object);
    struct object_ref ref = { .object_id = *object };
    struct object_refs note = { .objects = { &ref, 1 } };
    struct list *at;

    if (pushed == NULL)
        return;
    list_each(at, &pushed->readers)
        note_objects_free(container_of(at, struct reader, list)->peer, &note, NULL);
    pushed_destroy(pushes, pushed);
}

void pushes_on_peer_closed(struct pushes *pushes, const struct peer *peer)
{
    struct map_node *node, *after;

    map_each(node, after, &pushes->objects) {
        struct pushed *pushed = container_of(node, struct pushed, node);
        struct list *at, *next;
        list_each_safe(at, next, &pushed->readers)
            if (container_of(at, struct reader, list)->peer == peer)
                reader_destroy(container_of(at, struct reader, list));
        if (list_is_empty(&pushed->readers))
            pushed_destroy(pushes, pushed);
    }
}
