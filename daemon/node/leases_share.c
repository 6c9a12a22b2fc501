/* leases_share.c - when several wait or hold: who is next, and who is asked to give a
 * worker up (daemon/sched/share.h).
 *
 * A lease is given up between two tasks, by its owner, when it has lasted SHARE_MS at
 * least, so that turns are long against what a change of hands costs. Actors keep what
 * they have, but it counts. What has been asked for counts as given. Who is next and
 * needs the room of several leases finds what came back first still free: others wait
 * meanwhile, for RESERVE_MS in RESERVE_MS + REST_MS at most, since room that is kept
 * for one who cannot have it all is wasted. */
#include "daemon/node/leases_table.h"

#include "daemon/node/ledger.h"
#include "daemon/node/workers.h"
#include "daemon/sched/share.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/net/loop.h"
#include "lib/net/stubs.h"

#include <stdlib.h>

enum {
    SHARE_MS = 200,
    LOOK_MS = 100,     /* it costs leases times groups */
    RESERVE_MS = 5000, /* for which room is kept for who needs that of several leases */
    REST_MS = 15000    /* before that is done again */
};

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

/* What its next request needs beyond `free` (NULL: beyond nothing). */
static void set_lacking(struct group *group, const struct resources *free)
{
    resources_finish(&group->lacking);
    group->lacking = (struct resources){ 0 };
    for (size_t i = 0; i < group->shape.count; i++) {
        const struct resource *needed = &group->shape.items[i];
        int64_t has = free != NULL ? resources_get(free, needed->name) : 0;
        if (needed->amount > has)
            (void)resources_set(&group->lacking, slice(needed->name),
                                needed->amount - (has > 0 ? has : 0));
    }
}

/* Who holds what, and the users of those who wait. A lease whose task waits for others
 * has lent its CPU to them. */
static void fill(struct leases *leases, struct share *share)
{
    struct resources reach = { 0 }; /* what is free, or could be */
    struct map_node *node, *after;
    struct list *at;

    resources_copy(&reach, &leases->ledger->available);
    *share = (struct share){ .total = &leases->ledger->total, .last = SHARE_NOBODY };
    if (id_is_set(&leases->last.job))
        share->last = share_user(share, &(struct share_key){ &leases->last.job,
                                                             leases->last.owner,
                                                             &leases->last.shape });
    map_each(node, after, &leases->granted) {
        struct lease *lease = container_of(node, struct lease, node);
        lease->user = user_of_lease(share, lease);
        if (!lease->is_blocked)
            share_hold(share, lease->user, share_part(share, &lease->held));
        if (lease->owner != NULL && !lease->is_blocked)
            resources_add(&reach, &lease->held);
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
        group->is_reachable = resources_fit(&reach, &group->shape);
        set_lacking(group, &leases->ledger->available);
    }
    resources_finish(&reach);
}

/* ---- who is next ---- */

static bool has_any_of(const struct resources *set, const struct resources *lacking)
{
    for (size_t i = 0; i < lacking->count; i++)
        if (lacking->items[i].amount > 0 &&
            resources_get(set, lacking->items[i].name) > 0)
            return true;
    return false;
}

/* Who is next of all, with room or without, and could run here at all. */
static struct group *first_of_all(struct leases *leases, const struct share *share)
{
    struct group *first = NULL;
    struct list *at;

    list_each(at, &leases->waiting.groups) {
        struct group *group = container_of(at, struct group, list);
        if (resources_fit(&leases->ledger->total, &group->shape) &&
            (first == NULL || share_is_before(share, group->user, first->user)))
            first = group;
    }
    return first;
}

/* The group whom room is kept for; NULL: none. */
static struct group *find_reserved(struct leases *leases, const struct share *share)
{
    struct group *first;

    if (clock_now() >= leases->reserved_until)
        return NULL;
    first = first_of_all(leases, share);
    if (first == NULL || !first->is_reachable ||
        ledger_fits(leases->ledger, &first->shape))
        return NULL;
    set_lacking(first, &leases->ledger->available);
    return first;
}

static struct group *next_that_fits(struct leases *leases, const struct share *share)
{
    struct group *next = NULL, *reserved = find_reserved(leases, share);
    struct list *at;

    list_each(at, &leases->waiting.groups) {
        struct group *group = container_of(at, struct group, list);
        if (ledger_fits(leases->ledger, &group->shape) &&
            (reserved == NULL || !has_any_of(&group->shape, &reserved->lacking)) &&
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
    leases->last.job = request->job;
    leases->last.owner = request->spawn == NULL ? request->peer : NULL;
    resources_finish(&leases->last.shape);
    resources_copy(&leases->last.shape, &request->shape);
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
            share.last = group->user;
            take(leases, group);
        }
        share_finish(&share);
    }
    return !list_is_empty(&leases->waiting.groups);
}

/* ---- who gives up what ---- */

/* The waiting group that is next and whom the lease would help; NULL: none. */
static struct group *taker_of(const struct leases *leases, const struct share *share,
                              const struct lease *lease)
{
    struct group *next = NULL;
    struct list *at;

    list_each(at, &leases->waiting.groups) {
        struct group *group = container_of(at, struct group, list);
        if (group->is_reachable && group->promised < group->waiting &&
            (next == NULL || share_is_before(share, group->user, next->user)) &&
            has_any_of(&lease->held, &group->lacking))
            next = group;
    }
    return next;
}

/* The group has it when the request is complete: a part of one is of no use. */
static void promise(struct share *share, struct group *group, const struct lease *lease)
{
    share_hold(share, lease->user, -share_part(share, &lease->held));
    resources_subtract(&group->lacking, &lease->held);
    if (!resources_is_empty(&group->lacking))
        return;
    group->promised++;
    share_hold(share, group->user, share_part(share, &group->shape));
    set_lacking(group, NULL);
}

static void ask_to_yield(struct lease *lease)
{
    const struct lease_ref note = { .lease_id = lease->number };

    log_debug("leases", "asks for lease=%lld back, pid=%lld", (long long)lease->number,
              (long long)lease->worker->pid);
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

/* What comes back first is kept for who needs more than that. */
static void reserve(struct leases *leases)
{
    int64_t now = clock_now();

    if (now >= leases->reserved_until + REST_MS * NS_PER_MS ||
        leases->reserved_until == 0)
        leases->reserved_until = now + RESERVE_MS * NS_PER_MS;
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
        if (group->promised == 0)
            reserve(leases);
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
