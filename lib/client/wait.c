/* wait.c - one thread at a time polls, the others sleep.
 *
 * The *poller* drains the rings of all lanes. A thread that waits for objects becomes
 * the poller if the seat is free: it drains, looks a few times more (a short task is
 * answered sooner than a sleep would take), then sleeps on the reply bell's futex.
 * Other waiting threads sleep on rt->ready. When the poller has what it wants it hands
 * the seat to one of them, or arms the bell for the loop thread, which drains when
 * nobody waits: a driver that submits and never waits still makes progress. A
 * synchronous call thus costs no system call on this side while the worker answers
 * within the spin; how long that is depends on how spins went before (lib/base/spin.h).
 */
#include "lib/client/wait.h"

#include "lib/base/clock.h"
#include "lib/client/activation.h"
#include "lib/client/borrow.h"
#include "lib/client/exec.h"
#include "lib/client/lane.h"
#include "lib/client/object.h"
#include "lib/client/runtime.h"
#include "lib/net/stubs.h"
#include "lib/net/loop.h"

#include <errno.h>
#include <unistd.h>

enum {
    LEND_AFTER_MS = 1, /* a wait longer than that lends the CPU to others */
};

size_t wait_drain(struct runtime *rt)
{
    struct list *at, *after;
    size_t count = 0;

    list_each_safe(at, after, &rt->lanes)
        count += lane_drain(rt, container_of(at, struct lane, all));
    return count;
}

static bool has_results(struct runtime *rt)
{
    struct list *at;

    list_each(at, &rt->lanes)
        if (ring_has_records(&container_of(at, struct lane, all)->memory.in))
            return true;
    return false;
}

void wait_hand_over(struct runtime *rt)
{
    for (;;) {
        bell_announce(&rt->bells.page->reply, BELL_EVENTFD);
        if (!has_results(rt))
            return;
        bell_cancel(&rt->bells.page->reply);
        wait_drain(rt);
    }
}

void wait_on_bell(void *arg, int events)
{
    struct runtime *rt = arg;
    uint64_t count;

    (void)events;
    if (read(rt->bells.eventfd, &count, sizeof(count)) < 0 && errno != EAGAIN)
        return;
    pthread_mutex_lock(&rt->lock);
    if (!rt->polling) {
        wait_drain(rt);
        wait_hand_over(rt);
        if (rt->sleepers > 0)
            pthread_cond_broadcast(&rt->ready);
    }
    pthread_mutex_unlock(&rt->lock);
}

static bool is_over(int64_t deadline)
{
    return deadline != 0 && clock_now() >= deadline;
}

/* Tells the processor that this is a spin: it saves power and lets its sibling run. */
static void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* Looks for results; whether there are some. */
static bool spin(struct runtime *rt)
{
    int looks = spin_begin(&rt->spin);
    bool found = false;

    for (int i = 0; i < looks && !(found = has_results(rt)); i++)
        relax();
    if (looks > 0)
        spin_end(&rt->spin, found);
    return found;
}

/* One round of the poller; gives the lock up while it sleeps. */
static void poll_once(struct runtime *rt, int64_t deadline)
{
    struct bell *bell = &rt->bells.page->reply;
    int64_t left = -1;

    if (wait_drain(rt) > 0 || spin(rt))
        return;
    bell_announce(bell, BELL_FUTEX);
    if (has_results(rt)) {
        bell_cancel(bell);
        return;
    }
    if (deadline != 0 && (left = deadline - clock_now()) < 0)
        left = 0;
    pthread_mutex_unlock(&rt->lock);
    bell_wait(bell, left);
    pthread_mutex_lock(&rt->lock);
}

static void sleep_on_ready(struct runtime *rt, int64_t deadline)
{
    struct timespec until;

    rt->sleepers++;
    if (deadline == 0) {
        pthread_cond_wait(&rt->ready, &rt->lock);
    } else {
        until.tv_sec = deadline / NS_PER_S;
        until.tv_nsec = deadline % NS_PER_S;
        pthread_cond_timedwait(&rt->ready, &rt->lock, &until);
    }
    rt->sleepers--;
}

static bool enough(struct ray_ref *const *objects, size_t count, size_t wanted,
                   size_t *from)
{
    size_t ready = 0;

    /* When all are wanted, those before *from are known to be ready. */
    if (wanted == count) {
        while (*from < count && objects[*from]->state != OBJECT_PENDING)
            ++*from;
        return *from == count;
    }
    for (size_t i = 0; i < count && ready < wanted; i++)
        ready += objects[i]->state != OBJECT_PENDING;
    return ready >= wanted;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

/* Waits as poller or as sleeper, once. */
static void wait_once(struct runtime *rt, int64_t deadline)
{
    if (rt->polling) {
        sleep_on_ready(rt, deadline);
        return;
    }
    bell_cancel(&rt->bells.page->reply);
    rt->polling = true;
    poll_once(rt, deadline);
    rt->polling = false;
    if (rt->sleepers > 0)
        pthread_cond_broadcast(&rt->ready);
}

bool wait_is_vain(struct runtime *rt)
{
    struct ray_task *task = activation_current();
    return rt->is_down || (task != NULL && ray_cancelled(task));
}

bool wait_objects(struct runtime *rt, struct ray_ref *const *objects, size_t count,
                  size_t wanted, int64_t deadline)
{
    int64_t lend_at = 0;
    bool lent = false, got, polled = false;
    size_t from = 0;

    for (size_t i = 0; i < count; i++)
        if (objects[i]->state == OBJECT_PENDING && borrow_is(rt, objects[i]))
            borrow_ask(rt, objects[i]);
    while (!(got = enough(objects, count, wanted, &from)) && !wait_is_vain(rt)) {
        if (deadline < 0 || is_over(deadline)) {
            if (wait_drain(rt) == 0)
                break;
            continue;
        }
        if (rt->is_worker && lend_at == 0)
            lend_at = clock_now() + LEND_AFTER_MS * NS_PER_MS;
        if (!lent && rt->is_worker && clock_now() >= lend_at)
            lent = executor_lend(rt);
        wait_once(rt, lent || !rt->is_worker ? deadline : earlier(deadline, lend_at));
        polled = true;
    }
    if (lent)
        executor_resume(rt);
    if (polled && !rt->polling)
        wait_hand_over(rt);
    return got;
}
