/* loop.c - libuv behind our own words.
 *
 * A turn of the loop: timers, deferred calls (an idle handle that runs only while there
 * are some), then the poll for descriptors, signals, posts and finished pool work.
 * Posts from other threads go through a list under a mutex and one async handle;
 * the whole list is taken at once, so a burst of posts costs one wake-up. Handles that
 * are destroyed are freed by their close callback, in a later turn: loop_destroy()
 * runs the turns that are needed. */
#include "lib/net/loop.h"

#include "lib/base/clock.h"
#include "lib/base/list.h"
#include "lib/base/mem.h"
#include "lib/net/loop_uv.h"

#include <stdlib.h>
#include <uv.h>

struct job {
    struct list list;
    loop_fn *fn;
    void *arg;
};

struct loop {
    uv_loop_t uv;
    uv_async_t wake; /* posts from other threads */
    uv_mutex_t lock; /* protects `posted` alone */
    struct list posted;
    uv_idle_t idle; /* runs while `deferred` is not empty */
    struct list deferred;
    struct list signals;
    bool stopping;
    bool waiting; /* in loop_run_until() */
};

struct loop_timer {
    uv_timer_t uv;
    loop_fn *fn;
    void *arg;
};

struct loop_watch {
    uv_poll_t uv;
    loop_watch_fn *fn;
    void *arg;
    bool destroyed;
};

struct loop_signal {
    uv_signal_t uv;
    struct list list;
    loop_fn *fn;
    void *arg;
};

struct pool_job {
    uv_work_t uv;
    loop_fn *work, *done;
    void *arg;
};

/* A failure of these calls means that the kernel has no descriptor or that an argument
 * is wrong; neither leaves anything to go on with. */
static void must(int status)
{
    if (status != 0)
        abort();
}

static struct job *job_create(loop_fn *fn, void *arg)
{
    struct job *job = xalloc(sizeof(*job));
    job->fn = fn;
    job->arg = arg;
    return job;
}

/* Runs the jobs that are in the list now; what they add waits for the next turn. */
static void run_jobs(struct list *jobs)
{
    struct list now, *at;

    if (list_is_empty(jobs))
        return;
    now = *jobs;
    now.next->prev = now.prev->next = &now;
    list_init(jobs);
    while ((at = list_take_first(&now)) != NULL) {
        struct job *job = container_of(at, struct job, list);
        loop_fn *fn = job->fn;
        void *arg = job->arg;
        free(job);
        fn(arg);
    }
}

/* Timers and deferred calls run before the poll of their turn: when one of them raises
 * the flag that somebody waits for, that poll must not sleep. */
static void end_turn_soon(struct loop *loop)
{
    if (loop->waiting)
        uv_stop(&loop->uv);
}

static void on_idle(uv_idle_t *idle)
{
    struct loop *loop = idle->data;
    run_jobs(&loop->deferred);
    end_turn_soon(loop);
    if (list_is_empty(&loop->deferred))
        uv_idle_stop(idle);
}

static void on_wake(uv_async_t *wake)
{
    struct loop *loop = wake->data;
    struct list now, *at;

    list_init(&now);
    uv_mutex_lock(&loop->lock);
    while ((at = list_take_first(&loop->posted)) != NULL)
        list_add(&now, at);
    uv_mutex_unlock(&loop->lock);
    run_jobs(&now);
}

struct loop *loop_create(void)
{
    struct loop *loop = xcalloc(1, sizeof(*loop));

    must(uv_loop_init(&loop->uv));
    loop->uv.data = loop;
    must(uv_mutex_init(&loop->lock));
    must(uv_async_init(&loop->uv, &loop->wake, on_wake));
    must(uv_idle_init(&loop->uv, &loop->idle));
    loop->wake.data = loop->idle.data = loop;
    uv_unref((uv_handle_t *)&loop->wake);
    list_init(&loop->posted);
    list_init(&loop->deferred);
    list_init(&loop->signals);
    return loop;
}

