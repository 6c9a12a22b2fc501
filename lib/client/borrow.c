/* borrow.c - the borrower's side.
 *
 * Happy path: a ref arrives inside a value, borrow_receive() finds or makes its object;
 * ray_get() asks the owner, whose answer is a loan, the value and the refs inside it;
 * the last handle is released and the loans are given back.
 *
 * Failure: the owner's process or node is gone: the object is FAILED, OWNER_DIED,
 * unless its value came before. The bytes are not where the owner said: it is asked
 * again, and told so; ASKS_MAX times. The owner has freed the object (that cannot be
 * while loans are counted well, but for a lender that died): OBJECT_LOST.
 *
 * An object that was asked for is pinned until the answer has come, so that the loan in
 * it finds its place. */
#include "lib/client/borrow.h"

#include "lib/base/mem.h"
#include "lib/client/carry.h"
#include "lib/client/lineage.h"
#include "lib/client/mishap.h"
#include "lib/client/object.h"
#include "lib/client/runtime.h"
#include "lib/client/task.h"
#include "lib/net/loop.h"
#include "lib/net/stubs.h"

#include <stdio.h>
#include <stdlib.h>

enum { ASKS_MAX = 5 };

static struct shared *share(struct runtime *rt, struct ray_ref *object)
{
    if (object->shared == NULL) {
        object->shared = refs_add(&rt->refs, &object->id, &rt->refs.self);
        object->shared->object = object;
        object->shared->home = rt->home;
    }
    return object->shared;
}

void borrow_describe(struct runtime *rt, struct ray_ref *object, struct held_ref *out)
{
    const struct shared *shared = share(rt, object);

    *out = (struct held_ref){ .object_id = object->id,
                              .owner = shared->owner,
                              .address = slice(node_link_public(shared->home)) };
}

static void set_lost(struct ray_ref *object, const char *why)
{
    char text[ERROR_TEXT_MAX], hex[ID_HEX_MAX];
    struct failure failure = { .code = ERR_OBJECT_LOST };

    snprintf(text, sizeof(text), "object %s %s", id_hex(&object->id, hex), why);
    failure.text = slice(text);
    object_set_failure(object, &failure);
}

struct ray_ref *borrow_receive(struct runtime *rt, const struct held_ref *from)
{
    struct shared *shared = refs_find(&rt->refs, &from->object_id);
    struct ray_ref *object;

    if (shared == NULL) {
        object = object_create(from->object_id);
        object->refs = 1;
        if (id_equal(&from->owner, &rt->refs.self)) {
            set_lost(object, "was freed: nobody held it any more");
            return object;
        }
        shared = object->shared = refs_add(&rt->refs, &object->id, &from->owner);
        shared->object = object;
        shared->home = runtime_node(rt, from->address);
    } else {
        object = shared->object;
        object->refs++;
    }
    refs_credit(&rt->refs, shared, from->loans);
    return object;
}

bool borrow_is(const struct runtime *rt, const struct ray_ref *object)
{
    return object->shared != NULL && !refs_is_mine(&rt->refs, object->shared);
}

/* ---- its value ---- */

struct asking {
    struct runtime *rt;
    struct ray_ref *object; /* pinned */
    struct object_ask rq;
};

static void set_failure(struct ray_ref *object, const struct error *err)
{
    bool is_gone = err->code == ERR_CLOSED || err->code == ERR_UNREACHABLE;
    char text[ERROR_TEXT_MAX + 128], hex[ID_HEX_MAX];
    struct failure failure = { .code = is_gone ? ERR_OWNER_DIED : err->code };

    snprintf(text, sizeof(text), "object %s: %s%s", id_hex(&object->id, hex),
             is_gone ? "the node of its owner is gone: " : "", err->text);
    failure.text = slice(text);
    object_set_failure(object, &failure);
}

static void on_answer(void *arg, const struct error *err, const void *reply)
{
    struct asking *asking = arg;
    struct runtime *rt = asking->rt;
    struct ray_ref *object = asking->object;
    const struct object_answer *answer = reply;

    pthread_mutex_lock(&rt->lock);
    object->shared->is_asked = false;
    if (err == NULL)
        refs_credit(&rt->refs, object->shared, 1);
    if (err != NULL)
        set_failure(object, err);
    else if (answer->failure.code != 0)
        object_set_failure(object, &answer->failure);
    else
        carry_set(rt, object, &answer->value);
    task_on_object(rt, object);
    runtime_wake(rt);
    object_unpin(rt, object);
    pthread_mutex_unlock(&rt->lock);
    free(asking);
}

static void send_ask(void *arg)
{
    struct asking *asking = arg;
    struct node_link *home = asking->object->shared->home;
    struct peer *peer = node_link_peer(home);
    struct error err;

    if (peer != NULL) {
        call_objects_ask(peer, &asking->rq, NULL, on_answer, asking);
        return;
    }
    fail(&err, ERR_UNREACHABLE, "node %s", home->address);
    on_answer(asking, &err, NULL);
}

/* Where we could not read it, so that its owner looks again. */
static void forget_place(struct runtime *rt, struct ray_ref *object,
                         struct object_place *unreadable)
{
    const struct place *place = object->place;

    unreadable->segment = place->segment;
    unreadable->offset = place->offset;
    unreadable->size = place->size;
    object_drop_place(rt, object);
    object->state = OBJECT_PENDING;
}

static bool is_unreadable(struct runtime *rt, const struct ray_ref *object)
{
    return lineage_is_lost(object) && shm_find(rt, object->place) == NULL;
}

void borrow_ask(struct runtime *rt, struct ray_ref *object)
{
    struct shared *shared = object->shared;
    struct asking *asking;

    if (shared->is_asked || object->state == OBJECT_FAILED ||
        (object->state == OBJECT_READY && !is_unreadable(rt, object)))
        return;
    if (object->state == OBJECT_READY && ++shared->misses >= ASKS_MAX) {
        object_drop_place(rt, object);
        set_lost(object, "cannot be read from this machine");
        return;
    }
    asking = xcalloc(1, sizeof(*asking));
    asking->rt = rt;
    asking->object = object;
    asking->rq = (struct object_ask){ .object_id = object->id,
                                      .owner = shared->owner,
                                      .borrower = rt->refs.self,
                                      .address = slice(node_link_public(rt->home)) };
    if (object->state == OBJECT_READY)
        forget_place(rt, object, &asking->rq.unreadable);
    object->pins++;
    shared->is_asked = true;
    loop_post(rt->loop, send_ask, asking);
}

/* ---- the end ---- */

struct giving_back {
    struct node_link *home;
    struct object_return note;
};

static void send_return(void *arg)
{
    struct giving_back *back = arg;
    struct peer *peer = node_link_peer(back->home);

    if (peer != NULL)
        note_objects_give_back(peer, &back->note, NULL);
    free(back);
}

void borrow_end(struct runtime *rt, struct ray_ref *object)
{
    struct shared *shared = object->shared;
    int64_t owed = refs_settle(shared);
    struct giving_back *back;

    if (owed > 0) {
        back = xalloc(sizeof(*back));
        *back = (struct giving_back){ shared->home,
                                      { .object_id = shared->id,
                                        .owner = shared->owner,
                                        .borrower = rt->refs.self,
                                        .loans = owed } };
        loop_post(rt->loop, send_return, back);
    }
    refs_remove(&rt->refs, shared);
    object->shared = NULL;
}
