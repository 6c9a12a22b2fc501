/* workers_roll.c - questions about all workers at once. */
#include "daemon/node/workers.h"
#include "lib/base/arena.h"
#include "lib/proto/proto.h"

/* What is asked for, and how many were found. */
struct search {
    const struct worker_need *need;
    int pid;
    size_t count;
};

static void count_running(void *arg, struct worker *worker)
{
    struct search *search = arg;
    search->count += worker->proc != NULL;
}

size_t workers_running(const struct workers *workers)
{
    struct search search = { 0 };

    workers_each(workers, count_running, &search);
    return search.count;
}

static void count_pid(void *arg, struct worker *worker)
{
    struct search *search = arg;
    search->count += worker->proc != NULL && worker->pid == search->pid;
}

bool workers_owns(const struct workers *workers, int pid)
{
    struct search search = { .pid = pid };

    workers_each(workers, count_pid, &search);
    return search.count > 0;
}

bool workers_suits(const struct worker *worker, const struct worker_need *need)
{
    return id_equal(&worker->job_id, need->job) &&
           slice_equal(worker->env, need->env) &&
           slice_equal(worker->devices, need->devices);
}

static void count_starting(void *arg, struct worker *worker)
{
    struct search *search = arg;
    search->count +=
        worker->state == WORKER_STARTING && workers_suits(worker, search->need);
}

size_t workers_starting(const struct workers *workers, const struct worker_need *need)
{
    struct search search = { .need = need };

    workers_each(workers, count_starting, &search);
    return search.count;
}

static void add_held(void *arg, struct worker *worker)
{
    struct node_join *join = arg;

    if (worker->state != WORKER_DRIVER) /* also one whose process is still to come */
        join->workers.items[join->workers.count++] = (struct held_worker){
            .worker_id = worker->id,
            .job_id = worker->job_id,
            .actor_id = worker->actor_id,
        };
}

void workers_call_roll(const struct workers *workers, struct node_join *join,
                       struct arena *arena)
{
    join->workers.items =
        arena_array(arena, workers_count(workers), sizeof(*join->workers.items));
    workers_each(workers, add_held, join);
}
