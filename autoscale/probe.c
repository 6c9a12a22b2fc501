/* probe.c - one call of nodes.status on a loop of its own. */
#include "autoscale/probe.h"

#include "lib/net/address.h"
#include "lib/net/loop.h"
#include "lib/net/stubs.h"

#include <stdio.h>

enum { PROBE_MS = 10000 };

struct asking {
    struct probe *probe;
    struct error err;
    bool done, closed;
};

static void on_status(void *arg, const struct error *err, const void *reply)
{
    const struct cluster_status *status = reply;
    struct asking *asking = arg;

    if (err != NULL)
        asking->err = *err;
    else
        snprintf(asking->probe->cluster, sizeof(asking->probe->cluster), "%.*s",
                 SLICE_ARGS(status->cluster));
    asking->done = true;
}

static void on_close(void *arg, struct peer *peer, const struct error *why)
{
    struct asking *asking = arg;

    (void)peer;
    (void)why;
    asking->closed = true;
}

int probe_head(const char *address, const struct identity *self, struct probe *probe,
               struct error *err)
{
    static const struct nothing nothing;
    struct asking asking = { .probe = probe };
    const struct peer_options options = { .self = self,
                                          .on_close = on_close,
                                          .arg = &asking };
    const struct call_options call = { .timeout_ms = PROBE_MS };
    struct loop *loop;
    struct peer *peer;
    int status = address_own_ip(address, probe->ip, sizeof(probe->ip), err);

    if (status != 0)
        return status;
    loop = loop_create();
    peer = peer_connect(loop, address, &options);
    call_nodes_status(peer, &nothing, &call, on_status, &asking);
    loop_run_until(loop, &asking.done, 0);
    if (!asking.closed)
        peer_close(peer);
    loop_destroy(loop);
    if (asking.err.code != ERR_OK)
        *err = asking.err;
    return -(int)asking.err.code;
}
