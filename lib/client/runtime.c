/* runtime.c - the loop thread and its connections.
 *
 * The head is connected once; a node is connected when something first needs it, and
 * joined with the descriptors of our bells, so that it can broker channels. Joining and
 * calling go out in one burst: a call queued behind the join is served after it. A node
 * that is lost stays lost for this process; the leases on it are retried elsewhere.
 * Losing the head or the home node ends a worker, and leaves a driver with errors
 * instead of answers. */
#include "lib/client/runtime.h"

#include "lib/base/clock.h"
#include "lib/base/digest.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/client/actor.h"
#include "lib/client/bridge.h"
#include "lib/client/exec.h"
#include "lib/client/history.h"
#include "lib/client/lane.h"
#include "lib/client/lineage.h"
#include "lib/client/lost.h"
#include "lib/client/reattach.h"
#include "lib/client/serve.h"
#include "lib/client/submit.h"
#include "lib/client/wait.h"
#include "lib/net/loop.h"
#include "lib/net/nearby.h"
#include "lib/net/stubs.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HOME_MS = 15000 }; /* for a driver's node to answer it */

static struct runtime *the_runtime; /* of this process; set by init, read by all */

struct runtime *runtime_get(void)
{
    return __atomic_load_n(&the_runtime, __ATOMIC_ACQUIRE);
}

void runtime_set(struct runtime *rt)
{
    __atomic_store_n(&the_runtime, rt, __ATOMIC_RELEASE);
}

static void *run_loop(void *arg)
{
    struct runtime *rt = arg;
    sigset_t all;

    sigfillset(&all); /* signals are for the program's own threads */
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    loop_run(rt->loop);
    return NULL;
}

static void init_tables(struct runtime *rt)
{
    pthread_condattr_t attributes;

    pthread_mutex_init(&rt->lock, NULL);
    pthread_mutex_init(&rt->library_lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&rt->ready, &attributes);
    pthread_condattr_destroy(&attributes);
    list_init(&rt->nodes);
    list_init(&rt->lanes);
    list_init(&rt->bridges);
    list_init(&rt->classes);
    list_init(&rt->actors);
    list_init(&rt->live);
    list_init(&rt->lineage);
    buf_init(&rt->scratch, RING_RECORD_MAX);
    buf_init(&rt->env, 0);
    buf_init(&rt->job_env, 0);
    ships_init(&rt->ships);
    spin_init(&rt->spin, WAIT_SPINS);
    shm_init(&rt->shm);
    lends_init(&rt->lends);
    rt->history = history_create();
    digest_random(&rt->next_task, sizeof(rt->next_task));
}

static void init_identity(struct runtime *rt, const char *role)
{
    uint8_t random[ID_WORKER];

    digest_random(random, sizeof(random));
    rt->self.id = rt->refs.self = id_from_bytes(random, sizeof(random));
    snprintf(rt->self.role, sizeof(rt->self.role), "%s", role);
}

struct runtime *runtime_create(const char *role, bool is_worker, struct error *err)
{
    struct runtime *rt = xcalloc(1, sizeof(*rt));

    if (bells_create(&rt->bells, err) != 0) {
        free(rt);
        return NULL;
    }
    init_tables(rt);
    init_identity(rt, role);
    rt->is_worker = is_worker;
    rt->loop = loop_create();
    serve_init(rt);
    rt->bell_watch = loop_watch_create(rt->loop, rt->bells.eventfd, wait_on_bell, rt);
    loop_watch_set(rt->bell_watch, LOOP_READABLE);
    rt->idle_timer = loop_timer_create(rt->loop, true, submit_on_idle, rt);
    rt->event_timer = loop_timer_create(rt->loop, true, history_flush, rt);
    loop_timer_start(rt->event_timer, HISTORY_INTERVAL_MS, HISTORY_INTERVAL_MS);
    wait_hand_over(rt);
    if (pthread_create(&rt->thread, NULL, run_loop, rt) != 0) {
        fail(err, ERR_IO, "start a thread: %s", strerror(errno));
        rt->thread = 0;
        runtime_destroy(rt);
        return NULL;
    }
    return rt;
}

