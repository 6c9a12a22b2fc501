/* story.c - chance decides when things go wrong; the rules decide whether that was
 * survived. */
#include "tests/sim/story.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "tests/sim/cluster.h"
#include "tests/sim/sim.h"
#include "tests/sim/sim_driver.h"
#include "tests/sim/sim_worker.h"

#include <string.h>

enum {
    DRIVERS_MAX = 3,
    TROUBLE_MS = 3000,
    STEP_MS = 50,
    END_MS = 120000,
    SETTLE_MS = 30000,
    TEXT_MAX = 2000,
};

struct run {
    const struct story *story;
    struct cluster *cluster;
    struct sim_driver *drivers[DRIVERS_MAX];
    int count;
};

static int some_machine(const struct run *run)
{
    return (int)sim_draw((uint64_t)cluster_nodes(run->cluster) + 1);
}

static void link_fault(const struct run *run)
{
    int a = some_machine(run), b = some_machine(run);
    uint64_t kind = sim_draw(3);

    if (kind == 0)
        sim_cut(a, b, (int64_t)sim_draw(1500) * NS_PER_MS);
    else if (kind == 1)
        sim_slow(a, b, (int64_t)sim_draw(300) * NS_PER_MS);
    else
        sim_reset_one();
}

static void crash_worker(void)
{
    struct sim_worker *worker = sim_worker_any();

    if (worker != NULL)
        sim_worker_crash(worker);
}

/* One of the things that the story names, by chance. */
static void trouble(struct run *run)
{
    unsigned fault = 1U << sim_draw(5);

    if ((fault & run->story->faults) == 0 || sim_draw(4) != 0)
        return;
    if (fault == FAULT_WORKER)
        crash_worker();
    else if (fault == FAULT_DRIVER && sim_draw(4) == 0)
        sim_driver_kill(run->drivers[sim_draw((uint64_t)run->count)]);
    else if (fault == FAULT_NODE)
        cluster_kill_node(run->cluster,
                          (int)sim_draw((uint64_t)cluster_nodes(run->cluster)));
    else if (fault == FAULT_HEAD)
        cluster_kill_head(run->cluster);
    else if (fault == FAULT_LINK)
        link_fault(run);
}

static void make_peace(const struct run *run)
{
    for (int a = 0; a <= cluster_nodes(run->cluster); a++)
        for (int b = 0; b <= cluster_nodes(run->cluster); b++)
            sim_slow(a, b, 0);
}

static bool are_done(const struct run *run)
{
    for (int i = 0; i < run->count; i++)
        if (!sim_driver_is_dead(run->drivers[i]))
            return false;
    return true;
}

static void wait_for_drivers(const struct run *run)
{
    char text[TEXT_MAX];

    for (int ms = 0; ms < END_MS && !are_done(run); ms += STEP_MS)
        sim_run(STEP_MS * NS_PER_MS);
    for (int i = 0; i < run->count; i++) {
        if (sim_driver_is_dead(run->drivers[i]))
            continue;
        sim_driver_explain(run->drivers[i], text, sizeof(text));
        fprintf(stderr, "# driver %d waits: %s\n", i, text);
    }
    MUST(are_done(run));
}

static void one_run(const struct story *story, uint64_t seed)
{
    struct run run = { .story = story };

    sim_begin(seed);
    sim_workers_set_failing(story->failing);
    sim_workers_set_strict((story->faults & (FAULT_NODE | FAULT_LINK)) == 0);
    run.cluster = cluster_create(1 + (int)sim_draw(CLUSTER_NODES_MAX));
    run.count = 1 + (int)sim_draw(DRIVERS_MAX);
    for (int i = 0; i < run.count; i++) {
        struct sim_driver_options options = {
            .machine = 1 + (int)sim_draw((uint64_t)cluster_nodes(run.cluster)),
            .head = cluster_head(run.cluster),
            .tasks = (int)sim_draw((uint64_t)story->tasks + 1),
            .actors = (int)sim_draw((uint64_t)story->actors + 1),
            .cancels = sim_draw(2) == 0,
        };
        run.drivers[i] = sim_driver_create(&options);
    }
    for (int ms = 0; ms < TROUBLE_MS; ms += STEP_MS) {
        trouble(&run);
        sim_run((int64_t)sim_draw(2 * STEP_MS * NS_PER_MS));
    }
    make_peace(&run);
    wait_for_drivers(&run);
    sim_run(SETTLE_MS * NS_PER_MS);
    cluster_check_quiet(run.cluster);
    cluster_destroy(run.cluster);
    sim_end();
    for (int i = 0; i < run.count; i++)
        sim_driver_destroy(run.drivers[i]);
}

int story_main(const struct story *story)
{
    const char *seed = getenv("SIM_SEED"), *runs = getenv("SIM_RUNS");
    uint64_t first = seed != NULL ? strtoull(seed, NULL, 10) : 1;
    uint64_t count = seed != NULL   ? 1
                     : runs != NULL ? strtoull(runs, NULL, 10)
                                    : (uint64_t)story->runs;

    log_init(LOG_NONE);
    printf("1..1\n");
    for (uint64_t i = 0; i < count; i++)
        one_run(story, first + i);
    printf("ok 1 - %s: %llu runs\n", story->name, (unsigned long long)count);
    return 0;
}
