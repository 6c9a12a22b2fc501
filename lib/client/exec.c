/* exec.c - the executor of a worker.
 *
 * Happy path: claim a record from a channel, copy it out of shared memory, decode it,
 * run the function, write the result, ring the owner if it sleeps. Channels are served
 * in turn. With nothing to do it looks a few times more, then sleeps on the work bell.
 *
 * `lock` protects the list of channels and their rings: the loop thread adds and drops
 * them while the executor reads. It is never held while a function runs, and never
 * taken before the runtime's lock (the order is: runtime's, then this one). */
#include "lib/client/exec.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/spin.h"
#include "lib/client/activation.h"
#include "lib/client/history.h"
#include "lib/client/library.h"
#include "lib/client/record.h"
#include "lib/client/runtime.h"
#include "lib/net/bell.h"
#include "lib/net/loop.h"
#include "lib/net/ring.h"
#include "lib/net/stubs.h"
#include "lib/proto/codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LOOKS = 1000, FULL_PAUSE_US = 50 };

/* The worker's end of a lane. */
struct serving {
    struct list list;
    struct channel_memory memory;
    struct bells bells; /* the owner's */
    struct id peer;
    bool dropped; /* the owner has gone; freed when its task is over */
};

/* An actor to be made. */
struct start {
    struct list list;
    struct arena arena;
    struct actor_spawn spawn;
    struct call *call;
};

struct executor {
    struct runtime *rt;
    pthread_mutex_t lock;
    struct list channels, starts;
    struct serving *current; /* whose task runs */
    bool stopping;
    struct buf result;
    struct spin spin;
    const struct ray_actor_entry *class; /* of the actor that lives here */
    void *state;
    struct id actor_id;
};

struct executor *executor_create(struct runtime *rt)
{
    struct executor *executor = xcalloc(1, sizeof(*executor));

    executor->rt = rt;
    pthread_mutex_init(&executor->lock, NULL);
    list_init(&executor->channels);
    list_init(&executor->starts);
    buf_init(&executor->result, RING_RECORD_MAX);
    spin_init(&executor->spin, LOOKS);
    return executor;
}

static void serving_destroy(struct serving *serving)
{
    list_remove(&serving->list);
    channel_memory_finish(&serving->memory);
    bells_finish(&serving->bells);
    free(serving);
}

void executor_destroy(struct executor *executor)
{
    struct list *at, *after;

    if (executor->class != NULL && executor->class->destroy != NULL)
        executor->class->destroy(executor->state);
    list_each_safe(at, after, &executor->channels)
        serving_destroy(container_of(at, struct serving, list));
    pthread_mutex_destroy(&executor->lock);
    buf_finish(&executor->result);
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
    pthread_mutex_unlock(&executor->lock);
    wake(executor);
}

