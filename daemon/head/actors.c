/* actors.c - the life of an actor.
 *
 * Happy path: create makes an entry, PENDING_CREATION; actors_place() asks the policy
 * for a node and sends it leases.spawn_actor; the node starts a worker, which runs the
 * constructor; the answer makes it ALIVE. No node has room: actors_place.c.
 *
 * Failure: the constructor fails: DEAD, with what it said. The worker or the node dies:
 * RESTARTING while max_restarts allows, else DEAD. A kill makes it DEAD at once and
 * ends its process behind; one that leaves by itself is DEAD, too. What is heard later
 * of a process that is not the actor's present one is ignored. */
#include "daemon/head/actors_table.h"

#include "daemon/head/actor_store.h"
#include "daemon/head/events.h"
#include "daemon/head/nodes.h"
#include "daemon/head/topics.h"
#include "daemon/head/view.h"
#include "daemon/sched/policy.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/net/loop.h"
#include "lib/net/stubs.h"
#include "lib/proto/codec.h"

#include <stdio.h>
#include <stdlib.h>

enum { RETURN_MS = 20000 };

static void add_loaded(void *arg, struct actor_entry *actor);
static void give_up_away(void *arg);

struct actors *actors_create(const struct actors_options *options)
{
    struct actors *actors = xcalloc(1, sizeof(*actors));

    actors->options = *options;
    list_init(&actors->placements);
    actor_store_load(options->store, add_loaded, actors);
    actors->give_up = loop_timer_create(options->loop, true, give_up_away, actors);
    loop_timer_start(actors->give_up, RETURN_MS, 0);
    return actors;
}

static void forget(struct actors *actors, struct actor_entry *actor)
{
    map_remove(&actors->all, &actor->node);
    actor_entry_destroy(actor);
}

void actors_destroy(struct actors *actors)
{
    struct map_node *node, *after;

    map_each(node, after, &actors->all) {
        forget(actors, container_of(node, struct actor_entry, node));
    }
    loop_timer_destroy(actors->give_up);
    free(actors);
}

struct actor_entry *actors_find(const struct actors *actors, const struct id *id)
{
    struct map_node *node = map_find(&actors->all, ID_KEY(id));
    return node != NULL ? container_of(node, struct actor_entry, node) : NULL;
}

struct actor_entry *actors_find_name(const struct actors *actors, struct slice name,
                                     struct slice namespace_)
{
    struct map_node *node, *after;

    map_each(node, after, &actors->all) {
        struct actor_entry *actor = container_of(node, struct actor_entry, node);
        if (actor->state != ACTOR_DEAD && actor->spec.name.size > 0 &&
            slice_equal(actor->spec.name, name) &&
            slice_equal(actor->spec.namespace_, namespace_))
            return actor;
    }
    return NULL;
}

/* ---- what others hear ---- */

static void tell(void *arg, struct peer *peer)
{
    note_client_actor_changed(peer, arg, NULL);
}

void actors_report(const struct actor_entry *actor)
{
    struct task_row row;
    struct arena arena = { 0 };

    actor_entry_task(actor, &row, &arena);
    events_put(actor->actors->options.events, &row, NULL);
    actor->actors->options.on_changed(actor->actors->options.arg);
    arena_finish(&arena);
}

void actors_move(struct actor_entry *actor, int state, const char *why)
{
    struct actors *actors = actor->actors;
    struct actor_info info;
    char hex[ID_HEX_MAX];

    fsm_move(&actor_fsm, &actor->state, state, id_hex(&actor->id, hex), why);
    actor_store_save(actors->options.store, actor);
    actors_report(actor);
    actor_entry_info(actor, &info);
    topics_each(actors->options.topics, &actor->id, tell, &info);
    actors->options.on_changed(actors->options.arg);
}

/* ---- the end ---- */

