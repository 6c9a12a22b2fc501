/* pull.c - windows of chunks.
 *
 * Happy path: the first who asks begins a pull: room in the store, mapped here; WINDOW
 * reads of CHUNK bytes are under way at any time, and each answer is copied to its
 * place and asks for the next. When the last byte is there all who wait are answered.
 * The first failure ends a pull once the reads that are under way have come back. */
#include "daemon/node/pull.h"

#include "lib/base/list.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/base/mem.h"
#include "lib/net/loop.h"
#include "lib/net/nearby.h"
#include "lib/net/stubs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { CHUNK = 1024 * 1024, WINDOW = 8 };

struct pulls {
    struct loop *loop;
    const struct identity *self;
    const struct dispatch *dispatch;
    struct pull_ops ops;
    struct map holders; /* of struct holder, by address */
    struct map all;     /* of struct pull, by object */
};

/* Another node. */
struct holder {
    struct map_node node;
    struct pulls *pulls;
    struct peer *peer;
    char *address;
};

struct waiter {
    struct list list;
    struct call *call;
};

struct pull {
    struct map_node node;
    struct pulls *pulls;
    struct id object;
    struct object_place from;
    struct holder *holder; /* NULL: lost */
    struct pull_target target;
    char *memory;
    int64_t asked, received;
    unsigned under_way;
    struct error err; /* code 0: none */
    struct list waiters;
};

/* A read that is under way. */
struct chunk {
    struct pull *pull;
    int64_t offset, size;
};

struct pulls *pulls_create(struct loop *loop, const struct identity *self,
                           const struct dispatch *dispatch, const struct pull_ops *ops)
{
    struct pulls *pulls = xcalloc(1, sizeof(*pulls));

    pulls->loop = loop;
    pulls->self = self;
    pulls->dispatch = dispatch;
    pulls->ops = *ops;
    return pulls;
}

static void answer(struct pull *pull, struct call *call)
{
    const struct object_place reply = { .segment = pull->target.segment,
                                        .size = pull->from.size };

    if (pull->err.code != ERR_OK)
        call_fail(call, &pull->err);
    else
        call_reply(call, &reply);
}

static void pull_end(struct pull *pull)
{
    struct pulls *pulls = pull->pulls;
    struct list *at;

    map_remove(&pulls->all, &pull->node);
    if (pull->memory != NULL)
        munmap(pull->memory, (size_t)pull->from.size);
    if (pull->memory != NULL || pull->err.code == ERR_OK)
        pulls->ops.ended(pulls->ops.arg, &pull->object, pull->err.code == ERR_OK);
    while ((at = list_take_first(&pull->waiters)) != NULL) {
        struct waiter *waiter = container_of(at, struct waiter, list);
        answer(pull, waiter->call);
        free(waiter);
    }
    free(pull);
}

static void on_chunk(void *arg, const struct error *err, const void *message);

static void ask_chunk(struct pull *pull)
{
    struct chunk *chunk = xalloc(sizeof(*chunk));
    int64_t left = pull->from.size - pull->asked;
    struct object_read rq = { .object_id = pull->object,
                              .segment = pull->from.segment };

    *chunk = (struct chunk){ pull, pull->asked, left < CHUNK ? left : CHUNK };
    rq.offset = pull->from.offset + chunk->offset;
    rq.size = chunk->size;
    pull->asked += chunk->size;
    pull->under_way++;
    call_objects_read(pull->holder->peer, &rq, NULL, on_chunk, chunk);
}

/* More reads, or the end. */
static void go_on(struct pull *pull)
{
    while (pull->err.code == ERR_OK && pull->under_way < WINDOW &&
           pull->asked < pull->from.size)
        ask_chunk(pull);
    if (pull->under_way == 0)
        pull_end(pull);
}

