/* sim_worker.c - a process that answers its node and nothing else: who has a lease on
 * it uses it by taking time (sim_driver.c). */
#include "tests/sim/sim_worker.h"

#include "lib/base/mem.h"
#include "lib/net/auth.h"
#include "lib/net/stubs.h"
#include "tests/sim/answer.h"
#include "tests/sim/sim.h"

#include <signal.h>

enum { CONSTRUCT_NS = 40 * 1000 * 1000 };

static struct list living = { &living, &living };
static unsigned failing; /* permille */
static bool is_strict;

static const struct identity identity = { .role = "worker" };

/* An actor whose constructor runs. */
struct construction {
    struct sim_worker *worker;
    struct call *call;
};

struct sim_worker *sim_worker_find(const struct id *id)
{
    struct list *at;

    list_each(at, &living)
        if (id_equal(&container_of(at, struct sim_worker, list)->id, id))
            return container_of(at, struct sim_worker, list);
    return NULL;
}

struct list *sim_workers(void)
{
    return &living;
}

struct sim_worker *sim_worker_any(void)
{
    struct sim_worker *chosen = NULL;
    struct list *at;
    uint64_t count = 0;

    list_each(at, &living)
        if (sim_draw(++count) == 0)
            chosen = container_of(at, struct sim_worker, list);
    return chosen;
}

void sim_workers_explain(void)
{
    char hex[ID_HEX_MAX], actor[ID_HEX_MAX];
    struct list *at;

    list_each(at, &living) {
        const struct sim_worker *worker = container_of(at, struct sim_worker, list);
        fprintf(stderr, "# worker %s lives: pid=%d machine=%d actor=%s joined=%d\n",
                id_hex(&worker->id, hex), worker->loop->pid, worker->loop->machine,
                id_hex(&worker->actor, actor), worker->node != NULL);
    }
}

void sim_worker_crash(struct sim_worker *worker)
{
    sim_exit(worker->loop, 0, SIGSEGV);
}

void sim_workers_doom(const void *user)
{
    struct list *at;

    list_each(at, &living) {
        struct sim_worker *worker = container_of(at, struct sim_worker, list);
        if (worker->user != user)
            continue;
        worker->user = NULL;
        worker->is_doomed = true;
    }
}

void sim_workers_set_failing(unsigned permille)
{
    failing = permille;
}

void sim_workers_set_strict(bool strict)
{
    is_strict = strict;
}

bool sim_worker_is_too_much(const struct sim_worker *worker)
{
    int64_t used = 0;
    struct list *at;

    list_each(at, &living) {
        const struct sim_worker *other = container_of(at, struct sim_worker, list);
        if (other->parent == worker->parent && other->user != NULL)
            used += other->cpus;
    }
    return used > worker->parent->cpus;
}

static bool is_alone(const struct sim_worker *worker)
{
    struct list *at;

    list_each(at, &living) {
        const struct sim_worker *other = container_of(at, struct sim_worker, list);
        if (other != worker && other->is_actor &&
            id_equal(&other->actor, &worker->actor))
            return false;
    }
    return true;
}

static void on_constructed(void *arg)
{
    struct construction done = *(struct construction *)arg;
    struct actor_spawned reply = { .worker_id = done.worker->id,
                                   .pid = done.worker->loop->pid };

    free(arg);
    if (sim_draw(1000) < failing) {
        reply.failure.code = ERR_FAILED;
        reply.failure.text = slice("the constructor said no");
    }
    done.worker->is_actor = reply.failure.code == 0;
    MUST(!is_strict || !done.worker->is_actor || is_alone(done.worker));
    call_reply(done.call, &reply);
}

static void discard_construction(void *arg)
{
    struct construction *construction = arg;
    struct error err;

    fail(&err, ERR_CLOSED, "ended");
    call_fail(construction->call, &err);
    free(construction);
}

static void on_leave(void *arg)
{
    sim_exit(arg, 0, 0);
}

static void serve(void *self, const struct method *method, const void *request,
                  struct call *call)
{
    struct sim_worker *worker = self;
    struct construction *construction;

    if (method->number == METHOD_client_start_actor) {
        const struct actor_spawn *spawn = request;
        MUST(!worker->is_doomed && worker->user == NULL && worker->actor.size == 0);
        worker->actor = spawn->spec.actor_id;
        construction = xalloc(sizeof(*construction));
        *construction = (struct construction){ worker, call };
        sim_on_discard(sim_at(worker->loop, (int64_t)sim_draw(CONSTRUCT_NS),
                              on_constructed, construction),
                       discard_construction);
        return;
    }
    if (method->number == METHOD_client_exit)
        sim_at(worker->loop, 1000, on_leave, worker->loop);
    answer_nothing(method, call);
}

static void on_node_closed(void *arg, struct peer *peer, const struct error *why)
{
    struct sim_worker *worker = arg;

    (void)peer;
    (void)why;
    worker->node = NULL;
    if (!worker->loop->is_dead)
        sim_at(worker->loop, 1000, on_leave, worker->loop);
}

/* Refused: its node has died while it began, and another one is there. */
static void on_joined(void *arg, const struct error *err, const void *message)
{
    struct sim_worker *worker = arg;

    (void)message;
    if (err != NULL && !worker->loop->is_dead)
        sim_at(worker->loop, 1000, on_leave, worker->loop);
}

struct worker_process {
    struct sim_worker worker;
    struct answers answers;
};

void sim_worker_begin(const struct sim_image *image)
{
    struct worker_process *own = xcalloc(1, sizeof(*own));
    struct sim_worker *worker = &own->worker;
    struct worker_register rq = { .kind = slice("WORKER"), .pid = image->process->pid };
    const struct peer_options options = { .self = &identity,
                                          .dispatch = &own->answers.dispatch,
                                          .on_close = on_node_closed,
                                          .arg = worker };

    worker->loop = image->process;
    worker->parent = image->parent;
    answers_serve(&own->answers, &client_methods, serve, worker);
    MUST(id_parse(slice(image->worker), ID_WORKER, &worker->id, NULL) == 0);
    list_add(&living, &worker->list);
    worker->node = peer_connect(image->process, image->node, &options);
    rq.worker_id = worker->id;
    call_workers_join(worker->node, &rq, NULL, on_joined, worker);
}

static void worker_free(void *arg)
{
    free(arg);
}

/* Its connections still refer to it in this turn. */
void sim_worker_end(struct loop *process)
{
    struct list *at, *after;

    list_each_safe(at, after, &living) {
        struct sim_worker *worker = container_of(at, struct sim_worker, list);
        if (worker->loop != process)
            continue;
        list_remove(&worker->list);
        sim_on_discard(sim_at(NULL, 0, worker_free,
                              container_of(worker, struct worker_process, worker)),
                       worker_free);
    }
}
