/* actors.c - the life of an actor.
 *
 * Happy path: create makes an entry, PENDING_CREATION; place() asks the policy for a
 * node and sends it leases.spawn_actor; the node starts a worker, which runs the
 * constructor; the answer makes it ALIVE. No node has room: it waits for the next
 * change of the view.
 *
 * Failure: the constructor fails: DEAD, with what it said. The worker or the node dies:
 * RESTARTING while max_restarts allows, else DEAD. A kill makes it DEAD at once and
 * ends its process behind; one that leaves by itself is DEAD, too. What is heard later
 * of a process that is not the actor's present one is ignored. */
#include "daemon/head/actors.h"

#include "daemon/head/actor_entry.h"
#include "daemon/head/events.h"
#include "daemon/head/jobs.h"
#include "daemon/head/nodes.h"
#include "daemon/head/store.h"
#include "daemon/head/topics.h"
#include "daemon/head/view.h"
#include "daemon/sched/policy.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/net/loop.h"
#include "lib/net/stubs.h"
#include "lib/proto/codec.h"

#include <stdio.h>
#include <stdlib.h>

/* An actor on its way to a node. */
struct placement {
    struct actors *actors;
    struct id actor, node;
    struct list list;
};

struct actors {
    struct actors_options options;
    struct map all;
    struct list placements;
    size_t dead, pending;
    bool placing;
};

struct actors *actors_create(const struct actors_options *options)
{
    struct actors *actors = xcalloc(1, sizeof(*actors));

    actors->options = *options;
    list_init(&actors->placements);
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
    free(actors);
}

static struct actor_entry *find(const struct actors *actors, const struct id *id)
{
    struct map_node *node = map_find(&actors->all, ID_KEY(id));
    return node != NULL ? container_of(node, struct actor_entry, node) : NULL;
}

