/* jobs.h - drivers: those that attach by themselves, and those that `submit` starts
 * here.
 *
 * Owns struct job (job.h), one a driver or submission. A job ends with its driver: the
 * connection of one that attached, the process of one that was submitted. Loop thread
 * only. */
#pragma once

#include "daemon/head/job.h"

struct dispatch;
struct jobs;

struct jobs *jobs_create(const struct jobs_options *options);
/* Ends the processes of all submissions; running() tells when they are gone. */
void jobs_stop_all(struct jobs *jobs);
bool jobs_running(const struct jobs *jobs);
/* Whether `pid` is the command of a submission that runs. */
bool jobs_owns(struct jobs *jobs, int pid);
/* Whether the job with that JobID is known to have ended. */
bool jobs_is_over(const struct jobs *jobs, const struct id *job);
/* Calls fn with the path of the output of each submission, and whether it has ended. */
typedef void jobs_log_fn(void *arg, const char *path, bool is_over);
void jobs_each_log(const struct jobs *jobs, jobs_log_fn *fn, void *arg);
void jobs_destroy(struct jobs *jobs);
void jobs_serve(struct jobs *jobs, struct dispatch *dispatch);
void jobs_on_peer_closed(struct jobs *jobs, const struct peer *peer);
/* The node beside the head has joined. */
void jobs_on_node_here(struct jobs *jobs);
/* A JobID without an entry: for a detached actor of job `parent`, and what it starts,
 * which have the same environment. */
struct id jobs_new_id(struct jobs *jobs, struct id parent);
size_t jobs_count(const struct jobs *jobs);
/* Fills `rows` (room for jobs_count()), newest first; text lives in the table until the
 * next turn. */
size_t jobs_rows(const struct jobs *jobs, struct job_row *rows);
