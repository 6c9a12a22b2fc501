/* sim_call.c - lib/net/peer.h, the calls: asked, answered, late. */
#include "tests/sim/sim_wire.h"

#include "lib/base/clock.h"
#include "lib/base/mem.h"

/* ---- what a peer is ---- */

const char *peer_role(const struct peer *peer)
{
    return peer->role;
}

struct id peer_id(const struct peer *peer)
{
    return peer->other_id;
}

int64_t peer_pid(const struct peer *peer)
{
    return peer->other_pid;
}

const char *peer_name(const struct peer *peer)
{
    return peer->name;
}

bool peer_is_open(const struct peer *peer)
{
    return peer->is_open && !peer->is_closing;
}

size_t peer_backlog(const struct peer *peer)
{
    (void)peer;
    return 0;
}

void peer_set_data(struct peer *peer, void *data)
{
    peer->data = data;
}

void *peer_data(const struct peer *peer)
{
    MUST(!peer->is_gone);
    return peer->data;
}

int peer_take_fd(struct peer *peer)
{
    (void)peer;
    return -1;
}

/* ---- calls ---- */

/* One that was made when the connection had ended already. */
struct late_call {
    struct list list; /* of its process */
    struct sim_event *event;
    peer_done *done;
    void *arg;
};

static void fail_late(void *arg)
{
    struct late_call late = *(struct late_call *)arg;
    struct error err;

    list_remove(&((struct late_call *)arg)->list);
    free(arg);
    fail(&err, ERR_CLOSED, "the connection has ended");
    late.done(late.arg, &err, NULL);
}

static void call_late(struct loop *process, peer_done *done, void *arg)
{
    struct late_call *late = xcalloc(1, sizeof(*late));

    late->done = done;
    late->arg = arg;
    list_add(&process->late_calls, &late->list);
    late->event = sim_at(process, 1000, fail_late, late);
}

void sim_kill_late_calls(struct loop *process)
{
    while (!list_is_empty(&process->late_calls)) {
        struct late_call *late =
            container_of(process->late_calls.next, struct late_call, list);
        sim_cancel(late->event);
        fail_late(late);
    }
}

static void on_deadline(void *arg)
{
    struct asked_call *asked = arg;
    struct error err;

    asked->deadline = NULL;
    fail(&err, ERR_TIMEOUT, "%s: no answer in time", asked->method->name);
    sim_asked_end(asked, &err, NULL);
}

void peer_call(struct peer *peer, struct peer_request rq,
               const struct call_options *options, peer_done *done, void *arg)
{
    struct parcel parcel = { .kind = PARCEL_REQUEST, .method = rq.method };
    struct asked_call *asked;

    MUST(!peer->is_gone);
    if (list_is_empty(&peer->list)) { /* its end is being told */
        call_late(peer->loop, done, arg);
        return;
    }
    asked = xcalloc(1, sizeof(*asked));
    asked->peer = peer;
    asked->method = rq.method;
    asked->number = parcel.number = ++peer->next_call;
    asked->done = done;
    asked->arg = arg;
    map_add(&peer->asked, &asked->node, &asked->number, sizeof(asked->number));
    if (options != NULL && options->timeout_ms > 0)
        asked->deadline =
            sim_at(peer->loop, options->timeout_ms * NS_PER_MS, on_deadline, asked);
    sim_send_message(peer, &parcel, rq.method->request, rq.message);
}

void peer_note(struct peer *peer, const struct method *method, const void *request,
               const struct call_options *options)
{
    struct parcel parcel = { .kind = PARCEL_NOTE, .method = method };

    (void)options;
    MUST(!peer->is_gone);
    sim_send_message(peer, &parcel, method->request, request);
}

void peer_forget(struct peer *peer, const void *arg)
{
    struct map_node *node, *after;

    map_each(node, after, &peer->asked) {
        struct asked_call *asked = container_of(node, struct asked_call, node);
        if (asked->arg == arg)
            asked->done = NULL;
    }
}

static void call_destroy(struct call *call)
{
    list_remove(&call->list);
    free(call);
}

void call_reply(struct call *call, const void *reply)
{
    struct parcel parcel = { .kind = PARCEL_REPLY, .number = call->number };

    if (call->peer != NULL && !call->is_note)
        sim_send_message(call->peer, &parcel, call->method->reply, reply);
    call_destroy(call);
}

void call_fail(struct call *call, const struct error *err)
{
    struct parcel parcel = { .kind = PARCEL_FAILURE,
                             .number = call->number,
                             .err = *err };

    if (call->peer != NULL && !call->is_note)
        sim_send_parcel(call->peer, &parcel);
    call_destroy(call);
}

void call_done(struct call *call)
{
    static const struct nothing nothing;
    call_reply(call, &nothing);
}

void call_give_fd(struct call *call, int fd)
{
    (void)call;
    (void)fd;
    MUST(!"descriptors are not part of this world");
}

struct peer *call_peer(const struct call *call)
{
    return call->peer;
}

bool call_is_note(const struct call *call)
{
    return call->is_note;
}