struct closing {
    struct runtime *rt;
    struct mail mail;
};

/* (loop) after the connections have gone */
static void stop_loop(void *arg)
{
    struct closing *closing = arg;
    struct runtime *rt = closing->rt;

    loop_watch_destroy(rt->bell_watch);
    loop_timer_destroy(rt->idle_timer);
    loop_timer_destroy(rt->event_timer);
    mailbox_finish(&closing->mail, NULL);
    loop_stop(rt->loop);
}

static void close_peers(void *arg)
{
    struct closing *closing = arg;
    struct runtime *rt = closing->rt;
    struct list *at;

    rt->is_closing = true;
    history_flush(rt);
    lends_close(rt);
    if (rt->head != NULL)
        peer_close(rt->head);
    reattach_end(rt);
    actors_close(rt);
    bridges_close(rt);
    list_each(at, &rt->nodes) {
        struct node_link *link = container_of(at, struct node_link, list);
        if (link->peer != NULL)
            peer_close(link->peer);
    }
    loop_defer(rt->loop, stop_loop, closing);
}

static void free_nodes(struct runtime *rt)
{
    struct list *at;

    while ((at = list_take_first(&rt->nodes)) != NULL) {
        struct node_link *link = container_of(at, struct node_link, list);
        free(link->address);
        free(link->public);
        free(link);
    }
}

void runtime_destroy(struct runtime *rt)
{
    struct closing closing = { .rt = rt };

    if (rt->thread != 0) {
        mailbox_wait(rt, close_peers, &closing, &closing.mail);
        pthread_join(rt->thread, NULL);
    }
    loop_destroy(rt->loop);
    lineage_finish(rt);
    lends_finish(rt);
    actors_finish(rt);
    shapes_finish(rt);
    free_nodes(rt);
    shm_finish(&rt->shm);
    bells_finish(&rt->bells);
    history_destroy(rt->history);
    libraries_finish(&rt->libraries);
    buf_finish(&rt->scratch);
    buf_finish(&rt->env);
    buf_finish(&rt->job_env);
    ships_finish(&rt->ships);
    pthread_cond_destroy(&rt->ready);
    pthread_mutex_destroy(&rt->library_lock);
    pthread_mutex_destroy(&rt->lock);
    free(rt->namespace_);
    free(rt->head_address);
    free(rt);
}

void runtime_wake(struct runtime *rt)
{
    if (rt->polling)
        bell_ring(&rt->bells.page->reply, rt->bells.eventfd);
    if (rt->sleepers > 0)
        pthread_cond_broadcast(&rt->ready);
}

struct id runtime_task_id(struct runtime *rt, const struct id *actor)
{
    uint64_t unique = rt->next_task++;
    return actor != NULL ? id_actor_task(*actor, unique) : id_task(rt->job_id, unique);
}

struct id runtime_put_id(struct runtime *rt)
{
    return id_object(id_task(rt->job_id, rt->next_task++), 1);
}

void runtime_go_down(struct runtime *rt, const char *who, const struct error *why)
{
    pthread_mutex_lock(&rt->lock);
    if (!rt->is_down) {
        rt->is_down = true;
        fail(&rt->down_why, ERR_CLOSED, "%s: %s", who, why->text);
    }
    runtime_wake(rt);
    pthread_mutex_unlock(&rt->lock);
    if (rt->executor != NULL)
        executor_stop(rt->executor);
}

static void on_head_close(void *arg, struct peer *peer, const struct error *why)
{
    struct runtime *rt = arg;

    (void)peer;
    rt->head = NULL;
    if (rt->is_worker || id_is_set(&rt->job_id))
        reattach_begin(rt);
    else
        runtime_go_down(rt, "connection to the head", why);
}

