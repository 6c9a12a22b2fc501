/* create.c - ray_actor_create, ray_actor_get, ray_actor_kill, ray_actor_release.
 *
 * Creating and finding wait for the head's answer, which is quick: the head registers
 * the actor and replies before it starts it. From then on the head tells us of its
 * changes (actor.c). */
#include "lib/base/clock.h"
#include "lib/base/digest.h"
#include "lib/base/mem.h"
#include "lib/client/actor.h"
#include "lib/client/call.h"
#include "lib/client/activation.h"
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

enum { ANSWER_MS = 30000, AWAY_MS = 50, CONCURRENCY_MAX = 1000 };

/* What travels to the loop thread and back. */
struct actor_ask {
    struct mail mail;
    struct runtime *rt;
    const struct method *method;
    const void *request;
    struct loop_timer *again; /* (loop) while the head is away */
    int64_t deadline;
    struct id actor_id;
    struct actor_info info; /* its strings: */
    char class_name[256], library[SESSION_PATH_MAX], address[SESSION_ADDRESS_MAX];
};

static void keep(char *to, size_t size, struct slice *text)
{
    snprintf(to, size, "%.*s", SLICE_ARGS(*text));
    *text = slice(to);
}

static void ask_end(struct actor_ask *ask, const struct error *err)
{
    loop_timer_destroy(ask->again);
    ask->again = NULL;
    mailbox_finish(&ask->mail, err);
}

/* The head is away: `again` runs in AWAY_MS, unless ANSWER_MS are over. */
static void ask_again(struct actor_ask *ask, loop_fn *again)
{
    struct error err;

    if (ask->deadline == 0)
        ask->deadline = clock_now() + ANSWER_MS * NS_PER_MS;
    if (ask->rt->is_down || clock_now() >= ask->deadline) {
        fail(&err, ERR_CLOSED, "the head is gone, and no new one came");
        ask_end(ask, &err);
        return;
    }
    if (ask->again == NULL)
        ask->again = loop_timer_create(ask->rt->loop, true, again, ask);
    loop_timer_start(ask->again, AWAY_MS, 0);
}

/* The connection ended before the answer came. All that is asked here may be asked
 * twice: an actor has its id from us. */
static bool is_unanswered(const struct error *err)
{
    return err != NULL && (err->code == ERR_CLOSED || err->code == ERR_UNREACHABLE);
}

static void send_ask(void *arg);

static void on_info(void *arg, const struct error *err, const void *message)
{
    struct actor_ask *ask = arg;

    if (err == NULL && message != NULL) {
        ask->info = *(const struct actor_info *)message;
        ask->info.death = (struct failure){ .code = ask->info.death.code };
        ask->info.name = slice("");
        keep(ask->class_name, sizeof(ask->class_name), &ask->info.class_name);
        keep(ask->library, sizeof(ask->library), &ask->info.library);
        keep(ask->address, sizeof(ask->address), &ask->info.node_address);
    }
    if (is_unanswered(err))
        ask_again(ask, send_ask);
    else
        ask_end(ask, err);
}

static void on_nothing(void *arg, const struct error *err, const void *message)
{
    struct actor_ask *ask = arg;

    (void)message;
    if (is_unanswered(err))
        ask_again(ask, send_ask);
    else
        ask_end(ask, err);
}

static void send_ask(void *arg)
{
    struct actor_ask *ask = arg;
    const struct call_options options = { .timeout_ms = ANSWER_MS };

    if (ask->rt->head == NULL) {
        ask_again(ask, send_ask);
        return;
    }
    peer_call(ask->rt->head, (struct peer_request){ ask->method, ask->request },
              &options, ask->method->reply == &actor_info_desc ? on_info : on_nothing,
              ask);
}

static int ask_head(struct actor_ask *ask, struct ray_error *err)
{
    mailbox_wait(ask->rt, send_ask, ask, &ask->mail);
    return ask->mail.err.code == ERR_OK ? 0 : mishap_of_error(err, &ask->mail.err);
}

static int task_retries(int64_t asked)
{
    if (asked < 0 || asked > RETRIES_ALWAYS)
        return RETRIES_ALWAYS;
    return (int)asked;
}

