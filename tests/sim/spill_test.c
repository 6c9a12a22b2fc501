/* spill_test.c - nodes that place tasks by stale views of each other, on a virtual
 * clock.
 *
 * The decision cores are the real ones (daemon/sched/policy, daemon/node/ledger); time,
 * messages and tasks are simulated: views arrive late, tasks arrive and end at random,
 * some want what one node alone has. Every run is its seed. Invariants after each step:
 * no node has given away more than it has; what is free and what is held add up; a task
 * hops at most HOPS_MAX times. In the end every task that could run has run. */
#include "tests/harness.h"

#include "daemon/node/ledger.h"
#include "daemon/sched/policy.h"
#include "lib/base/heap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NODES_MAX = 8, TASKS = 400, HOPS_MAX = 2, SEEDS = 300, VIEW_DELAY_MAX = 50 };

struct node {
    struct ledger ledger;
    struct resources view[NODES_MAX]; /* what others had, as last heard */
};

enum event_kind { ARRIVE, END, HEAR };

struct task {
    struct resources demand;
    struct gpu_set gpus;
    int hops, home;
    bool is_feasible, has_run;
    struct task *next; /* in the queue of the node where it waits */
};

struct event {
    int64_t at;
    uint64_t order;
    enum event_kind kind;
    int node, about;
    struct task *task;
    struct resources heard;
};

struct world {
    uint64_t random, order;
    int64_t now;
    int count;
    struct node nodes[NODES_MAX];
    struct task tasks[TASKS], *queues[NODES_MAX];
    struct heap events;
};

/* SplitMix64 (Steele, Lea, Flood 2014) */
static uint64_t draw(struct world *world, uint64_t below)
{
    uint64_t z = world->random += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (z ^ z >> 31) % below;
}

static bool sooner(const void *a, const void *b)
{
    const struct event *left = a, *right = b;
    return left->at != right->at ? left->at < right->at : left->order < right->order;
}

static struct event *schedule(struct world *world, int64_t in, enum event_kind kind,
                              int node)
{
    struct event *event = calloc(1, sizeof(*event));

    event->at = world->now + in;
    event->order = world->order++;
    event->kind = kind;
    event->node = node;
    heap_add(&world->events, event);
    return event;
}

/* Tells all others, each after a delay of its own. */
static void spread(struct world *world, int node)
{
    for (int i = 0; i < world->count; i++) {
        struct event *event;
        if (i == node)
            continue;
        event = schedule(world, (int64_t)draw(world, VIEW_DELAY_MAX), HEAR, i);
        event->about = node;
        resources_copy(&event->heard, &world->nodes[node].ledger.available);
    }
}

static void run(struct world *world, int node, struct task *task)
{
    struct event *end = schedule(world, 1 + (int64_t)draw(world, 100), END, node);

    assert_false(task->has_run);
    task->has_run = true;
    end->task = task;
    spread(world, node);
}

static int choose(struct world *world, int node, const struct task *task, bool *now)
{
    struct policy_node nodes[NODES_MAX];

    for (int i = 0; i < world->count; i++) {
        char id[ID_NODE] = { (char)(i + 1) };
        nodes[i] =
            (struct policy_node){ .id = id_from_bytes(id, sizeof(id)),
                                  .name = "n",
                                  .total = &world->nodes[i].ledger.total,
                                  .available = i == node
                                                   ? &world->nodes[i].ledger.available
                                                   : &world->nodes[node].view[i],
                                  .is_usable = true };
    }
    return policy_pick(nodes, (size_t)world->count, (size_t)node, &task->demand, now);
}

/* What a node does with a request: runs it, keeps it waiting, or sends it on. */
static void arrive(struct world *world, int node, struct task *task)
{
    struct node *own = &world->nodes[node];
    bool feasible = resources_fit(&own->ledger.total, &task->demand), now = false;
    int to = choose(world, node, task, &now);

    assert_true(task->hops <= HOPS_MAX || !feasible);
    if (ledger_take(&own->ledger, &task->demand, &task->gpus)) {
        run(world, node, task);
    } else if (to >= 0 && to != node && ((now && task->hops < HOPS_MAX) || !feasible)) {
        struct event *event = schedule(world, 1, ARRIVE, to);
        task->hops++;
        event->task = task;
        resources_subtract(&own->view[to], &task->demand);
    } else {
        task->next = world->queues[node];
        world->queues[node] = task;
    }
}

