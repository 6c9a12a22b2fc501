/* task.c - building a task from the programmer's arguments, and ending it.
 *
 * Happy path: task_create() copies the arguments into one block of memory behind the
 * struct, task_begin() counts those that are not ready, task_on_object() of the
 * last of them sends it to submit.c or actor.c, a result ends it. Arguments over
 * OBJECT_INLINE_MAX become objects of their own in shared memory, so that a task on the
 * ring stays small. */
#include "lib/client/task.h"

#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/client/actor.h"
#include "lib/client/activation.h"
#include "lib/client/away.h"
#include "lib/client/carry.h"
#include "lib/client/history.h"
#include "lib/client/inside.h"
#include "lib/client/library.h"
#include "lib/client/lineage.h"
#include "lib/client/mishap.h"
#include "lib/client/name.h"
#include "lib/client/retry.h"
#include "lib/client/runtime.h"
#include "lib/client/shm.h"
#include "lib/client/submit.h"
#include "lib/client/type.h"

#include <stdlib.h>
#include <string.h>

enum { RETURNS_MAX = 10000 };

static bool is_large(const struct ray_value *value)
{
    return type_has_bytes(value->type) && value->as.bytes.size > OBJECT_INLINE_MAX;
}

/* Bytes of the block behind the struct: results, arguments, then inline bytes. */
static size_t block_size(struct ray_args args, size_t returns)
{
    size_t size = sizeof(struct task) + returns * sizeof(struct ray_ref *) +
                  args.count * sizeof(struct argument);

    for (size_t i = 0; i < args.count; i++) {
        if (is_large(&args.values[i]))
            continue;
        size += args.values[i].refs_count * sizeof(struct ray_ref *);
        if (type_has_bytes(args.values[i].type))
            size += args.values[i].as.bytes.size;
    }
    return size;
}

/* The refs inside the arguments: to the task's own memory, each with a handle; returns
 * its end. */
static char *copy_refs(struct task *task, struct ray_args args)
{
    size_t count = 0;

    for (size_t i = 0; i < args.count; i++) {
        const struct ray_value *value = &args.values[i];
        if (is_large(value) || value->type == RAY_REF)
            continue;
        task->args[i].refs_count = (uint32_t)value->refs_count;
        for (size_t j = 0; j < value->refs_count; j++) {
            task->held[count++] = value->refs[j];
            value->refs[j]->refs++;
        }
    }
    return (char *)(task->held + count);
}

static char *copy_argument(struct argument *to, const struct ray_value *from,
                           char *bytes)
{
    to->type = (uint8_t)from->type;
    if (from->type == RAY_REF) {
        to->as.object = from->as.ref;
        to->as.object->pins++;
    } else if (type_has_bytes(from->type)) {
        if (from->as.bytes.size > 0)
            memcpy(bytes, from->as.bytes.data, from->as.bytes.size);
        to->as.bytes.data = bytes;
        to->as.bytes.size = from->as.bytes.size;
        bytes += from->as.bytes.size;
    } else if (from->type == RAY_DOUBLE) {
        to->as.number = from->as.number;
    } else if (from->type == RAY_BOOL) {
        to->as.boolean = from->as.boolean;
    } else {
        to->as.integer = from->as.integer;
    }
    return bytes;
}

/* Stores the large arguments as objects; refs[i] is NULL for the others. */
static int store_large(struct ray_args args, struct ray_ref **refs,
                       struct ray_error *err)
{
    for (size_t i = 0; i < args.count; i++)
        if (is_large(&args.values[i]) &&
            (refs[i] = ray_put(args.values[i], err)) == NULL)
            return -ERR_FULL;
    return 0;
}

static void release_large(struct ray_ref **refs, size_t count)
{
    for (size_t i = 0; refs != NULL && i < count; i++)
        ray_release(refs[i]);
    free(refs);
}

static struct task *task_build(struct ray_args args, size_t returns,
                               struct ray_ref *const *large)
{
    struct task *task = xcalloc(1, block_size(args, returns));
    char *bytes;

    task->returns = (struct ray_ref **)(task + 1);
    task->args = (struct argument *)(task->returns + returns);
    task->held = (struct ray_ref **)(task->args + args.count);
    bytes = copy_refs(task, args);
    task->returns_count = (uint16_t)returns;
    task->args_count = (uint32_t)args.count;
    list_init(&task->list);
    list_init(&task->live);
    for (size_t i = 0; i < args.count; i++) {
        struct ray_value ref = ray_ref(large != NULL ? large[i] : NULL);
        bytes = copy_argument(&task->args[i],
                              ref.as.ref != NULL ? &ref : &args.values[i], bytes);
    }
    task->creation_time = clock_wall();
    task->reported = -1;
    return task;
}

static size_t returns_of(const struct ray_task_options *options)
{
    if (options == NULL || options->num_returns == 0)
        return 1;
    return options->num_returns > 0 ? (size_t)options->num_returns : 0;
}

