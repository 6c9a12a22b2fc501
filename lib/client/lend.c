/* lend.c - answering borrowers, and noticing that they have ended.
 *
 * An answer carries loans of the refs inside the value, too. Those of objects of third
 * processes have to be asked for first (handover.h), so an answer may take a while; it
 * holds the object meanwhile.
 *
 * A worker that lends tells its node, which does not end it then for being idle. */
#include "lib/client/lend.h"

#include "lib/base/arena.h"
#include "lib/base/mem.h"
#include "lib/client/away.h"
#include "lib/client/carry.h"
#include "lib/client/handover.h"
#include "lib/client/inside.h"
#include "lib/client/object.h"
#include "lib/client/runtime.h"
#include "lib/net/loop.h"
#include "lib/net/stubs.h"

#include <stdlib.h>

/* A borrower that waits. */
struct ask {
    struct list list;
    struct call *call;
    struct id object, borrower;
    char *address;
};

struct watch {
    struct list list;
    struct runtime *rt;
    struct id process;
    struct node_link *node;
};

struct answer {
    struct runtime *rt;
    struct ray_ref *object; /* a handle: the answer borrows from it */
    struct object_answer reply;
    struct arena arena;
    struct call *call;
    struct handover *handover;
};

void lends_init(struct lends *lends)
{
    list_init(&lends->asks);
    list_init(&lends->watches);
}

static void ask_destroy(struct ask *ask)
{
    list_remove(&ask->list);
    free(ask->address);
    free(ask);
}

void lends_close(struct runtime *rt)
{
    struct list *at, *after;
    struct error err;

    fail(&err, ERR_OWNER_DIED, "its owner is leaving");
    pthread_mutex_lock(&rt->lock);
    list_each_safe(at, after, &rt->lends.asks) {
        struct ask *ask = container_of(at, struct ask, list);
        call_fail(ask->call, &err);
        ask_destroy(ask);
    }
    pthread_mutex_unlock(&rt->lock);
}

static void let_go(void *arg, struct shared *shared)
{
    if (!refs_is_lent(shared))
        object_let_go(arg, shared->object);
}

void lends_finish(struct runtime *rt)
{
    struct list *at, *after;

    list_each_safe(at, after, &rt->lends.watches) {
        struct watch *watch = container_of(at, struct watch, list);
        refs_forget_process(&rt->refs, &watch->process, let_go, rt);
        list_remove(at);
        free(watch);
    }
    refs_forget_process(&rt->refs, &rt->refs.self, let_go, rt);
    refs_finish(&rt->refs);
}

/* ---- borrowers: watched, and made known to our node ---- */

static void say_lending(void *arg)
{
    struct runtime *rt = arg;
    struct peer *peer = node_link_peer(rt->home);
    struct object_lending note;

    pthread_mutex_lock(&rt->lock);
    note.is_lending = rt->refs.borrowed > 0;
    pthread_mutex_unlock(&rt->lock);
    if (peer != NULL)
        note_objects_lending(peer, &note, NULL);
}

static void note_lending(struct runtime *rt)
{
    bool is_lending = rt->refs.borrowed > 0;

    if (!rt->is_worker || is_lending == rt->lends.said_lending)
        return;
    rt->lends.said_lending = is_lending;
    loop_post(rt->loop, say_lending, rt);
}

static void on_ended(void *arg, const struct error *err, const void *reply)
{
    struct watch *watch = arg;
    struct runtime *rt = watch->rt;

    (void)reply;
    (void)err; /* its node is gone, and so is it */
    pthread_mutex_lock(&rt->lock);
    if (!rt->is_closing) {
        list_remove(&watch->list);
        refs_forget_process(&rt->refs, &watch->process, let_go, rt);
        note_lending(rt);
        free(watch);
    }
    pthread_mutex_unlock(&rt->lock);
}

static void begin_watch(void *arg)
{
    struct watch *watch = arg;
    struct peer *peer = node_link_peer(watch->node);
    struct worker_ref rq = { .worker_id = watch->process };

    if (peer != NULL)
        call_objects_watch(peer, &rq, NULL, on_ended, watch);
    else
        on_ended(watch, NULL, NULL);
}

static bool is_watched(struct runtime *rt, const struct id *process)
{
    struct list *at;

    list_each(at, &rt->lends.watches)
        if (id_equal(&container_of(at, struct watch, list)->process, process))
            return true;
    return false;
}

void lend_made(struct runtime *rt, const struct id *borrower, struct slice address)
{
    struct watch *watch;

    note_lending(rt);
    if (id_equal(borrower, &rt->refs.self) || is_watched(rt, borrower))
        return;
    watch = xcalloc(1, sizeof(*watch));
    watch->rt = rt;
    watch->process = *borrower;
    watch->node = runtime_node(rt, address);
    list_add(&rt->lends.watches, &watch->list);
    loop_post(rt->loop, begin_watch, watch);
}

/* An object of ours that others may have; NULL when there is none. */
static struct shared *find_mine(struct runtime *rt, const struct id *id)
{
    struct shared *shared = refs_find(&rt->refs, id);
    return shared != NULL && refs_is_mine(&rt->refs, shared) ? shared : NULL;
}

