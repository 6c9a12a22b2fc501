/* exec.c - the executor of a worker: what runs next, and on which thread.
 *
 * Happy path: a thread takes a record from a channel (channels are served in turn),
 * lets perform.c run it, and takes the next. With nothing to do one thread watches: it
 * looks a few times more, then sleeps on the work bell; the others wait on `work`. Who
 * takes a record leaves the watch to the next. A process has one thread, its first, but
 * for an actor with max_concurrency: its constructor starts the others.
 *
 * Failure: a channel breaks the ring's rules: it has no records any more, and its owner
 * hears nothing. */
#include "lib/client/exec.h"

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/client/executor.h"
#include "lib/client/history.h"
#include "lib/client/runtime.h"
#include "lib/client/serving.h"
#include "lib/net/bell.h"
#include "lib/net/ring.h"
#include "lib/proto/codec.h"

#include <stdlib.h>
#include <string.h>

enum { LOOKS = 1000 };

struct executor *executor_create(struct runtime *rt)
{
    struct executor *executor = xcalloc(1, sizeof(*executor));

    executor->rt = rt;
    pthread_mutex_init(&executor->lock, NULL);
    pthread_cond_init(&executor->work, NULL);
    list_init(&executor->channels);
    list_init(&executor->starts);
    list_init(&executor->running);
    executor->first.executor = executor;
    buf_init(&executor->first.result, RING_RECORD_MAX);
    spin_init(&executor->spin, LOOKS);
    return executor;
}

void executor_destroy(struct executor *executor)
{
    struct list *at, *after;

    if (executor->class != NULL && executor->class->destroy != NULL)
        executor->class->destroy(executor->state);
    list_each_safe(at, after, &executor->channels)
        serving_destroy(container_of(at, struct serving, list));
    pthread_cond_destroy(&executor->work);
    pthread_mutex_destroy(&executor->lock);
    buf_finish(&executor->first.result);
    free(executor->others);
    free(executor->unwanted);
    free(executor);
}

static void wake(struct executor *executor)
{
    struct bells *bells = &executor->rt->bells;
    bell_ring(&bells->page->work, bells->eventfd);
}

void executor_stop(struct executor *executor)
{
    pthread_mutex_lock(&executor->lock);
    executor->stopping = true;
    pthread_cond_broadcast(&executor->work);
    pthread_mutex_unlock(&executor->lock);
    wake(executor);
}

void executor_leave(struct executor *executor)
{
    pthread_mutex_lock(&executor->lock);
    executor->leaving = true;
    pthread_cond_broadcast(&executor->work);
    pthread_mutex_unlock(&executor->lock);
    wake(executor);
}

bool executor_is_leaving(struct executor *executor)
{
    bool is_leaving;

    pthread_mutex_lock(&executor->lock);
    is_leaving = executor->leaving && !executor->stopping;
    pthread_mutex_unlock(&executor->lock);
    return is_leaving;
}

void executor_add_channel(struct executor *executor, const struct id *peer,
                          const int fds[3])
{
    struct error err;
    struct serving *serving = serving_create(peer, fds, &err);

    if (serving == NULL) {
        log_warn("exec", "channel refused: %s", err.text);
        return;
    }
    pthread_mutex_lock(&executor->lock);
    list_add(&executor->channels, &serving->list);
    pthread_mutex_unlock(&executor->lock);
    wake(executor);
}

void executor_drop_channel(struct executor *executor, const struct id *peer)
{
    struct list *at, *after;

    pthread_mutex_lock(&executor->lock);
    list_each_safe(at, after, &executor->channels) {
        struct serving *serving = container_of(at, struct serving, list);
        if (!id_equal(&serving->peer, peer))
            continue;
        list_remove(&serving->list);
        serving_drop(serving);
    }
    pthread_mutex_unlock(&executor->lock);
}

void executor_start_actor(struct executor *executor, const struct actor_spawn *spawn,
                          struct call *call)
{
    struct start *start = xcalloc(1, sizeof(*start));

    codec_copy(&start->arena, &actor_spawn_desc, &start->spawn, spawn);
    start->call = call;
    pthread_mutex_lock(&executor->lock);
    list_add(&executor->starts, &start->list);
    pthread_mutex_unlock(&executor->lock);
    wake(executor);
}

/* ---- what to run next ---- */

/* What a thread has taken: a start, or a record. */
struct errand {
    struct start *start;
    struct serving *serving;
    char *copy;
    struct slice record;
};

