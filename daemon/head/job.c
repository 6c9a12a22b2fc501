/* job.c - happy path: job_launch() starts `sh -c COMMAND` under `rayd job` in a session
 * of its own with the cluster's address in its environment and its output in
 * logs/job-driver-<id>.log; when it exits, its status is the job's. `rayd job` writes
 * it down, too: a head that was started meanwhile finds the process by its record in
 * the session, and how it has ended in job-<number>.ended.
 *
 * Failure: a command that cannot be started is a FAILED job, with the reason as its
 * message. A job that is stopped gets SIGTERM, and SIGKILL after STOP_MS. */
#include "daemon/head/job.h"

#include "daemon/head/job_envs.h"
#include "daemon/head/store.h"
#include "daemon/head/submission.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/net/loop.h"
#include "lib/net/peer.h"
#include "lib/net/proc.h"
#include "lib/net/session.h"
#include "lib/proto/codec.h"
#include "lib/proto/pkg.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STOP_MS = 3000, GROUP_CHECK_MS = 20 };

struct waiter {
    struct list list;
    struct job *job;
    struct call *call;
    struct loop_timer *timer; /* NULL: for ever */
};

const char jobs_table[] = "jobs";

/* ---- entries ---- */

void job_set_state(struct job *job, int state, const char *message)
{
    fsm_move(&job_fsm, &job->state, state,
             job->row.submission_id.size > 0 ? job->row.submission_id.data : "driver",
             message);
    snprintf(job->message, sizeof(job->message), "%s", message);
    job->row.message = slice(job->message);
    job->row.status = slice(fsm_name(&job_fsm, state));
}

void job_save(struct job *job)
{
    struct buf packed;

    buf_init(&packed, 0);
    if (codec_pack(&packed, &job_row_desc, &job->row) == 0)
        store_put(job->options->store, jobs_table,
                  slice_of(&job->number, sizeof(job->number)), buf_slice(&packed));
    buf_finish(&packed);
    job->options->on_changed(job->options->arg);
}

struct job *job_create(const struct jobs_options *options, struct map *all,
                       uint32_t number, const struct job_row *row)
{
    struct job *job = xcalloc(1, sizeof(*job));

    job->options = options;
    job->number = number;
    list_init(&job->waiters);
    codec_copy(&job->arena, &job_row_desc, &job->row, row);
    job->log_path = xprintf("%s/logs/job-driver-%.*s.log", options->session,
                            SLICE_ARGS(row->submission_id));
    map_add(all, &job->node, &job->number, sizeof(job->number));
    return job;
}

void job_destroy(struct job *job, struct map *all)
{
    map_remove(all, &job->node);
    loop_timer_destroy(job->stop);
    if (job->end != NULL) {
        loop_watch_destroy(job->end);
        close(job->pidfd);
    }
    arena_finish(&job->arena);
    free(job->log_path);
    free(job);
}

void job_remove(struct job *job)
{
    if (job->row.submission_id.size > 0)
        (void)unlink(job->log_path); /* one that is not there is removed, too */
    store_put(job->options->store, jobs_table,
              slice_of(&job->number, sizeof(job->number)), slice(""));
}

/* ---- the end of a job ---- */

static void waiter_finish(struct waiter *waiter)
{
    call_reply(waiter->call, &waiter->job->row);
    list_remove(&waiter->list);
    loop_timer_destroy(waiter->timer);
    free(waiter);
}

void job_end(struct job *job, int state, const char *message)
{
    struct list *at, *after;

    job_set_state(job, state, message);
    job->row.end_time = clock_wall();
    job_save(job);
    job_envs_leave(job->options->envs, job->number);
    log_info("jobs", "ended id=%.*s status=%s %s", SLICE_ARGS(job->row.submission_id),
             fsm_name(&job_fsm, state), message);
    list_each_safe(at, after, &job->waiters) {
        waiter_finish(container_of(at, struct waiter, list));
    }
}

void job_end_driver(struct job *job)
{
    job->driver = NULL;
    if (id_is_set(&job->row.job_id))
        job->options->on_driver_ended(job->options->arg, &job->row.job_id);
}

/* Under which name its process is recorded in the session: should the head be killed,
 * `stop` finds it. */
static const char *role_of(const struct job *job, char role[SESSION_ROLE_MAX])
{
    snprintf(role, SESSION_ROLE_MAX, "job-%u", job->number);
    return role;
}

static char *ended_path(const struct job *job)
{
    return xprintf("%s/job-%u.ended", job->options->session, job->number);
}

/* Its command and all that it started have ended. */
static void conclude(void *arg)
{
    struct job *job = arg;
    char how[128], message[JOB_MESSAGE_MAX], role[SESSION_ROLE_MAX];

    char *ended = ended_path(job);

    session_remove_pid(job->options->session, role_of(job, role));
    (void)unlink(ended);
    free(ended);
    (void)kill(-(pid_t)job->row.driver_pid, SIGKILL); /* what it left behind */
    loop_timer_destroy(job->stop);
    job->stop = NULL;
    job->group = 0;
    proc_describe(job->status, job->signal, how, sizeof(how));
    if (job->is_stopping) {
        job_end(job, JOB_STOPPED, "stopped by request");
    } else if (job->row.driver_exit_code == 0) {
        job_end(job, JOB_SUCCEEDED, "");
    } else {
        snprintf(message, sizeof(message), "the command %s", how);
        job->row.error_type = slice("JOB_ENTRYPOINT_COMMAND_ERROR");
        job_end(job, JOB_FAILED, message);
    }
    if (job->driver == NULL) /* never attached, or gone already */
        job_end_driver(job);
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
    job->stop = loop_timer_create(job->options->loop, true, await_group, job);
    await_group(job);
}