static int check(const struct entry *entry, struct ray_args args,
                 const struct ray_task_options *options, struct ray_error *err)
{
    size_t returns = returns_of(options);
    struct error why;

    if (returns > RETURNS_MAX)
        return mishap(err, ERR_INVALID, "%s: %zu results, at most %d", entry->full_name,
                      returns, RETURNS_MAX);
    for (size_t i = 0; i < args.count; i++)
        if (args.values[i].type == RAY_REF && args.values[i].as.ref == NULL)
            return mishap(err, ERR_INVALID, "%s: argument %zu is a NULL ref",
                          entry->full_name, i + 1);
    for (size_t i = 0; i < args.count; i++)
        if (inside_find_null(&args.values[i]) < args.values[i].refs_count)
            return mishap(err, ERR_INVALID, "%s: a ref inside argument %zu is NULL",
                          entry->full_name, i + 1);
    if (entry_check(entry, args.values, args.count, &why) != 0 ||
        (options != NULL && name_check("name of a task", options->name, &why) != 0))
        return mishap_of_error(err, &why);
    return 0;
}

struct task *task_create(struct runtime *rt, const struct entry *entry,
                         struct ray_args args, const struct ray_task_options *options,
                         struct ray_error *err)
{
    size_t returns = returns_of(options);
    struct ray_ref **large = NULL;
    struct task *task = NULL;

    if (check(entry, args, options, err) != 0)
        return NULL;
    for (size_t i = 0; i < args.count && large == NULL; i++)
        if (is_large(&args.values[i]))
            large = xcalloc(args.count, sizeof(*large));
    if (large == NULL || store_large(args, large, err) == 0) {
        pthread_mutex_lock(&rt->lock);
        task = task_build(args, returns, large);
        pthread_mutex_unlock(&rt->lock);
        task->entry = entry;
        task->retries_left = retries_of(options, NULL);
        task->retry_exceptions = options != NULL && options->retry_exceptions;
        if (options != NULL && options->name != NULL)
            task->name = xstrdup(options->name);
    }
    release_large(large, args.count);
    return task;
}

/* Objects for the results, each with a handle for the caller and a pin of the task. */
static void make_returns(struct task *task, struct ray_ref **refs)
{
    for (size_t i = 0; i < task->returns_count; i++) {
        struct ray_ref *object = object_create(id_object(task->id, (uint32_t)i + 1));
        object->refs = 1;
        object->pins = 1;
        object->maker = task;
        task->returns[i] = refs[i] = object;
    }
}

static void leave_living(struct runtime *rt, struct task *task)
{
    if (!list_is_empty(&task->live))
        rt->live_count--;
    list_remove(&task->live);
}

/* The refs inside its arguments. */
static void release_held(struct runtime *rt, struct task *task)
{
    struct ray_ref **held = task->held;

    for (size_t i = 0; i < task->args_count; i++)
        for (size_t j = 0; j < task->args[i].refs_count; j++)
            object_unref(rt, *held++);
}

static void task_free(struct runtime *rt, struct task *task)
{
    for (size_t i = 0; i < task->args_count; i++)
        if (task->args[i].type == RAY_REF)
            object_unpin(rt, task->args[i].as.object);
    for (size_t i = 0; i < task->returns_count; i++) {
        if (task->returns[i] == NULL)
            continue;
        task->returns[i]->maker = NULL;
        object_unpin(rt, task->returns[i]);
    }
    release_held(rt, task);
    leave_living(rt, task);
    if (task->actor != NULL)
        actor_unref(rt, task->actor);
    free(task->name);
    free(task);
}

void task_discard(struct runtime *rt, struct task *task)
{
    task_free(rt, task);
}

void task_forget(struct runtime *rt, struct task *task)
{
    for (size_t i = 0; i < task->args_count; i++)
        if (task->args[i].type == RAY_REF)
            object_unkeep(rt, task->args[i].as.object);
    release_held(rt, task);
    free(task->name);
    free(task);
}

size_t task_size(const struct task *task)
{
    size_t size = sizeof(*task) + task->returns_count * sizeof(struct ray_ref *) +
                  task->args_count * sizeof(struct argument);

    for (size_t i = 0; i < task->args_count; i++) {
        size += task->args[i].refs_count * sizeof(struct ray_ref *);
        if (type_has_bytes(task->args[i].type))
            size += task->args[i].as.bytes.size;
    }
    return size;
}

const char *task_name(const struct task *task)
{
    return task->name != NULL ? task->name : task->entry->full_name;
}

bool task_begin(struct runtime *rt, struct task *task, struct ray_ref **refs)
{
    const struct failure *failure = NULL;
    struct ray_task *context = activation_current();

    task->id = runtime_task_id(rt, task->actor != NULL ? &task->actor->id : NULL);
    task->parent = context != NULL ? context->spec.task_id : rt->driver_task;
    make_returns(task, refs);
    list_add(&rt->live, &task->live);
    rt->live_count++;
    for (size_t i = 0; i < task->args_count; i++) {
        struct ray_ref *object = task->args[i].as.object;
        if (task->args[i].type != RAY_REF)
            continue;
        away_call_back(rt, &object, 1);
        if (object->state == OBJECT_PENDING) {
            object_add_dependent(object, task);
            task->deps++;
        } else if (object->state == OBJECT_FAILED) {
            failure = object->as.failure;
        }
    }
    task->state =
        task->deps > 0 ? TASK_PENDING_ARGS_AVAIL : TASK_PENDING_NODE_ASSIGNMENT;
    if (failure == NULL || task->deps > 0)
        return true;
    task_fail(rt, task, failure);
    return false;
}

