/* call.c - ray_remote and ray_call: checked here, sent by submit.c and actor.c. */
#include "lib/client/call.h"

#include "lib/base/buf.h"
#include "lib/base/mem.h"
#include "lib/client/actor.h"
#include "lib/client/activation.h"
#include "lib/client/library.h"
#include "lib/client/mishap.h"
#include "lib/client/retry.h"
#include "lib/client/runtime.h"
#include "lib/client/submit.h"
#include "lib/client/task.h"
#include "lib/client/taskenv.h"

#include <string.h>

struct runtime *runtime_require(struct ray_error *err)
{
    struct runtime *rt = runtime_get();

    if (rt == NULL)
        mishap(err, ERR_CLOSED, "not connected: call ray_init() first");
    return rt;
}

/* The library whose functions this thread means: that of the task it runs, else the
 * driver's. */
struct library *call_library(struct runtime *rt)
{
    struct ray_task *context = activation_current();
    return context != NULL ? context->library : rt->library;
}

const struct entry *call_find(struct runtime *rt, struct library *library,
                              enum entry_kind kind, const char *const names[2],
                              struct ray_error *err)
{
    const struct entry *entry;
    struct error why;

    if (library == NULL)
        library = call_library(rt);
    if (library == NULL) {
        mishap(err, ERR_LOAD, "%s: ray_init() was given no task library", names[1]);
        return NULL;
    }
    pthread_mutex_lock(&rt->library_lock);
    entry = library_find(library, kind, names[0], names[1], &why);
    pthread_mutex_unlock(&rt->library_lock);
    if (entry == NULL)
        mishap_of_error(err, &why);
    return entry;
}

int call_env(struct runtime *rt, const struct ray_runtime_env *env, struct buf *out,
             struct error *err)
{
    const char *package, *address;
    int status;

    pthread_mutex_lock(&rt->lock);
    address = rt->head_address;
    pthread_mutex_unlock(&rt->lock);
    status = ships_package(&rt->ships, address, env, &package, err);
    if (status != 0)
        return status;
    pthread_mutex_lock(&rt->lock);
    status = taskenv_pack(env, slice(package), buf_slice(&rt->env), out, err);
    pthread_mutex_unlock(&rt->lock);
    return status;
}

/* Finds its shape and lets it go; frees it when that fails. */
static int begin(struct runtime *rt, struct task *task,
                 const struct ray_task_options *options, struct ray_ref **refs,
                 struct ray_error *err)
{
    const bool has_env = options != NULL && options->env != NULL;
    struct error why;
    struct buf env;

    why.code = ERR_OK; /* and nothing else of it: this is the hot path */
    buf_init(&env, 0);
    if (has_env)
        (void)call_env(rt, options->env, &env, &why);
    pthread_mutex_lock(&rt->lock);
    if (why.code == ERR_OK)
        task->shape =
            shape_find(rt, options, buf_slice(has_env ? &env : &rt->env), &why);
    if (task->shape == NULL)
        task_discard(rt, task);
    else if (task_begin(rt, task, refs) && task->deps == 0)
        submit_ready(rt, task);
    pthread_mutex_unlock(&rt->lock);
    buf_finish(&env);
    return why.code == ERR_OK ? 0 : mishap_of_error(err, &why);
}

int ray_remote_many(const char *function, struct ray_args args,
                    const struct ray_task_options *options, struct ray_ref **refs,
                    struct ray_error *err)
{
    struct runtime *rt = runtime_require(err);
    const char *const names[2] = { NULL, function };
    const struct entry *entry;
    struct task *task;

    if (rt == NULL)
        return -RAY_CLOSED;
    entry = call_find(rt, NULL, ENTRY_FUNCTION, names, err);
    if (entry == NULL)
        return -RAY_LOAD;
    task = task_create(rt, entry, args, options, err);
    if (task == NULL)
        return err != NULL ? -(int)err->code : -RAY_FAILED;
    return begin(rt, task, options, refs, err);
}

struct ray_ref *ray_remote(const char *function, struct ray_args args,
                           const struct ray_task_options *options,
                           struct ray_error *err)
{
    struct ray_ref *ref = NULL;

    if (options != NULL && options->num_returns != 0 && options->num_returns != 1) {
        mishap(err, ERR_INVALID,
               "%s: ray_remote() gives one result; see ray_remote_many()", function);
        return NULL;
    }
    return ray_remote_many(function, args, options, &ref, err) == 0 ? ref : NULL;
}

struct ray_ref *ray_call(struct ray_actor *actor, const char *method,
                         struct ray_args args, const struct ray_task_options *options,
                         struct ray_error *err)
{
    struct runtime *rt = runtime_require(err);
    const char *const names[2] = { actor != NULL ? actor->class_name : NULL, method };
    struct ray_ref *ref = NULL;
    const struct entry *entry;
    struct task *task;

    if (rt == NULL || actor == NULL) {
        if (rt != NULL)
            mishap(err, ERR_INVALID, "ray_call: the actor is NULL");
        return NULL;
    }
    if (options != NULL && options->num_returns != 0 && options->num_returns != 1) {
        mishap(err, ERR_INVALID, "%s: a method has one result", method);
        return NULL;
    }
    entry = call_find(rt, actor->library, ENTRY_METHOD, names, err);
    task = entry != NULL ? task_create(rt, entry, args, options, err) : NULL;
    if (task == NULL)
        return NULL;
    pthread_mutex_lock(&rt->lock);
    task->actor = actor;
    task->retries_left = retries_of(options, actor);
    actor->handles++;
    if (task_begin(rt, task, &ref)) {
        list_add(&actor->queue, &task->list);
        actor_flush(rt, actor);
    }
    pthread_mutex_unlock(&rt->lock);
    return ref;
}