static void kill_now(void *arg)
{
    struct job *job = arg;

    if (job->group != 0)
        (void)kill(-(pid_t)job->group, SIGKILL);
}

void job_stop(struct job *job)
{
    if (job->state == JOB_PENDING)
        job_end(job, JOB_STOPPED, "stopped before it began");
    if (job->group == 0 || job->is_stopping)
        return;
    job->is_stopping = true;
    job->kill_at = clock_now() + STOP_MS * NS_PER_MS;
    (void)kill(-(pid_t)job->group, SIGTERM);
    job->stop = loop_timer_create(job->options->loop, true, kill_now, job);
    loop_timer_start(job->stop, STOP_MS, 0);
}

/* ---- submissions ---- */

int job_open_log(struct job *job)
{
    return open(job->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

void job_launch(struct job *job, const struct job_submit *rq)
{
    const struct submission_place place = { job->options->session,
                                            job->row.submission_id,
                                            pkg_is_uri(job->row.working_dir) };
    struct arena arena = { 0 };
    char *ended = ended_path(job), *rayd = proc_beside("rayd");
    const char *argv[] = { rayd != NULL ? rayd : "rayd", "job", ended,
                           arena_string(&arena, rq->entrypoint), NULL };
    struct proc_options options = {
        .argv = argv,
        .env = submission_environment(&arena, &place, rq),
        .cwd = rq->working_dir.size > 0 ? arena_string(&arena, rq->working_dir) : NULL,
        .new_session = true,
    };
    int log = job_open_log(job);
    char role[SESSION_ROLE_MAX];
    struct error err;

    options.out = options.err = log;
    if (log < 0)
        fail(&err, ERR_IO, "%s: %s", job->log_path, strerror(errno));
    else if (options.cwd != NULL && access(options.cwd, X_OK) != 0)
        fail(&err, ERR_IO, "working folder %s: %s", options.cwd, strerror(errno));
    else
        job->proc = proc_spawn(job->options->loop, &options, on_proc_exit, job, &err);
    if (log >= 0)
        close(log);
    if (job->proc != NULL) {
        job->row.driver_pid = job->group = proc_pid(job->proc);
        if (session_write_pid(job->options->session, role_of(job, role),
                              proc_pid(job->proc), &err) != 0)
            log_warn("jobs", "%s", err.text);
        job_set_state(job, JOB_RUNNING, "");
        job_save(job);
    } else {
        job->row.error_type = slice("JOB_ENTRYPOINT_COMMAND_START_ERROR");
        job->row.driver_exit_code = 127;
        job_end(job, JOB_FAILED, err.text);
    }
    free(ended);
    free(rayd);
    arena_finish(&arena);
}

/* ---- submissions of an earlier head ---- */

/* What `rayd job` has written; false when there is nothing. */
static bool read_end(const struct job *job, int *status, int *number)
{
    char *path = ended_path(job);
    FILE *file = fopen(path, "re");
    bool is_whole = file != NULL && fscanf(file, "%d %d", status, number) == 2;

    if (file != NULL)
        fclose(file);
    free(path);
    return is_whole;
}

static void ended_elsewhere(struct job *job)
{
    int status = 0, number = 0;

    if (read_end(job, &status, &number) || job->is_stopping) {
        on_proc_exit(job, status, number);
        return;
    }
    job->row.error_type = slice("JOB_ENTRYPOINT_COMMAND_ERROR");
    job->group = 0;
    job_end(job, JOB_FAILED, "its command was killed while there was no head");
    if (job->driver == NULL)
        job_end_driver(job);
}

static void on_pidfd(void *arg, int events)
{
    struct job *job = arg;

    (void)events;
    loop_watch_destroy(job->end);
    close(job->pidfd);
    job->end = NULL;
    ended_elsewhere(job);
}

/* A pidfd of its process; -1 when that has ended. */
static int find_process(const struct job *job)
{
    struct session_process *processes = NULL;
    char role[SESSION_ROLE_MAX];
    int fd = -1, count = session_processes(job->options->session, &processes, NULL);

    role_of(job, role);
    for (int i = 0; i < count; i++)
        if (strcmp(processes[i].role, role) == 0)
            fd = fcntl(processes[i].pidfd, F_DUPFD_CLOEXEC, 0);
    if (count >= 0)
        session_free(processes, count);
    return fd;
}

static void end_later(void *arg)
{
    struct job *job = arg;

    loop_timer_destroy(job->stop);
    job->stop = NULL;
    ended_elsewhere(job);
}

void job_resume(struct job *job)
{
    job->group = job->row.driver_pid;
    job->pidfd = find_process(job);
    if (job->pidfd >= 0) {
        job->end = loop_watch_create(job->options->loop, job->pidfd, on_pidfd, job);
        loop_watch_set(job->end, LOOP_READABLE);
        return;
    }
    /* Not now: whoever hears of it is still being made. */
    job->stop = loop_timer_create(job->options->loop, true, end_later, job);
    loop_timer_start(job->stop, 0, 0);
}

/* ---- those who wait ---- */

static void on_wait_timeout(void *arg)
{
    waiter_finish(arg);
}

void job_await(struct job *job, int64_t timeout, struct call *call)
{
    struct waiter *waiter;

    if (job->state != JOB_PENDING && job->state != JOB_RUNNING) {
        call_reply(call, &job->row);
        return;
    }
    waiter = xcalloc(1, sizeof(*waiter));
    waiter->job = job;
    waiter->call = call;
    list_add(&job->waiters, &waiter->list);
    if (timeout > 0) {
        waiter->timer =
            loop_timer_create(job->options->loop, true, on_wait_timeout, waiter);
        loop_timer_start(waiter->timer, (uint64_t)(timeout / NS_PER_MS), 0);
    }
}
