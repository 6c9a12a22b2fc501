/* actors_place.c - actors on their way to nodes.
 *
 * One that no node has room for waits here, for the view to change. Nodes that are full
 * of tasks do not look like that will ever be: so a few are sent to such a node in any
 * case, and wait there for PATIENCE_MS, in which the node asks those who run tasks to
 * make room (daemon/node/leases_share.c). Then another has its turn. */
#include "daemon/head/actor_store.h"
#include "daemon/head/actors_table.h"
#include "daemon/head/nodes.h"
#include "daemon/head/view.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/net/peer.h"
#include "lib/net/stubs.h"

#include <stdio.h>
#include <stdlib.h>

enum { PATIENCE_MS = 1000, EARLY_MAX = 16 };

/* An actor on its way to a node. */
struct placement {
    struct actors *actors;
    struct id actor, node;
    struct list list;
    bool is_early; /* the node was full */
};

bool actors_is_waiting(const struct actor_entry *actor)
{
    return !actor->is_placed && !actor->is_away && !actor->is_leaving &&
           (actor->state == ACTOR_PENDING_CREATION || actor->state == ACTOR_RESTARTING);
}

static void spawned(struct actor_entry *actor, const struct id *node,
                    const struct actor_spawned *reply)
{
    struct member *member = nodes_find(actor->actors->options.nodes, node);

    if (member != NULL)
        snprintf(actor->node_address, sizeof(actor->node_address), "%.*s",
                 SLICE_ARGS(member->info.address));
    actor->node_id = *node;
    actor->worker_id = reply->worker_id;
    actor->pid = reply->pid;
    if (actor->state == ACTOR_DEAD) { /* killed meanwhile */
        actors_kill_process(actor, "the actor was killed");
    } else if (reply->failure.code != 0) {
        struct failure death = reply->failure;
        death.code = ERR_ACTOR_DIED; /* of its constructor */
        actors_die(actor, &death);
    } else {
        actor->start_time = clock_wall();
        actors_move(actor, ACTOR_ALIVE, "constructed");
    }
}

/* Who has waited longest since it was last sent somewhere. */
static void place_next(struct actors *actors)
{
    struct actor_entry *next = NULL;
    struct map_node *node, *after;

    map_each(node, after, &actors->all) {
        struct actor_entry *actor = container_of(node, struct actor_entry, node);
        if (actors_is_waiting(actor) && (next == NULL || actor->sent < next->sent))
            next = actor;
    }
    if (next != NULL)
        actors_place(next);
}

static void not_spawned(struct actor_entry *actor, const struct error *err)
{
    if (actor->state == ACTOR_DEAD)
        return;
    log_warn("actors", "not started class=%.*s why=%s",
             SLICE_ARGS(actor->spec.constructor.function), err->text);
    if (err->code == ERR_WORKER_DIED) {
        actors_process_ended(actor, err->text);
    } else if (err->code == ERR_CLOSED || err->code == ERR_CANCELLED ||
               err->code == ERR_UNSUPPORTED) {
        actors_place(actor); /* that node has gone or is not the one: another */
    } else {
        actors_die_of(actor, err->text);
    }
}

static void on_spawned(void *arg, const struct error *err, const void *reply)
{
    struct placement *placement = arg;
    struct actor_entry *actor = actors_find(placement->actors, &placement->actor);

    list_remove(&placement->list);
    if (actor != NULL) {
        actor->is_placed = actor->is_early = false;
        actor->node_id = (struct id){ 0 };
        if (err == NULL)
            spawned(actor, &placement->node, reply);
        else if (err->code != ERR_TIMEOUT) /* else the node is full still */
            not_spawned(actor, err);
    }
    if (placement->is_early)
        place_next(placement->actors);
    free(placement);
}

static void send_to(struct actor_entry *actor, struct member *member, bool is_early)
{
    struct placement *placement = xcalloc(1, sizeof(*placement));
    struct actor_spawn rq = { .spec = actor->spec,
                              .restarts = actor->restarts,
                              .patience = is_early ? PATIENCE_MS * NS_PER_MS : 0 };

    placement->actors = actor->actors;
    placement->actor = actor->id;
    placement->node = member->id;
    placement->is_early = is_early;
    list_add(&actor->actors->placements, &placement->list);
    actor->is_placed = true;
    actor->is_early = is_early;
    actor->sent = clock_now();
    actor->node_id = member->id;
    actor_store_save(actor->actors->options.store, actor);
    /* Until the node reports, count on what it will take. */
    resources_subtract(&member->available, &actor->demand);
    call_leases_spawn_actor(member->peer, &rq, NULL, on_spawned, placement);
}

static size_t count_early(const struct actors *actors)
{
    const struct list *at;
    size_t count = 0;

    list_each(at, &actors->placements)
        count += container_of(at, const struct placement, list)->is_early;
    return count;
}

void actors_place(struct actor_entry *actor)
{
    struct view *view = actor->actors->options.view;
    const struct policy_node *nodes;
    struct member *member;
    bool now = false;
    size_t count;
    int to;

    nodes = view_nodes(view, &count);
    to = policy_pick(nodes, count, SIZE_MAX, &actor->demand, &now);
    if (to < 0 || (!now && count_early(actor->actors) >= EARLY_MAX))
        return;
    member = view_member(view, (size_t)to);
    if (member->peer != NULL)
        send_to(actor, member, !now);
}

void actors_on_view(struct actors *actors)
{
    struct map_node *node, *after;

    map_each(node, after, &actors->all) {
        struct actor_entry *actor = container_of(node, struct actor_entry, node);
        if (actors_is_waiting(actor))
            actors_place(actor);
    }
}
