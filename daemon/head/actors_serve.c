/* actors_serve.c - what is asked of actors: created, found, watched, killed. */
#include "daemon/head/actors_table.h"

#include "daemon/head/actor_store.h"
#include "daemon/head/jobs.h"
#include "daemon/head/topics.h"
#include "lib/net/peer.h"
#include "lib/proto/proto.h"

/* A detached actor outlives the job that made it: it, and what it starts, are a job of
 * their own. */
static struct actor_entry *actor_create(struct actors *actors,
                                        const struct actor_spec *spec,
                                        struct error *err)
{
    struct actor_entry *actor = actor_entry_create(spec, err);

    if (actor == NULL)
        return NULL;
    actors_forget_oldest(actors);
    actor->actors = actors;
    if (spec->is_detached)
        actor->spec.job_id = jobs_new_id(actors->options.jobs, spec->job_id);
    map_add(&actors->all, &actor->node, ID_KEY(&actor->id));
    return actor;
}

static void reply_info(const struct actor_entry *actor, struct call *call)
{
    struct actor_info info;

    actor_entry_info(actor, &info);
    call_reply(call, &info);
}

static void on_create(void *self, const struct actor_spec *rq, struct call *call)
{
    struct actors *actors = self;
    struct actor_entry *again =
        actors_find(actors, &rq->actor_id); /* its reply was lost */
    struct actor_entry *actor =
        rq->name.size > 0 ? actors_find_name(actors, rq->name, rq->namespace_) : NULL;
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
    actor_store_save(actors->options.store, actor);
    actors_report(actor);
    reply_info(actor, call);
    actors_place(actor);
}

static void on_find(void *self, const struct actor_name *rq, struct call *call)
{
    struct actor_entry *actor = actors_find_name(self, rq->name, rq->namespace_);
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
    struct actor_entry *actor = actors_find(actors, &rq->actor_id);
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
                                    ? actors_find(self, &rq->actor_id)
                                    : actors_find_name(self, rq->name, rq->namespace_);
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
            actors_kill_process(actor, "the actor was killed");
        if (rq->no_restart)
            actors_die_of(actor, "it was killed");
        else
            actor->is_killed = actor->is_away;
    }
    call_done(call);
}

static void on_worker_exited(void *self, const struct worker_exit *rq,
                             struct call *call)
{
    actors_worker_exited(self, rq);
    call_done(call);
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
