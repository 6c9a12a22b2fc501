/* serve.c - the `client` service (lib/proto/schema.def). */
#include "lib/client/serve.h"

#include "lib/base/arena.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/client/actor.h"
#include "lib/client/away.h"
#include "lib/client/bridge.h"
#include "lib/client/exec.h"
#include "lib/client/lost.h"
#include "lib/client/runtime.h"
#include "lib/client/submit.h"
#include "lib/net/peer.h"
#include "lib/proto/proto.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void on_channel(void *self, const struct channel_opened *rq, struct call *call)
{
    struct runtime *rt = self;
    int fds[3];

    for (int i = 0; i < 3; i++)
        fds[i] = peer_take_fd(call_peer(call));
    if (rt->executor != NULL) {
        executor_add_channel(rt->executor, &rq->peer, fds);
    } else { /* a driver runs no tasks */
        for (int i = 0; i < 3; i++)
            close(fds[i]);
    }
    call_done(call);
}

static void on_worker_died(void *self, const struct worker_exit *rq, struct call *call)
{
    struct runtime *rt = self;

    if (rt->executor != NULL)
        executor_drop_channel(rt->executor, &rq->worker_id);
    lost_worker(rt, rq);
    call_done(call);
}

static void on_release_block(void *self, const struct block_ref *rq, struct call *call)
{
    shm_on_release(self, rq);
    call_done(call);
}

static void on_set_aside(void *self, const struct object_refs *rq, struct call *call)
{
    struct object_refs agreed = { 0 };
    struct arena arena = { 0 };

    away_set_aside(self, rq, &agreed, &arena);
    call_reply(call, &agreed);
    arena_finish(&arena);
}

static void on_trim(void *self, const struct nothing *rq, struct call *call)
{
    struct segment_refs back = { 0 };
    struct arena arena = { 0 };

    (void)rq;
    shm_trim(self, &back, &arena);
    call_reply(call, &back);
    arena_finish(&arena);
}

static void on_actor_changed(void *self, const struct actor_info *rq, struct call *call)
{
    actor_on_changed(self, rq);
    call_done(call);
}

static void on_start_actor(void *self, const struct actor_spawn *rq, struct call *call)
{
    struct runtime *rt = self;
    struct error err;

    if (rt->executor != NULL) {
        executor_start_actor(rt->executor, rq, call);
        return;
    }
    fail(&err, ERR_UNSUPPORTED, "a driver holds no actors");
    call_fail(call, &err);
}

static void on_bind_job(void *self, const struct job_binding *rq, struct call *call)
{
    struct runtime *rt = self;

    pthread_mutex_lock(&rt->lock);
    rt->job_id = rq->job_id;
    rt->driver_task = id_driver_task(rq->job_id);
    id_hex(&rt->job_id, rt->job_hex);
    if (rq->namespace_.size > 0) {
        free(rt->namespace_);
        rt->namespace_ = xslicedup(rq->namespace_);
    }
    buf_clear(&rt->env);
    (void)buf_append(&rt->env, rq->env.data, rq->env.size);
    pthread_mutex_unlock(&rt->lock);
    call_done(call);
}

static void on_exit_note(void *self, const struct nothing *rq, struct call *call)
{
    struct runtime *rt = self;

    (void)rq;
    if (rt->executor != NULL)
        executor_stop(rt->executor);
    call_done(call);
}

static void on_cancel_task(void *self, const struct task_cancel *rq, struct call *call)
{
    struct runtime *rt = self;

    if (rt->executor != NULL)
        executor_cancel(rt->executor, rq);
    call_done(call);
}

static void on_adopt(void *self, const struct nothing *rq, struct call *call)
{
    int fd = peer_take_fd(call_peer(call));

    (void)rq;
    if (fd >= 0)
        bridge_adopt(self, fd);
    call_done(call);
}

static void on_pass(void *self, const struct record *rq, struct call *call)
{
    (void)self;
    bridge_on_record(call_peer(call), rq->data);
    call_done(call);
}

static void on_reclaim(void *self, const struct nothing *rq, struct call *call)
{
    (void)rq;
    submit_on_reclaim(self);
    call_done(call);
}

static void on_yield(void *self, const struct lease_ref *rq, struct call *call)
{
    submit_on_yield(self, call_peer(call), rq->lease_id);
    call_done(call);
}

static void on_ask(void *self, const struct object_ask *rq, struct call *call)
{
    lend_on_ask(self, rq, call);
}

static void on_borrow(void *self, const struct object_borrow *rq, struct call *call)
{
    lend_on_borrow(self, rq);
    call_done(call);
}

static void on_give_back(void *self, const struct object_return *rq, struct call *call)
{
    lend_on_return(self, rq);
    call_done(call);
}

static const struct client_handlers handlers = {
    .channel = on_channel,
    .worker_died = on_worker_died,
    .release_block = on_release_block,
    .actor_changed = on_actor_changed,
    .start_actor = on_start_actor,
    .bind_job = on_bind_job,
    .exit = on_exit_note,
    .reclaim = on_reclaim,
    .yield = on_yield,
    .adopt = on_adopt,
    .pass = on_pass,
    .cancel_task = on_cancel_task,
    .set_aside = on_set_aside,
    .trim = on_trim,
    .ask = on_ask,
    .borrow = on_borrow,
    .give_back = on_give_back,
};

void serve_init(struct runtime *rt)
{
    dispatch_add(&rt->dispatch, &client_methods, &handlers, sizeof(handlers), rt);
}

void serve_on_home_joined(struct runtime *rt,
                          const struct worker_registered *registered)
{
    char *head = xslicedup(registered->head_address);

    auth_take_worker_key(&rt->self, registered->worker_key);
    pthread_mutex_lock(&rt->lock);
    id_hex(&registered->node_id, rt->node_hex);
    snprintf(rt->session, sizeof(rt->session), "%.*s", SLICE_ARGS(registered->session));
    pthread_mutex_unlock(&rt->lock);
    if (rt->is_worker && rt->head_address == NULL)
        runtime_connect_head(rt, head);
    free(head);
}
