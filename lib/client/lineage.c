/* lineage.c - kept tasks, and running them again.
 *
 * A kept task does not pin its arguments, it keeps them (`kept`): small values stay,
 * since they cost little; large ones that nothing else holds are let go (RELEASED), for
 * they can be made again in their turn, unless they were put. What cannot be made again
 * is found before anything is started, by walking up from the object.
 *
 * A result that is alive elsewhere is left as it is when its task runs again for
 * another one. */
#include "lib/client/lineage.h"

#include "lib/client/away.h"
#include "lib/client/borrow.h"
#include "lib/client/mishap.h"
#include "lib/client/object.h"
#include "lib/client/runtime.h"
#include "lib/client/submit.h"
#include "lib/client/task.h"

#include <stdio.h>

enum { DEPTH_MAX = 1000 };

/* Whether some result may be lost yet. */
static bool is_needed(const struct task *task)
{
    for (size_t i = 0; i < task->returns_count; i++) {
        const struct ray_ref *object = task->returns[i];
        if (object != NULL &&
            (object->place != NULL || object->state == OBJECT_RELEASED))
            return true;
    }
    return false;
}

/* Its results live no more, or their way of making is forgotten. */
static void forget(struct runtime *rt, struct task *task)
{
    rt->lineage_bytes -= task_size(task);
    for (size_t i = 0; i < task->returns_count; i++)
        if (task->returns[i] != NULL)
            task->returns[i]->maker = NULL;
    list_remove(&task->list);
    task_forget(rt, task);
}

bool lineage_keep(struct runtime *rt, struct task *task)
{
    if (task->shape == NULL || task->retries_left == 0 || !is_needed(task))
        return false;
    list_add(&rt->lineage, &task->list);
    rt->lineage_bytes += task_size(task);
    task->is_kept = true;
    for (size_t i = 0; i < task->args_count; i++)
        if (task->args[i].type == RAY_REF)
            object_keep(rt, task->args[i].as.object);
    for (size_t i = 0; i < task->returns_count; i++) {
        struct ray_ref *object = task->returns[i];
        if (object == NULL)
            continue;
        if (object->refs == 0 && object->pins == 1 && object->kept == 0)
            task->returns[i] = NULL, object->maker = NULL;
        object_unpin(rt, object);
    }
    if (!is_needed(task))
        forget(rt, task);
    while (rt->lineage_bytes > LINEAGE_MAX)
        forget(rt, container_of(rt->lineage.next, struct task, list));
    return true;
}

void lineage_on_freed(struct runtime *rt, struct ray_ref *object)
{
    struct task *task = object->maker;

    object->maker = NULL;
    for (size_t i = 0; i < task->returns_count; i++)
        if (task->returns[i] == object)
            task->returns[i] = NULL;
    if (!is_needed(task))
        forget(rt, task);
}

bool lineage_is_lost(const struct ray_ref *object)
{
    return object->state == OBJECT_RELEASED ||
           (object->state == OBJECT_READY && object->place != NULL &&
            (object->place->is_lost || object->place->node->is_lost));
}

/* Why it cannot be made again; NULL: it can. */
static const char *obstacle(struct runtime *rt, const struct ray_ref *object, int depth)
{
    const struct task *task = object->maker;
    const char *why = NULL;

    if (task == NULL)
        return "it is no result of a task that is remembered and has retries left: "
               "what was put, or returned by an actor, cannot be made again";
    if (!task->is_kept) /* it runs again already */
        return NULL;
    if (task->retries_left == 0)
        return "its task has no retries left";
    if (depth == DEPTH_MAX)
        return "too many tasks would have to run again";
    for (size_t i = 0; i < task->args_count && why == NULL; i++) {
        const struct ray_ref *argument = task->args[i].as.object;
        if (task->args[i].type != RAY_REF)
            continue;
        if (argument->state == OBJECT_FAILED)
            why = "an argument of its task is lost";
        else if (lineage_is_lost(argument) && !borrow_is(rt, argument))
            why = obstacle(rt, argument, depth + 1);
    }
    return why;
}

