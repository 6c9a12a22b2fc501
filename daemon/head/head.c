/* head.c - the services of the head, bottom to top, and who hears of what. */
#include "daemon/head/head.h"

#include "daemon/head/actors.h"
#include "daemon/head/changes.h"
#include "daemon/head/events.h"
#include "daemon/head/jobs.h"
#include "daemon/head/job_envs.h"
#include "daemon/head/kv.h"
#include "daemon/head/nodes.h"
#include "daemon/head/packages.h"
#include "daemon/head/query.h"
#include "daemon/head/query_sources.h"
#include "daemon/head/store.h"
#include "daemon/head/topics.h"
#include "daemon/head/view.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/net/auth.h"
#include "lib/net/loop.h"
#include "lib/net/proc.h"
#include "lib/net/server.h"
#include "lib/net/stubs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STOP_CHECK_MS = 10, ADDRESS_MAX = 512 };

struct head {
    struct loop *loop;
    struct identity identity;
    struct dispatch dispatch;
    struct server *local, *remote;
    struct store *store;
    struct kv *kv;
    struct topics *topics;
    struct nodes *nodes;
    struct view *view;
    struct events *events;
    struct actors *actors;
    struct jobs *jobs;
    struct packages *packages;
    struct job_envs *envs;
    struct query *query;
    struct changes *changes;
    struct loop_timer *stop_check;
    char *session;
    struct log_bounds logs;
    bool stopping, is_ephemeral;
    void (*stopped)(void *arg);
    void *stopped_arg;
};

/* ---- events ---- */

/* Something changed that a wait may be for. Until the query service is there, nobody
 * waits. */
static void on_changed(void *arg)
{
    struct head *head = arg;

    if (head->query != NULL && !head->stopping)
        query_wake(head->query);
}

static void on_nodes_changed(void *arg)
{
    struct head *head = arg;

    changes_touch(head->changes, CHANGES_NODES);
    if (!head->stopping)
        actors_on_view(head->actors);
    on_changed(head);
}

static void on_node_lost(void *arg, const struct member *member)
{
    struct head *head = arg;

    if (!head->stopping)
        actors_on_node_lost(head->actors, member);
}

/* What a node has missed while it was away. */
static void on_node_joined(void *arg, const struct member *member,
                           const struct node_join *rq)
{
    struct head *head = arg;

    actors_on_node_joined(head->actors, member, rq);
    if (member->info.is_head)
        jobs_on_node_here(head->jobs);
    for (size_t i = 0; i < rq->workers.count; i++) {
        const struct held_worker *held = &rq->workers.items[i];
        const struct worker_exit end = { .worker_id = held->worker_id,
                                         .actor_id = held->actor_id,
                                         .reason = slice("was lost with its node"),
                                         .is_intended = true };
        const struct job_binding job = { .job_id = held->job_id };
        if (jobs_is_over(head->jobs, &held->job_id))
            note_workers_job_ended(member->peer, &job, NULL);
        else if (id_is_set(&held->actor_id) &&
                 actors_is_over(head->actors, &held->actor_id, &held->worker_id))
            note_workers_kill(member->peer, &end, NULL);
    }
}

/* It was not there when the job ended, and is about to start a worker for it. */
static void on_env_asked(void *arg, struct peer *peer, const struct id *id)
{
    struct head *head = arg;
    const struct job_binding job = { .job_id = *id };

    if (jobs_is_over(head->jobs, id))
        note_workers_job_ended(peer, &job, NULL);
}

static void on_status(void *arg, struct call *call)
{
    struct head *head = arg;
    query_status(head->query, call);
}

static void tell_job_ended(void *arg, struct peer *peer, const struct member *member)
{
    (void)member;
    note_workers_job_ended(peer, arg, NULL);
}

static void on_driver_ended(void *arg, const struct id *job)
{
    struct head *head = arg;
    struct job_binding note = { .job_id = *job };

    if (!id_is_set(job) || head->stopping)
        return;
    actors_on_job_ended(head->actors, job);
    nodes_each_alive(head->nodes, tell_job_ended, &note);
    events_on_job_ended(head->events, job);
}

