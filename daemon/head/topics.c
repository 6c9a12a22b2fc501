/* topics.c - a map from ids to short arrays of connections. */
#include "daemon/head/topics.h"

#include "lib/base/map.h"
#include "lib/base/mem.h"

#include <stdlib.h>

struct topic {
    struct map_node node;
    struct id id;
    struct peer **peers;
    size_t count, capacity;
};

struct topics {
    struct map all; /* only topics that somebody is subscribed to */
};

struct topics *topics_create(void)
{
    return xcalloc(1, sizeof(struct topics));
}

static void topic_destroy(struct topics *topics, struct topic *topic)
{
    map_remove(&topics->all, &topic->node);
    free(topic->peers);
    free(topic);
}

void topics_destroy(struct topics *topics)
{
    struct map_node *node, *after;

    map_each(node, after, &topics->all) {
        topic_destroy(topics, container_of(node, struct topic, node));
    }
    free(topics);
}

static struct topic *find(const struct topics *topics, const struct id *id)
{
    struct map_node *node = map_find(&topics->all, ID_KEY(id));
    return node != NULL ? container_of(node, struct topic, node) : NULL;
}

void topics_subscribe(struct topics *topics, const struct id *id, struct peer *peer)
{
    struct topic *topic = find(topics, id);

    if (topic == NULL) {
        topic = xcalloc(1, sizeof(*topic));
        topic->id = *id;
        map_add(&topics->all, &topic->node, ID_KEY(&topic->id));
    }
    for (size_t i = 0; i < topic->count; i++)
        if (topic->peers[i] == peer)
            return;
    topic->peers =
        xgrow(topic->peers, &topic->capacity, topic->count + 1, sizeof(*topic->peers));
    topic->peers[topic->count++] = peer;
}

static void drop(struct topics *topics, struct topic *topic, const struct peer *peer)
{
    for (size_t i = 0; i < topic->count; i++) {
        if (topic->peers[i] == peer) {
            topic->peers[i] = topic->peers[--topic->count];
            break;
        }
    }
    if (topic->count == 0)
        topic_destroy(topics, topic);
}

void topics_unsubscribe(struct topics *topics, const struct id *id, struct peer *peer)
{
    struct topic *topic = find(topics, id);

    if (topic != NULL)
        drop(topics, topic, peer);
}

void topics_on_peer_closed(struct topics *topics, const struct peer *peer)
{
    struct map_node *node, *after;

    map_each(node, after, &topics->all) {
        drop(topics, container_of(node, struct topic, node), peer);
    }
}

void topics_each(struct topics *topics, const struct id *id, topics_fn *fn, void *arg)
{
    struct topic *topic = find(topics, id);

    for (size_t i = 0; topic != NULL && i < topic->count; i++)
        fn(arg, topic->peers[i]);
}
