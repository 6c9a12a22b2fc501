/* job.h - one job: its entry, its command's process, those who wait for its end.
 *
 * Owned by the table (jobs.h). A job that was submitted runs a command in a process
 * group of its own; one that was not is a driver that has connected. Loop thread
 * only. */
#pragma once

#include "lib/base/arena.h"
#include "lib/base/list.h"
#include "lib/base/map.h"
#include "lib/proto/proto.h"

#include <stdbool.h>
#include <stdint.h>

struct call;
struct job_envs;
struct loop;
struct loop_timer;
struct loop_watch;
struct peer;
struct proc;
struct store;

enum { JOB_MESSAGE_MAX = 512 };

struct jobs_options { /* what all of them use */
    struct loop *loop;
    struct store *store;
    struct job_envs *envs;
    const char *session, *cluster;
    /* A driver has gone: its actors and workers shall go too. */
    void (*on_driver_ended)(void *arg, const struct id *job);
    void (*on_changed)(void *arg); /* an entry is new, or has changed */
    void *arg;
};

struct job {
    struct map_node node; /* by number */
    struct list waiters;  /* of struct waiter */
    const struct jobs_options *options;
    uint32_t number; /* of the entry; also the JobID's when it has one */
    int state;
    struct arena arena; /* of `row` */
    struct job_row row;
    struct peer *driver;     /* attached connection */
    struct proc *proc;       /* of a submission that this head has started */
    struct loop_watch *end;  /* ... that an earlier one has */
    int pidfd;               /* of `end` */
    struct loop_timer *stop; /* what follows SIGTERM */
    int64_t kill_at;         /* then comes SIGKILL */
    int64_t group;           /* process group of a submission that runs; 0: none */
    int status, signal;      /* how the command ended */
    char *log_path;
    bool is_stopping;
    bool
        awaits_node; /* PENDING under an earlier head, and nothing is done for it yet */
    char message[JOB_MESSAGE_MAX];
};

extern const char jobs_table[]; /* of the store */

/* An entry, in `all` by its number; `row` is copied. */
struct job *job_create(const struct jobs_options *options, struct map *all,
                       uint32_t number, const struct job_row *row);
void job_destroy(struct job *job, struct map *all);
/* Removes its log, and its entry from the store; a tombstone stays there, so that the
 * next head knows that the number is that of a job which has ended. */
void job_remove(struct job *job);
void job_set_state(struct job *job, int state, const char *message);
/* Writes the entry to the store, and says that it has changed. */
void job_save(struct job *job);
/* The file of its command's output, made when it is not there; -1 with errno. */
int job_open_log(struct job *job);
/* Runs the command of `rq` in its working_dir, a folder here; one that cannot be
 * started is a FAILED job. */
void job_launch(struct job *job, const struct job_submit *rq);
/* A submission that ran under an earlier head: goes on with it, or ends it as its
 * command has ended meanwhile. */
void job_resume(struct job *job);
/* SIGTERM to its group, and SIGKILL when that does not end it. */
void job_stop(struct job *job);
/* Its last state: tells all who wait. */
void job_end(struct job *job, int state, const char *message);
/* The driver has gone: on_driver_ended. */
void job_end_driver(struct job *job);
/* Answers with the row when it is over, or after `timeout` (ns; 0: never). */
void job_await(struct job *job, int64_t timeout, struct call *call);