/* The next record of any channel. Lock held. */
static bool take_record(struct executor *executor, struct errand *errand)
{
    struct list *at, *after;

    list_each_safe(at, after, &executor->channels) {
        struct serving *serving = container_of(at, struct serving, list);
        errand->copy = serving_take(serving, &errand->record);
        if (errand->copy == NULL)
            continue;
        list_remove(&serving->list); /* to the end of the line */
        list_add(&executor->channels, &serving->list);
        errand->serving = serving;
        return true;
    }
    return false;
}

static bool take(struct executor *executor, struct errand *errand)
{
    struct list *start = list_take_first(&executor->starts);

    *errand = (struct errand){ NULL, NULL, NULL, { 0 } };
    if (start == NULL)
        return take_record(executor, errand);
    errand->start = container_of(start, struct start, list);
    return true;
}

static bool is_ending(const struct executor *executor)
{
    return executor->stopping || executor->leaving;
}

static bool has_work(struct executor *executor)
{
    struct list *at;

    if (is_ending(executor) || !list_is_empty(&executor->starts))
        return true;
    list_each(at, &executor->channels)
        if (ring_has_records(&container_of(at, struct serving, list)->memory.in))
            return true;
    return false;
}

static bool look(struct executor *executor)
{
    bool found;

    pthread_mutex_lock(&executor->lock);
    found = has_work(executor);
    pthread_mutex_unlock(&executor->lock);
    return found;
}

static bool spin(struct executor *executor)
{
    int looks = spin_begin(&executor->spin);
    bool found = false;

    for (int i = 0; i < looks && !found; i++)
        found = look(executor);
    if (looks > 0)
        spin_end(&executor->spin, found);
    return found;
}

static void sleep_for_work(struct executor *executor)
{
    struct bell *bell = &executor->rt->bells.page->work;

    if (spin(executor))
        return;
    history_before_sleep(executor->rt);
    bell_announce(bell, BELL_FUTEX);
    if (look(executor))
        bell_cancel(bell);
    else
        bell_wait(bell, -1);
}

/* Waits as the one who watches, or for that one's signal. Lock held, given up. */
static void wait_for_work(struct executor *executor)
{
    if (executor->watched) {
        executor->idle++;
        pthread_cond_wait(&executor->work, &executor->lock);
        executor->idle--;
        return;
    }
    executor->watched = true;
    pthread_mutex_unlock(&executor->lock);
    sleep_for_work(executor);
    pthread_mutex_lock(&executor->lock);
    executor->watched = false;
}

/* Waits for something to do; false when there will be nothing more. */
static bool next(struct executor *executor, struct errand *errand)
{
    bool taken = false;

    pthread_mutex_lock(&executor->lock);
    while (!is_ending(executor) && !(taken = take(executor, errand)))
        wait_for_work(executor);
    if (taken && executor->idle > 0 && !executor->watched)
        pthread_cond_signal(&executor->work);
    pthread_mutex_unlock(&executor->lock);
    return taken;
}

static void run(struct runner *runner)
{
    struct errand errand;

    while (next(runner->executor, &errand)) {
        if (errand.start != NULL)
            perform_start(runner, errand.start);
        else
            perform_record(runner, errand.serving, errand.record);
        free(errand.copy);
    }
}

static void *run_thread(void *arg)
{
    struct runner *runner = arg;

    run(runner);
    return NULL;
}

int executor_start_threads(struct executor *executor, int64_t count, struct error *err)
{
    size_t others = count > 1 ? (size_t)count - 1 : 0;

    executor->others = xcalloc(others, sizeof(*executor->others));
    for (size_t i = 0; i < others; i++) {
        struct runner *runner = &executor->others[i];
        int failure;
        runner->executor = executor;
        buf_init(&runner->result, RING_RECORD_MAX);
        failure = pthread_create(&runner->thread, NULL, run_thread, runner);
        if (failure != 0)
            return fail(err, ERR_FULL, "thread %zu of %lld: %s", i + 2,
                        (long long)count, strerror(failure));
        executor->others_count++;
    }
    return 0;
}

void executor_run(struct executor *executor)
{
    run(&executor->first);
    for (size_t i = 0; i < executor->others_count; i++) {
        pthread_join(executor->others[i].thread, NULL);
        buf_finish(&executor->others[i].result);
    }
    executor->others_count = 0;
}
