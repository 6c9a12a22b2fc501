/* sim_peer.c - lib/net/{peer,server}.h: connections as two ends that send each other
 * parcels through the queue of the world.
 *
 * Every message is packed and unpacked by the real codec. Parcels of one direction keep
 * their order, as on a stream; a link that loses or delays packets makes them late, one
 * that is cut makes them wait, and a connection that breaks loses all that is under
 * way, at each end at another time. Ends live until nothing refers to them: whoever
 * uses one after its on_close is caught. */
#include "tests/sim/sim_wire.h"

#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/net/auth.h"
#include "lib/net/server.h"
#include "lib/proto/codec.h"

#include <string.h>

enum { CONNECT_MS = 5000, BREAK_NS = 600 * 1000 * 1000 };

static void unref(struct peer *peer)
{
    if (--peer->refs > 0)
        return;
    arena_finish(&peer->arena);
    free(peer);
}

static void parcel_free(struct parcel *parcel)
{
    buf_finish(&parcel->body);
    if (parcel->to != NULL)
        unref(parcel->to);
    free(parcel);
}

void sim_asked_end(struct asked_call *asked, const struct error *err, const void *reply)
{
    peer_done *done = asked->done;
    void *arg = asked->arg;

    map_remove(&asked->peer->asked, &asked->node);
    if (asked->deadline != NULL)
        sim_cancel(asked->deadline);
    free(asked);
    if (done != NULL)
        done(arg, err, reply);
}

/* The connection is over at this end. */
static void teardown(struct peer *peer)
{
    struct list *at;

    if (peer->is_gone)
        return;
    peer->is_open = false;
    peer->is_closing = true;
    if (peer->timeout != NULL)
        sim_cancel(peer->timeout);
    list_remove(&peer->list);
    while (peer->asked.first != NULL) {
        struct error err = peer->why;
        sim_asked_end(container_of(peer->asked.first, struct asked_call, node), &err,
                      NULL);
    }
    while ((at = list_take_first(&peer->owed)) != NULL)
        container_of(at, struct call, list)->peer = NULL;
    while ((at = list_take_first(&peer->waiting)) != NULL)
        parcel_free(container_of(at, struct parcel, list));
    if (peer->options.on_close != NULL)
        peer->options.on_close(peer->options.arg, peer, &peer->why);
    if (peer->other != NULL)
        peer->other->other = NULL;
    peer->other = NULL;
    peer->is_gone = true;
    unref(peer);
}

/* ---- arriving ---- */

static void on_request(struct peer *peer, struct parcel *parcel)
{
    const struct dispatch *dispatch = peer->options.dispatch;
    const struct method *method = NULL;
    struct call *call = xcalloc(1, sizeof(*call));
    struct error err;
    void *request;

    call->peer = peer;
    call->number = parcel->number;
    call->is_note = parcel->kind == PARCEL_NOTE;
    list_add(&peer->owed, &call->list);
    if (dispatch != NULL)
        method = dispatch->by_number[parcel->method->number].method;
    if (method == NULL) {
        fail(&err, ERR_UNSUPPORTED, "%s is not served here", parcel->method->name);
        call_fail(call, &err);
        return;
    }
    call->method = method;
    request = arena_alloc(&peer->arena, method->request->size);
    MUST(codec_unpack(buf_slice(&parcel->body), method->request, request, &peer->arena,
                      &err) == 0);
    method->dispatch(dispatch->by_number[method->number].handlers,
                     dispatch->by_number[method->number].self, request, call);
}

static void on_answer(struct peer *peer, struct parcel *parcel)
{
    struct map_node *node =
        map_find(&peer->asked, &parcel->number, sizeof(parcel->number));
    struct asked_call *asked;
    struct error err;
    void *reply;

    if (node == NULL)
        return;
    asked = container_of(node, struct asked_call, node);
    if (parcel->kind == PARCEL_FAILURE) {
        sim_asked_end(asked, &parcel->err, NULL);
        return;
    }
    reply = arena_alloc(&peer->arena, asked->method->reply->size);
    MUST(codec_unpack(buf_slice(&parcel->body), asked->method->reply, reply,
                      &peer->arena, &err) == 0);
    sim_asked_end(asked, NULL, reply);
}

