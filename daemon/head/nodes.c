/* nodes.c - members come by nodes.join and go with their connection. */
#include "daemon/head/nodes.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/net/loop.h"
#include "lib/net/stubs.h"
#include "lib/proto/amounts.h"
#include "lib/proto/codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct nodes {
    struct nodes_ops ops;
    struct map all;
    struct loop_timer *spread;
    size_t dead;
};

static void spread(void *arg);

struct nodes *nodes_create(struct loop *loop, const struct nodes_ops *ops)
{
    struct nodes *nodes = xcalloc(1, sizeof(*nodes));

    nodes->ops = *ops;
    nodes->spread = loop_timer_create(loop, true, spread, nodes);
    return nodes;
}

static void member_destroy(struct nodes *nodes, struct member *member)
{
    map_remove(&nodes->all, &member->node);
    resources_finish(&member->total);
    resources_finish(&member->available);
    arena_finish(&member->arena);
    arena_finish(&member->report_arena);
    free(member);
}

void nodes_destroy(struct nodes *nodes)
{
    struct map_node *node, *after;

    map_each(node, after, &nodes->all) {
        member_destroy(nodes, container_of(node, struct member, node));
    }
    loop_timer_destroy(nodes->spread);
    free(nodes);
}

const struct map *nodes_all(const struct nodes *nodes)
{
    return &nodes->all;
}

struct member *nodes_find(const struct nodes *nodes, const struct id *id)
{
    struct map_node *node = map_find(&nodes->all, ID_KEY(id));
    return node != NULL ? container_of(node, struct member, node) : NULL;
}

void nodes_each_alive(const struct nodes *nodes, nodes_fn *fn, void *arg)
{
    struct map_node *node, *after;

    map_each(node, after, &nodes->all) {
        struct member *member = container_of(node, struct member, node);
        if (member->peer != NULL)
            fn(arg, member->peer, member);
    }
}

/* ---- telling the nodes ---- */

static void fill_view(const struct nodes *nodes, struct cluster_view *view,
                      struct arena *arena)
{
    struct map_node *node, *after;

    view->nodes.items =
        arena_array(arena, map_count(&nodes->all), sizeof(*view->nodes.items));
    map_each(node, after, &nodes->all) {
        struct member *member = container_of(node, struct member, node);
        struct node_view *one;
        if (member->state != NODE_ALIVE)
            continue;
        one = &view->nodes.items[view->nodes.count++];
        one->info = member->info;
        one->is_alive = true;
        one->is_draining = member->is_draining;
        amounts_from_resources(&member->available, &one->available, arena);
    }
}

static void tell(void *arg, struct peer *peer, const struct member *member)
{
    (void)member;
    note_cluster_changed(peer, arg, NULL);
}

static void spread(void *arg)
{
    struct nodes *nodes = arg;
    struct arena arena = { 0 };
    struct cluster_view view = { 0 };

    fill_view(nodes, &view, &arena);
    nodes_each_alive(nodes, tell, &view);
    arena_finish(&arena);
}

static void changed(struct nodes *nodes)
{
    if (!loop_timer_is_active(nodes->spread))
        loop_timer_start(nodes->spread, NODES_SPREAD_MS, 0);
    nodes->ops.on_changed(nodes->ops.arg);
}

/* ---- joining and leaving ---- */

/* A living node of that name, another one than `but`. */
static struct member *find_name(struct nodes *nodes, struct slice name,
                                const struct member *but)
{
    struct map_node *node, *after;

    map_each(node, after, &nodes->all) {
        struct member *member = container_of(node, struct member, node);
        if (member != but && member->state == NODE_ALIVE &&
            slice_equal(member->info.name, name))
            return member;
    }
    return NULL;
}

static struct member *member_create(struct nodes *nodes, const struct id *id)
{
    struct member *member = xcalloc(1, sizeof(*member));

    member->id = *id;
    map_add(&nodes->all, &member->node, ID_KEY(&member->id));
    return member;
}

static void welcome(struct member *member, const struct node_info *info,
                    struct peer *peer)
{
    arena_reset(&member->arena);
    codec_copy(&member->arena, &node_info_desc, &member->info, info);
    resources_finish(&member->total);
    resources_finish(&member->available);
    (void)amounts_to_resources(&info->resources, &member->total, NULL); /* checked */
    resources_copy(&member->available, &member->total);
    member->peer = peer;
    member->state = NODE_ALIVE; /* a node that comes back is a new life, not an edge */
    member->is_draining = false;
    member->why[0] = '\0';
    member->start_time = clock_wall();
    member->end_time = 0;
}

static void forget_oldest_dead(struct nodes *nodes)
{
    struct map_node *node, *after;

    if (++nodes->dead <= NODES_DEAD_MAX)
        return;
    map_each(node, after, &nodes->all) {
        struct member *member = container_of(node, struct member, node);
        if (member->state == NODE_DEAD) {
            member_destroy(nodes, member);
            nodes->dead--;
            return;
        }
    }
}

static void lose(struct nodes *nodes, struct member *member, const char *why)
{
    char hex[ID_HEX_MAX];

    member->peer = NULL;
    member->end_time = clock_wall();
    snprintf(member->why, sizeof(member->why), "%.120s", why);
    fsm_move(&node_fsm, &member->state, NODE_DEAD, id_hex(&member->id, hex), why);
    log_warn("nodes", "lost name=%.*s why=%s", SLICE_ARGS(member->info.name), why);
    nodes->ops.on_lost(nodes->ops.arg, member);
}

