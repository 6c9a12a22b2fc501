/* sim_driver.c - the client's part of the protocol, without its threads and rings.
 *
 * A task asks at home, follows "ask there" from node to node, uses its worker for a
 * while, and gives the lease back. When the worker or the way to its node is lost while
 * the task runs, it begins again. A request that is refused is made again after
 * RETRY_MS. An actor is created and watched until it is ALIVE, perhaps killed, and is
 * over when it is DEAD. The head may come and go: the driver attaches again under its
 * job's id, as lib/client does. */
#include "tests/sim/sim_driver.h"

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/digest.h"
#include "lib/base/mem.h"
#include "lib/net/auth.h"
#include "lib/net/nearby.h"
#include "lib/net/stubs.h"
#include "lib/proto/amounts.h"
#include "tests/sim/answer.h"
#include "tests/sim/sim.h"
#include "tests/sim/sim_worker.h"

#include <string.h>

enum {
    NODES_MAX = 8,
    TASKS_MAX = 32,
    ACTORS_MAX = 8,
    RETRY_MS = 200,
    BUSY_NS = 60 * 1000 * 1000,
    SPREAD_NS = 500 * 1000 * 1000,
};

enum task_phase { TASK_ASKS, TASK_RUNS, TASK_OVER };

/* The way to a node. */
struct way {
    struct sim_driver *driver;
    struct peer *peer; /* NULL: not connected */
    char address[NEARBY_TEXT_MAX];
};

struct task {
    struct sim_driver *driver;
    int64_t cpus, number;
    enum task_phase phase;
    int hops, attempts;
    struct way *way; /* whom it asks, or where it runs */
    struct id worker;
    int64_t lease;
    struct sim_event *end;
    bool is_cancelled;
};

struct actor {
    struct sim_driver *driver;
    struct id id;
    int64_t restarts_max;
    int state;
    bool is_created, is_over;
};

struct sim_driver {
    struct loop *loop;
    struct identity identity;
    struct sim_driver_options options;
    struct answers answers;
    struct peer *head;
    struct way *home, ways[NODES_MAX];
    struct id job, self;
    struct task tasks[TASKS_MAX];
    struct actor actors[ACTORS_MAX];
    bool has_begun, is_done;
    int64_t last_number;
};

static void ask(void *arg);
static void create_actor(void *arg);
static void connect_head(void *arg);
static void begin(struct sim_driver *driver);

static int64_t some_ms(int64_t most)
{
    return (int64_t)sim_draw((uint64_t)(most * NS_PER_MS)) + 1;
}

static void again(void *fn_arg, loop_fn *fn, struct sim_driver *driver)
{
    sim_at(driver->loop, RETRY_MS * NS_PER_MS, fn, fn_arg);
}

/* ---- the end ---- */

static void on_left(void *arg)
{
    struct sim_driver *driver = arg;
    sim_kill(driver->loop);
}

static void look_whether_done(struct sim_driver *driver)
{
    if (driver->is_done)
        return;
    for (int i = 0; i < driver->options.tasks; i++)
        if (driver->tasks[i].phase != TASK_OVER)
            return;
    for (int i = 0; i < driver->options.actors; i++)
        if (!driver->actors[i].is_over)
            return;
    driver->is_done = true;
    sim_at(driver->loop, some_ms(100), on_left, driver);
}

/* ---- nodes ---- */

static void lose_task(struct task *task)
{
    if (task->phase != TASK_RUNS)
        return;
    sim_cancel(task->end);
    task->phase = TASK_ASKS;
    task->way = NULL;
    again(task, ask, task->driver);
}

static void on_way_closed(void *arg, struct peer *peer, const struct error *why)
{
    struct way *way = arg;
    struct sim_driver *driver = way->driver;

    (void)peer;
    (void)why;
    way->peer = NULL;
    for (int i = 0; i < driver->options.tasks; i++) {
        struct task *task = &driver->tasks[i];
        if (task->way == way && task->phase == TASK_RUNS) {
            sim_workers_doom(task);
            if (!driver->loop->is_dead)
                lose_task(task);
        }
    }
}

/* As lib/client: a process joins each node that it asks. */
static struct peer *way_peer(struct way *way)
{
    struct sim_driver *driver = way->driver;
    struct worker_register rq = { .worker_id = driver->self,
                                  .pid = driver->loop->pid,
                                  .kind = slice("DRIVER") };
    const struct job_binding binding = { .job_id = driver->job };
    const struct peer_options options = { .self = &driver->identity,
                                          .dispatch = &driver->answers.dispatch,
                                          .on_close = on_way_closed,
                                          .arg = way };