static void on_peer_closed(void *arg, struct peer *peer, const struct error *why)
{
    struct head *head = arg;

    topics_on_peer_closed(head->topics, peer);
    nodes_on_peer_closed(head->nodes, peer, why);
    jobs_on_peer_closed(head->jobs, peer);
    events_on_peer_closed(head->events, peer);
    on_changed(head); /* perhaps it waited */
}

/* ---- who watches ---- */

static void on_usage(void *arg)
{
    struct head *head = arg;
    changes_touch(head->changes, CHANGES_NODES);
}

static void on_jobs_changed(void *arg)
{
    struct head *head = arg;
    changes_touch(head->changes, CHANGES_JOBS);
    on_changed(head);
}

static void on_actors_changed(void *arg)
{
    struct head *head = arg;
    changes_touch(head->changes, CHANGES_ACTORS);
    on_changed(head);
}

static void on_tasks_changed(void *arg)
{
    struct head *head = arg;
    changes_touch(head->changes, CHANGES_TASKS);
    on_changed(head);
}

static void tell_watched(void *arg, struct peer *peer, const struct member *member)
{
    (void)member;
    note_usage_watch(peer, arg, NULL);
}

static void on_watched(void *arg, int64_t duration)
{
    struct head *head = arg;
    struct usage_watch note = { .duration = duration };

    nodes_each_alive(head->nodes, tell_watched, &note);
}

/* ---- life ---- */

static int open_store(struct head *head, struct error *err)
{
    char *path = xprintf("%s/store.db", head->session);

    head->store = store_open(head->loop, path, err);
    free(path);
    return head->store != NULL ? 0 : -(int)err->code;
}

/* The head can do without what has ended long ago. */
static void open_archive(struct head *head)
{
    char *path = xprintf("%s/history.db", head->session);
    struct error err;

    if (events_open_archive(head->events, head->loop, path, &err) != 0)
        log_error("head", "%s; tasks that have ended are kept in memory only",
                  err.text);
    free(path);
}

static void create_services(struct head *head)
{
    const struct nodes_ops ops = { on_nodes_changed, on_node_joined, on_node_lost,
                                   on_status,        on_usage,       head };
    struct jobs_options jobs = { .loop = head->loop,
                                 .store = head->store,
                                 .session = head->session,
                                 .cluster = head->identity.cluster,
                                 .on_driver_ended = on_driver_ended,
                                 .on_changed = on_jobs_changed,
                                 .arg = head };
    struct actors_options actors = { .loop = head->loop,
                                     .store = head->store,
                                     .on_detached_ended = on_driver_ended,
                                     .on_changed = on_actors_changed,
                                     .arg = head };
    struct query_sources sources = { .loop = head->loop,
                                     .cluster = head->identity.cluster,
                                     .session = head->session,
                                     .address = server_address(head->remote),
                                     .start_time = clock_wall(),
                                     .logs = head->logs };

    head->changes = changes_create(head->loop, on_watched, head);
    head->kv = kv_create(head->store);
    head->topics = actors.topics = topics_create();
    head->nodes = actors.nodes = sources.nodes = nodes_create(head->loop, &ops);
    head->view = actors.view = sources.view = view_create(head->nodes);
    head->events = actors.events = sources.events = events_create();
    if (!head->is_ephemeral)
        open_archive(head);
    head->packages = packages_create(head->session);
    head->envs = jobs.envs = job_envs_create(head->nodes, head->store);
    head->jobs = actors.jobs = sources.jobs = jobs_create(&jobs);
    head->actors = sources.actors = actors_create(&actors);
    head->query = query_create(&sources);
    job_envs_on_asked(head->envs, on_env_asked, head);
    events_on_change(head->events, on_tasks_changed, head);
    changes_serve(head->changes, &head->dispatch);
    kv_serve(head->kv, &head->dispatch);
    packages_serve(head->packages, &head->dispatch);
    job_envs_serve(head->envs, &head->dispatch);
    nodes_serve(head->nodes, &head->dispatch);
    events_serve(head->events, &head->dispatch);
    actors_serve(head->actors, &head->dispatch);
    jobs_serve(head->jobs, &head->dispatch);
    query_serve(head->query, &head->dispatch);
}

