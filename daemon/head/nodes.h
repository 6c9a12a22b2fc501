/* nodes.h - the machines of the cluster: who joined, what they have, what they report.
 *
 * Owns struct member, one a node, also after its end (the last DEAD_MAX of them). A
 * node lives as long as its connection: when that ends it is DEAD, and comes back as
 * ALIVE when it joins again. Tells all nodes of changes (cluster.changed), gathered for
 * NODES_SPREAD_MS. Loop thread only. */
#pragma once

#include "lib/base/arena.h"
#include "lib/base/id.h"
#include "lib/base/map.h"
#include "lib/base/resources.h"
#include "lib/proto/proto.h"

#include <stdbool.h>
#include <stdint.h>

struct call;
struct dispatch;
struct loop;
struct nodes;
struct peer;

enum { NODES_SPREAD_MS = 10, NODES_DEAD_MAX = 1000 };

struct member {
    struct map_node node;
    struct id id;
    struct arena arena; /* of `info` */
    struct node_info info;
    struct arena report_arena;
    struct node_report report; /* the last one */
    struct node_usage usage;   /* of the machine, heard at usage_time (clock_now()) */
    int64_t usage_time;
    char machine[64]; /* of `usage` */
    struct resources total, available;
    struct peer *peer; /* NULL when it has gone */
    int state;         /* enum node_state */
    bool is_draining;
    int64_t start_time, end_time;
    char why[128]; /* it is dead, or drains */
};

struct nodes_ops {
    void (*on_changed)(void *arg); /* somebody joined, left, or has more room */
    void (*on_joined)(void *arg, const struct member *member,
                      const struct node_join *rq);
    void (*on_lost)(void *arg, const struct member *member);
    void (*on_status)(void *arg, struct call *call); /* nodes.status: answered above */
    void (*on_usage)(void *arg); /* a node has said how busy its machine is */
    void *arg;
};

struct nodes *nodes_create(struct loop *loop, const struct nodes_ops *ops);
void nodes_destroy(struct nodes *nodes);
void nodes_serve(struct nodes *nodes, struct dispatch *dispatch);
struct member *nodes_find(const struct nodes *nodes, const struct id *id);
/* All of them, dead ones too: walk with map_each; container_of(node, struct member,
 * node). */
const struct map *nodes_all(const struct nodes *nodes);
void nodes_on_peer_closed(struct nodes *nodes, const struct peer *peer,
                          const struct error *why);
/* Each living node's connection. */
typedef void nodes_fn(void *arg, struct peer *peer, const struct member *member);
void nodes_each_alive(const struct nodes *nodes, nodes_fn *fn, void *arg);