    if (way->peer == NULL) {
        way->peer = peer_connect(driver->loop, way->address, &options);
        call_workers_join(way->peer, &rq, NULL, NULL, NULL);
        note_workers_bind_job(way->peer, &binding, NULL);
    }
    return way->peer;
}

static struct way *find_way(struct sim_driver *driver, struct slice text)
{
    char all[NEARBY_TEXT_MAX], address[NEARBY_TEXT_MAX];

    snprintf(all, sizeof(all), "%.*s", SLICE_ARGS(text));
    nearby_pick(all, address);
    for (int i = 0; i < NODES_MAX; i++) {
        struct way *way = &driver->ways[i];
        if (way->address[0] == '\0') {
            way->driver = driver;
            snprintf(way->address, sizeof(way->address), "%s", address);
        }
        if (strcmp(way->address, address) == 0)
            return way;
    }
    MUST(!"more nodes than there are");
    return NULL;
}

/* ---- tasks ---- */

static void give_back(struct way *way, int64_t lease, bool is_broken)
{
    const struct lease_ref ref = { .lease_id = lease, .worker_broken = is_broken };

    if (way->peer != NULL)
        note_leases_give_back(way->peer, &ref, NULL);
}

static void on_ended(void *arg)
{
    struct task *task = arg;
    struct sim_worker *worker = sim_worker_find(&task->worker);

    if (worker != NULL && worker->user == task)
        worker->user = NULL;
    give_back(task->way, task->lease, false);
    task->phase = TASK_OVER;
    look_whether_done(task->driver);
}

static void use(struct task *task, const struct lease_reply *reply)
{
    struct sim_worker *worker = sim_worker_find(&reply->worker_id);

    if (worker != NULL) { /* else it has crashed meanwhile, and we shall hear of it */
        MUST(worker->user == NULL && !worker->is_doomed);
        MUST(!id_is_set(&worker->actor));
        worker->user = task;
        worker->cpus = task->cpus;
        MUST(!sim_worker_is_too_much(worker));
    }
    task->phase = TASK_RUNS;
    task->worker = reply->worker_id;
    task->lease = reply->lease_id;
    task->end = sim_at(task->driver->loop, (int64_t)sim_draw(BUSY_NS), on_ended, task);
}

static void on_answer(void *arg, const struct error *err, const void *message)
{
    struct task *task = arg;
    const struct lease_reply *reply = message;

    if (task->driver->loop->is_dead)
        return;
    if (err != NULL) {
        if (task->is_cancelled && err->code == ERR_CANCELLED) {
            task->phase = TASK_OVER;
            look_whether_done(task->driver);
            return;
        }
        task->way = NULL;
        again(task, ask, task->driver);
    } else if (reply->spill_address.size > 0) {
        task->way = find_way(task->driver, reply->spill_address);
        MUST(++task->hops <= 1000);
        ask(task);
    } else if (task->is_cancelled) {
        give_back(task->way, reply->lease_id, false);
        task->phase = TASK_OVER;
        look_whether_done(task->driver);
    } else {
        use(task, reply);
    }
}

static void cancel(void *arg)
{
    struct task *task = arg;
    const struct lease_cancel rq = { .request_id = task->number };

    if (task->phase != TASK_ASKS || task->way == NULL)
        return;
    task->is_cancelled = true;
    if (task->way->peer != NULL)
        note_leases_cancel(task->way->peer, &rq, NULL);
}

static void ask(void *arg)
{
    struct task *task = arg;
    struct sim_driver *driver = task->driver;
    struct amount cpus = { slice("CPU"), task->cpus };
    struct lease_request rq = { .job_id = driver->job,
                                .resources = { &cpus, 1 },
                                .hops = task->hops };

    task->attempts++;
    if (task->way == NULL) {
        task->way = driver->home;
        task->hops = rq.hops = 0;
        task->number = ++driver->last_number;
    }
    rq.request_id = task->number;
    call_leases_ask(way_peer(task->way), &rq, NULL, on_answer, task);
    if (driver->options.cancels && sim_draw(10) == 0)
        sim_at(driver->loop, some_ms(50), cancel, task);
}

/* ---- actors ---- */

