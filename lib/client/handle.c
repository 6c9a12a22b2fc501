/* handle.c - ray_actor_get, ray_handle, ray_actor_of, ray_actor_kill,
 * ray_actor_release, ray_actor_id: what is done with actors that are there. */
#include "lib/client/actor.h"
#include "lib/client/actor_ask.h"
#include "lib/client/mishap.h"
#include "lib/client/runtime.h"
#include "lib/net/stubs.h"

#include <stdio.h>
#include <stdlib.h>

/* The library of an actor that others made, so that its methods' signatures are known:
 * loaded now unless we have it; when it is not on this machine, our own. */
static struct library *load_library(struct runtime *rt, const char *name,
                                    struct ray_error *err)
{
    struct library *library = NULL;
    struct error why;
    int status;

    pthread_mutex_lock(&rt->library_lock);
    status = libraries_load(&rt->libraries, name, &library, &why);
    if (status != 0)
        library = rt->library;
    pthread_mutex_unlock(&rt->library_lock);
    if (library == NULL)
        mishap_of_error(err, &why);
    return library;
}

static struct ray_actor *ask_for(struct actor_ask *ask, struct ray_error *err)
{
    struct library *library = NULL;

    if (actor_ask_head(ask, err) == 0)
        library = load_library(ask->rt, ask->library, err);
    return library != NULL ? actor_ask_handle(ask, library, err) : NULL;
}

struct ray_actor *ray_actor_get(const char *name, const char *namespace_,
                                struct ray_error *err)
{
    struct runtime *rt = runtime_require(err);
    struct ray_actor *actor;
    struct actor_ask *ask;
    struct actor_name rq;

    if (rt == NULL)
        return NULL;
    rq = (struct actor_name){ slice(name),
                              slice(namespace_ != NULL ? namespace_ : rt->namespace_) };
    ask = actor_ask_create(rt, METHOD_actors_find, &rq);
    actor = ask_for(ask, err);
    free(ask);
    return actor;
}

struct ray_value ray_handle(const struct ray_actor *actor)
{
    return (struct ray_value){ .type = RAY_HANDLE,
                               .as.bytes = { actor->id.bytes, ID_ACTOR } };
}

static struct ray_actor *another_handle(struct runtime *rt, const struct id *id)
{
    struct ray_actor *actor;

    pthread_mutex_lock(&rt->lock);
    actor = actor_find_handle(rt, id);
    if (actor != NULL)
        actor->handles++;
    pthread_mutex_unlock(&rt->lock);
    return actor;
}

struct ray_actor *ray_actor_of(const struct ray_value *value, struct ray_error *err)
{
    struct runtime *rt = runtime_require(err);
    struct ray_actor *actor;
    struct actor_ask *ask;
    struct actor_ref rq;

    if (rt == NULL)
        return NULL;
    if (value->type != RAY_HANDLE || value->as.bytes.size != ID_ACTOR) {
        mishap(err, ERR_INVALID, "ray_actor_of: the value is not an actor");
        return NULL;
    }
    rq.actor_id = id_from_bytes(value->as.bytes.data, ID_ACTOR);
    actor = another_handle(rt, &rq.actor_id);
    if (actor != NULL)
        return actor;
    ask = actor_ask_create(rt, METHOD_actors_watch, &rq);
    actor = ask_for(ask, err);
    free(ask);
    return actor;
}

int ray_actor_kill(struct ray_actor *actor, bool no_restart, struct ray_error *err)
{
    struct runtime *rt = runtime_require(err);
    struct actor_kill rq;
    struct actor_ask *ask;
    int status;

    if (rt == NULL || actor == NULL)
        return mishap(err, ERR_INVALID, "ray_actor_kill: no actor");
    rq = (struct actor_kill){ .actor_id = actor->id, .no_restart = no_restart };
    ask = actor_ask_create(rt, METHOD_actors_kill, &rq);
    status = actor_ask_head(ask, err);
    free(ask);
    return status;
}

void ray_actor_release(struct ray_actor *actor)
{
    struct runtime *rt = runtime_get();

    if (actor == NULL || rt == NULL)
        return;
    pthread_mutex_lock(&rt->lock);
    actor_unref(rt, actor);
    pthread_mutex_unlock(&rt->lock);
}

const char *ray_actor_id(const struct ray_actor *actor, char text[33])
{
    char hex[ID_HEX_MAX];

    snprintf(text, 33, "%s", id_hex(&actor->id, hex));
    return text;
}
