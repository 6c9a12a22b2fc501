/* gather.c - counts answers down. */
#include "daemon/head/gather.h"

#include "daemon/head/nodes.h"
#include "lib/base/mem.h"
#include "lib/net/loop.h"
#include "lib/net/peer.h"

#include <stdlib.h>

struct gather {
    struct gather_ops ops;
    const struct method *method;
    const void *request;
    size_t outstanding;
};

struct asked_node {
    struct gather *gather;
    struct id id;
};

static void finish(void *arg)
{
    struct gather *gather = arg;

    gather->ops.on_done(gather->ops.arg);
    free(gather);
}

static void on_answer(void *arg, const struct error *err, const void *reply)
{
    struct asked_node *asked = arg;
    struct gather *gather = asked->gather;

    if (err == NULL)
        gather->ops.on_reply(gather->ops.arg, &asked->id, reply);
    free(asked);
    if (--gather->outstanding == 0)
        finish(gather);
}

static void ask(void *arg, struct peer *peer, const struct member *member)
{
    const struct call_options options = { .timeout_ms = GATHER_MS };
    struct asked_node *asked = xcalloc(1, sizeof(*asked));
    struct gather *gather = arg;

    asked->gather = gather;
    asked->id = member->id;
    gather->outstanding++;
    peer_call(peer, (struct peer_request){ gather->method, gather->request }, &options,
              on_answer, asked);
}

void gather_begin(struct loop *loop, const struct nodes *nodes,
                  const struct method *method, const void *request,
                  const struct gather_ops *ops)
{
    struct gather *gather = xcalloc(1, sizeof(*gather));

    gather->ops = *ops;
    gather->method = method;
    gather->request = request;
    nodes_each_alive(nodes, ask, gather);
    if (gather->outstanding == 0)
        loop_defer(loop, finish, gather);
}
