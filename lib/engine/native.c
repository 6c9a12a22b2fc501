/* native.c - one peer to the head, connected by the first call and again by the next
 * one after it was lost. Errors of the connection become ERR_UNREACHABLE with the
 * address and what to do. */
#include "lib/engine/native.h"

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/net/address.h"
#include "lib/net/auth.h"
#include "lib/net/loop.h"
#include "lib/net/peer.h"
#include "lib/net/session.h"

#include <stdlib.h>
#include <string.h>

struct native {
    struct loop *loop;
    char *address;
    struct identity identity;
    struct peer *peer;
};

/* A call under way: what to tell whom. */
struct operation {
    engine_done *done;
    void *arg;
    struct error err; /* when it fails before it is sent */
};

void *native_create(struct loop *loop, const char *address)
{
    struct native *native = xcalloc(1, sizeof(*native));

    native->loop = loop;
    native->address = xstrdup(address);
    memcpy(native->identity.role, "admin", sizeof("admin"));
    return native;
}

static void on_close(void *arg, struct peer *peer, const struct error *why)
{
    struct native *native = arg;

    log_debug("native", "closed address=%s why=%s", native->address, why->text);
    if (native->peer == peer)
        native->peer = NULL;
}

/* TCP needs the secret of the cluster. */
static int find_secret(struct native *native, struct error *err)
{
    char folder[SESSION_PATH_MAX];

    if (address_is_unix(native->address) || native->identity.has_secret)
        return 0;
    if (session_of_address(native->address, folder, err) != 0)
        return fail(err, ERR_REFUSED, "%s: no secret for this cluster on this machine",
                    native->address);
    return auth_load_secret(&native->identity, folder, err);
}

/* Who answers late on a socket of this machine is asleep or busy, not somewhere else:
 * it has as long for the handshake as the caller has for the answer. A machine that
 * does not answer is told of sooner. */
static int reach(struct native *native, int64_t timeout_ms, struct error *err)
{
    const struct peer_options options = {
        .self = &native->identity,
        .on_close = on_close,
        .arg = native,
        .connect_timeout_ms = address_is_unix(native->address) ? timeout_ms : 0,
    };
    int status;

    if (native->peer != NULL)
        return 0;
    status = find_secret(native, err);
    if (status == 0)
        native->peer = peer_connect(native->loop, native->address, &options);
    return status;
}

static void finish(struct operation *op, const struct error *err, const void *reply)
{
    struct error why;

    if (err != NULL && (err->code == ERR_CLOSED || err->code == ERR_UNREACHABLE)) {
        fail(&why, ERR_UNREACHABLE, "no cluster answers at %s", err->text);
        err = &why;
    }
    op->done(op->arg, err, reply);
    free(op);
}

static void on_answer(void *arg, const struct error *err, const void *reply)
{
    finish(arg, err, reply);
}

static void on_refused(void *arg)
{
    struct operation *op = arg;
    finish(op, &op->err, NULL);
}

static void call(void *self, const struct engine_request *rq, engine_done *done,
                 void *arg)
{
    const struct call_options options = { .timeout_ms = rq->timeout_ms };
    struct native *native = self;
    struct operation *op = xcalloc(1, sizeof(*op));

    op->done = done;
    op->arg = arg;
    if (reach(native, rq->timeout_ms, &op->err) != 0)
        loop_defer(native->loop, on_refused, op);
    else
        peer_call(native->peer, (struct peer_request){ rq->method, rq->message },
                  &options, on_answer, op);
}

static void native_close(void *self)
{
    struct native *native = self;
    bool never = false;

    if (native->peer != NULL)
        peer_close(native->peer);
    while (native->peer != NULL)
        loop_run_until(native->loop, &never, 0);
    free(native->address);
    free(native);
}

const struct engine_ops native_engine = {
    .name = "native",
    .capabilities =
        ENGINE_STATE | ENGINE_JOBS | ENGINE_LOGS | ENGINE_ACTORS | ENGINE_KV,
    .call = call,
    .close = native_close,
};