static void actor_over(struct actor *actor)
{
    actor->is_over = true;
    look_whether_done(actor->driver);
}

static void kill_actor(void *arg)
{
    struct actor *actor = arg;
    const struct actor_kill rq = { .actor_id = actor->id,
                                   .no_restart = sim_draw(3) > 0 };

    if (actor->is_over)
        return;
    if (actor->driver->head != NULL)
        call_actors_kill(actor->driver->head, &rq, NULL, NULL, NULL);
    again(actor, kill_actor, actor->driver);
}

static void heard(struct actor *actor, const struct actor_info *info)
{
    bool is_first = !actor->is_created;

    actor->is_created = true;
    actor->state = (int)info->state;
    MUST(actor->restarts_max < 0 || info->restarts <= actor->restarts_max);
    if (info->state == ACTOR_DEAD && !actor->is_over)
        actor_over(actor);
    else if (is_first)
        sim_at(actor->driver->loop, some_ms(1500), kill_actor, actor);
}

static void on_watched(void *arg, const struct error *err, const void *message)
{
    struct actor *actor = arg;

    if (actor->driver->loop->is_dead)
        return;
    if (err == NULL)
        heard(actor, message);
    else if (err->code == ERR_NOT_FOUND) /* a head that does not know it */
        actor_over(actor);
}

static void watch(struct actor *actor)
{
    const struct actor_ref rq = { .actor_id = actor->id };

    if (actor->driver->head != NULL)
        call_actors_watch(actor->driver->head, &rq, NULL, on_watched, actor);
}

static void on_created(void *arg, const struct error *err, const void *message)
{
    struct actor *actor = arg;

    if (actor->driver->loop->is_dead)
        return;
    if (err != NULL) {
        again(actor, create_actor, actor->driver);
        return;
    }
    heard(actor, message);
    watch(actor);
}

static void create_actor(void *arg)
{
    struct actor *actor = arg;
    struct sim_driver *driver = actor->driver;
    struct amount cpu = { slice("CPU"), RESOURCE_UNIT };
    struct actor_spec spec = { .actor_id = actor->id,
                               .max_restarts = actor->restarts_max,
                               .job_id = driver->job,
                               .placement = { &cpu, 1 } };

    if (sim_draw(2) == 0) {
        spec.resources.items = &cpu;
        spec.resources.count = 1;
    }
    spec.constructor.function = slice("counter");
    if (driver->head == NULL)
        again(actor, create_actor, driver);
    else
        call_actors_create(driver->head, &spec, NULL, on_created, actor);
}

/* ---- the head ---- */

static void on_attached(void *arg, const struct error *err, const void *message)
{
    struct sim_driver *driver = arg;
    const struct driver_registered *reply = message;

    if (driver->loop->is_dead)
        return;
    if (err != NULL) {
        /* Its job has ended without it: the driver goes down, as lib/client's does. */
        if (err->code == ERR_NOT_FOUND || err->code == ERR_EXISTS)
            sim_at(driver->loop, 1, on_left, driver);
        return; /* else the connection ends, too, and is made again */
    }
    MUST(!id_is_set(&driver->job) || id_equal(&driver->job, &reply->job_id));
    driver->job = reply->job_id;
    if (!driver->has_begun)
        begin(driver);
    for (int i = 0; i < driver->options.actors; i++)
        if (driver->actors[i].is_created && !driver->actors[i].is_over)
            watch(&driver->actors[i]);
}

static void attach(struct sim_driver *driver)
{
    const struct driver_register rq = { .worker_id = driver->self,
                                        .pid = driver->loop->pid,
                                        .entrypoint = slice("driver"),
                                        .job_id = driver->job };

    call_jobs_attach_driver(driver->head, &rq, NULL, on_attached, driver);
}

static void on_view(void *arg, const struct error *err, const void *message)
{
    struct sim_driver *driver = arg;
    const struct cluster_view *view = message;

    if (driver->loop->is_dead || err != NULL)
        return;
    if (driver->home == NULL && view->nodes.count == 0) {
        peer_close(driver->head); /* and again */
        return;
    }
    if (driver->home == NULL)
        driver->home = find_way(
            driver, view->nodes.items[sim_draw(view->nodes.count)].info.address);
    attach(driver);
}

static void on_head_closed(void *arg, struct peer *peer, const struct error *why)
{
    struct sim_driver *driver = arg;

    (void)peer;
    (void)why;
    driver->head = NULL;
    if (!driver->loop->is_dead)
        again(driver, connect_head, driver);
}