void runtime_connect_head(struct runtime *rt, const char *address)
{
    const struct peer_options options = { .self = &rt->self,
                                          .dispatch = &rt->dispatch,
                                          .on_close = on_head_close,
                                          .arg = rt };
    pthread_mutex_lock(&rt->lock);
    rt->head_address = xstrdup(address);
    pthread_mutex_unlock(&rt->lock);
    rt->head = peer_connect(rt->loop, address, &options);
}

static struct node_link *find_node(struct runtime *rt, struct slice address)
{
    struct list *at;

    list_each(at, &rt->nodes) {
        struct node_link *link = container_of(at, struct node_link, list);
        if (link->is_lost) /* what is at that address now is another */
            continue;
        if (slice_is(address, link->address) ||
            (link->public != NULL && slice_is(address, link->public)))
            return link;
    }
    return NULL;
}

struct node_link *runtime_node(struct runtime *rt, struct slice address)
{
    struct node_link *link = find_node(rt, address);

    if (link != NULL)
        return link;
    link = xcalloc(1, sizeof(*link));
    link->rt = rt;
    link->address = xslicedup(address);
    nearby_pick(link->address, link->picked);
    link->is_remote = !address_is_unix(link->picked);
    list_add(&rt->nodes, &link->list);
    return link;
}

const char *node_link_public(const struct node_link *link)
{
    return link->public != NULL ? link->public : link->address;
}

static void on_node_close(void *arg, struct peer *peer, const struct error *why)
{
    struct node_link *link = arg;
    struct runtime *rt = link->rt;

    (void)peer;
    link->peer = NULL;
    pthread_mutex_lock(&rt->lock);
    link->is_lost = true;
    pthread_mutex_unlock(&rt->lock);
    log_debug("runtime", "node lost address=%s: %s", link->address, why->text);
    lost_node(rt, link);
    if (link == rt->home)
        runtime_go_down(rt, "connection to the node", why);
}

static void tell_home(struct runtime *rt, const struct error *err)
{
    runtime_home_fn *on_home = rt->on_home;

    rt->on_home = NULL;
    if (on_home != NULL)
        on_home(rt->on_home_arg, err);
}

static void on_joined(void *arg, const struct error *err, const void *message)
{
    struct node_link *link = arg;
    const struct worker_registered *registered = message;

    if (err != NULL) {
        log_at(link == link->rt->home && !link->rt->is_closing ? LOG_WARN : LOG_INFO,
               "runtime", "join node %s: %s", link->address, err->text);
        if (link->peer != NULL)
            peer_close(link->peer);
        if (link == link->rt->home)
            tell_home(link->rt, err);
        return;
    }
    pthread_mutex_lock(&link->rt->lock);
    link->node_id = registered->node_id;
    if (link->public == NULL)
        link->public = xslicedup(registered->node_address);
    pthread_mutex_unlock(&link->rt->lock);
    if (link != link->rt->home)
        return;
    serve_on_home_joined(link->rt, registered);
    tell_home(link->rt, NULL);
}

static void join(struct node_link *link)
{
    struct runtime *rt = link->rt;
    const int fds[2] = { rt->bells.memfd, rt->bells.eventfd };
    const struct call_options options = { .fds = fds,
                                          .fds_count = link->is_remote ? 0 : 2,
                                          .timeout_ms =
                                              rt->on_home != NULL ? HOME_MS : 0 };
    struct worker_register rq = {
        .worker_id = rt->self.id,
        .pid = getpid(),
        .kind = slice(rt->is_worker && link == rt->home ? "WORKER" : "DRIVER"),
        .job_id = rt->job_id
    };

    call_workers_join(link->peer, &rq, &options, on_joined, link);
}

struct peer *node_link_peer(struct node_link *link)
{
    const struct peer_options options = { .self = &link->rt->self,
                                          .dispatch = &link->rt->dispatch,
                                          .on_close = on_node_close,
                                          .arg = link };

    if (link->peer == NULL && !link->is_lost && !link->rt->is_closing) {
        link->peer = peer_connect(link->rt->loop, link->picked, &options);
        join(link);
    }
    return link->peer;
}
