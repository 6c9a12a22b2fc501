/* sim_loop.c - lib/net/loop.h on the queue of the world. */
#include "tests/sim/sim.h"

#include "lib/base/clock.h"
#include "lib/base/mem.h"

struct loop_timer {
    struct loop *loop;
    struct sim_event *next; /* NULL: stopped */
    int64_t repeat;
    loop_fn *fn;
    void *arg;
};

/* What a pool thread does. */
struct work {
    struct list list; /* of its process */
    loop_fn *work, *done;
    void *arg;
};

enum { TURN_NS = 1000, WORK_NS = 3 * 1000 * 1000 };

void loop_defer(struct loop *loop, loop_fn *fn, void *arg)
{
    sim_at(loop, TURN_NS, fn, arg);
}

static void work_end(struct work *work)
{
    list_remove(&work->list);
    work->done(work->arg);
    free(work);
}

static void on_work(void *arg)
{
    struct work *work = arg;

    work->work(work->arg);
    work_end(work);
}

void loop_work(struct loop *loop, loop_fn *work, loop_fn *done, void *arg)
{
    struct work *item = xcalloc(1, sizeof(*item));

    *item = (struct work){ .work = work, .done = done, .arg = arg };
    list_add(&loop->works, &item->list);
    if (!loop->is_dead)
        sim_at(loop, (int64_t)sim_draw(WORK_NS), on_work, item);
}

void sim_kill_works(struct loop *process)
{
    while (!list_is_empty(&process->works))
        work_end(container_of(process->works.next, struct work, list));
}

struct loop_timer *loop_timer_create(struct loop *loop, bool background, loop_fn *fn,
                                     void *arg)
{
    struct loop_timer *timer = xcalloc(1, sizeof(*timer));

    (void)background;
    *timer = (struct loop_timer){ .loop = loop, .fn = fn, .arg = arg };
    return timer;
}

static void on_timer(void *arg)
{
    struct loop_timer *timer = arg;

    timer->next = NULL;
    if (timer->repeat > 0)
        timer->next = sim_at(timer->loop, timer->repeat, on_timer, timer);
    timer->fn(timer->arg); /* may destroy the timer */
}

void loop_timer_start(struct loop_timer *timer, uint64_t delay_ms, uint64_t repeat_ms)
{
    loop_timer_stop(timer);
    timer->repeat = (int64_t)repeat_ms * NS_PER_MS;
    timer->next =
        sim_at(timer->loop, (int64_t)delay_ms * NS_PER_MS + TURN_NS, on_timer, timer);
}

void loop_timer_stop(struct loop_timer *timer)
{
    if (timer->next != NULL)
        sim_cancel(timer->next);
    timer->next = NULL;
}

/* Descriptors are of submitted jobs alone, which nobody submits here. */
struct loop_watch *loop_watch_create(struct loop *loop, int fd, loop_watch_fn *fn,
                                     void *arg)
{
    (void)loop;
    (void)fd;
    (void)fn;
    (void)arg;
    MUST(!"a descriptor is watched");
    return NULL;
}

void loop_watch_set(struct loop_watch *watch, int events)
{
    (void)watch;
    (void)events;
}

void loop_watch_destroy(struct loop_watch *watch)
{
    (void)watch;
}

bool loop_timer_is_active(const struct loop_timer *timer)
{
    return timer->next != NULL;
}

void loop_timer_destroy(struct loop_timer *timer)
{
    if (timer == NULL)
        return;
    loop_timer_stop(timer);
    free(timer);
}