static void free_signal(uv_handle_t *handle)
{
    struct loop_signal *signal = handle->data;
    free(signal);
}

void loop_destroy(struct loop *loop)
{
    struct list *at;

    if (loop == NULL)
        return;
    do /* what is under way ends first: it may still defer and post */
        on_wake(&loop->wake);
    while (uv_run(&loop->uv, UV_RUN_DEFAULT) != 0 || !list_is_empty(&loop->posted));
    while ((at = list_take_first(&loop->signals)) != NULL) {
        struct loop_signal *signal = container_of(at, struct loop_signal, list);
        uv_close((uv_handle_t *)&signal->uv, free_signal);
    }
    uv_close((uv_handle_t *)&loop->wake, NULL);
    uv_close((uv_handle_t *)&loop->idle, NULL);
    while (uv_run(&loop->uv, UV_RUN_DEFAULT) != 0)
        ;
    must(uv_loop_close(&loop->uv)); /* EBUSY: somebody did not close a handle */
    uv_mutex_destroy(&loop->lock);
    free(loop);
}

struct uv_loop_s *loop_uv(struct loop *loop)
{
    return &loop->uv;
}

void loop_run(struct loop *loop)
{
    loop->stopping = false;
    uv_ref((uv_handle_t *)&loop->wake);
    while (!loop->stopping)
        uv_run(&loop->uv, UV_RUN_DEFAULT);
    uv_unref((uv_handle_t *)&loop->wake);
}

static void set_flag(void *arg)
{
    bool *flag = arg;
    *flag = true;
}

/* The timer itself says when time is up: its clock counts whole milliseconds, and one
 * that fired a moment before `deadline` would leave nothing to wake us. */
void loop_run_until(struct loop *loop, const bool *flag, int64_t deadline)
{
    struct loop_timer *timer = NULL;
    bool over = false;

    if (deadline != 0) {
        int64_t left = deadline - clock_now();
        timer = loop_timer_create(loop, true, set_flag, &over);
        loop_timer_start(timer, left > 0 ? (uint64_t)(left / NS_PER_MS + 1) : 0, 0);
    }
    loop->waiting = true;
    while (!*flag && !over)
        if (uv_run(&loop->uv, UV_RUN_ONCE) == 0)
            break;
    loop->waiting = false;
    loop_timer_destroy(timer);
}

void loop_stop(struct loop *loop)
{
    loop->stopping = true;
    uv_stop(&loop->uv);
}

void loop_defer(struct loop *loop, loop_fn *fn, void *arg)
{
    list_add(&loop->deferred, &job_create(fn, arg)->list);
    uv_idle_start(&loop->idle, on_idle);
}

void loop_post(struct loop *loop, loop_fn *fn, void *arg)
{
    struct job *job = job_create(fn, arg);
    bool first;

    uv_mutex_lock(&loop->lock);
    first = list_is_empty(&loop->posted);
    list_add(&loop->posted, &job->list);
    uv_mutex_unlock(&loop->lock);
    if (first)
        uv_async_send(&loop->wake);
}

static void on_pool_work(uv_work_t *uv)
{
    struct pool_job *job = uv->data;
    job->work(job->arg);
}

static void on_pool_done(uv_work_t *uv, int status)
{
    struct pool_job *job = uv->data;
    loop_fn *done = job->done;
    void *arg = job->arg;
    (void)status; /* pool jobs are never cancelled */
    free(job);
    done(arg);
}

void loop_work(struct loop *loop, loop_fn *work, loop_fn *done, void *arg)
{
    struct pool_job *job = xcalloc(1, sizeof(*job));

    job->uv.data = job;
    job->work = work;
    job->done = done;
    job->arg = arg;
    must(uv_queue_work(&loop->uv, &job->uv, on_pool_work, on_pool_done));
}