static void run_again(struct runtime *rt, struct task *task);

/* Its arguments are in use again; those that are lost are made again. */
static void take_arguments(struct runtime *rt, struct task *task)
{
    for (size_t i = 0; i < task->args_count; i++) {
        struct ray_ref *object = task->args[i].as.object;
        if (task->args[i].type != RAY_REF)
            continue;
        if (task->is_kept)
            object_take_kept(object);
        if (lineage_is_lost(object) && !borrow_is(rt, object))
            run_again(rt, object->maker);
        else
            away_call_back(rt, &object, 1);
        if (object->state == OBJECT_PENDING) {
            object_add_dependent(object, task);
            task->deps++;
        }
    }
    task->is_kept = false;
}

static void begin_attempt(struct runtime *rt, struct task *task)
{
    task->attempt++;
    task->retries_left--;
    task->reported = -1;
    task->lane = NULL;
    take_arguments(rt, task);
    task->state =
        task->deps > 0 ? TASK_PENDING_ARGS_AVAIL : TASK_PENDING_NODE_ASSIGNMENT;
    if (task->deps == 0)
        submit_ready(rt, task);
}

/* What it has made and is lost will be made again, with what it makes already. */
static void run_again(struct runtime *rt, struct task *task)
{
    bool is_kept = task->is_kept;

    for (size_t i = 0; i < task->returns_count; i++) {
        struct ray_ref *object = task->returns[i];
        if (object == NULL)
            continue;
        object->pins += is_kept;
        if (!lineage_is_lost(object))
            continue;
        object_drop_place(rt, object);
        object->state = OBJECT_PENDING;
    }
    if (!is_kept)
        return;
    list_remove(&task->list);
    rt->lineage_bytes -= task_size(task);
    list_add(&rt->live, &task->live);
    rt->live_count++;
    begin_attempt(rt, task);
}

bool lineage_rebuild(struct runtime *rt, struct ray_ref *object)
{
    const char *why = obstacle(rt, object, 0);
    char text[ERROR_TEXT_MAX], hex[ID_HEX_MAX];
    struct failure failure = { .code = ERR_OBJECT_LOST };

    if (why == NULL) {
        run_again(rt, object->maker);
        return true;
    }
    snprintf(text, sizeof(text), "object %s is lost with node %s; %s",
             id_hex(&object->id, hex),
             object->place != NULL ? object->place->node->address : "", why);
    failure.text = slice(text);
    if (object->maker != NULL)
        lineage_on_freed(rt, object);
    object_drop_place(rt, object);
    object_set_failure(object, &failure);
    return false;
}

/* A worker may know sooner than we that a node has gone: whoever has the large
 * arguments is asked before the next attempt. True when there are any. */
static bool doubt_arguments(struct runtime *rt, struct task *task)
{
    bool is_any = false;

    for (size_t i = 0; i < task->args_count; i++) {
        struct ray_ref *object = task->args[i].as.object;
        if (task->args[i].type != RAY_REF || object->state != OBJECT_READY ||
            object->place == NULL)
            continue;
        if (borrow_is(rt, object))
            object->place->is_lost = true;
        else
            object->place->is_away = true;
        is_any = true;
    }
    return is_any;
}

bool lineage_retry(struct runtime *rt, struct task *task)
{
    bool is_any = false;

    if (task->actor != NULL || task->shape == NULL || task->retries_left == 0)
        return false;
    for (size_t i = 0; i < task->args_count; i++) {
        struct ray_ref *object = task->args[i].as.object;
        if (task->args[i].type != RAY_REF || !lineage_is_lost(object))
            continue;
        if (!borrow_is(rt, object) && obstacle(rt, object, 0) != NULL)
            return false;
        is_any = true;
    }
    if (!is_any && !doubt_arguments(rt, task))
        return false;
    begin_attempt(rt, task);
    return true;
}

void lineage_finish(struct runtime *rt)
{
    while (!list_is_empty(&rt->lineage))
        forget(rt, container_of(rt->lineage.next, struct task, list));
}
