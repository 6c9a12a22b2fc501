/* handover.c - one message an owner. */
#include "lib/client/handover.h"

#include "lib/base/arena.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/client/object.h"
#include "lib/client/runtime.h"
#include "lib/net/loop.h"
#include "lib/net/stubs.h"

#include <stdlib.h>
#include <string.h>

struct item {
    struct ray_ref *object;
    int64_t *loans;
};

struct handover {
    struct runtime *rt;
    struct id receiver;
    char *address;
    struct item *items;
    size_t count, capacity;
    size_t unanswered;
    void (*done)(void *arg);
    void *arg;
    struct mail mail;
};

/* Those of one owner: items[begin] to items[end - 1]. */
struct share {
    struct handover *handover;
    size_t begin, end;
};

struct handover *handover_create(struct runtime *rt, const struct id *receiver,
                                 const char *address)
{
    struct handover *handover = xcalloc(1, sizeof(*handover));

    handover->rt = rt;
    handover->receiver = *receiver;
    handover->address = xstrdup(address);
    return handover;
}

void handover_add(struct handover *handover, struct ray_ref *object, int64_t *loans)
{
    handover->items = xgrow(handover->items, &handover->capacity, handover->count + 1,
                            sizeof(*handover->items));
    handover->items[handover->count++] = (struct item){ object, loans };
    object->refs++;
}

bool handover_is_empty(const struct handover *handover)
{
    return handover->count == 0;
}

static void end_one(struct handover *handover)
{
    if (--handover->unanswered == 0)
        handover->done(handover->arg);
}

static void on_lent(void *arg, const struct error *err, const void *reply)
{
    struct share *share = arg;
    struct handover *handover = share->handover;

    (void)reply;
    if (err != NULL)
        log_info("handover", "not lent: %s", err->text);
    pthread_mutex_lock(&handover->rt->lock);
    for (size_t i = share->begin; i < share->end && err == NULL; i++) {
        struct item *item = &handover->items[i];
        if (item->loans != NULL)
            ++*item->loans;
        else
            refs_credit(&handover->rt->refs, item->object->shared, 1);
    }
    pthread_mutex_unlock(&handover->rt->lock);
    free(share);
    end_one(handover);
}

static void ask(struct share *share)
{
    struct handover *handover = share->handover;
    const struct shared *shared = handover->items[share->begin].object->shared;
    struct object_borrow rq = { .owner = shared->owner,
                                .borrower = handover->receiver,
                                .address = slice(handover->address) };
    struct peer *peer = node_link_peer(shared->home);
    struct arena arena = { 0 };
    struct error err;

    handover->unanswered++;
    if (peer == NULL) {
        fail(&err, ERR_UNREACHABLE, "node %s is gone", shared->home->address);
        on_lent(share, &err, NULL);
        return;
    }
    rq.objects.count = share->end - share->begin;
    rq.objects.items = arena_array(&arena, rq.objects.count, sizeof(*rq.objects.items));
    for (size_t i = 0; i < rq.objects.count; i++)
        rq.objects.items[i].object_id = handover->items[share->begin + i].object->id;
    call_objects_borrow(peer, &rq, NULL, on_lent, share);
    arena_finish(&arena);
}

static int by_owner(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    return memcmp(&x->object->shared->owner, &y->object->shared->owner,
                  sizeof(struct id));
}

static bool is_same_owner(const struct handover *handover, size_t a, size_t b)
{
    return id_equal(&handover->items[a].object->shared->owner,
                    &handover->items[b].object->shared->owner);
}

static void ask_all(void *arg)
{
    struct handover *handover = arg;
    size_t end;

    if (handover->count > 0)
        qsort(handover->items, handover->count, sizeof(*handover->items), by_owner);
    for (size_t begin = 0; begin < handover->count; begin = end) {
        struct share *share = xalloc(sizeof(*share));
        for (end = begin + 1; end < handover->count; end++)
            if (!is_same_owner(handover, begin, end))
                break;
        *share = (struct share){ handover, begin, end };
        ask(share);
    }
    end_one(handover); /* the one of handover_start() */
}

void handover_start(struct handover *handover, void (*done)(void *arg), void *arg)
{
    handover->done = done;
    handover->arg = arg;
    handover->unanswered = 1;
    loop_defer(handover->rt->loop, ask_all, handover);
}

static void on_all(void *arg)
{
    struct handover *handover = arg;
    mailbox_finish(&handover->mail, NULL);
}

static void start(void *arg)
{
    handover_start(arg, on_all, arg);
}

void handover_wait(struct handover *handover)
{
    mailbox_wait(handover->rt, start, handover, &handover->mail);
}

void handover_destroy(struct handover *handover)
{
    for (size_t i = 0; i < handover->count; i++)
        object_unref(handover->rt, handover->items[i].object);
    free(handover->items);
    free(handover->address);
    free(handover);
}
