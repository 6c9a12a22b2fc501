/* leases_share.c - when several wait or hold: who is next, and who is asked to give a
 * worker up (daemon/sched/share.h).
 *
 * A lease is given up between two tasks, by its owner, when it has lasted SHARE_MS at
 * least, so that turns are long against what a change of hands costs. Actors keep what
 * they have, but it counts. What has been asked for counts as given. */
#include "daemon/node/leases_table.h"

#include "daemon/node/ledger.h"
#include "daemon/node/workers.h"
#include "daemon/sched/share.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/net/loop.h"
#include "lib/net/stubs.h"

#include <stdlib.h>

enum { SHARE_MS = 200, LOOK_MS = 100 /* it costs leases times groups */ };

static size_t user_of_lease(struct share *share, const struct lease *lease)
{
    const struct share_key key = { &lease->worker->job_id, lease->owner, &lease->held };
    return share_user(share, &key);
}

static size_t user_of_request(struct share *share, const struct request *request)
{
    const struct share_key key = { &request->job,
                                   request->spawn == NULL ? request->peer : NULL,
                                   &request->shape };
    return share_user(share, &key);
}

static const struct request *first_of(const struct group *group)
{
    return container_of(group->requests.next, const struct request, list);
}

/* Who holds what, and the users of those who wait. A lease whose task waits for others
 * has lent its CPU to them. */
static void fill(struct leases *leases, struct share *share)
{
    struct map_node *node, *after;
    struct list *at;

    *share = (struct share){ .total = &leases->ledger->total };
    map_each(node, after, &leases->granted) {
        struct lease *lease = container_of(node, struct lease, node);
        lease->user = user_of_lease(share, lease);
        if (!lease->is_blocked)
            share_hold(share, lease->user, share_part(share, &lease->held));
    }
    list_each(at, &leases->ready) {
        const struct request *request = container_of(at, struct request, list);
        share_hold(share, user_of_request(share, request),
                   share_part(share, &request->shape));
    }
    list_each(at, &leases->waiting.groups) {
        struct group *group = container_of(at, struct group, list);
        group->user = user_of_request(share, first_of(group));
        group->promised = 0;
    }
}

/* ---- who is next ---- */

static struct group *next_that_fits(struct leases *leases, const struct share *share)
{
    struct group *next = NULL;
    struct list *at;

    list_each(at, &leases->waiting.groups) {
        struct group *group = container_of(at, struct group, list);
        if (ledger_fits(leases->ledger, &group->shape) &&
            (next == NULL || share_is_before(share, group->user, next->user)))
            next = group;
    }
    return next;
}

static bool is_one(const struct list *list)
{
    return !list_is_empty(list) && list->next->next == list;
}

static void take(struct leases *leases, struct group *group)
{
    struct request *request = container_of(group->requests.next, struct request, list);

    ledger_take(leases->ledger, &group->shape, &request->gpus);
    requests_remove(request); /* the last one frees the group */
    list_add(&leases->ready, &request->list);
}

/* No choice is to be made. */
static void admit_one(struct leases *leases)
{
    struct list *groups = &leases->waiting.groups;

    while (!list_is_empty(groups)) {
        struct group *group = container_of(groups->next, struct group, list);
        if (!ledger_fits(leases->ledger, &group->shape))
            return;
        take(leases, group);
    }
}

bool leases_admit(struct leases *leases)
{
    struct share share;
    struct group *group;

    if (is_one(&leases->waiting.groups)) {
        admit_one(leases);
    } else if (!list_is_empty(&leases->waiting.groups)) {
        fill(leases, &share);
        while ((group = next_that_fits(leases, &share)) != NULL) {
            share_hold(&share, group->user, share_part(&share, &group->shape));
            take(leases, group);
        }
        share_finish(&share);
    }
    return !list_is_empty(&leases->waiting.groups);
}

/* ---- who gives up what ---- */

/* Whether what the lease holds is what the group lacks. */
static bool would_help(const struct leases *leases, const struct group *group,
                       const struct lease *lease)
{
    struct resources then = { 0 };
    bool fits;

    resources_copy(&then, &leases->ledger->available);
    resources_add(&then, &lease->held);
    fits = resources_fit(&then, &group->shape);
    resources_finish(&then);
    return fits;
}

/* The waiting group that is next and whom the lease would help; NULL: none. */
static struct group *taker_of(const struct leases *leases, const struct share *share,
                              const struct lease *lease)
{
    struct group *next = NULL;
    struct list *at;

    list_each(at, &leases->waiting.groups) {
        struct group *group = container_of(at, struct group, list);
        if (group->promised < group->waiting &&
            (next == NULL || share_is_before(share, group->user, next->user)) &&
            would_help(leases, group, lease))
            next = group;
    }
    return next;
}

static void promise(struct share *share, struct group *group, const struct lease *lease)
{
    double part = share_part(share, &lease->held);

    group->promised++;
    share_hold(share, lease->user, -part);
    share_hold(share, group->user, part);
}

static void ask_to_yield(struct lease *lease)
{
    const struct lease_ref note = { .lease_id = lease->number };

    lease->yields = true;
    note_client_yield(lease->owner, &note, NULL);
}

/* Those that were asked before are on their way to who is next. */
static void count_promised(struct leases *leases, struct share *share)
{
    struct map_node *node, *after;

    map_each(node, after, &leases->granted) {
        struct lease *lease = container_of(node, struct lease, node);
        struct group *group = lease->yields ? taker_of(leases, share, lease) : NULL;
        if (group != NULL)
            promise(share, group, lease);
    }
}

/* Asks for what is due; whether more will be due when it has lasted long enough. */
static bool ask_all(struct leases *leases, struct share *share)
{
    int64_t limit = clock_now() - SHARE_MS * NS_PER_MS;
    struct map_node *node, *after;
    bool is_early = false;

    map_each(node, after, &leases->granted) {
        struct lease *lease = container_of(node, struct lease, node);
        struct group *group;
        if (lease->owner == NULL || lease->yields || lease->is_blocked)
            continue;
        group = taker_of(leases, share, lease);
        if (group == NULL || !share_should_yield(share, lease->user, group->user,
                                                 share_part(share, &lease->held)))
            continue;
        is_early |= lease->since > limit;
        if (lease->since > limit)
            continue;
        promise(share, group, lease);
        ask_to_yield(lease);
    }
    return is_early;
}

static void look_again(struct leases *leases)
{
    if (!loop_timer_is_active(leases->share_timer))
        loop_timer_start(leases->share_timer, LOOK_MS, 0);
}

void leases_share(struct leases *leases)
{
    struct share share;

    if (clock_now() - leases->shared_at < LOOK_MS * NS_PER_MS) {
        look_again(leases);
        return;
    }
    leases->shared_at = clock_now();
    fill(leases, &share);
    if (share.users_count > 1) {
        count_promised(leases, &share);
        if (ask_all(leases, &share))
            look_again(leases);
    }
    share_finish(&share);
}