void actors_forget_oldest(struct actors *actors)
{
    struct map_node *node, *after;

    if (actors->dead <= ACTORS_DEAD_MAX)
        return;
    map_each(node, after, &actors->all) {
        struct actor_entry *actor = container_of(node, struct actor_entry, node);
        if (actor->state == ACTOR_DEAD && !actor->is_placed) {
            actor_store_remove(actors->options.store, actor);
            forget(actors, actor);
            actors->dead--;
            return;
        }
    }
}

void actors_die(struct actor_entry *actor, const struct failure *death)
{
    if (actor->state == ACTOR_DEAD)
        return;
    codec_copy(&actor->death_arena, &failure_desc, &actor->death, death);
    actor->end_time = clock_wall();
    actors_move(actor, ACTOR_DEAD,
                actor->death.text.data != NULL ? actor->death.text.data : "");
    log_info("actors", "dead class=%.*s why=%.*s",
             SLICE_ARGS(actor->spec.constructor.function),
             SLICE_ARGS(actor->death.text));
    actor->actors->dead++;
    if (actor->spec.is_detached)
        actor->actors->options.on_detached_ended(actor->actors->options.arg,
                                                 &actor->spec.job_id);
}

void actors_die_of(struct actor_entry *actor, const char *text)
{
    const struct failure death = { .code = ERR_ACTOR_DIED,
                                   .text = slice(text),
                                   .function = actor->spec.constructor.function,
                                   .node = actor->node_id,
                                   .worker = actor->worker_id,
                                   .pid = actor->pid };
    actors_die(actor, &death);
}

void actors_kill_process(const struct actor_entry *actor, const char *why)
{
    struct member *member = nodes_find(actor->actors->options.nodes, &actor->node_id);
    struct worker_exit note = { .worker_id = actor->worker_id,
                                .actor_id = actor->id,
                                .reason = slice(why),
                                .is_intended = true };

    if (member != NULL && member->peer != NULL && id_is_set(&actor->worker_id))
        note_workers_kill(member->peer, &note, NULL);
}

/* Its process has ended: again, if it may. */
void actors_process_ended(struct actor_entry *actor, const char *why)
{
    int64_t most = actor->spec.max_restarts;
    char text[600];

    actor->is_away = false;
    if (most < 0 || actor->restarts < most) {
        actor->restarts++;
        actor->worker_id = actor->node_id = (struct id){ 0 };
        actor->node_address[0] = '\0';
        actor->pid = actor->start_time = 0;
        actors_move(actor, ACTOR_RESTARTING, why);
        actors_place(actor);
        return;
    }
    snprintf(text, sizeof(text), "its worker (pid %lld) %s", (long long)actor->pid,
             why);
    actors_die_of(actor, text);
}

/* ---- what nodes say ---- */

/* It was on its way to a node when the head ended; now it is nowhere. */
static void place_anew(struct actor_entry *actor)
{
    actor->is_away = actor->is_leaving = false;
    actor->worker_id = actor->node_id = (struct id){ 0 };
    if (actors_is_waiting(actor))
        actors_place(actor);
}

void actors_worker_exited(struct actors *actors, const struct worker_exit *rq)
{
    struct actor_entry *actor = actors_find(actors, &rq->actor_id);
    char *why = xslicedup(rq->reason);

    if (actor != NULL && actor->is_leaving &&
        id_equal(&actor->worker_id, &rq->worker_id))
        place_anew(actor);
    else if (actor != NULL && actor->state == ACTOR_ALIVE &&
             id_equal(&actor->worker_id, &rq->worker_id)) {
        if (rq->has_left)
            actors_die_of(actor, why);
        else
            actors_process_ended(actor, why);
    }
    free(why);
}

/* ---- what happens ---- */

static void add_loaded(void *arg, struct actor_entry *actor)
{
    struct actors *actors = arg;

    actor->actors = actors;
    actors->dead += actor->state == ACTOR_DEAD;
    map_add(&actors->all, &actor->node, ID_KEY(&actor->id));
    actors_report(actor);
}