void executor_add_channel(struct executor *executor, const struct id *peer,
                          const int fds[3])
{
    struct serving *serving = xcalloc(1, sizeof(*serving));
    struct error err;

    serving->peer = *peer;
    if (channel_memory_open(&serving->memory, fds[0], 1, &err) != 0) {
        close(fds[1]);
        close(fds[2]);
        free(serving);
        log_warn("exec", "channel refused: %s", err.text);
        return;
    }
    if (bells_open(&serving->bells, fds[1], fds[2], &err) != 0) {
        channel_memory_finish(&serving->memory);
        free(serving);
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
        if (serving == executor->current)
            serving->dropped = true;
        else
            serving_destroy(serving);
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

/* ---- running ---- */

/* Writes a record to the owner; waits for room as long as the owner is there. */
static void answer(struct executor *executor, struct serving *serving, uint8_t kind,
                   struct slice body)
{
    struct slice head = slice_of(&kind, 1);
    uint64_t position;
    int status;

    do {
        pthread_mutex_lock(&executor->lock);
        status = serving->dropped
                     ? 0
                     : ring_write(&serving->memory.out, head, body, &position);
        pthread_mutex_unlock(&executor->lock);
        if (status == -ERR_FULL)
            usleep(FULL_PAUSE_US); /* the owner is busy; it always drains in the end */
    } while (status == -ERR_FULL && !executor->stopping);
    if (!serving->dropped)
        bell_ring(&serving->bells.page->reply, serving->bells.eventfd);
}

static void describe_failure(struct ray_task *task, enum error_code code,
                             struct failure *failure)
{
    struct runtime *rt = task->rt;
    struct slice function =
        task->entry != NULL ? slice(task->entry->full_name) : task->spec.function;
    char hex[ID_HEX_MAX];

    *failure = (struct failure){
        .code = code,
        .text = arena_printf(&task->arena, "%.*s: %s (node %.8s, pid %d)",
                             SLICE_ARGS(function), task->why,
                             id_hex(&rt->home->node_id, hex), getpid()),
        .function = function,
        .node = rt->home->node_id,
        .worker = rt->self.id,
        .pid = getpid(),
    };
}

static int run_function(struct executor *executor, struct ray_task *task)
{
    switch (task->entry->kind) {
    case ENTRY_FUNCTION:
        return task->entry->as.function->run(task);
    case ENTRY_METHOD:
        if (executor->class == NULL ||
            !id_equal(&executor->actor_id, &task->spec.actor_id))
            return ray_fail(task, "the actor does not live here");
        return task->entry->as.method->run(task, executor->state);
    case ENTRY_ACTOR:
        return task->entry->as.actor->create(task, &executor->state);
    }
    return -RAY_FAILED;
}

/* Runs a prepared context; fills the result but for its times. */
static void run_activation(struct executor *executor, struct ray_task *task,
                           struct failure *failure)
{
    int status;

    activation_set_current(task);
    status = run_function(executor, task);
    activation_set_current(NULL);
    if (status == 0 && !task->has_failed)
        return;
    if (!task->has_failed)
        snprintf(task->why, sizeof(task->why), "returned %d", status);
    task->has_failed = true;
    describe_failure(task, ERR_TASK_FAILED, failure);
}

static void send_result(struct executor *executor, struct serving *serving,
                        struct ray_task *task, struct task_result *result)
{
    struct error err;

    buf_clear(&executor->result);
    if (codec_pack(&executor->result, &task_result_desc, result) != 0) {
        fail(&err, ERR_FULL, "results do not fit %d KiB", RING_RECORD_MAX / 1024);
        snprintf(task->why, sizeof(task->why), "%s", err.text);
        describe_failure(task, ERR_TASK_FAILED, &result->failure);
        result->returns.count = 0;
        task->has_failed = true;
        buf_clear(&executor->result);
        codec_pack(&executor->result, &task_result_desc, result); /* a short one fits */
    }
    if (!task->has_failed)
        activation_seal(task, &serving->peer);
    answer(executor, serving, RECORD_RESULT, buf_slice(&executor->result));
}

static void run_task(struct executor *executor, struct serving *serving,
                     struct slice record)
{
    struct task_result result = { .start_time = clock_wall() };
    struct arena arena = { 0 };
    struct ray_task task;
    struct task_spec spec;
    enum error_code code = ERR_TASK_FAILED;
    struct error err;

    record = slice_of(record.data + 1, record.size - 1);
    if (codec_unpack(record, &task_spec_desc, &spec, &arena, &err) != 0) {
        log_warn("exec", "task refused: %s", err.text);
        arena_finish(&arena);
        return;
    }
    result.task_id = spec.task_id;
    if (activation_init(&task, executor->rt, &spec, &code) == 0)
        run_activation(executor, &task, &result.failure);
    else
        describe_failure(&task, code, &result.failure);
    result.end_time = clock_wall();
    if (!task.has_failed) {
        result.returns.items = task.returns;
        result.returns.count = (size_t)spec.num_returns;
    }
    send_result(executor, serving, &task, &result);
    activation_finish(&task);
    arena_finish(&arena);
}

struct reply {
    struct call *call;
    struct runtime *rt;
    struct failure *failure;
    char text[ERROR_TEXT_MAX];
};

/* (loop) */
static void send_reply(void *arg)
{
    struct reply *reply = arg;
    struct actor_spawned spawned = { .worker_id = reply->rt->self.id, .pid = getpid() };

    if (reply->text[0] != '\0')
        spawned.failure = (struct failure){ .code = ERR_TASK_FAILED,
                                            .text = slice(reply->text),
                                            .node = reply->rt->home->node_id,
                                            .worker = reply->rt->self.id,
                                            .pid = getpid() };
    call_reply(reply->call, &spawned);
    free(reply);
}

static void run_start(struct executor *executor, struct start *start)
{
    struct runtime *rt = executor->rt;
    const struct actor_spec *actor = &start->spawn.spec;
    struct task_spec spec = actor->constructor;
    struct reply *reply = xcalloc(1, sizeof(*reply));
    struct failure failure = { 0 };
    enum error_code code = ERR_TASK_FAILED;
    struct ray_task task;

    spec.actor_id = actor->actor_id;
    spec.num_returns = 0;
    executor->actor_id = actor->actor_id;
    if (activation_init(&task, rt, &spec, &code) == 0)
        run_activation(executor, &task, &failure);
    else
        describe_failure(&task, code, &failure);
    if (failure.code == 0)
        executor->class = task.entry->as.actor;
    else
        snprintf(reply->text, sizeof(reply->text), "%.*s", SLICE_ARGS(failure.text));
    reply->call = start->call;
    reply->rt = rt;
    loop_post(rt->loop, send_reply, reply);
    activation_finish(&task);
    arena_finish(&start->arena);
    free(start);
}

/* ---- what to run next ---- */

/* A copy of the next record, and whose it is; NULL when there is none. Lock held. */
static char *take_record(struct executor *executor, struct slice *record)
{
    struct list *at, *after;

    list_each_safe(at, after, &executor->channels) {
        struct serving *serving = container_of(at, struct serving, list);
        if (ring_claim(&serving->memory.in, record) == 1) {
            char *copy = xslicedup(*record);
            list_remove(&serving->list); /* to the end of the line */
            list_add(&executor->channels, &serving->list);
            executor->current = serving;
            *record = slice_of(copy, record->size);
            return copy;
        }
    }
    return NULL;
}

static bool has_work(struct executor *executor)
{
    struct list *at;

    if (executor->stopping || !list_is_empty(&executor->starts))
        return true;
    list_each(at, &executor->channels)
        if (ring_has_records(&container_of(at, struct serving, list)->memory.in))
            return true;
    return false;
}

/* One task or constructor; false when there was none. */
static bool run_next(struct executor *executor)
{
    struct slice record = slice("");
    struct list *start;
    char *copy = NULL;

    pthread_mutex_lock(&executor->lock);
    start = list_take_first(&executor->starts);
    if (start == NULL)
        copy = take_record(executor, &record);
    pthread_mutex_unlock(&executor->lock);
    if (start != NULL) {
        run_start(executor, container_of(start, struct start, list));
        return true;
    }
    if (copy == NULL)
        return false;
    if (record.size > 0 && record.data[0] == RECORD_TASK)
        run_task(executor, executor->current, record);
    free(copy);
    pthread_mutex_lock(&executor->lock);
    /* Only now: its owner may look at the record as long as the task is in flight. */
    ring_release(&executor->current->memory.in);
    if (executor->current->dropped)
        serving_destroy(executor->current);
    executor->current = NULL;
    pthread_mutex_unlock(&executor->lock);
    return true;
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

void executor_run(struct executor *executor)
{
    for (;;) {
        bool stopping;
        pthread_mutex_lock(&executor->lock);
        stopping = executor->stopping;
        pthread_mutex_unlock(&executor->lock);
        if (stopping)
            return;
        if (!run_next(executor))
            sleep_for_work(executor);
    }
}

/* ---- waiting inside a task ---- */

static void note_blocked(void *arg)
{
    struct runtime *rt = arg;
    static const struct nothing nothing;
    struct peer *peer = node_link_peer(rt->home);

    if (peer != NULL)
        note_workers_blocked(peer, &nothing, NULL);
}

static void note_unblocked(void *arg)
{
    struct runtime *rt = arg;
    static const struct nothing nothing;
    struct peer *peer = node_link_peer(rt->home);

    if (peer != NULL)
        note_workers_unblocked(peer, &nothing, NULL);
}

bool executor_lend(struct runtime *rt)
{
    struct executor *executor = rt->executor;
    uint8_t kind = RECORD_BLOCKED;
    uint64_t position;

    if (activation_current() == NULL)
        return false;
    loop_post(rt->loop, note_blocked, rt);
    pthread_mutex_lock(&executor->lock);
    if (executor->current != NULL && !executor->current->dropped &&
        executor->class == NULL &&
        ring_write(&executor->current->memory.out, slice_of(&kind, 1), slice(""),
                   &position) == 0)
        bell_ring(&executor->current->bells.page->reply,
                  executor->current->bells.eventfd);
    pthread_mutex_unlock(&executor->lock);
    return true;
}

void executor_resume(struct runtime *rt)
{
    loop_post(rt->loop, note_unblocked, rt);
}