static void on_parcel(void *arg)
{
    struct parcel *parcel = arg;
    struct peer *peer = parcel->to;

    if (!peer->is_closing || parcel->kind == PARCEL_END) {
        if (parcel->kind == PARCEL_REQUEST || parcel->kind == PARCEL_NOTE) {
            on_request(peer, parcel);
        } else if (parcel->kind == PARCEL_END) {
            if (peer->why.code == ERR_OK)
                fail(&peer->why, ERR_CLOSED, "connection closed by the other side");
            teardown(peer);
        } else {
            on_answer(peer, parcel);
        }
        arena_reset(&peer->arena);
    }
    parcel_free(parcel);
}

static void discard_parcel(void *arg)
{
    parcel_free(arg);
}

/* ---- sending ---- */

static void deliver(struct peer *from, struct parcel *parcel)
{
    struct peer *to = from->other;
    int64_t at = sim_now() + sim_latency(from->loop->machine, to->loop->machine);

    if (at < from->last_arrival)
        at = from->last_arrival;
    from->last_arrival = at;
    parcel->to = to;
    to->refs++;
    sim_on_discard(sim_at(to->loop, at - sim_now(), on_parcel, parcel), discard_parcel);
}

void sim_send_parcel(struct peer *from, const struct parcel *content)
{
    struct parcel *parcel = xcalloc(1, sizeof(*parcel));

    *parcel = *content;
    list_init(&parcel->list);
    if (from->other != NULL && (!from->loop->is_dead || parcel->kind == PARCEL_END))
        deliver(from, parcel);
    else if (!from->is_open && !from->is_closing && !from->loop->is_dead)
        list_add(&from->waiting, &parcel->list);
    else
        parcel_free(parcel);
}

void sim_send_message(struct peer *peer, struct parcel *parcel, const struct desc *desc,
                      const void *message)
{
    buf_init(&parcel->body, 0);
    MUST(codec_pack(&parcel->body, desc, message) == 0);
    sim_send_parcel(peer, parcel);
}

/* ---- life ---- */

static struct peer *peer_create(struct loop *loop, const struct peer_options *options)
{
    struct peer *peer = xcalloc(1, sizeof(*peer));

    peer->loop = loop;
    peer->options = *options;
    peer->refs = 1;
    list_init(&peer->owed);
    list_init(&peer->waiting);
    list_add(&loop->peers, &peer->list);
    return peer;
}

static void on_teardown(void *arg)
{
    struct peer *peer = arg;

    teardown(peer);
    unref(peer);
}

static void discard_teardown(void *arg)
{
    unref(arg);
}

static void end_soon(struct peer *peer, int64_t delay)
{
    peer->refs++;
    sim_on_discard(sim_at(peer->loop, delay, on_teardown, peer), discard_teardown);
}

static struct server *find_server(const char *address)
{
    struct list *at, *in;

    list_each(at, sim_processes()) {
        struct loop *loop = container_of(at, struct loop, list);
        list_each(in, &loop->servers) {
            struct server *server = container_of(in, struct server, list);
            if (!loop->is_dead && strcmp(server->address, address) == 0)
                return server;
        }
    }
    return NULL;
}

static void open_end(struct peer *peer)
{
    struct list *at;

    peer->is_open = true;
    peer->other_id = peer->other->options.self->id;
    peer->other_pid = peer->other->loop->pid;
    snprintf(peer->role, sizeof(peer->role), "%s", peer->other->options.self->role);
    if (peer->timeout != NULL)
        sim_cancel(peer->timeout);
    peer->timeout = NULL;
    while ((at = list_take_first(&peer->waiting)) != NULL)
        deliver(peer, container_of(at, struct parcel, list));
    if (peer->options.on_open != NULL)
        peer->options.on_open(peer->options.arg, peer);
}

static void on_connect(void *arg)
{
    struct peer *peer = arg, *other;
    struct server *server = find_server(peer->name);

    if (peer->is_closing) {
        unref(peer);
        return;
    }
    if (server == NULL) {
        fail(&peer->why, ERR_UNREACHABLE, "%s: connection refused", peer->name);
        teardown(peer);
        unref(peer);
        return;
    }
    other = peer_create(server->loop, &server->options);
    snprintf(other->name, sizeof(other->name), "process %d", peer->loop->pid);
    other->other = peer;
    other->server = server;
    peer->other = other;
    open_end(other);
    open_end(peer);
    unref(peer);
}

