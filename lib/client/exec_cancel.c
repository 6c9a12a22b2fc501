/* exec_cancel.c - tasks of this worker that their owners do not want any more.
 *
 * A task that runs is marked: its function asks by ray_cancelled(), and a wait of its
 * ends. One that has not begun is remembered and answered without being run, when its
 * turn comes; so is one that ended just before, which does no harm. By force the
 * process kills itself: under the lock, so that nothing else can have begun on its
 * only thread. */
#include "lib/client/exec.h"

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/client/activation.h"
#include "lib/client/cancel.h"
#include "lib/client/executor.h"
#include "lib/client/runtime.h"

#include <signal.h>
#include <unistd.h>

static struct ray_task *find_running(struct executor *executor, const struct id *id)
{
    struct list *at;

    list_each(at, &executor->running) {
        struct ray_task *task = container_of(at, struct ray_task, running);
        if (id_equal(&task->spec.task_id, id))
            return task;
    }
    return NULL;
}

static void remember(struct executor *executor, const struct id *id)
{
    if (executor->unwanted == NULL)
        executor->unwanted = xcalloc(UNWANTED_MAX, sizeof(*executor->unwanted));
    executor->unwanted[executor->unwanted_count++ % UNWANTED_MAX] = *id;
}

bool executor_is_unwanted(const struct executor *executor, const struct id *id)
{
    size_t count = executor->unwanted_count;

    for (size_t i = 0; i < count && i < UNWANTED_MAX; i++)
        if (id_equal(&executor->unwanted[i], id))
            return true;
    return false;
}

static void end_process(const struct id *id)
{
    char hex[ID_HEX_MAX];

    log_info("exec", "cancelled by force task=%s", id_hex(id, hex));
    (void)kill(getpid(), SIGKILL);
}

void executor_cancel(struct executor *executor, const struct task_cancel *cancel)
{
    struct runtime *rt = executor->rt;
    struct ray_task *task;

    if (cancel->recursive)
        cancel_children(rt, &cancel->task_id, cancel->force);
    pthread_mutex_lock(&executor->lock);
    task = find_running(executor, &cancel->task_id);
    if (task == NULL)
        remember(executor, &cancel->task_id);
    else if (cancel->force)
        end_process(&cancel->task_id);
    else
        atomic_store(&task->is_cancelled, true);
    pthread_mutex_unlock(&executor->lock);
    pthread_mutex_lock(&rt->lock);
    runtime_wake(rt);
    pthread_mutex_unlock(&rt->lock);
}
