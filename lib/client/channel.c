/* channel.c - the answer comes in a later turn on both ways. */
#include "lib/client/channel.h"

#include "lib/base/mem.h"
#include "lib/client/bridge.h"
#include "lib/client/runtime.h"
#include "lib/net/loop.h"
#include "lib/net/stubs.h"

#include <stdlib.h>

struct asking {
    struct channel_request rq;
    channel_done *done;
    void *arg;
};

static void answer(struct asking *asking, const struct error *err,
                   const struct channel *channel)
{
    channel_done *done = asking->done;
    void *arg = asking->arg;

    free(asking);
    done(arg, err, err == NULL ? channel : NULL);
}

static void on_brokered(void *arg, const struct error *err, const void *reply)
{
    struct asking *asking = arg;
    struct channel channel = { { -1, -1, -1 }, 0 };

    (void)reply;
    if (err == NULL)
        for (int i = 0; i < 3; i++)
            channel.fds[i] = peer_take_fd(asking->rq.node->peer);
    answer(asking, err, &channel);
}

static void open_bridge(void *arg)
{
    struct asking *asking = arg;
    struct channel channel;
    struct error err;
    int status = 0;

    channel.bridge = bridge_open(&asking->rq, channel.fds, &err);
    if (channel.bridge == 0)
        status = -(int)err.code;
    answer(asking, status == 0 ? NULL : &err, &channel);
}

void channel_ask(const struct channel_request *rq, channel_done *done, void *arg)
{
    struct asking *asking = xalloc(sizeof(*asking));
    struct peer *peer = node_link_peer(rq->node);
    struct worker_ref worker = { .worker_id = rq->worker_id };

    *asking = (struct asking){ *rq, done, arg };
    if (peer == NULL || rq->node->is_remote)
        loop_defer(rq->node->rt->loop, open_bridge, asking);
    else
        call_workers_connect(peer, &worker, NULL, on_brokered, asking);
}
