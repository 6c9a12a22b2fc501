/* create.c - ray_actor_create. It waits for the head's answer, which is quick: the head
 * registers the actor and replies before it starts it. */
#include "lib/base/clock.h"
#include "lib/base/digest.h"
#include "lib/client/actor.h"
#include "lib/client/call.h"
#include "lib/client/activation.h"
#include "lib/client/actor_ask.h"
#include "lib/client/away.h"
#include "lib/client/mishap.h"
#include "lib/client/name.h"
#include "lib/client/retry.h"
#include "lib/client/runtime.h"
#include "lib/client/submit.h"
#include "lib/client/task.h"
#include "lib/client/wait.h"
#include "lib/net/loop.h"
#include "lib/net/stubs.h"
#include "lib/proto/amounts.h"

#include <stdio.h>
#include <stdlib.h>

enum { CONCURRENCY_MAX = 1000 };

/* The head's spec of an actor from the programmer's options. */
static int fill_spec(struct runtime *rt, const struct ray_actor_options *options,
                     struct actor_spec *spec, struct arena *arena, struct error *err)
{
    static const struct ray_actor_options none;
    const struct ray_actor_options *o = options != NULL ? options : &none;
    struct resources held = { 0 };
    uint8_t random[12];
    int status;

    if (name_check("name of an actor", o->name, err) != 0 ||
        name_check("namespace of an actor", o->namespace_, err) != 0)
        return -ERR_INVALID;
    digest_random(random, sizeof(random));
    spec->actor_id = id_actor(rt->job_id, random);
    spec->job_id = rt->job_id;
    spec->name = slice(o->name);
    spec->namespace_ = slice(o->namespace_ != NULL ? o->namespace_ : rt->namespace_);
    spec->job_namespace = slice(rt->namespace_);
    spec->is_detached = o->detached;
    spec->get_if_exists = o->get_if_exists;
    spec->max_restarts = o->max_restarts;
    spec->max_task_retries = o->max_task_retries;
    spec->max_concurrency = o->max_concurrency;
    if (o->max_concurrency < 0 || o->max_concurrency > CONCURRENCY_MAX)
        return fail(err, ERR_INVALID, "max_concurrency is %d, not in 1 to %d",
                    o->max_concurrency, CONCURRENCY_MAX);
    if (o->get_if_exists && o->name == NULL)
        return fail(err, ERR_INVALID, "get_if_exists needs a name");
    status = options_resources(
        &(struct asked_amounts){ o->num_cpus > 0 ? o->num_cpus : 0, o->num_gpus,
                                 o->resources, o->resources_count },
        &held, err);
    if (status == 0) {
        amounts_from_resources(&held, &spec->resources, arena);
        /* Ray's rule: one CPU to be placed, none while it lives. */
        if (o->num_cpus == 0)
            (void)resources_set(&held, slice("CPU"), RESOURCE_UNIT);
        amounts_from_resources(&held, &spec->placement, arena);
    }
    resources_finish(&held);
    return status;
}

static int fill_env(struct runtime *rt, const struct ray_actor_options *options,
                    struct actor_spec *spec, struct arena *arena, struct error *err)
{
    struct buf env;
    int status;

    if (options == NULL || options->env == NULL) {
        pthread_mutex_lock(&rt->lock);
        spec->env = arena_copy(arena, buf_slice(&rt->env));
        pthread_mutex_unlock(&rt->lock);
        return 0;
    }
    buf_init(&env, 0);
    status = call_env(rt, options->env, &env, err);
    spec->env = arena_copy(arena, buf_slice(&env));
    buf_finish(&env);
    return status;
}

/* Waits for the constructor's arguments and packs them into the spec. */
static int fill_constructor(struct runtime *rt, struct task *task,
                            struct actor_spec *spec, struct arena *arena,
                            struct ray_error *err)
{
    struct task_value *values = arena_array(arena, task->args_count, sizeof(*values));
    int status = 0;

    pthread_mutex_lock(&rt->lock);
    for (size_t i = 0; i < task->args_count && status == 0; i++) {
        struct ray_ref *object = task->args[i].as.object;
        if (task->args[i].type != RAY_REF)
            continue;
        away_call_back(rt, &object, 1);
        if (!wait_objects(rt, &object, 1, 1, 0))
            status = rt->is_down ? mishap_of_error(err, &rt->down_why)
                                 : mishap(err, ERR_CANCELLED,
                                          "the task that waits was cancelled");
        else if (object->state == OBJECT_FAILED)
            status = mishap_of_failure(err, object->as.failure);
    }
    if (status == 0) {
        task->id = id_actor_task(spec->actor_id, 0);
        task_to_spec(rt, task, &spec->constructor,
                     &(struct task_packing){ values, arena });
    }
    pthread_mutex_unlock(&rt->lock);
    return status;
}

static struct ray_actor *create(struct runtime *rt, struct task *task,
                                const struct ray_actor_options *options,
                                struct ray_error *err)
{
    struct ray_actor *actor = NULL;
    struct actor_spec spec = { 0 };
    struct actor_ask *ask = actor_ask_create(rt, METHOD_actors_create, &spec);
    struct arena arena = { 0 };
    struct error why;

    if (fill_spec(rt, options, &spec, &arena, &why) != 0 ||
        fill_env(rt, options, &spec, &arena, &why) != 0)
        mishap_of_error(err, &why);
    else if (fill_constructor(rt, task, &spec, &arena, err) == 0 &&
             actor_ask_head(ask, err) == 0)
        actor = actor_ask_handle(ask, call_library(rt), err);
    pthread_mutex_lock(&rt->lock);
    if (actor != NULL && actor->constructor == NULL && actor->state != ACTOR_ALIVE &&
        actor->state != ACTOR_DEAD && id_equal(&actor->id, &spec.actor_id))
        actor->constructor = task; /* keeps its arguments until it lives */
    else
        task_discard(rt, task);
    pthread_mutex_unlock(&rt->lock);
    arena_finish(&arena);
    free(ask);
    return actor;
}

struct ray_actor *ray_actor_create(const char *class_name, struct ray_args args,
                                   const struct ray_actor_options *options,
                                   struct ray_error *err)
{
    struct runtime *rt = runtime_require(err);
    const char *const names[2] = { NULL, class_name };
    const struct ray_task_options no_returns = { .num_returns = RAY_ZERO_RETURNS };
    const struct entry *entry;
    struct task *task;

    if (rt == NULL)
        return NULL;
    entry = call_find(rt, NULL, ENTRY_ACTOR, names, err);
    task = entry != NULL ? task_create(rt, entry, args, &no_returns, err) : NULL;
    return task != NULL ? create(rt, task, options, err) : NULL;
}
