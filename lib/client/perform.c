/* perform.c - one task of a worker, from its record to its result.
 *
 * Happy path: decode, find the function, map the arguments, run, pack the results, seal
 * the large ones for their owner, answer. Whatever goes wrong before or in the function
 * is a failure in the answer. */
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/client/activation.h"
#include "lib/client/executor.h"
#include "lib/client/library.h"
#include "lib/client/record.h"
#include "lib/client/runtime.h"
#include "lib/client/serving.h"
#include "lib/net/loop.h"
#include "lib/net/peer.h"
#include "lib/proto/codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FULL_PAUSE_US = 50 };

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

/* The task is over: `running` no more, whoever cancels it comes too late. Writes the
 * answer; waits for room as long as the owner is there. */
static void answer(struct executor *executor, struct ray_task *task, struct slice body)
{
    int status;

    pthread_mutex_lock(&executor->lock);
    list_remove(&task->running);
    while ((status = serving_write(task->serving, RECORD_RESULT, body)) == -ERR_FULL &&
           !executor->stopping) {
        pthread_mutex_unlock(&executor->lock);
        usleep(FULL_PAUSE_US); /* the owner is busy; it always drains in the end */
        pthread_mutex_lock(&executor->lock);
    }
    serving_end(task->serving);
    pthread_mutex_unlock(&executor->lock);
}

static bool pack(struct buf *packed, const struct task_result *result)
{
    buf_clear(packed);
    return codec_pack(packed, &task_result_desc, result) == 0;
}

/* Refs in results are lent before they go out, which cannot be undone: so whether they
 * fit is found out before. Lending makes the record shorter, if anything. */
static void send_result(struct runner *runner, struct ray_task *task,
                        struct task_result *result)
{
    struct buf *packed = &runner->result;
    bool is_packed = pack(packed, result);

    if (!is_packed) {
        snprintf(task->why, sizeof(task->why), "results do not fit %d KiB",
                 RING_RECORD_MAX / 1024);
        describe_failure(task, ERR_TASK_FAILED, &result->failure);
        result->returns.count = 0;
        task->has_failed = true;
    }
    if (activation_settle(task) || !is_packed)
        pack(packed, result);
    if (!task->has_failed)
        activation_seal(task, &task->serving->owner);
    answer(runner->executor, task, buf_slice(packed));
}

/* From now on it can be cancelled; false when it was already. */
static bool begin(struct executor *executor, struct ray_task *task)
{
    bool is_wanted;

    pthread_mutex_lock(&executor->lock);
    is_wanted = !executor_is_unwanted(executor, &task->spec.task_id);
    if (is_wanted)
        list_add(&executor->running, &task->running);
    pthread_mutex_unlock(&executor->lock);
    return is_wanted;
}

static void run_task(struct runner *runner, struct serving *serving,
                     const struct task_spec *spec)
{
    struct task_result result = { .task_id = spec->task_id,
                                  .start_time = clock_wall() };
    enum error_code code = ERR_TASK_FAILED;
    struct ray_task context, *task = &context;
    bool is_good = activation_init(task, runner->executor->rt, spec, &code) == 0;

    task->serving = serving;
    list_init(&task->running);
    if (!begin(runner->executor, task)) {
        snprintf(task->why, sizeof(task->why), "cancelled before it began");
        task->has_failed = true;
        is_good = false;
        code = ERR_CANCELLED;
    }
    if (is_good)
        run_activation(runner->executor, task, &result.failure);
    else
        describe_failure(task, code, &result.failure);
    result.end_time = clock_wall();
    if (!task->has_failed) {
        result.returns.items = task->returns;
        result.returns.count = (size_t)spec->num_returns;
    }
    send_result(runner, task, &result);
    activation_finish(task);
}

/* What cannot be understood has no answer. */
static void refuse(struct executor *executor, struct serving *serving, const char *why)
{
    log_warn("perform", "record refused: %s", why);
    pthread_mutex_lock(&executor->lock);
    serving_end(serving);
    pthread_mutex_unlock(&executor->lock);
}

void perform_record(struct runner *runner, struct serving *serving, struct slice record)
{
    struct arena arena = { 0 };
    struct task_spec spec;
    struct error err;

    if (record.size == 0 || record.data[0] != RECORD_TASK) {
        refuse(runner->executor, serving, "of an unknown kind");
        return;
    }
    record = slice_of(record.data + 1, record.size - 1);
    if (codec_unpack(record, &task_spec_desc, &spec, &arena, &err) == 0)
        run_task(runner, serving, &spec);
    else
        refuse(runner->executor, serving, err.text);
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

void perform_start(struct runner *runner, struct start *start)
{
    struct executor *executor = runner->executor;
    struct runtime *rt = executor->rt;
    const struct actor_spec *actor = &start->spawn.spec;
    struct task_spec spec = actor->constructor;
    struct reply *reply = xcalloc(1, sizeof(*reply));
    struct failure failure = { 0 };
    enum error_code code = ERR_TASK_FAILED;
    struct ray_task task;
    struct error err;

    spec.actor_id = actor->actor_id;
    spec.num_returns = 0;
    executor->actor_id = actor->actor_id;
    if (activation_init(&task, rt, &spec, &code) == 0)
        run_activation(executor, &task, &failure);
    else
        describe_failure(&task, code, &failure);
    if (failure.code == 0) {
        executor->class = task.entry->as.actor;
        if (executor_start_threads(executor, actor->max_concurrency, &err) != 0)
            snprintf(reply->text, sizeof(reply->text), "%s", err.text);
    } else {
        snprintf(reply->text, sizeof(reply->text), "%.*s", SLICE_ARGS(failure.text));
    }
    activation_settle(&task);
    reply->call = start->call;
    reply->rt = rt;
    loop_post(rt->loop, send_reply, reply);
    activation_finish(&task);
    arena_finish(&start->arena);
    free(start);
}