static void give_up_away(void *arg)
{
    struct actors *actors = arg;
    struct map_node *node, *after;

    map_each(node, after, &actors->all) {
        struct actor_entry *actor = container_of(node, struct actor_entry, node);
        if (actor->is_away && actor->state == ACTOR_ALIVE)
            actors_process_ended(actor,
                                 "was on a node that did not come back to a new head");
        else if (actor->is_away)
            place_anew(actor);
    }
}

/* The process that the node has for the actor; NULL: none. */
static const struct id *held_for(const struct node_join *rq, const struct id *actor)
{
    for (size_t i = 0; i < rq->workers.count; i++)
        if (id_equal(&rq->workers.items[i].actor_id, actor))
            return &rq->workers.items[i].worker_id;
    return NULL;
}

/* Its node is back. One that was being constructed is ended (by our caller, who knows
 * from actors_is_over()) and constructed anew: what came of it, nobody heard. */
static void come_back(struct actor_entry *actor, const struct node_join *rq)
{
    const struct id *worker = held_for(rq, &actor->id);

    actor->is_away = false;
    if (actor->state == ACTOR_ALIVE) {
        if (worker == NULL || !id_equal(worker, &actor->worker_id))
            actors_process_ended(actor, "ended while there was no head");
        else if (actor->is_killed)
            actors_kill_process(actor, "the actor was killed");
        actor->is_killed = false;
    } else if (worker != NULL) {
        actor->worker_id = *worker;
        actor->is_leaving = true;
    } else {
        place_anew(actor);
    }
}

void actors_on_node_joined(struct actors *actors, const struct member *member,
                           const struct node_join *rq)
{
    struct map_node *node, *after;

    for (size_t i = 0; i < rq->ended.count; i++)
        actors_worker_exited(actors, &rq->ended.items[i]);
    map_each(node, after, &actors->all) {
        struct actor_entry *actor = container_of(node, struct actor_entry, node);
        if (actor->is_away && id_equal(&actor->node_id, &member->id))
            come_back(actor, rq);
    }
}

void actors_on_node_lost(struct actors *actors, const struct member *member)
{
    struct map_node *node, *after;

    map_each(node, after, &actors->all) {
        struct actor_entry *actor = container_of(node, struct actor_entry, node);
        if (!id_equal(&actor->node_id, &member->id))
            continue;
        if (actor->state == ACTOR_ALIVE)
            actors_process_ended(actor, "was on a node that died");
        else if (actor->is_leaving)
            place_anew(actor);
    }
}

bool actors_is_over(const struct actors *actors, const struct id *actor,
                    const struct id *worker)
{
    struct actor_entry *found = actors_find(actors, actor);
    return found != NULL &&
           (found->state != ACTOR_ALIVE || !id_equal(&found->worker_id, worker));
}

void actors_on_job_ended(struct actors *actors, const struct id *job)
{
    struct map_node *node, *after;

    map_each(node, after, &actors->all) {
        struct actor_entry *actor = container_of(node, struct actor_entry, node);
        if (actor->state == ACTOR_DEAD || actor->spec.is_detached ||
            !id_equal(&actor->spec.job_id, job))
            continue;
        if (actor->state == ACTOR_ALIVE)
            actors_kill_process(actor, "its job has ended");
        actors_die_of(actor, "its job has ended");
    }
}

size_t actors_count(const struct actors *actors)
{
    return map_count(&actors->all);
}

size_t actors_rows(struct actors *actors, struct actor_row *rows, struct arena *arena)
{
    size_t at = map_count(&actors->all), count;
    const struct policy_node *nodes = view_nodes(actors->options.view, &count);
    struct map_node *node, *after;

    map_each(node, after, &actors->all) {
        struct actor_entry *actor = container_of(node, struct actor_entry, node);
        actor_entry_row(actor, &rows[--at]);
        if (actors_is_waiting(actor) || actor->is_early) {
            char why[256];
            policy_explain(nodes, count, &actor->demand, why, sizeof(why));
            rows[at].pending_reason = arena_copy(arena, slice(why));
        }
    }
    return map_count(&actors->all);
}
