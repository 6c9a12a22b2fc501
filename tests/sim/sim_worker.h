/* sim_worker.h - the ray-worker of this world: joins its node, is leased, becomes an
 * actor, crashes.
 *
 * What is true of the processes themselves is kept here, for the rules: who uses a
 * worker now, which actor it is. */
#pragma once

#include "lib/base/id.h"
#include "lib/base/list.h"

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct peer;

struct sim_worker {
    struct list list; /* of all that live */
    struct loop *loop, *parent;
    struct peer *node;
    struct id id, actor;
    const void *user; /* whose lease it serves */
    int64_t cpus;     /* that this lease holds, as an amount */
    bool is_doomed;   /* its user has gone: it must end and serve nobody else */
    bool is_actor;    /* its constructor is through */
};

/* Those that live and have joined; NULL when there is none such. */
struct sim_worker *sim_worker_find(const struct id *id);
struct list *sim_workers(void);
/* One of them, by chance. */
struct sim_worker *sim_worker_any(void);
void sim_worker_crash(struct sim_worker *worker);
/* All that serve this user must end now. */
void sim_workers_doom(const void *user);

/* Says on stderr which live. */
void sim_workers_explain(void);
/* Whether the leases that workers of this one's node serve now are more than the node
 * has. */
bool sim_worker_is_too_much(const struct sim_worker *worker);
/* Whether no actor may have two processes, not for a moment: true where no link breaks
 * and no node dies. */
void sim_workers_set_strict(bool strict);
/* How many actors out of a thousand fail in their constructor. */
void sim_workers_set_failing(unsigned permille);