static void end(struct world *world, int node, struct task *task)
{
    struct task **at = &world->queues[node];

    ledger_return(&world->nodes[node].ledger, &task->demand, &task->gpus);
    while (*at != NULL) {
        struct task *waiting = *at;
        if (ledger_take(&world->nodes[node].ledger, &waiting->demand, &waiting->gpus)) {
            *at = waiting->next;
            run(world, node, waiting);
        } else {
            at = &waiting->next;
        }
    }
    spread(world, node);
}

static void check(const struct world *world)
{
    for (int i = 0; i < world->count; i++) {
        const struct ledger *ledger = &world->nodes[i].ledger;
        for (size_t r = 0; r < ledger->total.count; r++) {
            int64_t left =
                resources_get(&ledger->available, ledger->total.items[r].name);
            assert_true(left >= 0 && left <= ledger->total.items[r].amount);
        }
    }
}

static void step(struct world *world, struct event *event)
{
    world->now = event->at;
    if (event->kind == ARRIVE) {
        arrive(world, event->node, event->task);
    } else if (event->kind == END) {
        end(world, event->node, event->task);
    } else {
        resources_finish(&world->nodes[event->node].view[event->about]);
        world->nodes[event->node].view[event->about] = event->heard;
        event->heard = (struct resources){ 0 };
    }
    check(world);
    resources_finish(&event->heard);
    free(event);
}

static void create(struct world *world, uint64_t seed)
{
    world->random = seed;
    heap_init(&world->events, sooner);
    world->count = 1 + (int)draw(world, NODES_MAX);
    for (int i = 0; i < world->count; i++) {
        struct resources total = { 0 };
        resources_set(&total, slice("CPU"),
                      (int64_t)(1 + draw(world, 4)) * RESOURCE_UNIT);
        if (draw(world, 3) == 0)
            resources_set(&total, slice("gold"), RESOURCE_UNIT);
        ledger_init(&world->nodes[i].ledger, &total, NULL);
        resources_finish(&total);
    }
    for (int i = 0; i < world->count; i++)
        for (int j = 0; j < world->count; j++)
            resources_copy(&world->nodes[i].view[j], &world->nodes[j].ledger.total);
    for (int i = 0; i < TASKS; i++) {
        struct task *task = &world->tasks[i];
        task->home = (int)draw(world, (uint64_t)world->count);
        resources_set(&task->demand, slice("CPU"), (int64_t)(1 + draw(world, 30000)));
        if (draw(world, 8) == 0)
            resources_set(&task->demand, slice("gold"), RESOURCE_UNIT / 2);
        for (int n = 0; n < world->count; n++)
            task->is_feasible |=
                resources_fit(&world->nodes[n].ledger.total, &task->demand);
        schedule(world, (int64_t)draw(world, 2000), ARRIVE, task->home)->task = task;
    }
}

static void destroy(struct world *world)
{
    for (int i = 0; i < world->count; i++) {
        ledger_finish(&world->nodes[i].ledger);
        for (int j = 0; j < world->count; j++)
            resources_finish(&world->nodes[i].view[j]);
    }
    for (int i = 0; i < TASKS; i++)
        resources_finish(&world->tasks[i].demand);
    heap_finish(&world->events);
    free(world);
}

static void every_feasible_task_runs(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct world *world = calloc(1, sizeof(*world));
        struct event *event;
        create(world, seed);
        while ((event = heap_take_first(&world->events)) != NULL)
            step(world, event);
        for (int i = 0; i < TASKS; i++)
            if (world->tasks[i].has_run != world->tasks[i].is_feasible)
                fail_msg("seed %llu: task %d %s", (unsigned long long)seed, i,
                         world->tasks[i].has_run ? "ran" : "never ran");
        for (int i = 0; i < world->count; i++)
            assert_true(resources_equal(&world->nodes[i].ledger.total,
                                        &world->nodes[i].ledger.available));
        destroy(world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_feasible_task_runs) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
