/* world.c - the queue of events, the clock, chance, and the links between machines. */
#include "tests/sim/sim.h"

#include "lib/base/clock.h"
#include "lib/base/heap.h"
#include "lib/base/mem.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

enum { NEAR_NS = 50 * 1000, FAR_NS = 500 * 1000, FIRST_PID = 100000, RUN_S = 20 };

struct sim_event {
    int64_t at;
    uint64_t order;
    struct loop *owner;
    loop_fn *fn, *discard;
    void *arg;
};

struct link {
    int64_t cut_until, slowest;
};

static struct {
    uint64_t seed, random, order;
    int64_t now;
    int next_pid;
    bool is_there;
    struct heap events;
    struct list processes;
    struct link links[SIM_MACHINES][SIM_MACHINES];
} world;

/* ---- what the linker puts in the place of the machine's own (Makefile) ---- */

int __real_clock_gettime(clockid_t which, struct timespec *now);
int __wrap_clock_gettime(clockid_t which, struct timespec *now);
int __wrap_kill(pid_t pid, int number);
void __wrap_digest_random(void *bytes, size_t size);

int __wrap_clock_gettime(clockid_t which, struct timespec *now)
{
    static const int64_t start = INT64_C(1700000000) * NS_PER_S;
    int64_t at = start + world.now;

    if (!world.is_there)
        return __real_clock_gettime(which, now);
    *now = (struct timespec){ .tv_sec = at / NS_PER_S, .tv_nsec = at % NS_PER_S };
    return 0;
}

/* The pids of this world are not the machine's. */
int __wrap_kill(pid_t pid, int number)
{
    (void)number;
    MUST(pid <= -FIRST_PID || pid >= FIRST_PID);
    return 0;
}

void __wrap_digest_random(void *bytes, size_t size)
{
    uint8_t *at = bytes;

    while (size-- > 0)
        *at++ = (uint8_t)sim_draw(256);
}

/* ---- time and chance ---- */

static void say_seed(void)
{
    char text[128];
    int size =
        snprintf(text, sizeof(text), "# at %lld ms; this run again: SIM_SEED=%llu\n",
                 (long long)(world.now / NS_PER_MS), (unsigned long long)world.seed);

    (void)!write(STDERR_FILENO, text, (size_t)size);
}

void sim_broken(const char *file, int line, const char *rule)
{
    fprintf(stderr, "%s:%d: broken rule: %s\n", file, line, rule);
    abort();
}

static void on_abort(int number)
{
    (void)number;
    say_seed();
    signal(SIGABRT, SIG_DFL);
    raise(SIGABRT);
}

/* A run takes milliseconds: this one goes round in circles. */
static void on_alarm(int number)
{
    (void)number;
    abort();
}

static bool sooner(const void *a, const void *b)
{
    const struct sim_event *left = a, *right = b;
    return left->at != right->at ? left->at < right->at : left->order < right->order;
}

void sim_begin(uint64_t seed)
{
    memset(&world, 0, sizeof(world));
    world.seed = world.random = seed;
    world.next_pid = FIRST_PID;
    world.is_there = true;
    heap_init(&world.events, sooner);
    list_init(&world.processes);
    /* How full the memory of this machine is must not matter. */
    setenv("RAY_memory_monitor_refresh_ms", "0", 1);
    signal(SIGABRT, on_abort);
    signal(SIGALRM, on_alarm);
    alarm(RUN_S);
}

static void run_event(struct sim_event *event)
{
    bool is_dead = event->owner != NULL && event->owner->is_dead;

    if (event->fn != NULL && !is_dead)
        event->fn(event->arg);
    else if (event->fn != NULL && event->discard != NULL)
        event->discard(event->arg);
    free(event);
}

void sim_end(void)
{
    struct sim_event *event;
    struct list *at;

    list_each(at, &world.processes)
        MUST(container_of(at, struct loop, list)->is_dead);
    while ((event = heap_take_first(&world.events)) != NULL)
        run_event(event);
    heap_finish(&world.events);
    while ((at = list_take_first(&world.processes)) != NULL) {
        sim_free_servers(container_of(at, struct loop, list));
        free(container_of(at, struct loop, list));
    }
    world.is_there = false;
    alarm(0);
}

int64_t sim_now(void)
{
    return world.now;
}

/* SplitMix64 (Steele, Lea, Flood 2014) */
uint64_t sim_draw(uint64_t below)
{
    uint64_t z = world.random += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (z ^ z >> 31) % below;
}

void sim_run(int64_t ns)
{
    int64_t until = world.now + ns;
    struct sim_event *event;

    while ((event = heap_first(&world.events)) != NULL && event->at <= until) {
        (void)heap_take_first(&world.events);
        world.now = event->at;
        run_event(event);
    }
    world.now = until;
}

struct sim_event *sim_at(struct loop *owner, int64_t delay, loop_fn *fn, void *arg)
{
    struct sim_event *event = xcalloc(1, sizeof(*event));

    event->at = world.now + delay;
    event->order = world.order++;
    event->owner = owner;
    event->fn = fn;
    event->arg = arg;
    heap_add(&world.events, event);
    return event;
}

void sim_on_discard(struct sim_event *event, loop_fn *discard)
{
    event->discard = discard;
}

void sim_cancel(struct sim_event *event)
{
    event->fn = NULL;
}

/* ---- processes ---- */

struct loop *sim_process(int machine)
{
    struct loop *process = xcalloc(1, sizeof(*process));

    process->machine = machine;
    process->pid = world.next_pid++;
    list_init(&process->peers);
    list_init(&process->servers);
    list_init(&process->procs);
    list_init(&process->works);
    list_init(&process->late_calls);
    list_add(&world.processes, &process->list);
    return process;
}

struct list *sim_processes(void)
{
    return &world.processes;
}

void sim_kill(struct loop *process)
{
    if (process->is_dead)
        return;
    process->is_dead = true;
    sim_kill_peers(process);
    sim_kill_works(process);
    sim_kill_procs(process);
    sim_kill_peers(process); /* those that the callbacks have opened */
    sim_kill_late_calls(process);
}

/* ---- links ---- */

static struct link *link_of(int a, int b)
{
    return a < b ? &world.links[a][b] : &world.links[b][a];
}

void sim_cut(int a, int b, int64_t ns)
{
    if (a != b && world.now + ns > link_of(a, b)->cut_until)
        link_of(a, b)->cut_until = world.now + ns;
}

void sim_slow(int a, int b, int64_t ns)
{
    if (a != b)
        link_of(a, b)->slowest = ns;
}

int64_t sim_latency(int from, int to)
{
    const struct link *link = link_of(from, to);
    int64_t wait, most = from == to ? NEAR_NS : FAR_NS;

    if (link->slowest > most)
        most = link->slowest;
    wait = link->cut_until > world.now ? link->cut_until - world.now : 0;
    return wait + 1000 + (int64_t)sim_draw((uint64_t)most);
}
