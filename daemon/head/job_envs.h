/* job_envs.h - which runtime environment each job has, and its making for drivers.
 *
 * Nodes ask for the environment of a job when they first start a worker for it
 * (job_envs.find). The folder of a driver is made by the node beside the head, which
 * shares its session. Loop thread only. */
#pragma once

#include "lib/base/error.h"
#include "lib/base/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct dispatch;
struct id;
struct job_envs;
struct job_submit;
struct nodes;
struct peer;
struct store;

/* Those in the store are there again. */
struct job_envs *job_envs_create(struct nodes *nodes, struct store *store);
void job_envs_destroy(struct job_envs *envs);
void job_envs_serve(struct job_envs *envs, struct dispatch *dispatch);
/* Calls fn(arg, ...) after each answer to a node: it is about to start its first worker
 * of that job. */
typedef void job_envs_asked(void *arg, struct peer *peer, const struct id *job);
void job_envs_on_asked(struct job_envs *envs, job_envs_asked *fn, void *arg);
/* Job `number` has the environment of `rq`; copied. */
void job_envs_put(struct job_envs *envs, uint32_t number, const struct job_submit *rq);
/* Whether `own` is nothing, or a packed struct runtime_env. -ERR_PROTOCOL. */
int job_envs_check(struct slice own, struct error *err);
/* The driver of job `number` says what its workers have beyond that; checked. */
void job_envs_attach(struct job_envs *envs, uint32_t number, struct slice own);
/* Job `number` has that of job `of`, if it has one. */
void job_envs_inherit(struct job_envs *envs, uint32_t number, uint32_t of);

/* The job is deleted. */
void job_envs_remove(struct job_envs *envs, uint32_t number);

/* `rq` is as it was put, but its working_dir is the folder; NULL with `err`. */
typedef void job_envs_ready(void *arg, uint32_t number, const struct job_submit *rq,
                            const struct error *err);
/* Makes the folder for the driver of job `number`. */
void job_envs_make(struct job_envs *envs, uint32_t number, job_envs_ready *ready,
                   void *arg);
/* The driver of job `number` has ended: its folder may go. */
void job_envs_leave(struct job_envs *envs, uint32_t number);