static struct ray_actor *handle_create(struct runtime *rt,
                                       const struct actor_info *info,
                                       const char *class_name, struct library *library)
{
    struct ray_actor *actor = xcalloc(1, sizeof(*actor));

    actor->rt = rt;
    actor->id = info->actor_id;
    actor->max_task_retries = task_retries(info->max_task_retries);
    actor->handles = 1;
    actor->state = ACTOR_PENDING_CREATION;
    actor->class_name = xstrdup(class_name);
    actor->library = library;
    list_init(&actor->queue);
    list_add(&rt->actors, &actor->list);
    return actor;
}

static struct ray_actor *find_handle(struct runtime *rt, const struct id *id)
{
    struct list *at;

    list_each(at, &rt->actors) {
        struct ray_actor *actor = container_of(at, struct ray_actor, list);
        if (id_equal(&actor->id, id) && actor->handles > 0)
            return actor;
    }
    return NULL;
}

static void watch(void *arg);

static void on_watched(void *arg, const struct error *err, const void *message)
{
    struct actor_ask *ask = arg;

    if (err == NULL)
        actor_on_changed(ask->rt, message);
    if (is_unanswered(err))
        ask_again(ask, watch);
    else
        ask_end(ask, err);
}

/* (loop) A handle exists now: whatever the head says of the actor from here on finds
 * it. */
static void watch(void *arg)
{
    struct actor_ask *ask = arg;
    struct actor_ref ref = { .actor_id = ask->actor_id };

    if (ask->rt->head != NULL)
        call_actors_watch(ask->rt->head, &ref, NULL, on_watched, ask);
    else
        ask_again(ask, watch);
}

/* A handle of the actor in ask->info: the one we have, or a new one that watches it. */
static struct ray_actor *handle_of(struct actor_ask *ask, struct library *library,
                                   struct ray_error *err)
{
    struct runtime *rt = ask->rt;
    struct ray_actor *actor;

    pthread_mutex_lock(&rt->lock);
    actor = find_handle(rt, &ask->info.actor_id);
    if (actor != NULL)
        actor->handles++;
    else
        actor = handle_create(rt, &ask->info, ask->class_name, library);
    pthread_mutex_unlock(&rt->lock);
    ask->actor_id = actor->id;
    mailbox_wait(rt, watch, ask, &ask->mail);
    if (ask->mail.err.code != ERR_OK) {
        mishap_of_error(err, &ask->mail.err);
        ray_actor_release(actor);
        return NULL;
    }
    return actor;
}

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
    struct actor_ask *ask = xcalloc(1, sizeof(*ask));
    struct ray_actor *actor = NULL;
    struct actor_spec spec = { 0 };
    struct arena arena = { 0 };
    struct error why;

    ask->rt = rt;
    ask->method = proto_method(METHOD_actors_create);
    ask->request = &spec;
    if (fill_spec(rt, options, &spec, &arena, &why) != 0 ||
        fill_env(rt, options, &spec, &arena, &why) != 0)
        mishap_of_error(err, &why);
    else if (fill_constructor(rt, task, &spec, &arena, err) == 0 &&
             ask_head(ask, err) == 0)
        actor = handle_of(ask, call_library(rt), err);
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

struct ray_actor *ray_actor_get(const char *name, const char *namespace_,
                                struct ray_error *err)
{
    struct runtime *rt = runtime_require(err);
    struct ray_actor *actor = NULL;
    struct library *library;
    struct actor_ask *ask;
    struct actor_name rq;

    if (rt == NULL)
        return NULL;
    rq = (struct actor_name){ slice(name),
                              slice(namespace_ != NULL ? namespace_ : rt->namespace_) };
    ask = xcalloc(1, sizeof(*ask));
    ask->rt = rt;
    ask->method = proto_method(METHOD_actors_find);
    ask->request = &rq;
    if (ask_head(ask, err) == 0) {
        library = load_library(rt, ask->library, err);
        actor = library != NULL ? handle_of(ask, library, err) : NULL;
    }
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
    ask = xcalloc(1, sizeof(*ask));
    ask->rt = rt;
    ask->method = proto_method(METHOD_actors_kill);
    ask->request = &rq;
    status = ask_head(ask, err);
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
