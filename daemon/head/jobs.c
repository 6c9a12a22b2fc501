/* jobs.c - from `submit` to an exit status.
 *
 * Happy path: submit makes an entry, starts `sh -c COMMAND` in a session of its own
 * with the cluster's address in its environment and its output in
 * logs/job-driver-<id>.log; when it exits, its status is the job's. A driver that
 * attaches names the submission that it runs under, or has an entry of its own.
 *
 * Failure: a command that cannot be started is a FAILED job, with the reason as its
 * message. A job that is stopped gets SIGTERM, and SIGKILL after STOP_MS. After a
 * restart of the head, entries that were running are FAILED: their processes are not
 * ours any more. */
#include "daemon/head/jobs.h"

#include "daemon/head/store.h"
#include "daemon/head/submission.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/list.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/net/loop.h"
#include "lib/net/peer.h"
#include "lib/net/proc.h"
#include "lib/net/session.h"
#include "lib/net/tail.h"
#include "lib/proto/codec.h"
#include "lib/proto/proto.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STOP_MS = 3000, GROUP_CHECK_MS = 20, ENV_MAX = 1000, MESSAGE_MAX = 512 };

struct job {
    struct map_node node; /* by number */
    struct list waiters;  /* of struct waiter */
    struct jobs *jobs;
    uint32_t number; /* of the entry; also the JobID's when it has one */
    int state;
    struct arena arena; /* of `row` */
    struct job_row row;
    struct peer *driver;     /* attached connection */
    struct proc *proc;       /* of a submission */
    struct loop_timer *stop; /* what follows SIGTERM */
    int64_t kill_at;         /* then comes SIGKILL */
    int64_t group;           /* process group of a submission that runs; 0: none */
    int status, signal;      /* how the command ended */
    char *log_path;
    bool is_stopping;
    char message[MESSAGE_MAX];
};

struct waiter {
    struct list list;
    struct job *job;
    struct call *call;
    struct loop_timer *timer; /* NULL: for ever */
};

struct jobs {
    struct jobs_options options;
    struct map all;
    struct tails *tails;
    char *session, *cluster;
    uint32_t next_number;
};

static const char table[] = "jobs";

/* ---- entries ---- */

static void set_state(struct job *job, int state, const char *message)
{
    fsm_move(&job_fsm, &job->state, state,
             job->row.submission_id.size > 0 ? job->row.submission_id.data : "driver",
             message);
    snprintf(job->message, sizeof(job->message), "%s", message);
    job->row.message = slice(job->message);
    job->row.status = slice(fsm_name(&job_fsm, state));
    job->jobs->options.on_changed(job->jobs->options.arg);
}

static void save(struct job *job)
{
    struct buf packed;

    buf_init(&packed, 0);
    if (codec_pack(&packed, &job_row_desc, &job->row) == 0)
        store_put(job->jobs->options.store, table,
                  slice_of(&job->number, sizeof(job->number)), buf_slice(&packed));
    buf_finish(&packed);
}

static struct job *job_create(struct jobs *jobs, uint32_t number,
                              const struct job_row *row)
{
    struct job *job = xcalloc(1, sizeof(*job));

    job->jobs = jobs;
    job->number = number;
    list_init(&job->waiters);
    codec_copy(&job->arena, &job_row_desc, &job->row, row);
    job->log_path = xprintf("%s/logs/job-driver-%.*s.log", jobs->session,
                            SLICE_ARGS(row->submission_id));
    map_add(&jobs->all, &job->node, &job->number, sizeof(job->number));
    return job;
}

static void job_destroy(struct job *job)
{
    map_remove(&job->jobs->all, &job->node);
    loop_timer_destroy(job->stop);
    arena_finish(&job->arena);
    free(job->log_path);
    free(job);
}

static struct job *next_job(struct jobs *jobs, const struct job_row *row)
{
    struct job *job = job_create(jobs, ++jobs->next_number, row);

    job->state = JOB_PENDING;
    job->row.status = slice(fsm_name(&job_fsm, JOB_PENDING));
    job->row.start_time = clock_wall();
    job->row.driver_exit_code = -1;
    return job;
}

static void load_job(void *arg, struct slice key, struct slice value)
{
    struct jobs *jobs = arg;
    struct arena arena = { 0 };
    struct job_row row;
    uint32_t number;

    if (key.size == sizeof(number) &&
        codec_unpack(value, &job_row_desc, &row, &arena, NULL) == 0) {
        struct job *job;
        int state;
        memcpy(&number, key.data, sizeof(number));
        job = job_create(jobs, number, &row);
        state = fsm_find(&job_fsm, job->row.status.data);
        job->state = state >= 0 ? state : JOB_FAILED;
        if (number > jobs->next_number)
            jobs->next_number = number;
        if (job->state == JOB_PENDING || job->state == JOB_RUNNING)
            set_state(job, JOB_FAILED, "the head ended while it ran");
    }
    arena_finish(&arena);
}

