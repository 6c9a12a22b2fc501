/* share.c - sums in two arrays: few jobs and users meet on a node. */
#include "daemon/sched/share.h"

#include "lib/base/mem.h"

#include <stdlib.h>

/* Sums of parts are equal when they differ by less. */
#define ROUNDING 1e-9

void share_finish(struct share *share)
{
    free(share->jobs);
    free(share->users);
}

static size_t job_of(struct share *share, const struct id *id)
{
    for (size_t i = 0; i < share->jobs_count; i++)
        if (id_equal(&share->jobs[i].id, id))
            return i;
    share->jobs = xgrow(share->jobs, &share->jobs_capacity, share->jobs_count + 1,
                        sizeof(*share->jobs));
    share->jobs[share->jobs_count] = (struct share_job){ *id, 0 };
    return share->jobs_count++;
}

size_t share_user(struct share *share, const struct share_key *key)
{
    size_t job = job_of(share, key->job);

    for (size_t i = 0; i < share->users_count; i++) {
        const struct share_user *user = &share->users[i];
        if (user->job == job && user->owner == key->owner &&
            resources_equal(user->shape, key->shape))
            return i;
    }
    share->users = xgrow(share->users, &share->users_capacity, share->users_count + 1,
                         sizeof(*share->users));
    share->users[share->users_count] =
        (struct share_user){ job, key->owner, key->shape, 0 };
    return share->users_count++;
}

double share_part(const struct share *share, const struct resources *held)
{
    double most = 0;

    for (size_t i = 0; i < held->count; i++) {
        int64_t all = resources_get(share->total, held->items[i].name);
        double part = all > 0 ? (double)held->items[i].amount / (double)all : 0;
        if (part > most)
            most = part;
    }
    return most;
}

void share_hold(struct share *share, size_t user, double part)
{
    share->users[user].used += part;
    share->jobs[share->users[user].job].used += part;
}

bool share_is_before(const struct share *share, size_t a, size_t b)
{
    const struct share_user *left = &share->users[a], *right = &share->users[b];
    double jobs = share->jobs[left->job].used - share->jobs[right->job].used;

    if (jobs < -ROUNDING || jobs > ROUNDING)
        return jobs < 0;
    if (left->job != right->job)
        return share->last != SHARE_NOBODY &&
               share->users[share->last].job == right->job;
    if (left->used < right->used - ROUNDING)
        return true;
    return left->used < right->used + ROUNDING && b == share->last && a != b;
}

bool share_should_yield(const struct share *share, size_t from, size_t to, double part)
{
    const struct share_user *giver = &share->users[from], *taker = &share->users[to];
    double given = share->jobs[giver->job].used, has = share->jobs[taker->job].used;

    if (from == to || giver->used < part - ROUNDING)
        return false;
    if (giver->job == taker->job)
        return taker->used < ROUNDING;
    return has < ROUNDING || given - part > has + ROUNDING;
}
