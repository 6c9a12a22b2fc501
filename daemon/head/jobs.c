/* jobs.c - from `submit` to an exit status.
 *
 * Happy path: submit makes an entry, has the folder of its runtime environment made
 * when it names one (job_envs.h), and launches its command. A driver that attaches
 * names the submission that it runs under, or has an entry of its own.
 *
 * Failure: after a restart of the head, drivers come back to their jobs by themselves,
 * within RETURN_MS, and submissions that were running go on (job_resume()). */
#include "daemon/head/jobs.h"

#include "daemon/head/job_envs.h"
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
#include "lib/proto/pkg.h"
#include "lib/proto/proto.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct jobs {
    struct jobs_options options;
    struct map all;
    uint32_t *removed; /* numbers, in order */
    size_t removed_count;
    struct tails *tails;
    char *session, *cluster;
    struct loop_timer *give_up; /* on drivers of the head before this one */
    uint32_t next_number;
};

enum { RETURN_MS = 20000 };

static const char counters_table[] = "counters", number_key[] = "job";

/* Never the same again, whichever head gave it away: what is left of a job, somewhere,
 * must not pass for another's. */
static uint32_t next_number(struct jobs *jobs)
{
    jobs->next_number++;
    store_put(jobs->options.store, counters_table, slice(number_key),
              slice_of(&jobs->next_number, sizeof(jobs->next_number)));
    return jobs->next_number;
}

static void load_number(void *arg, struct slice key, struct slice value)
{
    struct jobs *jobs = arg;
    uint32_t number;

    (void)key;
    if (value.size != sizeof(number))
        return;
    memcpy(&number, value.data, sizeof(number));
    if (number > jobs->next_number)
        jobs->next_number = number;
}

static struct job *next_job(struct jobs *jobs, const struct job_row *row)
{
    struct job *job = job_create(&jobs->options, &jobs->all, next_number(jobs), row);

    job->state = JOB_PENDING;
    job->row.status = slice(fsm_name(&job_fsm, JOB_PENDING));
    job->row.start_time = clock_wall();
    job->row.driver_exit_code = -1;
    return job;
}

/* A program that connected by itself: no process of ours. */
static bool is_driver(const struct job *job)
{
    return slice_is(job->row.type, "DRIVER");
}

/* Drivers of an earlier head that have not come back are not there any more. */
static void give_up_drivers(void *arg)
{
    struct jobs *jobs = arg;
    struct map_node *node, *after;

    map_each(node, after, &jobs->all) {
        struct job *job = container_of(node, struct job, node);
        if (job->awaits_node && job->state == JOB_PENDING)
            job_end(job, JOB_FAILED,
                    "the head ended before it began, and the node beside it is gone");
        if (job->state != JOB_RUNNING || !id_is_set(&job->row.job_id) ||
            job->driver != NULL)
            continue;
        job_end_driver(job);
        if (is_driver(job)) /* a submission goes on as long as its command does */
            job_end(job, JOB_FAILED, "it did not come back to a new head");
    }
}

static void bury(struct jobs *jobs, uint32_t number)
{
    size_t at = jobs->removed_count;

    jobs->removed = xrealloc(jobs->removed, (at + 1) * sizeof(*jobs->removed));
    for (; at > 0 && jobs->removed[at - 1] > number; at--)
        jobs->removed[at] = jobs->removed[at - 1];
    jobs->removed[at] = number;
    jobs->removed_count++;
}

static int by_number(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static bool is_buried(const struct jobs *jobs, uint32_t number)
{
    return jobs->removed_count > 0 &&
           bsearch(&number, jobs->removed, jobs->removed_count, sizeof(number),
                   by_number) != NULL;
}

static void load_job(void *arg, struct slice key, struct slice value)
{
    struct jobs *jobs = arg;
    struct arena arena = { 0 };
    struct job_row row;
    uint32_t number;

    if (key.size == sizeof(number) && value.size == 0) {
        memcpy(&number, key.data, sizeof(number));
        bury(jobs, number);
    } else if (key.size == sizeof(number) &&
               codec_unpack(value, &job_row_desc, &row, &arena, NULL) == 0) {
        struct job *job;
        int state;
        memcpy(&number, key.data, sizeof(number));
        job = job_create(&jobs->options, &jobs->all, number, &row);
        state = fsm_find(&job_fsm, job->row.status.data);
        job->state = state >= 0 ? state : JOB_FAILED;
        if (number > jobs->next_number)
            jobs->next_number = number;
        job->awaits_node = job->state == JOB_PENDING;
        if (job->state == JOB_RUNNING && !is_driver(job))
            job_resume(job);
    }
    arena_finish(&arena);
}

static bool is_over(void *arg, const char *path);

struct jobs *jobs_create(const struct jobs_options *options)
{
    struct jobs *jobs = xcalloc(1, sizeof(*jobs));

    jobs->options = *options;
    jobs->options.session = jobs->session = xstrdup(options->session);
    jobs->options.cluster = jobs->cluster = xstrdup(options->cluster);
    jobs->tails = tails_create(options->loop, is_over, jobs);
    store_each(options->store, jobs_table, slice(""), load_job, jobs);
    store_find(options->store, counters_table, slice(number_key), load_number, jobs);
    jobs->give_up = loop_timer_create(options->loop, true, give_up_drivers, jobs);
    loop_timer_start(jobs->give_up, RETURN_MS, 0);
    return jobs;
}

void jobs_destroy(struct jobs *jobs)
{
    struct map_node *node, *after;

    loop_timer_destroy(jobs->give_up);
    tails_destroy(jobs->tails);
    map_each(node, after, &jobs->all) {
        job_destroy(container_of(node, struct job, node), &jobs->all);
    }
    free(jobs->removed);
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
            return job->state != JOB_PENDING && job->group == 0;
    }
    return true;
}

