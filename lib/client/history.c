/* history.c - batches of task rows for the head.
 *
 * Ended attempts are packed into rows in an arena as they end, at most ROWS_MAX an
 * interval; beyond that they are counted. Living tasks are looked at from the oldest,
 * since the oldest are those that run. */
#include "lib/client/history.h"

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/client/actor.h"
#include "lib/client/lane.h"
#include "lib/client/library.h"
#include "lib/client/runtime.h"
#include "lib/client/submit.h"
#include "lib/client/task.h"
#include "lib/net/loop.h"
#include "lib/net/stubs.h"
#include "lib/proto/amounts.h"

#include <stdlib.h>

enum { ROWS_MAX = 2000, LIVE_MAX = 1000 };

struct history {
    struct arena arena;
    struct task_row *rows;
    size_t count;
    int64_t dropped;
};

struct history *history_create(void)
{
    struct history *history = xcalloc(1, sizeof(*history));
    history->rows = xcalloc(ROWS_MAX + LIVE_MAX, sizeof(*history->rows));
    return history;
}

void history_destroy(struct history *history)
{
    arena_finish(&history->arena);
    free(history->rows);
    free(history);
}

static const char *type_of(const struct task *task)
{
    if (task->entry->kind == ENTRY_ACTOR)
        return "ACTOR_CREATION_TASK";
    return task->actor != NULL ? "ACTOR_TASK" : "NORMAL_TASK";
}

static void describe(struct runtime *rt, const struct task *task, struct task_row *row)
{
    struct arena *arena = &rt->history->arena;

    *row = (struct task_row){
        .task_id = task->id,
        .attempt_number = task->attempt,
        .name = arena_copy(arena, slice(task_name(task))),
        .state = slice(fsm_name(&task_fsm, task->state)),
        .job_id = rt->job_id,
        .type = slice(type_of(task)),
        .func_or_class_name = slice(task->entry->full_name),
        .parent_task_id = task->parent,
        .creation_time = task->creation_time,
    };
    if (task->actor != NULL)
        row->actor_id = task->actor->id;
    if (task->shape != NULL)
        amounts_from_resources(&task->shape->resources, &row->required_resources,
                               arena);
    if (task->lane != NULL) {
        row->node_id = task->lane->node->node_id;
        row->worker_id = task->lane->worker_id;
        row->worker_pid = task->lane->pid;
    }
}

/* Ray's words where they differ. */
static const char *type_of_error(enum error_code code)
{
    if (code == ERR_TASK_FAILED)
        return "TASK_EXECUTION_EXCEPTION";
    return code == ERR_CANCELLED ? "TASK_CANCELLED" : error_name(code);
}

void history_add(struct runtime *rt, const struct task *task,
                 const struct task_result *result, const struct failure *failure)
{
    struct history *history = rt->history;
    struct task_row *row;

    if (history->count >= ROWS_MAX) {
        history->dropped++;
        return;
    }
    row = &history->rows[history->count++];
    describe(rt, task, row);
    if (result != NULL) {
        row->start_time = result->start_time;
        row->end_time = result->end_time;
    }
    if (failure != NULL) {
        row->state = slice("FAILED");
        row->end_time = clock_wall();
        row->error_type = slice(type_of_error((enum error_code)failure->code));
        row->error_message = arena_copy(&history->arena, failure->text);
    }
}

/* A task that its worker has begun is RUNNING; nobody else needed to know so far. */
static void refresh(struct task *task)
{
    if (task->state == TASK_SUBMITTED_TO_WORKER && task->lane != NULL &&
        lane_has_begun(task->lane, task))
        task->state = TASK_RUNNING;
}

static void add_living(struct runtime *rt)
{
    struct list *at;
    size_t looked = 0;

    list_each(at, &rt->live) {
        struct task *task = container_of(at, struct task, live);
        if (looked++ == LIVE_MAX)
            break;
        refresh(task);
        if (task->state == task->reported)
            continue;
        task->reported = task->state;
        describe(rt, task, &rt->history->rows[rt->history->count++]);
    }
}

static void push(struct runtime *rt)
{
    struct history *history = rt->history;
    const struct task_events events = { .rows = { history->rows, history->count },
                                        .dropped = history->dropped };

    /* peer_note packs at once, so the rows are free again when it returns. */
    if (history->count > 0 || history->dropped > 0)
        note_events_push(rt->head, &events, NULL);
    history->count = 0;
    history->dropped = 0;
    arena_reset(&history->arena);
}

/* While there is no head, what has ended waits for the next one. */
void history_flush(void *arg)
{
    struct runtime *rt = arg;

    pthread_mutex_lock(&rt->lock);
    if (rt->head != NULL) {
        add_living(rt);
        push(rt);
    }
    pthread_mutex_unlock(&rt->lock);
}

void history_tell_again(struct runtime *rt)
{
    struct list *at;
    size_t looked = 0;

    pthread_mutex_lock(&rt->lock);
    list_each(at, &rt->live) {
        if (looked++ == LIVE_MAX) /* no younger one was told of */
            break;
        container_of(at, struct task, live)->reported = -1;
    }
    pthread_mutex_unlock(&rt->lock);
}

void history_before_sleep(struct runtime *rt)
{
    bool has_news;

    pthread_mutex_lock(&rt->lock);
    has_news = rt->history->count > 0;
    pthread_mutex_unlock(&rt->lock);
    if (has_news)
        loop_post(rt->loop, history_flush, rt);
}