void task_forget_arguments(struct task *task)
{
    for (size_t i = 0; i < task->args_count; i++)
        if (task->args[i].type == RAY_REF)
            object_remove_dependent(task->args[i].as.object, task);
    task->deps = 0;
}

/* The last argument of a task has arrived, or one has failed. */
static void arguments_ready(struct runtime *rt, struct task *task)
{
    for (size_t i = 0; i < task->args_count; i++) {
        struct ray_ref *object = task->args[i].as.object;
        if (task->args[i].type == RAY_REF && object->state == OBJECT_FAILED) {
            struct ray_actor *actor = task->actor;
            list_remove(&task->list);
            task_fail(rt, task, object->as.failure);
            if (actor != NULL)
                actor_flush(rt, actor);
            return;
        }
    }
    task->state = TASK_PENDING_NODE_ASSIGNMENT;
    if (task->actor != NULL)
        actor_flush(rt, task->actor);
    else
        submit_ready(rt, task);
}

void task_on_object(struct runtime *rt, struct ray_ref *object)
{
    struct task **dependents = object->dependents;
    uint32_t count = object->dependents_count;

    if (object->shared != NULL)
        lend_on_ready(rt);
    object->dependents = NULL;
    object->dependents_count = object->dependents_capacity = 0;
    for (uint32_t i = 0; i < count; i++)
        if (--dependents[i]->deps == 0)
            arguments_ready(rt, dependents[i]);
    free(dependents);
}

void task_to_spec(struct runtime *rt, struct task *task, struct task_spec *spec,
                  const struct task_packing *packing)
{
    *spec = (struct task_spec){
        .task_id = task->id,
        .library = slice(task->entry->library),
        .function = slice(task->entry->name),
        .num_returns = task->returns_count,
        .attempt = task->attempt,
        .name = slice(task->name),
        .class_name = slice(task->entry->class_name),
    };
    if (task->actor != NULL)
        spec->actor_id = task->actor->id;
    for (size_t i = 0; i < task->args_count; i++)
        carry_argument(rt, task, i, &packing->values[i], packing->arena);
    spec->args.items = packing->values;
    spec->args.count = task->args_count;
}

/* A result that nobody wants any more: its task was cancelled, or ran again for
 * another one. */
static void drop_return(struct runtime *rt, const struct task *task, size_t i,
                        const struct task_value *value)
{
    const struct id id = id_object(task->id, (uint32_t)i + 1);
    carry_drop(rt, &id, value);
}

static void drop_returns(struct runtime *rt, const struct task *task,
                         const struct task_result *result)
{
    for (size_t i = 0; i < task->returns_count && i < result->returns.count; i++)
        drop_return(rt, task, i, &result->returns.items[i]);
}

void task_finish(struct runtime *rt, struct task *task,
                 const struct task_result *result)
{
    static const struct task_value none = { .type = RAY_NONE };

    if (task->is_cancelled) {
        drop_returns(rt, task, result);
        task_fail(rt, task, &result->failure);
        return;
    }
    list_remove(&task->list);
    task->state = TASK_FINISHED;
    history_add(rt, task, result, NULL);
    for (size_t i = 0; i < task->returns_count; i++) {
        const struct task_value *value =
            i < result->returns.count ? &result->returns.items[i] : &none;
        if (task->returns[i] == NULL) {
            drop_return(rt, task, i, value);
        } else if (task->returns[i]->state == OBJECT_PENDING) {
            carry_set(rt, task->returns[i], value);
            task_on_object(rt, task->returns[i]);
        }
    }
    leave_living(rt, task);
    if (!lineage_keep(rt, task))
        task_free(rt, task);
}

/* How a cancelled task ends, whatever happened to it. */
static struct failure *cancelled(const struct task *task)
{
    char *text = xprintf("%s: cancelled", task_name(task));
    struct failure *failure = failure_create(ERR_CANCELLED, text);

    free(text);
    return failure;
}

void task_fail(struct runtime *rt, struct task *task, const struct failure *failure)
{
    struct failure *copy;

    list_remove(&task->list);
    if (failure->code == ERR_OBJECT_LOST && !task->is_cancelled &&
        lineage_retry(rt, task))
        return;
    /* It may belong to an argument. */
    copy = task->is_cancelled ? cancelled(task) : failure_copy(failure);
    task->state = TASK_FAILED;
    history_add(rt, task, NULL, copy);
    for (size_t i = 0; i < task->returns_count; i++) {
        if (task->returns[i] == NULL || task->returns[i]->state != OBJECT_PENDING)
            continue;
        object_set_failure(task->returns[i], copy);
        task_on_object(rt, task->returns[i]);
    }
    task_free(rt, task);
    failure_destroy(copy);
    runtime_wake(rt);
}
