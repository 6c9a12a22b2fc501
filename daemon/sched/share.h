/* share.h - who uses how much of a node, who is next, and who gives up what. Pure.
 *
 * Dominant resource fairness (Ghodsi et al., NSDI 2011): what somebody uses counts as
 * its largest part of any one resource of the node. Jobs come first: the one that uses
 * least is next, however many drivers, tasks or kinds of tasks it has; within a job it
 * is the *user*, one process with tasks of one shape, that uses least. */
#pragma once

#include "lib/base/id.h"
#include "lib/base/resources.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHARE_NOBODY SIZE_MAX

struct share_job {
    struct id id;
    double used; /* 0 to 1, or more when the node is oversubscribed */
};

struct share_user {
    size_t job;                    /* index */
    const void *owner;             /* only compared */
    const struct resources *shape; /* borrowed */
    double used;
};

/* Zero-initialised but for `total` (borrowed: of the node) and `last` (SHARE_NOBODY)
 * is ready to use. */
struct share {
    const struct resources *total;
    struct share_job *jobs;
    struct share_user *users;
    size_t jobs_count, jobs_capacity, users_count, users_capacity;
    size_t
        last; /* index of the user that had something last; of equals it is not next */
};

/* Whose it is. */
struct share_key {
    const struct id *job;
    const void *owner;
    const struct resources *shape;
};

void share_finish(struct share *share);
/* The index of a user, new or known. */
size_t share_user(struct share *share, const struct share_key *key);
/* The part of the node that `held` is. */
double share_part(const struct share *share, const struct resources *held);
/* The user has `part` more (or less, below 0). */
void share_hold(struct share *share, size_t user, double part);
/* Whether a is next rather than b. */
bool share_is_before(const struct share *share, size_t a, size_t b);
/* Whether `from` should give up `part` so that `to`, who waits, can have it: a job to
 * another as long as it keeps more than the other has; within a job, for a user that
 * has nothing. Who has nothing gets something in any case, so that they take turns. */
bool share_should_yield(const struct share *share, size_t from, size_t to, double part);