static bool is_over(void *arg, const char *path);

struct jobs *jobs_create(const struct jobs_options *options)
{
    struct jobs *jobs = xcalloc(1, sizeof(*jobs));

    jobs->options = *options;
    jobs->session = xstrdup(options->session);
    jobs->cluster = xstrdup(options->cluster);
    jobs->tails = tails_create(options->loop, is_over, jobs);
    store_each(options->store, table, slice(""), load_job, jobs);
    return jobs;
}

void jobs_destroy(struct jobs *jobs)
{
    struct map_node *node, *after;

    tails_destroy(jobs->tails);
    map_each(node, after, &jobs->all) {
        job_destroy(container_of(node, struct job, node));
    }
    free(jobs->session);
    free(jobs->cluster);
    free(jobs);
}

/* By submission id or job id, or a prefix that only one has. */
static struct job *find(struct jobs *jobs, struct slice id, struct error *err)
{
    struct map_node *node, *after;
    struct job *found = NULL;
    size_t matches = 0;

    map_each(node, after, &jobs->all) {
        struct job *job = container_of(node, struct job, node);
        if (id.size > 0 && slice_equal(job->row.submission_id, id))
            return job;
        if (id.size > 0 && ((job->row.submission_id.size > 0 &&
                             slice_starts(job->row.submission_id, id)) ||
                            id_has_prefix(&job->row.job_id, id))) {
            found = job;
            matches++;
        }
    }
    if (matches == 1)
        return found;
    fail(err, matches == 0 ? ERR_NOT_FOUND : ERR_INVALID,
         matches == 0 ? "no job '%.*s'" : "more than one job begins with '%.*s'",
         SLICE_ARGS(id));
    return NULL;
}

static bool is_over(void *arg, const char *path)
{
    struct jobs *jobs = arg;
    struct map_node *node, *after;

    map_each(node, after, &jobs->all) {
        struct job *job = container_of(node, struct job, node);
        if (job->log_path != NULL && strcmp(job->log_path, path) == 0)
            return job->group == 0;
    }
    return true;
}

/* ---- the end of a job ---- */

static void waiter_finish(struct waiter *waiter)
{
    call_reply(waiter->call, &waiter->job->row);
    list_remove(&waiter->list);
    loop_timer_destroy(waiter->timer);
    free(waiter);
}

static void end_job(struct job *job, int state, const char *message)
{
    struct list *at, *after;

    set_state(job, state, message);
    job->row.end_time = clock_wall();
    save(job);
    log_info("jobs", "ended id=%.*s status=%s %s", SLICE_ARGS(job->row.submission_id),
             fsm_name(&job_fsm, state), message);
    list_each_safe(at, after, &job->waiters) {
        waiter_finish(container_of(at, struct waiter, list));
    }
}

static void end_driver(struct job *job)
{
    job->driver = NULL;
    if (id_is_set(&job->row.job_id))
        job->jobs->options.on_driver_ended(job->jobs->options.arg, &job->row.job_id);
}

/* Under which name its process is recorded in the session: should the head be killed,
 * `stop` finds it. */
static const char *role_of(const struct job *job, char role[SESSION_ROLE_MAX])
{
    snprintf(role, SESSION_ROLE_MAX, "job-%u", job->number);
    return role;
}

/* Its command and all that it started have ended. */
static void conclude(void *arg)
{
    struct job *job = arg;
    char how[128], message[MESSAGE_MAX], role[SESSION_ROLE_MAX];

    session_remove_pid(job->jobs->session, role_of(job, role));
    (void)kill(-(pid_t)job->row.driver_pid, SIGKILL); /* what it left behind */
    loop_timer_destroy(job->stop);
    job->stop = NULL;
    job->group = 0;
    proc_describe(job->status, job->signal, how, sizeof(how));
    if (job->is_stopping) {
        end_job(job, JOB_STOPPED, "stopped by request");
    } else if (job->row.driver_exit_code == 0) {
        end_job(job, JOB_SUCCEEDED, "");
    } else {
        snprintf(message, sizeof(message), "the command %s", how);
        job->row.error_type = slice("JOB_ENTRYPOINT_COMMAND_ERROR");
        end_job(job, JOB_FAILED, message);
    }
    if (job->driver == NULL) /* never attached, or gone already */
        end_driver(job);
}

/* The command has ended; when it was stopped, others of its group may still be about
 * to. */
static void await_group(void *arg)
{
    struct job *job = arg;

    if (job->is_stopping && clock_now() < job->kill_at &&
        kill(-(pid_t)job->group, 0) == 0)
        loop_timer_start(job->stop, GROUP_CHECK_MS, 0);
    else
        conclude(job);
}