static void on_chunk(void *arg, const struct error *err, const void *message)
{
    struct chunk *chunk = arg;
    struct pull *pull = chunk->pull;
    const struct object_chunk *reply = message;

    pull->under_way--;
    if (err == NULL && (int64_t)reply->data.size != chunk->size)
        fail(&pull->err, ERR_PROTOCOL, "object: %zu bytes of %lld came",
             reply->data.size, (long long)chunk->size);
    else if (err == NULL)
        memcpy(pull->memory + chunk->offset, reply->data.data, reply->data.size);
    else if (pull->err.code == ERR_OK)
        fail(&pull->err, ERR_OBJECT_LOST, "object: %s", err->text);
    free(chunk);
    go_on(pull);
}

static void on_close(void *arg, struct peer *peer, const struct error *why)
{
    struct holder *holder = arg;
    struct pulls *pulls = holder->pulls;
    struct map_node *node, *after;

    (void)peer;
    log_info("pull", "no connection to node=%s why=%s", holder->address, why->text);
    map_each(node, after, &pulls->all) {
        struct pull *pull = container_of(node, struct pull, node);
        if (pull->holder == holder)
            pull->holder = NULL;
    }
    pulls->ops.on_holder_lost(pulls->ops.arg, holder->address);
    map_remove(&pulls->holders, &holder->node);
    free(holder->address);
    free(holder);
}

static struct holder *find_holder(struct pulls *pulls, struct slice address)
{
    struct map_node *node = map_find(&pulls->holders, address.data, address.size);
    struct holder *holder;
    char picked[NEARBY_TEXT_MAX];
    struct peer_options options = { .self = pulls->self,
                                    .dispatch = pulls->dispatch,
                                    .on_close = on_close };

    if (node != NULL)
        return container_of(node, struct holder, node);
    holder = xcalloc(1, sizeof(*holder));
    holder->pulls = pulls;
    holder->address = xslicedup(address);
    map_add(&pulls->holders, &holder->node, holder->address, address.size);
    nearby_pick(holder->address, picked);
    options.arg = holder;
    holder->peer = peer_connect(pulls->loop, picked, &options);
    return holder;
}

static int map_target(struct pull *pull, struct error *err)
{
    void *memory = mmap(NULL, (size_t)pull->from.size, PROT_READ | PROT_WRITE,
                        MAP_SHARED, pull->target.fd, 0);

    if (memory == MAP_FAILED)
        return fail(err, ERR_FULL, "map a copy of %lld bytes: %s",
                    (long long)pull->from.size, strerror(errno));
    pull->memory = memory;
    return 0;
}

static struct pull *begin(struct pulls *pulls, const struct object_pull *rq,
                          struct error *err)
{
    struct pull *pull = xcalloc(1, sizeof(*pull));

    pull->pulls = pulls;
    pull->object = rq->object_id;
    pull->from = rq->place;
    list_init(&pull->waiters);
    if (pulls->ops.begin(pulls->ops.arg, rq, &pull->target, err) != 0) {
        free(pull);
        return NULL;
    }
    if (map_target(pull, err) != 0) {
        pulls->ops.ended(pulls->ops.arg, &pull->object, false);
        free(pull);
        return NULL;
    }
    pull->holder = find_holder(pulls, rq->place.address);
    pull->from.address = slice(pull->holder->address);
    map_add(&pulls->all, &pull->node, ID_KEY(&pull->object));
    return pull;
}

void pulls_ask(struct pulls *pulls, const struct object_pull *rq, struct call *call)
{
    struct map_node *node = map_find(&pulls->all, ID_KEY(&rq->object_id));
    struct pull *pull = node != NULL ? container_of(node, struct pull, node) : NULL;
    bool is_new = pull == NULL;
    struct waiter *waiter;
    struct error err;

    if (is_new)
        pull = begin(pulls, rq, &err);
    if (pull == NULL) {
        call_fail(call, &err);
        return;
    }
    waiter = xcalloc(1, sizeof(*waiter));
    waiter->call = call;
    list_add(&pull->waiters, &waiter->list);
    if (is_new)
        go_on(pull);
}

void pulls_close(struct pulls *pulls)
{
    struct map_node *node, *after;

    map_each(node, after, &pulls->holders)
        peer_close(container_of(node, struct holder, node)->peer);
}

void pulls_destroy(struct pulls *pulls)
{
    free(pulls);
}
