/* exec_lend.c - tasks that wait for others lend their CPU meanwhile.
 *
 * The node hears when the first task of this process waits and when none does any more.
 * The owners of what is queued behind a task that waits take it back: an actor's calls
 * keep their order, and stay. */
#include "lib/client/exec.h"

#include "lib/client/activation.h"
#include "lib/client/executor.h"
#include "lib/client/record.h"
#include "lib/client/runtime.h"
#include "lib/client/serving.h"
#include "lib/net/loop.h"
#include "lib/net/stubs.h"

static void note_blocked(void *arg)
{
    struct runtime *rt = arg;
    static const struct nothing nothing;
    struct peer *peer = node_link_peer(rt->home);

    if (peer != NULL)
        note_workers_blocked(peer, &nothing, NULL);
}

static void note_unblocked(void *arg)
{
    struct runtime *rt = arg;
    static const struct nothing nothing;
    struct peer *peer = node_link_peer(rt->home);

    if (peer != NULL)
        note_workers_unblocked(peer, &nothing, NULL);
}

bool executor_lend(struct runtime *rt)
{
    struct executor *executor = rt->executor;
    struct ray_task *task = activation_current();

    if (task == NULL)
        return false;
    pthread_mutex_lock(&executor->lock);
    if (executor->blocked++ == 0)
        loop_post(rt->loop, note_blocked, rt);
    if (task->serving != NULL && executor->class == NULL)
        serving_write(task->serving, RECORD_BLOCKED, slice(""));
    pthread_mutex_unlock(&executor->lock);
    return true;
}

void executor_resume(struct runtime *rt)
{
    struct executor *executor = rt->executor;

    pthread_mutex_lock(&executor->lock);
    if (--executor->blocked == 0)
        loop_post(rt->loop, note_unblocked, rt);
    pthread_mutex_unlock(&executor->lock);
}