static void connect_head(void *arg)
{
    static const struct nothing nothing;
    struct sim_driver *driver = arg;
    const struct peer_options options = { .self = &driver->identity,
                                          .dispatch = &driver->answers.dispatch,
                                          .on_close = on_head_closed,
                                          .arg = driver };

    driver->head = peer_connect(driver->loop, driver->options.head, &options);
    call_nodes_view(driver->head, &nothing, NULL, on_view, driver);
}

static void begin(struct sim_driver *driver)
{
    driver->has_begun = true;
    for (int i = 0; i < driver->options.tasks; i++) {
        struct task *task = &driver->tasks[i];
        task->driver = driver;
        task->cpus = (int64_t)(1 + sim_draw(4)) * RESOURCE_UNIT / 2;
        sim_at(driver->loop, (int64_t)sim_draw(SPREAD_NS), ask, task);
    }
    for (int i = 0; i < driver->options.actors; i++) {
        struct actor *actor = &driver->actors[i];
        uint8_t random[12];
        digest_random(random, sizeof(random));
        actor->driver = driver;
        actor->id = id_actor(driver->job, random);
        actor->restarts_max = (int64_t)sim_draw(4) - 1;
        sim_at(driver->loop, (int64_t)sim_draw(SPREAD_NS), create_actor, actor);
    }
    look_whether_done(driver);
}

/* ---- what it is told ---- */

static void serve(void *self, const struct method *method, const void *request,
                  struct call *call)
{
    struct sim_driver *driver = self;

    if (method->number == METHOD_client_worker_died) {
        const struct worker_exit *exit = request;
        for (int i = 0; i < driver->options.tasks; i++)
            if (id_equal(&driver->tasks[i].worker, &exit->worker_id))
                lose_task(&driver->tasks[i]);
    } else if (method->number == METHOD_client_actor_changed) {
        const struct actor_info *info = request;
        for (int i = 0; i < driver->options.actors; i++)
            if (id_equal(&driver->actors[i].id, &info->actor_id))
                heard(&driver->actors[i], info);
    }
    answer_nothing(method, call);
}

/* ---- life ---- */

struct sim_driver *sim_driver_create(const struct sim_driver_options *options)
{
    struct sim_driver *driver = xcalloc(1, sizeof(*driver));
    uint8_t random[ID_WORKER];

    MUST(options->tasks <= TASKS_MAX && options->actors <= ACTORS_MAX);
    driver->options = *options;
    driver->loop = sim_process(options->machine);
    snprintf(driver->identity.role, sizeof(driver->identity.role), "admin");
    digest_random(random, sizeof(random));
    driver->self = id_from_bytes(random, sizeof(random));
    answers_serve(&driver->answers, &client_methods, serve, driver);
    sim_at(driver->loop, (int64_t)sim_draw(SPREAD_NS), connect_head, driver);
    return driver;
}

bool sim_driver_is_done(const struct sim_driver *driver)
{
    return driver->is_done && driver->loop->is_dead;
}

bool sim_driver_is_dead(const struct sim_driver *driver)
{
    return driver->loop->is_dead;
}

void sim_driver_kill(struct sim_driver *driver)
{
    sim_kill(driver->loop);
}

void sim_driver_explain(const struct sim_driver *driver, char *text, size_t size)
{
    static const char *const phases[] = { "asks", "runs", "over" };
    size_t used = 0;

    snprintf(text, size, "begun=%d", driver->has_begun);
    for (int i = 0; i < driver->options.tasks; i++) {
        const struct task *task = &driver->tasks[i];
        used = strlen(text);
        if (task->phase != TASK_OVER)
            snprintf(text + used, size - used, " task %d %s cpu=%g at=%s attempts=%d",
                     i, phases[task->phase], (double)task->cpus / RESOURCE_UNIT,
                     task->way != NULL ? task->way->address : "", task->attempts);
    }
    for (int i = 0; i < driver->options.actors; i++) {
        const struct actor *actor = &driver->actors[i];
        used = strlen(text);
        if (!actor->is_over)
            snprintf(text + used, size - used, " actor %d %s", i,
                     actor->is_created ? fsm_name(&actor_fsm, actor->state) : "asks");
    }
}

void sim_driver_destroy(struct sim_driver *driver)
{
    free(driver);
}