static void on_timer(uv_timer_t *uv)
{
    struct loop_timer *timer = uv->data;
    struct loop *loop = uv->loop->data;
    timer->fn(timer->arg);
    end_turn_soon(loop);
}

struct loop_timer *loop_timer_create(struct loop *loop, bool background, loop_fn *fn,
                                     void *arg)
{
    struct loop_timer *timer = xcalloc(1, sizeof(*timer));

    must(uv_timer_init(&loop->uv, &timer->uv));
    timer->uv.data = timer;
    timer->fn = fn;
    timer->arg = arg;
    if (background)
        uv_unref((uv_handle_t *)&timer->uv);
    return timer;
}

void loop_timer_start(struct loop_timer *timer, uint64_t delay_ms, uint64_t repeat_ms)
{
    uv_update_time(timer->uv.loop); /* a long handler must not shorten the delay */
    must(uv_timer_start(&timer->uv, on_timer, delay_ms, repeat_ms));
}

void loop_timer_stop(struct loop_timer *timer)
{
    uv_timer_stop(&timer->uv);
}

bool loop_timer_is_active(const struct loop_timer *timer)
{
    return uv_is_active((const uv_handle_t *)&timer->uv) != 0;
}

static void free_timer(uv_handle_t *handle)
{
    struct loop_timer *timer = handle->data;
    free(timer);
}

void loop_timer_destroy(struct loop_timer *timer)
{
    if (timer != NULL)
        uv_close((uv_handle_t *)&timer->uv, free_timer);
}

static void on_signal(uv_signal_t *uv, int number)
{
    struct loop_signal *signal = uv->data;
    (void)number;
    signal->fn(signal->arg);
}

void loop_on_signal(struct loop *loop, int number, loop_fn *fn, void *arg)
{
    struct loop_signal *signal = xcalloc(1, sizeof(*signal));

    must(uv_signal_init(&loop->uv, &signal->uv));
    signal->uv.data = signal;
    signal->fn = fn;
    signal->arg = arg;
    list_add(&loop->signals, &signal->list);
    must(uv_signal_start(&signal->uv, on_signal, number));
    uv_unref((uv_handle_t *)&signal->uv);
}

static void on_poll(uv_poll_t *uv, int status, int events)
{
    struct loop_watch *watch = uv->data;
    int seen = 0;

    if (watch->destroyed)
        return;
    if (status < 0) /* let the owner's next system call say what it is */
        seen = LOOP_READABLE | LOOP_WRITABLE;
    if (events & UV_READABLE)
        seen |= LOOP_READABLE;
    if (events & UV_WRITABLE)
        seen |= LOOP_WRITABLE;
    watch->fn(watch->arg, seen);
}

struct loop_watch *loop_watch_create(struct loop *loop, int fd, loop_watch_fn *fn,
                                     void *arg)
{
    struct loop_watch *watch = xcalloc(1, sizeof(*watch));

    must(uv_poll_init(&loop->uv, &watch->uv, fd));
    watch->uv.data = watch;
    watch->fn = fn;
    watch->arg = arg;
    return watch;
}

void loop_watch_set(struct loop_watch *watch, int events)
{
    int wanted = 0;

    if (events & LOOP_READABLE)
        wanted |= UV_READABLE;
    if (events & LOOP_WRITABLE)
        wanted |= UV_WRITABLE;
    if (wanted == 0)
        uv_poll_stop(&watch->uv);
    else
        must(uv_poll_start(&watch->uv, wanted, on_poll));
}

static void free_watch(uv_handle_t *handle)
{
    struct loop_watch *watch = handle->data;
    free(watch);
}

void loop_watch_destroy(struct loop_watch *watch)
{
    if (watch == NULL)
        return;
    watch->destroyed = true;
    uv_poll_stop(&watch->uv);
    uv_close((uv_handle_t *)&watch->uv, free_watch);
}
