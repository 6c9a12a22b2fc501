/* retry.c - what may be tried again, and how often.
 *
 * A task is tried again after a crash of its worker unless told otherwise, a call of an
 * actor only when the actor's options say so: its state may have changed already. A
 * function that fails by itself is final, unless retry_exceptions is set. Both count
 * down the same number. */
#include "lib/client/retry.h"

#include "lib/client/actor.h"
#include "lib/client/history.h"
#include "lib/client/runtime.h"
#include "lib/client/task.h"

int retries_of(const struct ray_task_options *options, const struct ray_actor *actor)
{
    if (options != NULL && options->max_retries != 0)
        return options->max_retries > 0 ? options->max_retries : 0;
    return actor != NULL ? actor->max_task_retries : RETRIES_DEFAULT;
}

static bool may_retry(const struct task *task, int64_t code)
{
    if (task->retries_left == 0 || task->is_cancelled)
        return false;
    return code == ERR_WORKER_DIED || code == ERR_OUT_OF_MEMORY ||
           code == ERR_ACTOR_UNAVAILABLE ||
           (code == ERR_TASK_FAILED && task->retry_exceptions);
}

bool retry_begin(struct runtime *rt, struct task *task, const struct failure *failure)
{
    if (!may_retry(task, failure->code))
        return false;
    history_add(rt, task, NULL, failure);
    if (task->retries_left != RETRIES_ALWAYS)
        task->retries_left--;
    task->attempt++;
    task->reported = -1;
    task->state = TASK_PENDING_NODE_ASSIGNMENT;
    task->lane = NULL;
    list_remove(&task->list);
    return true;
}
