/* channel.h - asks for a way to a worker: descriptors of a pair of rings and of the
 * bell at its other end.
 *
 * On this machine the node brokers them (workers.connect). For a worker on another
 * machine the other end is a bridge in this process (lib/client/bridge.h), so that
 * lanes need not know the difference. Loop thread only. */
#pragma once

#include "lib/base/id.h"

#include <stddef.h>
#include <stdint.h>

struct error;
struct node_link;

struct channel {
    int fds[3];      /* rings, bell page, eventfd; the receiver's */
    uint64_t bridge; /* its number; 0 on this machine */
};

/* `err` or `channel` is NULL. */
typedef void channel_done(void *arg, const struct error *err,
                          const struct channel *channel);

/* `done` runs once, never before this returns. `ahead`: how many tasks a worker on
 * another machine may be sent before it has answered. */
struct channel_request {
    struct node_link *node;
    struct id worker_id;
    size_t ahead;
};
void channel_ask(const struct channel_request *rq, channel_done *done, void *arg);
