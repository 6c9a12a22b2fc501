/* worker_main.c - the life of a worker process. */
#include "lib/client/worker_main.h"

#include "lib/base/log.h"
#include "lib/client/actor.h"
#include "lib/client/exec.h"
#include "lib/client/runtime.h"
#include "lib/net/loop.h"
#include "lib/net/stubs.h"

#include <stdio.h>
#include <unistd.h>

struct farewell {
    struct mail mail;
    struct runtime *rt;
};

static void join(void *arg)
{
    struct runtime *rt = arg;
    node_link_peer(rt->home);
}

static void on_heard(void *arg, const struct error *err, const void *reply)
{
    struct farewell *farewell = arg;

    (void)reply;
    mailbox_finish(&farewell->mail, err);
}

static void send_farewell(void *arg)
{
    struct farewell *farewell = arg;
    struct peer *peer = node_link_peer(farewell->rt->home);
    static const struct nothing nothing;

    if (peer != NULL)
        call_workers_leave(peer, &nothing, NULL, on_heard, farewell);
    else
        mailbox_finish(&farewell->mail, NULL);
}

/* The node shall know before the process ends that this was meant. When it is gone, so
 * is the actor's place. */
static void say_farewell(struct runtime *rt)
{
    struct farewell farewell = { .rt = rt };

    mailbox_wait(rt, send_farewell, &farewell, &farewell.mail);
}

int ray_worker_main(const char *node, const char *worker_id)
{
    struct error err;
    struct runtime *rt = runtime_create("worker", true, &err);

    if (rt == NULL || id_parse(slice(worker_id), ID_WORKER, &rt->self.id, &err) != 0) {
        log_error("worker", "%s", err.text);
        return 1;
    }
    rt->refs.self = rt->self.id;
    rt->executor = executor_create(rt);
    pthread_mutex_lock(&rt->lock);
    rt->home = runtime_node(rt, slice(node));
    pthread_mutex_unlock(&rt->lock);
    runtime_set(rt);
    loop_post(rt->loop, join, rt);
    executor_run(rt->executor);
    if (executor_is_leaving(rt->executor))
        say_farewell(rt);
    /* What tasks left behind (threads, handles) ends with the process: no tear-down
     * that they could stumble over, but the actor's own destructor. */
    fflush(NULL);
    executor_destroy(rt->executor);
    fflush(NULL);
    _exit(0);
}
