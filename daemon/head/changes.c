/* changes.c - versions begin at the time of day, so that a head that comes again has
 * none that an earlier one had.
 *
 * Happy path: wait comes with the versions that the asker has. When they are the
 * present ones the call is kept until a touch, or its own time, sets the timer off;
 * when they are not, the timer answers it, too. Who has nothing at all is answered at
 * once. An asker that has gone is dropped with the next answers. */
#include "daemon/head/changes.h"

#include "lib/base/clock.h"
#include "lib/base/list.h"
#include "lib/base/mem.h"
#include "lib/net/loop.h"
#include "lib/net/peer.h"
#include "lib/proto/proto.h"

#include <stdlib.h>
#include <string.h>

enum { WATCH_S = 10, WATCH_AGAIN_S = 3, WAIT_MAX_S = 60 };

struct waiter {
    struct list list;
    struct call *call;
    struct table_versions seen;
    int64_t deadline;
};

struct changes {
    changes_watched *on_watched;
    void *arg;
    int64_t versions[CHANGES_TABLES];
    struct list waiters;
    struct loop_timer *gather; /* after a change */
    struct loop_timer *expire; /* of the first deadline */
    int64_t watched;           /* when on_watched ran last */
};

static void on_gathered(void *arg);
static void on_expired(void *arg);

struct changes *changes_create(struct loop *loop, changes_watched *on_watched,
                               void *arg)
{
    struct changes *changes = xcalloc(1, sizeof(*changes));

    changes->on_watched = on_watched;
    changes->arg = arg;
    for (int i = 0; i < CHANGES_TABLES; i++)
        changes->versions[i] = clock_wall();
    list_init(&changes->waiters);
    changes->gather = loop_timer_create(loop, true, on_gathered, changes);
    changes->expire = loop_timer_create(loop, true, on_expired, changes);
    return changes;
}

static void present(const struct changes *changes, struct table_versions *versions)
{
    *versions = (struct table_versions){ .nodes = changes->versions[CHANGES_NODES],
                                         .jobs = changes->versions[CHANGES_JOBS],
                                         .actors = changes->versions[CHANGES_ACTORS],
                                         .tasks = changes->versions[CHANGES_TASKS] };
}

static bool is_same(const struct table_versions *a, const struct table_versions *b)
{
    return a->nodes == b->nodes && a->jobs == b->jobs && a->actors == b->actors &&
           a->tasks == b->tasks;
}

static void answer(struct changes *changes, struct waiter *waiter)
{
    struct table_versions now;

    present(changes, &now);
    list_remove(&waiter->list);
    call_reply(waiter->call, &now);
    free(waiter);
}

void changes_destroy(struct changes *changes)
{
    struct list *at, *after;

    if (changes == NULL)
        return;
    list_each_safe(at, after, &changes->waiters) {
        answer(changes, container_of(at, struct waiter, list));
    }
    loop_timer_destroy(changes->gather);
    loop_timer_destroy(changes->expire);
    free(changes);
}

static void gather(struct changes *changes)
{
    if (!loop_timer_is_active(changes->gather))
        loop_timer_start(changes->gather, CHANGES_GATHER_MS, 0);
}

void changes_touch(struct changes *changes, enum changes_table table)
{
    changes->versions[table]++;
    if (!list_is_empty(&changes->waiters))
        gather(changes);
}

static void on_gathered(void *arg)
{
    struct changes *changes = arg;
    struct table_versions now;
    struct list *at, *after;

    present(changes, &now);
    list_each_safe(at, after, &changes->waiters) {
        struct waiter *waiter = container_of(at, struct waiter, list);
        if (call_peer(waiter->call) == NULL || !is_same(&waiter->seen, &now))
            answer(changes, waiter);
    }
}

/* Sets the timer to the earliest deadline. */
static void await_expiry(struct changes *changes)
{
    int64_t first = INT64_MAX, left;
    struct list *at;

    list_each(at, &changes->waiters) {
        struct waiter *waiter = container_of(at, struct waiter, list);
        first = waiter->deadline < first ? waiter->deadline : first;
    }
    if (first == INT64_MAX)
        return;
    left = first - clock_now();
    loop_timer_start(changes->expire, left > 0 ? (uint64_t)(left / NS_PER_MS) + 1 : 0,
                     0);
}

static void on_expired(void *arg)
{
    struct changes *changes = arg;
    struct list *at, *after;

    list_each_safe(at, after, &changes->waiters) {
        struct waiter *waiter = container_of(at, struct waiter, list);
        if (call_peer(waiter->call) == NULL || waiter->deadline <= clock_now())
            answer(changes, waiter);
    }
    await_expiry(changes);
}

static void tell_watched(struct changes *changes)
{
    int64_t now = clock_now();

    if (changes->watched != 0 && now - changes->watched < WATCH_AGAIN_S * NS_PER_S)
        return;
    changes->watched = now;
    changes->on_watched(changes->arg, WATCH_S * NS_PER_S);
}

static int64_t deadline_of(const struct changes_wait *rq)
{
    int64_t most = WAIT_MAX_S * NS_PER_S;
    bool is_given = rq->duration > 0 && rq->duration < most;

    return clock_now() + (is_given ? rq->duration : most);
}

static void on_wait(void *self, const struct changes_wait *rq, struct call *call)
{
    static const struct table_versions nothing;
    struct changes *changes = self;
    struct waiter *waiter = xcalloc(1, sizeof(*waiter));
    struct table_versions now;

    waiter->call = call;
    waiter->seen = rq->seen;
    waiter->deadline = deadline_of(rq);
    list_add(&changes->waiters, &waiter->list);
    tell_watched(changes);
    present(changes, &now);
    if (is_same(&rq->seen, &nothing)) {
        answer(changes, waiter);
        return;
    }
    if (!is_same(&rq->seen, &now))
        gather(changes);
    await_expiry(changes);
}

static const struct changes_handlers handlers = { .wait = on_wait };

void changes_serve(struct changes *changes, struct dispatch *dispatch)
{
    dispatch_add(dispatch, &changes_methods, &handlers, sizeof(handlers), changes);
}
