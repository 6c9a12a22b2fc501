/* lost.h - the end of a worker, of the way to it, or of its node: its lanes end, too.
 *
 * A worker on this machine is gone when its node says so. One on another machine is
 * gone when the connection to it has ended: answers that were under way have come by
 * then; what its node has said before is why. Loop thread, not under the runtime's
 * lock. */
#pragma once

#include "lib/base/error.h"

#include <stdint.h>

struct node_link;
struct runtime;
struct worker_exit;

/* A node says so. */
void lost_worker(struct runtime *rt, const struct worker_exit *exit);
/* The bridge of that number, see lib/client/bridge.h. */
void lost_bridge(struct runtime *rt, uint64_t number, const struct error *why);
/* The connection to the node, and with it the leases of its workers. */
void lost_node(struct runtime *rt, struct node_link *node);