static void on_proc_exit(void *arg, int status, int number)
{
    struct job *job = arg;

    job->proc = NULL;
    job->status = status;
    job->signal = number;
    job->row.driver_exit_code = number != 0 ? 128 + number : status;
    loop_timer_destroy(job->stop);
    job->stop = loop_timer_create(job->jobs->options.loop, true, await_group, job);
    await_group(job);
}

static void kill_now(void *arg)
{
    struct job *job = arg;

    if (job->proc != NULL)
        proc_kill_group(job->proc, SIGKILL);
}

static void stop_job(struct job *job)
{
    if (job->proc == NULL || job->is_stopping)
        return;
    job->is_stopping = true;
    job->kill_at = clock_now() + STOP_MS * NS_PER_MS;
    proc_kill_group(job->proc, SIGTERM);
    job->stop = loop_timer_create(job->jobs->options.loop, true, kill_now, job);
    loop_timer_start(job->stop, STOP_MS, 0);
}

bool jobs_owns(struct jobs *jobs, int pid)
{
    struct map_node *node, *after;

    map_each(node, after, &jobs->all) {
        struct job *job = container_of(node, struct job, node);
        if (job->proc != NULL && job->row.driver_pid == pid)
            return true;
    }
    return false;
}

void jobs_stop_all(struct jobs *jobs)
{
    struct map_node *node, *after;

    map_each(node, after, &jobs->all) {
        stop_job(container_of(node, struct job, node));
    }
}

bool jobs_running(const struct jobs *jobs)
{
    struct map_node *node, *after;

    map_each(node, after, &jobs->all) {
        if (container_of(node, struct job, node)->group != 0)
            return true;
    }
    return false;
}

/* ---- submissions ---- */