void nodes_on_peer_closed(struct nodes *nodes, const struct peer *peer,
                          const struct error *why)
{
    struct map_node *node, *after;

    map_each(node, after, &nodes->all) {
        struct member *member = container_of(node, struct member, node);
        if (member->peer != peer)
            continue;
        lose(nodes, member, why->text);
        forget_oldest_dead(nodes);
        changed(nodes);
        return;
    }
}

/* It was away and is here again before we noticed. */
static void supersede(struct nodes *nodes, struct member *member)
{
    struct peer *old = member->peer;

    lose(nodes, member, "it has joined again");
    peer_close(old);
}

static void on_join(void *self, const struct node_join *rq, struct call *call)
{
    struct nodes *nodes = self;
    const struct node_info *info = &rq->info;
    struct member *member = nodes_find(nodes, &info->node_id);
    struct resources total = { 0 };
    struct arena arena = { 0 };
    struct cluster_view view = { 0 };
    struct error err = { 0 };

    if (info->node_id.size != ID_NODE || info->name.size == 0 ||
        info->address.size == 0)
        fail(&err, ERR_INVALID, "join: a node needs an id, a name and an address");
    else if (strcmp(peer_role(call_peer(call)), "node") != 0)
        fail(&err, ERR_REFUSED, "join: only nodes may, this is a %s",
             peer_role(call_peer(call)));
    else if (find_name(nodes, info->name, member) != NULL)
        fail(&err, ERR_EXISTS, "a node called '%.*s' is in the cluster already",
             SLICE_ARGS(info->name));
    else
        amounts_to_resources(&info->resources, &total, &err);
    resources_finish(&total);
    if (err.code != ERR_OK) {
        call_fail(call, &err);
        return;
    }
    if (member == NULL)
        member = member_create(nodes, &info->node_id);
    else if (member->peer != NULL)
        supersede(nodes, member);
    welcome(member, info, call_peer(call));
    log_info("nodes", "joined name=%.*s pid=%lld", SLICE_ARGS(info->name),
             (long long)info->pid);
    fill_view(nodes, &view, &arena);
    call_reply(call, &view);
    arena_finish(&arena);
    nodes->ops.on_joined(nodes->ops.arg, member, rq);
    changed(nodes);
}

static struct member *of_peer(struct nodes *nodes, const struct peer *peer,
                              const struct id *id)
{
    struct member *member = nodes_find(nodes, id);
    return member != NULL && member->peer == peer ? member : NULL;
}

static void on_report(void *self, const struct node_report *rq, struct call *call)
{
    struct nodes *nodes = self;
    struct member *member = of_peer(nodes, call_peer(call), &rq->node_id);
    struct resources available = { 0 };

    if (member != NULL && amounts_to_resources(&rq->available, &available, NULL) == 0) {
        resources_finish(&member->available);
        member->available = available;
        arena_reset(&member->report_arena);
        codec_copy(&member->report_arena, &node_report_desc, &member->report, rq);
        changed(nodes);
    } else {
        resources_finish(&available);
    }
    call_done(call);
}

static void on_usage(void *self, const struct node_usage *rq, struct call *call)
{
    struct nodes *nodes = self;
    struct member *member = of_peer(nodes, call_peer(call), &rq->node_id);

    if (member != NULL) {
        member->usage = *rq;
        snprintf(member->machine, sizeof(member->machine), "%.*s",
                 SLICE_ARGS(rq->machine));
        member->usage.machine = slice(member->machine);
        member->usage_time = clock_now();
        nodes->ops.on_usage(nodes->ops.arg);
    }
    call_done(call);
}

static void on_drain(void *self, const struct drain_request *rq, struct call *call)
{
    struct nodes *nodes = self;
    struct member *member = nodes_find(nodes, &rq->node_id);
    struct error err;
    char hex[ID_HEX_MAX];

    if (member == NULL || member->peer == NULL) {
        fail(&err, ERR_NOT_FOUND, "no living node %s", id_hex(&rq->node_id, hex));
        call_fail(call, &err);
        return;
    }
    member->is_draining = true;
    snprintf(member->why, sizeof(member->why), "draining: %.*s",
             SLICE_ARGS(rq->reason));
    call_done(call);
    changed(nodes);
}

static void on_status(void *self, const struct nothing *rq, struct call *call)
{
    struct nodes *nodes = self;

    (void)rq;
    nodes->ops.on_status(nodes->ops.arg, call);
}

static void on_view(void *self, const struct nothing *rq, struct call *call)
{
    struct nodes *nodes = self;
    struct arena arena = { 0 };
    struct cluster_view view = { 0 };

    (void)rq;
    fill_view(nodes, &view, &arena);
    call_reply(call, &view);
    arena_finish(&arena);
}

static const struct nodes_handlers handlers = {
    .join = on_join,
    .report = on_report,
    .drain = on_drain,
    .status = on_status,
    .view = on_view,
    .usage = on_usage,
};

void nodes_serve(struct nodes *nodes, struct dispatch *dispatch)
{
    dispatch_add(dispatch, &nodes_methods, &handlers, sizeof(handlers), nodes);
}