bool jobs_owns(struct jobs *jobs, int pid)
{
    struct map_node *node, *after;

    map_each(node, after, &jobs->all) {
        struct job *job = container_of(node, struct job, node);
        if (job->group != 0 && job->row.driver_pid == pid)
            return true;
    }
    return false;
}

bool jobs_is_over(const struct jobs *jobs, const struct id *id)
{
    uint32_t number = id_job_number(*id);
    struct map_node *node = map_find(&jobs->all, &number, sizeof(number));
    int state =
        node != NULL ? container_of(node, struct job, node)->state : JOB_RUNNING;

    return (state != JOB_RUNNING && state != JOB_PENDING) || is_buried(jobs, number);
}

void jobs_each_log(const struct jobs *jobs, jobs_log_fn *fn, void *arg)
{
    struct map_node *node, *after;

    map_each(node, after, &jobs->all) {
        const struct job *job = container_of(node, struct job, node);
        if (job->log_path != NULL)
            fn(arg, job->log_path,
               job->state != JOB_RUNNING && job->state != JOB_PENDING);
    }
}

void jobs_stop_all(struct jobs *jobs)
{
    struct map_node *node, *after;

    map_each(node, after, &jobs->all) {
        job_stop(container_of(node, struct job, node));
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

static int check_submission(struct jobs *jobs, const struct job_submit *rq,
                            struct error *err)
{
    struct map_node *node, *after;
    struct slice id = rq->submission_id;
    int status = submission_check(rq, err);

    if (status != 0)
        return status;
    map_each(node, after, &jobs->all) {
        struct job *job = container_of(node, struct job, node);
        if (id.size > 0 && slice_equal(job->row.submission_id, id))
            return fail(err, ERR_EXISTS, "there is a job '%.*s' already",
                        SLICE_ARGS(id));
    }
    return 0;
}

static void on_env_ready(void *arg, uint32_t number, const struct job_submit *rq,
                         const struct error *err)
{
    struct jobs *jobs = arg;
    struct map_node *node = map_find(&jobs->all, &number, sizeof(number));
    struct job *job = node != NULL ? container_of(node, struct job, node) : NULL;

    if (job == NULL || job->state != JOB_PENDING)
        return;
    if (err == NULL) {
        job_launch(job, rq);
        return;
    }
    job->row.error_type = slice("RUNTIME_ENV_SETUP_FAILED");
    job_end(job, JOB_FAILED, err->text);
}

/* Its folder first; whoever reads its log meanwhile finds an empty one. */
static void prepare(struct job *job, struct jobs *jobs)
{
    int log = job_open_log(job); /* what fails fails again at its launch */

    if (log >= 0)
        close(log);
    job_save(job);
    job_envs_make(jobs->options.envs, job->number, on_env_ready, jobs);
}

/* The folder of one that an earlier head has accepted can be made now. */
void jobs_on_node_here(struct jobs *jobs)
{
    struct map_node *node, *after;

    map_each(node, after, &jobs->all) {
        struct job *job = container_of(node, struct job, node);
        if (job->awaits_node && job->state == JOB_PENDING)
            prepare(job, jobs);
        job->awaits_node = false;
    }
}

/* A job that the next head would not know of is not accepted. */
static int can_remember(struct jobs *jobs, struct error *err)
{
    return store_write(jobs->options.store, counters_table, slice(number_key),
                       slice_of(&jobs->next_number, sizeof(jobs->next_number)), err);
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

    if (check_submission(jobs, rq, &err) != 0 || can_remember(jobs, &err) != 0) {
        call_fail(call, &err);
        return;
    }
    row.submission_id =
        rq->submission_id.size > 0 ? rq->submission_id : submission_new_id(&arena);
    row.metadata.items = rq->metadata.items;
    row.metadata.count = rq->metadata.count;
    job = next_job(jobs, &row);
    job_envs_put(jobs->options.envs, job->number, rq);
    if (pkg_is_uri(rq->working_dir))
        prepare(job, jobs);
    else
        job_launch(job, rq);
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
    job_stop(job);
    call_reply(call, &job->row);
}

static void on_remove(void *self, const struct job_ref *rq, struct call *call)
{
    struct jobs *jobs = self;
    struct error err = { 0 };
    struct job *job = find(jobs, rq->id, &err);

    if (job != NULL && (job->state == JOB_RUNNING || job->state == JOB_PENDING))
        fail(&err, ERR_FAILED, "job %.*s is %.*s: it can be deleted when it has ended",
             SLICE_ARGS(rq->id), SLICE_ARGS(job->row.status));
    if (err.code != ERR_OK) {
        call_fail(call, &err);
        return;
    }
    job_remove(job);
    call_reply(call, &job->row);
    bury(jobs, job->number);
    job_envs_remove(jobs->options.envs, job->number);
    job_destroy(job, &jobs->all);
    jobs->options.on_changed(jobs->options.arg);
}

static void on_wait(void *self, const struct job_wait *rq, struct call *call)
{
    struct error err;
    struct job *job = find(self, rq->id, &err);

    if (job != NULL)
        job_await(job, rq->timeout, call);
    else
        call_fail(call, &err);
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
    return job != NULL && job->group != 0 && !id_is_set(&job->row.job_id) ? job : NULL;
}

/* A driver that an earlier head knew: goes on with its job, unless that has ended. */
static void come_back(struct jobs *jobs, const struct driver_register *rq,
                      struct call *call)
{
    uint32_t number = id_job_number(rq->job_id);
    struct map_node *node = map_find(&jobs->all, &number, sizeof(number));
    struct job *job = node != NULL ? container_of(node, struct job, node) : NULL;
    struct driver_registered reply = { .cluster = slice(jobs->cluster),
                                       .job_id = rq->job_id };
    struct error err = { 0 };
    char hex[ID_HEX_MAX];

    if (job == NULL || job->state != JOB_RUNNING)
        fail(&err, ERR_NOT_FOUND, "job %s does not run any more: %s",
             id_hex(&rq->job_id, hex),
             job != NULL ? "its head had ended" : "it is not known");
    else if (job->driver != NULL)
        fail(&err, ERR_EXISTS, "job %s has its driver", id_hex(&rq->job_id, hex));
    if (err.code != ERR_OK) {
        call_fail(call, &err);
        return;
    }
    job_envs_attach(jobs->options.envs, number, rq->env);
    job->driver = call_peer(call);
    log_info("jobs", "driver is back job=%s pid=%lld", id_hex(&rq->job_id, hex),
             (long long)rq->pid);
    call_reply(call, &reply);
}

static void on_attach_driver(void *self, const struct driver_register *rq,
                             struct call *call)
{
    struct jobs *jobs = self;
    struct job *job = submission_of(jobs, rq);
    struct driver_registered reply = { .cluster = slice(jobs->cluster) };
    struct error err;

    if (job_envs_check(rq->env, &err) != 0) {
        call_fail(call, &err);
        return;
    }
    if (id_is_set(&rq->job_id)) {
        come_back(jobs, rq, call);
        return;
    }
    if (job == NULL) {
        struct job_row row = { .type = slice("DRIVER"), .entrypoint = rq->entrypoint };
        job = next_job(jobs, &row);
        job->row.driver_pid = rq->pid;
        job_set_state(job, JOB_RUNNING, "");
    }
    job_envs_attach(jobs->options.envs, job->number, rq->env);
    job->driver = call_peer(call);
    job->row.job_id = id_job(job->number);
    job->row.driver_node_id = rq->node_id;
    job_save(job);
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
        job_end_driver(job);
        if (job->group == 0 && job->state == JOB_RUNNING)
            job_end(job, JOB_SUCCEEDED, "the driver has left");
        return;
    }
}

struct id jobs_new_id(struct jobs *jobs, struct id parent)
{
    uint32_t number = next_number(jobs);

    job_envs_inherit(jobs->options.envs, number, id_job_number(parent));
    return id_job(number);
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
    .remove = on_remove,
    .wait = on_wait,
    .read_log = on_read_log,
};

void jobs_serve(struct jobs *jobs, struct dispatch *dispatch)
{
    dispatch_add(dispatch, &jobs_methods, &handlers, sizeof(handlers), jobs);
}