static void launch(struct job *job, const struct job_submit *rq)
{
    struct arena arena = { 0 };
    const char *argv[] = { "/bin/sh", "-c", arena_string(&arena, rq->entrypoint),
                           NULL };
    struct proc_options options = {
        .argv = argv,
        .env = submission_environment(&arena, job->jobs->session, rq,
                                      job->row.submission_id),
        .cwd = rq->working_dir.size > 0 ? arena_string(&arena, rq->working_dir) : NULL,
        .new_session = true,
    };
    int log =
        open(job->log_path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    char role[SESSION_ROLE_MAX];
    struct error err;

    options.out = options.err = log;
    if (log < 0)
        fail(&err, ERR_IO, "%s: %s", job->log_path, strerror(errno));
    else if (options.cwd != NULL && access(options.cwd, X_OK) != 0)
        fail(&err, ERR_IO, "working folder %s: %s", options.cwd, strerror(errno));
    else
        job->proc =
            proc_spawn(job->jobs->options.loop, &options, on_proc_exit, job, &err);
    if (log >= 0)
        close(log);
    if (job->proc != NULL) {
        job->row.driver_pid = job->group = proc_pid(job->proc);
        if (session_write_pid(job->jobs->session, role_of(job, role),
                              proc_pid(job->proc), &err) != 0)
            log_warn("jobs", "%s", err.text);
        set_state(job, JOB_RUNNING, "");
        save(job);
    } else {
        job->row.error_type = slice("JOB_ENTRYPOINT_COMMAND_START_ERROR");
        job->row.driver_exit_code = 127;
        end_job(job, JOB_FAILED, err.text);
    }
    arena_finish(&arena);
}

static int check_submission(struct jobs *jobs, const struct job_submit *rq,
                            struct error *err)
{
    struct map_node *node, *after;
    struct slice id = rq->submission_id;

    if (rq->entrypoint.size == 0)
        return fail(err, ERR_INVALID, "the command is empty");
    if (rq->env.count > ENV_MAX)
        return fail(err, ERR_INVALID, "more than %d environment variables", ENV_MAX);
    if (!submission_is_id(id))
        return fail(err, ERR_INVALID,
                    "submission id: use up to %d letters, digits, '.', '_', '-'",
                    SUBMISSION_ID_MAX);
    map_each(node, after, &jobs->all) {
        struct job *job = container_of(node, struct job, node);
        if (id.size > 0 && slice_equal(job->row.submission_id, id))
            return fail(err, ERR_EXISTS, "there is a job '%.*s' already",
                        SLICE_ARGS(id));
    }
    return 0;
}

static void on_submit(void *self, const struct job_submit *rq, struct call *call)
{
    struct jobs *jobs = self;
    struct arena arena = { 0 };
    struct job_row row = { .type = slice("SUBMISSION"),
                           .entrypoint = rq->entrypoint,
                           .working_dir = rq->working_dir };
    struct job *job;
    struct error err;

    if (check_submission(jobs, rq, &err) != 0) {
        call_fail(call, &err);
        return;
    }
    row.submission_id =
        rq->submission_id.size > 0 ? rq->submission_id : submission_new_id(&arena);
    row.metadata.items = rq->metadata.items;
    row.metadata.count = rq->metadata.count;
    job = next_job(jobs, &row);
    launch(job, rq);
    call_reply(call, &job->row);
    arena_finish(&arena);
}

static void on_stop(void *self, const struct job_ref *rq, struct call *call)
{
    struct error err = { 0 };
    struct job *job = find(self, rq->id, &err);

    if (job != NULL && job->group == 0 && job->driver != NULL)
        fail(&err, ERR_UNSUPPORTED,
             "job %.*s was not submitted: end its process, pid %lld",
             SLICE_ARGS(rq->id), (long long)job->row.driver_pid);
    if (err.code != ERR_OK) {
        call_fail(call, &err);
        return;
    }
    stop_job(job);
    call_reply(call, &job->row);
}

static void on_wait_timeout(void *arg)
{
    waiter_finish(arg);
}

static void on_wait(void *self, const struct job_wait *rq, struct call *call)
{
    struct jobs *jobs = self;
    struct error err;
    struct job *job = find(jobs, rq->id, &err);
    struct waiter *waiter;

    if (job == NULL) {
        call_fail(call, &err);
        return;
    }
    if (job->state != JOB_PENDING && job->state != JOB_RUNNING) {
        call_reply(call, &job->row);
        return;
    }
    waiter = xcalloc(1, sizeof(*waiter));
    waiter->job = job;
    waiter->call = call;
    list_add(&job->waiters, &waiter->list);
    if (rq->timeout > 0) {
        waiter->timer =
            loop_timer_create(jobs->options.loop, true, on_wait_timeout, waiter);
        loop_timer_start(waiter->timer, (uint64_t)(rq->timeout / NS_PER_MS), 0);
    }
}

static void on_read_log(void *self, const struct log_read *rq, struct call *call)
{
    struct jobs *jobs = self;
    struct error err;
    struct job *job = find(jobs, rq->id, &err);

    if (job != NULL && job->row.submission_id.size == 0) {
        fail(&err, ERR_NOT_FOUND, "job %.*s writes to its own terminal, not here",
             SLICE_ARGS(rq->id));
        job = NULL;
    }
    if (job != NULL)
        tails_read(jobs->tails, job->log_path, rq, call);
    else
        call_fail(call, &err);
}

/* ---- drivers ---- */

static struct job *submission_of(struct jobs *jobs, const struct driver_register *rq)
{
    struct job *job = NULL;

    if (rq->submission_id.size > 0)
        job = find(jobs, rq->submission_id, NULL);
    return job != NULL && job->proc != NULL && !id_is_set(&job->row.job_id) ? job
                                                                            : NULL;
}

static void on_attach_driver(void *self, const struct driver_register *rq,
                             struct call *call)
{
    struct jobs *jobs = self;
    struct job *job = submission_of(jobs, rq);
    struct driver_registered reply = { .cluster = slice(jobs->cluster) };

    if (job == NULL) {
        struct job_row row = { .type = slice("DRIVER"), .entrypoint = rq->entrypoint };
        job = next_job(jobs, &row);
        job->row.driver_pid = rq->pid;
        set_state(job, JOB_RUNNING, "");
    }
    job->driver = call_peer(call);
    job->row.job_id = id_job(job->number);
    job->row.driver_node_id = rq->node_id;
    save(job);
    reply.job_id = job->row.job_id;
    call_reply(call, &reply);
}

void jobs_on_peer_closed(struct jobs *jobs, const struct peer *peer)
{
    struct map_node *node, *after;

    map_each(node, after, &jobs->all) {
        struct job *job = container_of(node, struct job, node);
        if (job->driver != peer)
            continue;
        end_driver(job);
        if (job->group == 0 && job->state == JOB_RUNNING)
            end_job(job, JOB_SUCCEEDED, "the driver has left");
        return;
    }
}

struct id jobs_new_id(struct jobs *jobs)
{
    return id_job(++jobs->next_number);
}

size_t jobs_count(const struct jobs *jobs)
{
    return map_count(&jobs->all);
}

size_t jobs_rows(const struct jobs *jobs, struct job_row *rows)
{
    size_t at = map_count(&jobs->all);
    struct map_node *node, *after;

    map_each(node, after, &jobs->all) {
        rows[--at] = container_of(node, struct job, node)->row;
    }
    return map_count(&jobs->all);
}

static const struct jobs_handlers handlers = {
    .attach_driver = on_attach_driver,
    .submit = on_submit,
    .stop = on_stop,
    .wait = on_wait,
    .read_log = on_read_log,
};

void jobs_serve(struct jobs *jobs, struct dispatch *dispatch)
{
    dispatch_add(dispatch, &jobs_methods, &handlers, sizeof(handlers), jobs);
}