void lend_on_borrow(struct runtime *rt, const struct object_borrow *rq)
{
    pthread_mutex_lock(&rt->lock);
    for (size_t i = 0; i < rq->objects.count; i++) {
        struct shared *shared = find_mine(rt, &rq->objects.items[i].object_id);
        if (shared == NULL)
            continue;
        refs_lend(&rt->refs, shared, &rq->borrower);
        lend_made(rt, &rq->borrower, rq->address);
    }
    pthread_mutex_unlock(&rt->lock);
}

void lend_on_return(struct runtime *rt, const struct object_return *rq)
{
    struct shared *shared;

    pthread_mutex_lock(&rt->lock);
    shared = find_mine(rt, &rq->object_id);
    if (shared != NULL) {
        refs_return(&rt->refs, shared, &rq->borrower, rq->loans);
        let_go(rt, shared);
        note_lending(rt);
    }
    pthread_mutex_unlock(&rt->lock);
}

/* ---- answers ---- */

static void send_answer(void *arg)
{
    struct answer *answer = arg;
    struct runtime *rt = answer->rt;

    call_reply(answer->call, &answer->reply);
    pthread_mutex_lock(&rt->lock);
    handover_destroy(answer->handover);
    object_unref(rt, answer->object);
    pthread_mutex_unlock(&rt->lock);
    arena_finish(&answer->arena);
    free(answer);
}

/* The refs inside the value are lent along with it. */
static void lend_inside(struct answer *answer, const struct id *borrower,
                        const char *address)
{
    struct runtime *rt = answer->rt;
    const struct inside *inside = answer->object->inside;

    for (size_t i = 0; inside != NULL && i < inside->count; i++) {
        struct ray_ref *object = inside->refs[i];
        int64_t *loans = &answer->reply.value.refs.items[i].loans;
        switch (refs_hand_over(&rt->refs, object->shared, borrower, false)) {
        case REFS_LENT:
            *loans = 1;
            lend_made(rt, borrower, slice(address));
            break;
        case REFS_ASK:
            handover_add(answer->handover, object, loans);
            break;
        case REFS_SEND:
            break;
        }
    }
}

/* An object that is not PENDING. Lock held. */
static void begin_answer(struct runtime *rt, struct shared *shared,
                         const struct ask *ask)
{
    struct answer *answer = xcalloc(1, sizeof(*answer));
    struct ray_ref *object = shared->object;

    answer->rt = rt;
    answer->call = ask->call;
    answer->object = object;
    answer->handover = handover_create(rt, &ask->borrower, ask->address);
    object->refs++;
    if (object->state == OBJECT_FAILED) {
        answer->reply.failure = *object->as.failure;
    } else {
        carry_object(rt, object, &answer->reply.value, &answer->arena);
        refs_mark_read(shared, &ask->borrower, object->place != NULL);
        lend_inside(answer, &ask->borrower, ask->address);
    }
    handover_start(answer->handover, send_answer, answer);
}

static void fail_freed(const struct ask *ask)
{
    struct error err;

    fail(&err, ERR_OBJECT_LOST, "it was freed: nobody held it any more");
    call_fail(ask->call, &err);
}

/* (loop) */
static void answer_ready(void *arg)
{
    struct runtime *rt = arg;
    struct list *at, *after;

    pthread_mutex_lock(&rt->lock);
    rt->lends.is_answering = false;
    list_each_safe(at, after, &rt->lends.asks) {
        struct ask *ask = container_of(at, struct ask, list);
        struct shared *shared = find_mine(rt, &ask->object);
        if (shared != NULL && shared->object->state == OBJECT_PENDING)
            continue;
        if (shared != NULL)
            begin_answer(rt, shared, ask);
        else
            fail_freed(ask);
        ask_destroy(ask);
    }
    pthread_mutex_unlock(&rt->lock);
}

void lend_on_ready(struct runtime *rt)
{
    if (rt->lends.is_answering || list_is_empty(&rt->lends.asks))
        return;
    rt->lends.is_answering = true;
    loop_post(rt->loop, answer_ready, rt);
}

/* A borrower could not read the bytes where we have said that they are: whether they
 * are still there, their node has to say. */
static void doubt_place(struct ray_ref *object, const struct object_place *unreadable)
{
    struct place *place = object->place;

    if (object->state == OBJECT_READY && place != NULL && unreadable->size > 0 &&
        place->segment == unreadable->segment && place->offset == unreadable->offset)
        place->is_away = true;
}

void lend_on_ask(struct runtime *rt, const struct object_ask *rq, struct call *call)
{
    struct ask *ask = xcalloc(1, sizeof(*ask));
    struct shared *shared;

    *ask = (struct ask){ .call = call,
                         .object = rq->object_id,
                         .borrower = rq->borrower,
                         .address = xslicedup(rq->address) };
    pthread_mutex_lock(&rt->lock);
    list_add(&rt->lends.asks, &ask->list);
    shared = find_mine(rt, &rq->object_id);
    if (shared != NULL) {
        refs_lend(&rt->refs, shared, &rq->borrower);
        lend_made(rt, &rq->borrower, rq->address);
        doubt_place(shared->object, &rq->unreadable);
        away_call_back(rt, &shared->object, 1);
    }
    lend_on_ready(rt);
    pthread_mutex_unlock(&rt->lock);
}
