/* envagent.h - the runtime environments of this node's processes.
 *
 * Makes the folder of an environment when it is first needed: the package comes from
 * the head, is unpacked in a pool thread and checked against the digest in its name;
 * all who want the same meanwhile get it together. Folders stay in a cache of bounded
 * size, in which the one that was not used for longest goes first. What a job's
 * processes are to have is asked of the head, once. Loop thread only. */
#pragma once

#include "envs/plugin.h"
#include "lib/base/error.h"
#include "lib/base/id.h"
#include "lib/base/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct dispatch;
struct env_use;
struct envagent;
struct loop;
struct peer;

struct envagent_options {
    struct loop *loop;
    struct peer *const *head;   /* may change */
    const char *session, *name; /* of the node: the cache's folder */
    int64_t limit;              /* of the cache, bytes */
};

struct envagent *envagent_create(const struct envagent_options *options);
/* Also removes the folders. Not while it is busy: folders are in the making. */
void envagent_destroy(struct envagent *agent);
bool envagent_is_busy(const struct envagent *agent);
void envagent_serve(struct envagent *agent, struct dispatch *dispatch);

/* Either the way into it, which lasts until the callback returns, and what keeps its
 * folder until envagent_leave() (NULL: it has none); or `err`. */
typedef void envagent_done(void *arg, const struct env_launch *launch,
                           struct env_use *use, const struct error *err);

/* The environment of a process of `job`: that of the job, changed by `env`, a packed
 * struct runtime_env or empty. `done` runs later. While the head is away it waits. */
void envagent_get(struct envagent *agent, const struct id *job, struct slice env,
                  envagent_done *done, void *arg);
/* `arg` does not want it any more: its callback does not run. */
void envagent_forget(struct envagent *agent, const void *arg);
void envagent_leave(struct env_use *use); /* accepts NULL */
/* The head is away, and jobs may end meanwhile: it is asked again about all of them. */
void envagent_forget_jobs(struct envagent *agent);
/* Nothing of that job will be asked for again. */
void envagent_forget_job(struct envagent *agent, const struct id *job);