static struct actor_entry *find_name(const struct actors *actors, struct slice name,
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

static void fill_info(const struct actor_entry *actor, struct actor_info *info)
{
    struct member *member = nodes_find(actor->actors->options.nodes, &actor->node_id);

    actor_entry_info(actor, info);
    if (member != NULL)
        info->node_address = member->info.address;
}

static void tell(void *arg, struct peer *peer)
{
    note_client_actor_changed(peer, arg, NULL);
}

static void report(const struct actor_entry *actor)
{
    struct task_row row;
    struct arena arena = { 0 };

    actor_entry_task(actor, &row, &arena);
    events_put(actor->actors->options.events, &row, NULL);
    actor->actors->options.on_changed(actor->actors->options.arg);
    arena_finish(&arena);
}

static void save(const struct actor_entry *actor)
{
    struct buf packed;

    buf_init(&packed, 0);
    if (codec_pack(&packed, &actor_spec_desc, &actor->spec) == 0)
        store_put(actor->actors->options.store, "actors",
                  slice_of(actor->id.bytes, actor->id.size), buf_slice(&packed));
    buf_finish(&packed);
}

static void move(struct actor_entry *actor, int state, const char *why)
{
    struct actors *actors = actor->actors;
    struct actor_info info;
    char hex[ID_HEX_MAX];

    fsm_move(&actor_fsm, &actor->state, state, id_hex(&actor->id, hex), why);
    report(actor);
    fill_info(actor, &info);
    topics_each(actors->options.topics, &actor->id, tell, &info);
    actors->options.on_changed(actors->options.arg);
}

/* ---- the end ---- */

static void forget_oldest_dead(struct actors *actors)
{
    struct map_node *node, *after;

    if (actors->dead <= ACTORS_DEAD_MAX)
        return;
    map_each(node, after, &actors->all) {
        struct actor_entry *actor = container_of(node, struct actor_entry, node);
        if (actor->state == ACTOR_DEAD && !actor->is_placed) {
            forget(actors, actor);
            actors->dead--;
            return;
        }
    }
}

static void die(struct actor_entry *actor, const struct failure *death)
{
    if (actor->state == ACTOR_DEAD)
        return;
    codec_copy(&actor->death_arena, &failure_desc, &actor->death, death);
    actor->end_time = clock_wall();
    move(actor, ACTOR_DEAD,
         actor->death.text.data != NULL ? actor->death.text.data : "");
    store_remove(actor->actors->options.store, "actors",
                 slice_of(actor->id.bytes, actor->id.size));
    log_info("actors", "dead class=%.*s why=%.*s",
             SLICE_ARGS(actor->spec.constructor.function),
             SLICE_ARGS(actor->death.text));
    actor->actors->dead++;
    if (actor->spec.is_detached)
        actor->actors->options.on_detached_ended(actor->actors->options.arg,
                                                 &actor->spec.job_id);
}

static void die_of(struct actor_entry *actor, const char *text)
{
    const struct failure death = { .code = ERR_ACTOR_DIED,
                                   .text = slice(text),
                                   .function = actor->spec.constructor.function,
                                   .node = actor->node_id,
                                   .worker = actor->worker_id,
                                   .pid = actor->pid };
    die(actor, &death);
}

static void kill_process(const struct actor_entry *actor, const char *why)
{
    struct member *member = nodes_find(actor->actors->options.nodes, &actor->node_id);
    struct worker_exit note = { .worker_id = actor->worker_id,
                                .actor_id = actor->id,
                                .reason = slice(why),
                                .is_intended = true };

    if (member != NULL && member->peer != NULL && id_is_set(&actor->worker_id))
        note_workers_kill(member->peer, &note, NULL);
}

static void place(struct actor_entry *actor);

/* Its process has ended: again, if it may. */
static void process_ended(struct actor_entry *actor, const char *why)
{
    int64_t most = actor->spec.max_restarts;
    char text[600];

    if (most < 0 || actor->restarts < most) {
        move(actor, ACTOR_RESTARTING, why);
        actor->restarts++;
        actor->worker_id = actor->node_id = (struct id){ 0 };
        actor->pid = 0;
        place(actor);
        return;
    }
    snprintf(text, sizeof(text), "its worker (pid %lld) %s", (long long)actor->pid,
             why);
    die_of(actor, text);
}

/* ---- placement ---- */

static bool is_waiting(const struct actor_entry *actor)
{
    return !actor->is_placed &&
           (actor->state == ACTOR_PENDING_CREATION || actor->state == ACTOR_RESTARTING);
}

static void spawned(struct actor_entry *actor, const struct id *node,
                    const struct actor_spawned *reply)
{
    actor->node_id = *node;
    actor->worker_id = reply->worker_id;
    actor->pid = reply->pid;
    actor->start_time = clock_wall();
    if (actor->state == ACTOR_DEAD) { /* killed meanwhile */
        kill_process(actor, "the actor was killed");
    } else if (reply->failure.code != 0) {
        struct failure death = reply->failure;
        death.code = ERR_ACTOR_DIED; /* of its constructor */
        die(actor, &death);
    } else {
        move(actor, ACTOR_ALIVE, "constructed");
    }
}

static void not_spawned(struct actor_entry *actor, const struct error *err)
{
    if (actor->state == ACTOR_DEAD)
        return;
    log_warn("actors", "not started class=%.*s why=%s",
             SLICE_ARGS(actor->spec.constructor.function), err->text);
    if (err->code == ERR_WORKER_DIED) {
        process_ended(actor, err->text);
    } else if (err->code == ERR_CLOSED || err->code == ERR_CANCELLED ||
               err->code == ERR_UNSUPPORTED) {
        place(actor); /* that node has gone or is not the one: another */
    } else {
        die_of(actor, err->text);
    }
}

static void on_spawned(void *arg, const struct error *err, const void *reply)
{
    struct placement *placement = arg;
    struct actor_entry *actor = find(placement->actors, &placement->actor);

    list_remove(&placement->list);
    if (actor != NULL) {
        actor->is_placed = false;
        if (err == NULL)
            spawned(actor, &placement->node, reply);
        else
            not_spawned(actor, err);
    }
    free(placement);
}

static void send_to(struct actor_entry *actor, struct member *member)
{
    struct placement *placement = xcalloc(1, sizeof(*placement));
    struct actor_spawn rq = { .spec = actor->spec, .restarts = actor->restarts };

    placement->actors = actor->actors;
    placement->actor = actor->id;
    placement->node = member->id;
    list_add(&actor->actors->placements, &placement->list);
    actor->is_placed = true;
    /* Until the node reports, count on what it will take. */
    resources_subtract(&member->available, &actor->demand);
    call_leases_spawn_actor(member->peer, &rq, NULL, on_spawned, placement);
}

static void place(struct actor_entry *actor)
{
    struct view *view = actor->actors->options.view;
    const struct policy_node *nodes;
    struct member *member;
    bool now = false;
    size_t count;
    int to;

    nodes = view_nodes(view, &count);
    to = policy_pick(nodes, count, SIZE_MAX, &actor->demand, &now);
    if (to < 0 || !now)
        return;
    member = view_member(view, (size_t)to);
    if (member->peer != NULL)
        send_to(actor, member);
}

void actors_on_view(struct actors *actors)
{
    struct map_node *node, *after;

    map_each(node, after, &actors->all) {
        struct actor_entry *actor = container_of(node, struct actor_entry, node);
        if (is_waiting(actor))
            place(actor);
    }
}

/* ---- what is asked ---- */

/* A detached actor outlives the job that made it: it, and what it starts, are a job of
 * their own. */
static struct actor_entry *actor_create(struct actors *actors,
                                        const struct actor_spec *spec,
                                        struct error *err)
{
    struct actor_entry *actor = actor_entry_create(spec, err);

    if (actor == NULL)
        return NULL;
    forget_oldest_dead(actors);
    actor->actors = actors;
    if (spec->is_detached)
        actor->spec.job_id = jobs_new_id(actors->options.jobs, spec->job_id);
    map_add(&actors->all, &actor->node, ID_KEY(&actor->id));
    return actor;
}

static void reply_info(const struct actor_entry *actor, struct call *call)
{
    struct actor_info info;

    fill_info(actor, &info);
    call_reply(call, &info);
}

static void on_create(void *self, const struct actor_spec *rq, struct call *call)
{
    struct actors *actors = self;
    struct actor_entry *again = find(actors, &rq->actor_id); /* its reply was lost */
    struct actor_entry *actor =
        rq->name.size > 0 ? find_name(actors, rq->name, rq->namespace_) : NULL;
    struct error err = { 0 };

    if (again != NULL || (actor != NULL && rq->get_if_exists)) {
        reply_info(again != NULL ? again : actor, call);
        return;
    }
    if (actor != NULL)
        fail(&err, ERR_EXISTS, "an actor called '%.*s' is alive in namespace '%.*s'",
             SLICE_ARGS(rq->name), SLICE_ARGS(rq->namespace_));
    else if (jobs_is_over(actors->options.jobs, &rq->job_id))
        fail(&err, ERR_CANCELLED, "create: the job has ended");
    else if (rq->actor_id.size != ID_ACTOR)
        fail(&err, ERR_INVALID, "create: not an actor id");
    else
        actor = actor_create(actors, rq, &err);
    if (err.code != ERR_OK) {
        call_fail(call, &err);
        return;
    }
    save(actor);
    report(actor);
    reply_info(actor, call);
    place(actor);
}

static void on_find(void *self, const struct actor_name *rq, struct call *call)
{
    struct actor_entry *actor = find_name(self, rq->name, rq->namespace_);
    struct error err;

    if (actor != NULL) {
        reply_info(actor, call);
        return;
    }
    fail(&err, ERR_NOT_FOUND, "no living actor called '%.*s' in namespace '%.*s'",
         SLICE_ARGS(rq->name), SLICE_ARGS(rq->namespace_));
    call_fail(call, &err);
}

static int unknown(const struct id *id, struct error *err)
{
    char hex[ID_HEX_MAX];
    return fail(err, ERR_NOT_FOUND, "no actor %s", id_hex(id, hex));
}

static void on_watch(void *self, const struct actor_ref *rq, struct call *call)
{
    struct actors *actors = self;
    struct actor_entry *actor = find(actors, &rq->actor_id);
    struct error err;

    if (actor == NULL) {
        unknown(&rq->actor_id, &err);
        call_fail(call, &err);
        return;
    }
    topics_subscribe(actors->options.topics, &actor->id, call_peer(call));
    reply_info(actor, call);
}

static void on_unwatch(void *self, const struct actor_ref *rq, struct call *call)
{
    struct actors *actors = self;

    topics_unsubscribe(actors->options.topics, &rq->actor_id, call_peer(call));
    call_done(call);
}

static void on_kill(void *self, const struct actor_kill *rq, struct call *call)
{
    struct actor_entry *actor = id_is_set(&rq->actor_id)
                                    ? find(self, &rq->actor_id)
                                    : find_name(self, rq->name, rq->namespace_);
    struct error err;

    if (actor == NULL && !id_is_set(&rq->actor_id)) {
        on_find(self, &(struct actor_name){ rq->name, rq->namespace_ }, call);
        return;
    }
    if (actor == NULL) {
        unknown(&rq->actor_id, &err);
        call_fail(call, &err);
        return;
    }
    if (actor->state != ACTOR_DEAD) {
        if (actor->state == ACTOR_ALIVE)
            kill_process(actor, "the actor was killed");
        if (rq->no_restart)
            die_of(actor, "it was killed");
    }
    call_done(call);
}

static void on_worker_exited(void *self, const struct worker_exit *rq,
                             struct call *call)
{
    struct actor_entry *actor = find(self, &rq->actor_id);
    char *why = xslicedup(rq->reason);

    if (actor != NULL && actor->state == ACTOR_ALIVE &&
        id_equal(&actor->worker_id, &rq->worker_id)) {
        if (rq->has_left)
            die_of(actor, why);
        else
            process_ended(actor, why);
    }
    free(why);
    call_done(call);
}

/* ---- what happens ---- */

void actors_on_node_lost(struct actors *actors, const struct member *member)
{
    struct map_node *node, *after;

    map_each(node, after, &actors->all) {
        struct actor_entry *actor = container_of(node, struct actor_entry, node);
        if (actor->state == ACTOR_ALIVE && id_equal(&actor->node_id, &member->id))
            process_ended(actor, "was on a node that died");
    }
}

bool actors_is_over(const struct actors *actors, const struct id *actor,
                    const struct id *worker)
{
    struct actor_entry *found = find(actors, actor);
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
            kill_process(actor, "its job has ended");
        die_of(actor, "its job has ended");
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
        if (is_waiting(actor)) {
            char why[256];
            policy_explain(nodes, count, &actor->demand, why, sizeof(why));
            rows[at].pending_reason = arena_copy(arena, slice(why));
        }
    }
    return map_count(&actors->all);
}

static const struct actors_handlers handlers = {
    .create = on_create,
    .find = on_find,
    .watch = on_watch,
    .kill = on_kill,
    .worker_exited = on_worker_exited,
    .unwatch = on_unwatch,
};

void actors_serve(struct actors *actors, struct dispatch *dispatch)
{
    dispatch_add(dispatch, &actors_methods, &handlers, sizeof(handlers), actors);
}