static void on_connect_timeout(void *arg)
{
    struct peer *peer = arg;

    peer->timeout = NULL;
    fail(&peer->why, ERR_TIMEOUT, "no answer within %d ms", CONNECT_MS);
    teardown(peer);
}

struct peer *peer_connect(struct loop *loop, const char *address,
                          const struct peer_options *options)
{
    struct peer *peer = peer_create(loop, options);
    struct server *server = find_server(address);
    int to = server != NULL ? server->loop->machine : loop->machine;

    snprintf(peer->name, sizeof(peer->name), "%s", address);
    if (loop->is_dead)
        return peer;
    peer->timeout = sim_at(loop, CONNECT_MS * NS_PER_MS, on_connect_timeout, peer);
    peer->refs++;
    sim_on_discard(sim_at(loop, sim_latency(loop->machine, to), on_connect, peer),
                   discard_teardown);
    return peer;
}

void peer_close(struct peer *peer)
{
    const struct parcel end = { .kind = PARCEL_END };

    MUST(!peer->is_gone);
    if (peer->is_closing)
        return;
    sim_send_parcel(peer, &end);
    peer->is_closing = true;
    fail(&peer->why, ERR_CLOSED, "connection closed on this side");
    end_soon(peer, sim_latency(peer->loop->machine, peer->loop->machine));
}

void sim_kill_peers(struct loop *process)
{
    const struct parcel end = { .kind = PARCEL_END };

    while (!list_is_empty(&process->peers)) {
        struct peer *peer = container_of(process->peers.next, struct peer, list);
        if (!peer->is_closing)
            sim_send_parcel(peer, &end);
        if (peer->why.code == ERR_OK)
            fail(&peer->why, ERR_CLOSED, "killed");
        teardown(peer);
    }
}

void sim_reset_one(void)
{
    struct list *at, *in;
    struct peer *chosen = NULL, *ends[2];
    uint64_t count = 0;

    list_each(at, sim_processes()) {
        list_each(in, &container_of(at, struct loop, list)->peers) {
            struct peer *peer = container_of(in, struct peer, list);
            if (peer->is_open && !peer->is_closing && peer->other != NULL &&
                peer->other->loop->machine != peer->loop->machine &&
                sim_draw(++count) == 0)
                chosen = peer;
        }
    }
    if (chosen == NULL)
        return;
    ends[0] = chosen;
    ends[1] = chosen->other;
    for (int i = 0; i < 2; i++) {
        ends[i]->other = NULL; /* from here on each speaks to nobody */
        fail(&ends[i]->why, ERR_CLOSED, "connection reset");
        end_soon(ends[i], (int64_t)sim_draw(BREAK_NS));
    }
}

/* ---- servers ---- */

struct server *server_listen(struct loop *loop, const char *address,
                             const struct peer_options *options, struct error *err)
{
    struct server *server;
    const char *colon = strrchr(address, ':');

    if (find_server(address) != NULL) {
        fail(err, ERR_EXISTS, "%s is in use", address);
        return NULL;
    }
    server = xcalloc(1, sizeof(*server));
    server->loop = loop;
    server->options = *options;
    if (strcmp(colon, ":0") == 0)
        snprintf(server->address, sizeof(server->address), "%.*s:%d",
                 (int)(colon - address), address, loop->pid);
    else
        snprintf(server->address, sizeof(server->address), "%s", address);
    list_add(&loop->servers, &server->list);
    return server;
}

const char *server_address(const struct server *server)
{
    return server->address;
}

void server_close(struct server *server)
{
    struct list *at;

    if (server == NULL)
        return;
    list_each(at, &server->loop->peers) {
        struct peer *peer = container_of(at, struct peer, list);
        if (peer->server == server)
            peer_close(peer);
    }
    list_remove(&server->list);
    free(server);
}

/* Those of a killed process: its services still had their addresses. */
void sim_free_servers(struct loop *process)
{
    struct list *at;

    while ((at = list_take_first(&process->servers)) != NULL)
        free(container_of(at, struct server, list));
}
