/* reattach.c - a new connection is rt->coming until the head has taken us back; only
 * then is it rt->head, so that nobody sends what a head that is not there cannot
 * answer.
 *
 * Failure: no head listens, or it ends again: the next attempt follows after AGAIN_MS.
 * It does not know the job (its store was emptied) or has ended it: the job cannot go
 * on under that head, and the runtime goes down with what the head said. */
#include "lib/client/reattach.h"

#include "lib/base/log.h"
#include "lib/client/actor.h"
#include "lib/client/history.h"
#include "lib/client/runtime.h"
#include "lib/net/loop.h"
#include "lib/net/stubs.h"

#include <unistd.h>

enum { AGAIN_MS = 200, ATTACH_MS = 15000 };

static void on_close(void *arg, struct peer *peer, const struct error *why)
{
    struct runtime *rt = arg;

    log_debug("reattach", "no connection to head=%s: %s", rt->head_address, why->text);
    if (rt->head == peer)
        rt->head = NULL;
    else
        rt->coming = NULL;
    reattach_begin(rt);
}

static void take_back(struct runtime *rt)
{
    rt->head = rt->coming;
    rt->coming = NULL;
    log_info("reattach", "back at head=%s", rt->head_address);
    actors_watch_again(rt);
    history_tell_again(rt);
}

static bool is_transient(const struct error *err)
{
    return err->code == ERR_CLOSED || err->code == ERR_UNREACHABLE ||
           err->code == ERR_TIMEOUT;
}

static void on_attached(void *arg, const struct error *err, const void *message)
{
    struct runtime *rt = arg;

    (void)message;
    if (err == NULL && rt->coming != NULL) {
        take_back(rt);
        return;
    }
    if (err != NULL && !is_transient(err))
        runtime_go_down(rt, "the new head", err);
    if (rt->coming != NULL)
        peer_close(rt->coming);
}

static void on_open(void *arg, struct peer *peer)
{
    struct runtime *rt = arg;
    const struct call_options options = { .timeout_ms = ATTACH_MS };
    const struct driver_register rq = {
        .worker_id = rt->self.id,
        .pid = getpid(),
        .namespace_ = slice(rt->namespace_),
        .node_id = rt->home->node_id,
        .job_id = rt->job_id,
        .env = buf_slice(&rt->job_env),
    };

    if (rt->is_worker)
        take_back(rt);
    else
        call_jobs_attach_driver(peer, &rq, &options, on_attached, rt);
}

static void try_again(void *arg)
{
    struct runtime *rt = arg;
    const struct peer_options options = {
        .self = &rt->self,
        .dispatch = &rt->dispatch,
        .on_open = on_open,
        .on_close = on_close,
        .arg = rt,
    };

    if (!rt->is_closing && !rt->is_down)
        rt->coming = peer_connect(rt->loop, rt->head_address, &options);
}

void reattach_begin(struct runtime *rt)
{
    if (rt->is_closing || rt->is_down)
        return;
    if (rt->head_again == NULL)
        rt->head_again = loop_timer_create(rt->loop, true, try_again, rt);
    loop_timer_start(rt->head_again, AGAIN_MS, 0);
}

void reattach_end(struct runtime *rt)
{
    if (rt->coming != NULL)
        peer_close(rt->coming);
    loop_timer_destroy(rt->head_again);
    rt->head_again = NULL;
}