static int write_address(const struct head *head, struct error *err)
{
    char *path = xprintf("%s/address", head->session);
    FILE *file = fopen(path, "we");
    int status = 0;

    if (file == NULL || fprintf(file, "%s\n", server_address(head->remote)) < 0)
        status = fail(err, ERR_IO, "write %s: %s", path, strerror(errno));
    if (file != NULL && fclose(file) != 0 && status == 0)
        status = fail(err, ERR_IO, "write %s: %s", path, strerror(errno));
    free(path);
    return status;
}

/* The socket in the session folder first: whoever holds it is the head of this session.
 */
static int listen_both(struct head *head, const struct head_options *options,
                       struct error *err)
{
    const struct peer_options peers = { .self = &head->identity,
                                        .dispatch = &head->dispatch,
                                        .on_close = on_peer_closed,
                                        .arg = head };
    char address[4096 + 32];

    snprintf(address, sizeof(address), "unix:%s/head.sock", head->session);
    head->local = server_listen(head->loop, address, &peers, err);
    if (head->local == NULL)
        return -(int)err->code;
    snprintf(address, sizeof(address), "%s:%d",
             options->host != NULL ? options->host : "127.0.0.1", options->port);
    head->remote = server_listen(head->loop, address, &peers, err);
    return head->remote != NULL ? write_address(head, err) : -(int)err->code;
}

static void check_stopped(void *arg);

struct head *head_create(struct loop *loop, const struct head_options *options,
                         struct error *err)
{
    struct head *head = xcalloc(1, sizeof(*head));
    int status;

    head->loop = loop;
    head->session = xstrdup(options->session);
    head->logs = options->logs;
    head->is_ephemeral = options->is_ephemeral;
    snprintf(head->identity.cluster, sizeof(head->identity.cluster), "%s",
             options->cluster);
    snprintf(head->identity.role, sizeof(head->identity.role), "node");
    head->stop_check = loop_timer_create(loop, false, check_stopped, head);
    status = auth_load_secret(&head->identity, options->session, err);
    if (status == 0)
        status = listen_both(head, options, err);
    if (status == 0)
        status = open_store(head, err);
    if (status == 0) {
        create_services(head);
        return head;
    }
    server_close(head->local);
    server_close(head->remote);
    head_destroy(head);
    return NULL;
}

const char *head_address(const struct head *head)
{
    return server_address(head->remote);
}

static bool is_job(void *arg, int pid)
{
    struct head *head = arg;
    return jobs_owns(head->jobs, pid);
}

void head_on_child(struct head *head)
{
    proc_end_orphans(is_job, head);
}

static void check_stopped(void *arg)
{
    struct head *head = arg;

    if (jobs_running(head->jobs)) {
        loop_timer_start(head->stop_check, STOP_CHECK_MS, 0);
        return;
    }
    server_close(head->local);
    server_close(head->remote);
    head->stopped(head->stopped_arg);
}

void head_stop(struct head *head, void (*done)(void *arg), void *arg)
{
    if (head->stopping)
        return;
    head->stopping = true;
    head->stopped = done;
    head->stopped_arg = arg;
    jobs_stop_all(head->jobs);
    loop_timer_start(head->stop_check, 0, 0);
}

void head_destroy(struct head *head)
{
    if (head->query != NULL) {
        query_destroy(head->query);
        changes_destroy(head->changes);
        actors_destroy(head->actors);
        jobs_destroy(head->jobs);
        job_envs_destroy(head->envs);
        packages_destroy(head->packages);
        events_destroy(head->events);
        view_destroy(head->view);
        nodes_destroy(head->nodes);
        topics_destroy(head->topics);
        kv_destroy(head->kv);
    }
    store_close(head->store);
    loop_timer_destroy(head->stop_check);
    free(head->session);
    free(head);
}
