/* relay.c - in at one peer, out at another.
 *
 * A call that was passed on ends with the connection to the owner, so nobody waits for
 * a process that has died. */
#include "daemon/node/relay.h"

#include "daemon/node/workers.h"
#include "lib/base/list.h"
#include "lib/base/mem.h"
#include "lib/net/stubs.h"

#include <stdlib.h>

struct relay {
    struct workers *workers;
    struct list watches;
};

struct watch {
    struct list list;
    struct id process;
    struct call *call;
};

struct relay *relay_create(struct workers *workers)
{
    struct relay *relay = xcalloc(1, sizeof(*relay));

    relay->workers = workers;
    list_init(&relay->watches);
    return relay;
}

static void watch_end(struct watch *watch)
{
    call_done(watch->call);
    list_remove(&watch->list);
    free(watch);
}

void relay_destroy(struct relay *relay)
{
    struct list *at, *after;

    list_each_safe(at, after, &relay->watches)
        watch_end(container_of(at, struct watch, list));
    free(relay);
}

/* NULL when it is not here, or not any more; then `call` has its answer. */
static struct peer *find(struct relay *relay, const struct id *process,
                         struct call *call)
{
    struct worker *worker = workers_find(relay->workers, process);
    char hex[ID_HEX_MAX];
    struct error err;

    if (worker != NULL && worker->peer != NULL)
        return worker->peer;
    fail(&err, ERR_OWNER_DIED, "its owner, process %.8s, has ended",
         id_hex(process, hex));
    call_fail(call, &err);
    return NULL;
}

static void on_answer(void *arg, const struct error *err, const void *reply)
{
    struct call *call = arg;
    struct error why;

    if (err == NULL) {
        call_reply(call, reply);
        return;
    }
    why = *err;
    if (err->code == ERR_CLOSED)
        fail(&why, ERR_OWNER_DIED, "its owner has ended");
    call_fail(call, &why);
}

void relay_ask(struct relay *relay, const struct object_ask *rq, struct call *call)
{
    struct peer *peer = find(relay, &rq->owner, call);

    if (peer != NULL)
        call_client_ask(peer, rq, NULL, on_answer, call);
}

void relay_borrow(struct relay *relay, const struct object_borrow *rq,
                  struct call *call)
{
    struct peer *peer = find(relay, &rq->owner, call);

    if (peer != NULL)
        call_client_borrow(peer, rq, NULL, on_answer, call);
}

void relay_give_back(struct relay *relay, const struct object_return *rq)
{
    struct worker *worker = workers_find(relay->workers, &rq->owner);

    if (worker != NULL && worker->peer != NULL)
        note_client_give_back(worker->peer, rq, NULL);
}

/* Those who asked and have gone since. */
static void sweep(struct relay *relay)
{
    struct list *at, *after;

    list_each_safe(at, after, &relay->watches) {
        struct watch *watch = container_of(at, struct watch, list);
        if (call_peer(watch->call) == NULL)
            watch_end(watch);
    }
}

void relay_watch(struct relay *relay, const struct id *process, struct call *call)
{
    struct watch *watch;

    sweep(relay);
    if (workers_find(relay->workers, process) == NULL) {
        call_done(call);
        return;
    }
    watch = xcalloc(1, sizeof(*watch));
    watch->process = *process;
    watch->call = call;
    list_add(&relay->watches, &watch->list);
}

void relay_on_ended(struct relay *relay, const struct id *process)
{
    struct list *at, *after;

    list_each_safe(at, after, &relay->watches) {
        struct watch *watch = container_of(at, struct watch, list);
        if (id_equal(&watch->process, process))
            watch_end(watch);
    }
}
