/* peer.c - calls in both directions over one connection.
 *
 * Happy path: connect, both sides send HELLO, each judges the other's (auth.h), then
 * requests, replies and notes flow. On a Unix socket, where the kernel vouches for the
 * peer, our calls follow our HELLO without waiting for theirs; on TCP both wait for
 * TLS, which proves the role that HELLO then names.
 *
 * Every outstanding call is in `asked` by its number until its reply, its failure, its
 * deadline or the end of the connection, whichever is first; the others find it gone.
 * Every call that we still owe an answer is in `owed`; when the connection ends it is
 * orphaned there and freed by whoever answers it. A peer is freed by teardown() alone,
 * from a deferred call of the connection, so no callback ever sees it disappear. */
#include "lib/net/peer.h"

#include "lib/base/arena.h"
#include "lib/base/list.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/base/mem.h"
#include "lib/net/address.h"
#include "lib/net/auth.h"
#include "lib/net/conn.h"
#include "lib/net/fdpass.h"
#include "lib/net/handshake.h"
#include "lib/net/loop.h"
#include "lib/proto/codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    CONNECT_TIMEOUT_MS = 5000,
    HELLO_LIMIT = 16 * 1024, /* bytes of a frame before we know who sends it */
};

struct peer {
    struct loop *loop;
    struct conn *conn; /* NULL when the connection could not even be begun */
    struct peer_options options;
    struct loop_timer *handshake;
    struct map asked;   /* outstanding calls, by number */
    struct list owed;   /* of struct call */
    struct arena arena; /* of the message being handled */
    struct error why;
    uint32_t next_call;
    bool is_server, open, closing, torn;
    struct id id;
    int64_t pid, uid;
    char role[16];
    char name[ADDRESS_TEXT_MAX];
    void *data;
};

/* A call that we made. */
struct asked_call {
    struct map_node node;
    uint32_t number;
    struct peer *peer;
    const struct method *method;
    struct loop_timer *deadline; /* NULL: none */
    peer_done *done;
    void *arg;
};

/* A call that was made when the connection was gone already. */
struct late_call {
    peer_done *done;
    void *arg;
};

/* A call that we were asked. */
struct call {
    struct list list; /* in peer->owed */
    struct peer *peer;
    const struct method *method;
    uint32_t number;
    bool is_note;
    int fds[PEER_FDS_MAX];
    int fds_count;
};

static void asked_destroy(struct asked_call *asked)
{
    map_remove(&asked->peer->asked, &asked->node);
    loop_timer_destroy(asked->deadline);
    free(asked);
}

/* Ends an outstanding call: forgets it first, so that `done` may do anything. */
static void asked_finish(struct asked_call *asked, const struct error *err,
                         const void *reply)
{
    peer_done *done = asked->done;
    void *arg = asked->arg;

    asked_destroy(asked);
    if (done != NULL)
        done(arg, err, reply);
}

static void fail_asked(struct peer *peer)
{
    while (peer->asked.first != NULL) {
        struct asked_call *asked =
            container_of(peer->asked.first, struct asked_call, node);
        struct error err;
        fail(&err, peer->why.code, "%s: %s", peer->name, peer->why.text);
        asked_finish(asked, &err, NULL);
    }
}

static void teardown(struct peer *peer)
{
    struct list *at, *after;

    peer->open = false;
    peer->closing = peer->torn = true;
    fail_asked(peer);
    list_each_safe(at, after, &peer->owed) {
        container_of(at, struct call, list)->peer = NULL;
        list_remove(at);
    }
    if (peer->options.on_close != NULL)
        peer->options.on_close(peer->options.arg, peer, &peer->why);
    if (peer->conn != NULL)
        conn_destroy(peer->conn);
    loop_timer_destroy(peer->handshake);
    arena_finish(&peer->arena);
    free(peer);
}

static void end_with(struct peer *peer, const struct error *why)
{
    if (peer->closing)
        return;
    peer->closing = true;
    conn_end(peer->conn, why);
}

static void on_conn_end(void *arg, const struct error *why)
{
    struct peer *peer = arg;
    peer->why = *why;
    teardown(peer);
}

static void on_never_connected(void *arg)
{
    teardown(arg);
}

static void on_handshake_timeout(void *arg)
{
    struct peer *peer = arg;
    struct error why;

    fail(&why, ERR_TIMEOUT, "no answer within %lld ms",
         (long long)peer->options.connect_timeout_ms);
    end_with(peer, &why);
}

static void on_connected(void *arg)
{
    struct peer *peer = arg;
    conn_credentials(peer->conn, &peer->pid, &peer->uid);
}

static void send_failure(struct peer *peer, uint32_t number, const struct error *err)
{
    struct frame frame = { .kind = FRAME_FAILURE, .call = number };
    struct failure failure = { .code = err->code, .text = slice(err->text) };

    conn_send(peer->conn, &frame, &failure_desc, &failure, NULL);
}

static void on_hello(struct peer *peer, const struct hello *hello)
{
    const struct auth_proof proof = { peer->uid,
                                      peer->is_server ? conn_role(peer->conn) : NULL };
    struct error why;

    if (auth_check(peer->options.self, hello, proof, &why) != 0) {
        send_failure(peer, 0, &why);
        end_with(peer, &why);
        return;
    }
    peer->id = hello->id;
    if (peer->pid < 0)
        peer->pid = hello->pid;
    snprintf(peer->role, sizeof(peer->role), "%.*s", SLICE_ARGS(hello->role));
    peer->open = true;
    loop_timer_stop(peer->handshake);
    conn_set_limit(peer->conn, PROTO_MESSAGE_MAX);
    if (peer->options.on_open != NULL)
        peer->options.on_open(peer->options.arg, peer);
}

static void to_error(const struct failure *failure, struct error *err)
{
    enum error_code code = failure->code > 0 && failure->code < ERR_COUNT
                               ? (enum error_code)failure->code
                               : ERR_FAILED;
    fail(err, code, "%.*s", SLICE_ARGS(failure->text));
}

static struct asked_call *find_asked(struct peer *peer, uint32_t number)
{
    struct map_node *node = map_find(&peer->asked, &number, sizeof(number));
    return node != NULL ? container_of(node, struct asked_call, node) : NULL;
}

static void on_reply(struct peer *peer, const struct frame *frame)
{
    struct asked_call *asked = find_asked(peer, frame->call);
    struct error err;
    void *reply;

    if (asked == NULL) /* its deadline has passed, or it was forgotten */
        return;
    reply = arena_alloc(&peer->arena, asked->method->reply->size);
    if (codec_unpack(frame->body, asked->method->reply, reply, &peer->arena, &err) != 0)
        asked_finish(asked, &err, NULL);
    else
        asked_finish(asked, NULL, reply);
}

static void on_failure(struct peer *peer, const struct frame *frame)
{
    struct asked_call *asked = find_asked(peer, frame->call);
    struct failure failure;
    struct error err;

    if (codec_unpack(frame->body, &failure_desc, &failure, &peer->arena, &err) == 0)
        to_error(&failure, &err);
    if (frame->call == 0)
        end_with(peer, &err);
    else if (asked != NULL)
        asked_finish(asked, &err, NULL);
}

static void on_request(struct peer *peer, const struct frame *frame)
{
    const struct dispatch *dispatch = peer->options.dispatch;
    const struct method *method = NULL;
    struct call *call = xcalloc(1, sizeof(*call));
    struct error err;
    void *request;

    call->peer = peer;
    call->number = frame->call;
    call->is_note = frame->kind == FRAME_NOTE;
    list_add(&peer->owed, &call->list);
    if (dispatch != NULL && frame->method < PROTO_METHODS_MAX)
        method = dispatch->by_number[frame->method].method;
    if (method == NULL) {
        fail(&err, ERR_UNSUPPORTED, "method %u is not served here", frame->method);
        call_fail(call, &err);
        return;
    }
    call->method = method;
    request = arena_alloc(&peer->arena, method->request->size);
    if (codec_unpack(frame->body, method->request, request, &peer->arena, &err) != 0) {
        wrap(&err, "%s", method->name);
        call_fail(call, &err);
        return;
    }
    method->dispatch(dispatch->by_number[frame->method].handlers,
                     dispatch->by_number[frame->method].self, request, call);
}

static void on_first_frame(struct peer *peer, const struct frame *frame)
{
    struct hello hello;
    struct error why;

    if (frame->kind == FRAME_FAILURE) {
        on_failure(peer, frame);
        return;
    }
    if (frame->kind != FRAME_HELLO)
        fail(&why, ERR_PROTOCOL, "first frame is not HELLO");
    else if (codec_unpack(frame->body, &hello_desc, &hello, &peer->arena, &why) == 0) {
        on_hello(peer, &hello);
        return;
    }
    end_with(peer, &why);
}

static void on_frame(void *arg, const struct frame *frame)
{
    struct peer *peer = arg;
    struct error why;

    if (!peer->open)
        on_first_frame(peer, frame);
    else if (frame->kind == FRAME_REQUEST || frame->kind == FRAME_NOTE)
        on_request(peer, frame);
    else if (frame->kind == FRAME_REPLY)
        on_reply(peer, frame);
    else if (frame->kind == FRAME_FAILURE)
        on_failure(peer, frame);
    else {
        fail(&why, ERR_PROTOCOL, "second HELLO");
        end_with(peer, &why);
    }
    arena_reset(&peer->arena);
}

static struct peer *peer_create(struct loop *loop, const struct peer_options *options)
{
    struct peer *peer = xcalloc(1, sizeof(*peer));

    peer->loop = loop;
    peer->options = *options;
    if (peer->options.connect_timeout_ms == 0)
        peer->options.connect_timeout_ms = CONNECT_TIMEOUT_MS;
    peer->pid = peer->uid = -1;
    list_init(&peer->owed);
    peer->handshake = loop_timer_create(loop, false, on_handshake_timeout, peer);
    return peer;
}

/* From here on there is a socket: shake hands. */
static void begin(struct peer *peer, int fd, bool connecting)
{
    const struct conn_events events = { on_connected, on_frame, on_conn_end, peer };
    const struct handshake shake = { peer->options.self, peer->options.route,
                                     peer->is_server };
    struct error why;

    peer->conn = conn_create(peer->loop, fd, connecting, &events);
    conn_set_limit(peer->conn, HELLO_LIMIT);
    conn_credentials(peer->conn, &peer->pid, &peer->uid);
    if (handshake_begin(peer->conn, &shake, peer->uid < 0, &why) != 0)
        end_with(peer, &why);
    loop_timer_start(peer->handshake, (uint64_t)peer->options.connect_timeout_ms, 0);
}

struct peer *peer_connect(struct loop *loop, const char *address,
                          const struct peer_options *options)
{
    struct peer *peer = peer_create(loop, options);
    bool connecting = false;
    int fd = address_dial(address, &connecting, &peer->why);

    snprintf(peer->name, sizeof(peer->name), "%s", address);
    if (fd >= 0)
        begin(peer, fd, connecting);
    else
        loop_defer(loop, on_never_connected, peer);
    return peer;
}

struct peer *peer_accept(struct loop *loop, int fd, const struct peer_options *options)
{
    struct peer *peer = peer_create(loop, options);
    struct address address = { .size = sizeof(address.storage) };

    if (getpeername(fd, (struct sockaddr *)&address.storage, &address.size) == 0 &&
        address.storage.ss_family != AF_UNIX)
        address_format(&address, peer->name);
    peer->is_server = true;
    begin(peer, fd, false);
    if (peer->uid >= 0)
        snprintf(peer->name, sizeof(peer->name), "process %lld", (long long)peer->pid);
    return peer;
}

void peer_close(struct peer *peer)
{
    struct error why;

    fail(&why, ERR_CLOSED, "connection closed on this side");
    if (peer->conn != NULL)
        end_with(peer, &why);
}

const char *peer_role(const struct peer *peer)
{
    return peer->role;
}

struct id peer_id(const struct peer *peer)
{
    return peer->id;
}

int64_t peer_pid(const struct peer *peer)
{
    return peer->pid;
}

const char *peer_name(const struct peer *peer)
{
    return peer->name;
}

bool peer_is_open(const struct peer *peer)
{
    return peer->open && !peer->closing;
}

void peer_flush(struct peer *peer)
{
    conn_flush(peer->conn);
}

size_t peer_backlog(const struct peer *peer)
{
    return peer->conn != NULL ? conn_backlog(peer->conn) : 0;
}

void peer_set_data(struct peer *peer, void *data)
{
    peer->data = data;
}

void *peer_data(const struct peer *peer)
{
    return peer->data;
}

static void on_deadline(void *arg)
{
    struct asked_call *asked = arg;
    struct error err;

    fail(&err, ERR_TIMEOUT, "%s: %s: no answer in time", asked->peer->name,
         asked->method->name);
    asked_finish(asked, &err, NULL);
}

/* A message that cannot be sent fails in the next turn, as all failures do. */
static void fail_soon(struct asked_call *asked)
{
    if (asked->deadline == NULL)
        asked->deadline =
            loop_timer_create(asked->peer->loop, false, on_deadline, asked);
    loop_timer_start(asked->deadline, 0, 0);
}

static struct asked_call *asked_create(struct peer *peer, const struct method *method)
{
    struct asked_call *asked = xcalloc(1, sizeof(*asked));

    asked->peer = peer;
    asked->method = method;
    asked->number = ++peer->next_call;
    if (asked->number == 0) /* 0 is the connection's own number */
        asked->number = ++peer->next_call;
    map_add(&peer->asked, &asked->node, &asked->number, sizeof(asked->number));
    return asked;
}

static void fail_late(void *arg)
{
    struct late_call late = *(struct late_call *)arg;
    struct error err;

    free(arg);
    fail(&err, ERR_CLOSED, "%s", error_default_text(ERR_CLOSED));
    late.done(late.arg, &err, NULL);
}

static int send_request(struct peer *peer, struct frame *frame,
                        const struct method *method, const void *request,
                        const struct call_options *options)
{
    if (peer->conn == NULL || peer->torn)
        return 0; /* it will fail when the failed connect is reported */
    frame->method = method->number;
    frame->fds = options != NULL ? (uint8_t)options->fds_count : 0;
    return conn_send(peer->conn, frame, method->request, request,
                     options != NULL ? options->fds : NULL);
}

void peer_call(struct peer *peer, struct peer_request rq,
               const struct call_options *options, peer_done *done, void *arg)
{
    struct frame frame = { .kind = FRAME_REQUEST };
    struct asked_call *asked;
    int status;

    if (peer->torn) {
        struct late_call *late = xalloc(sizeof(*late));
        *late = (struct late_call){ done, arg };
        loop_defer(peer->loop, fail_late, late);
        return;
    }
    asked = asked_create(peer, rq.method);
    frame.call = asked->number;
    asked->done = done;
    asked->arg = arg;
    if (options != NULL && options->timeout_ms > 0) {
        frame.deadline_ms = (uint32_t)options->timeout_ms;
        asked->deadline = loop_timer_create(peer->loop, false, on_deadline, asked);
        loop_timer_start(asked->deadline, (uint64_t)options->timeout_ms, 0);
    }
    status = send_request(peer, &frame, rq.method, rq.message, options);
    /* A connection that ends takes its calls along, this one, too, with its reason. */
    if (status != 0 && status != -ERR_CLOSED && !peer->closing) {
        log_warn("peer", "cannot send %s to %s: %s", rq.method->name, peer->name,
                 error_default_text((enum error_code) - status));
        fail_soon(asked);
    }
}

void peer_note(struct peer *peer, const struct method *method, const void *request,
               const struct call_options *options)
{
    struct frame frame = { .kind = FRAME_NOTE };
    int status = send_request(peer, &frame, method, request, options);

    if (status != 0 && !peer->closing)
        log_warn("peer", "cannot send %s to %s: %s", method->name, peer->name,
                 error_default_text((enum error_code) - status));
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

int peer_take_fd(struct peer *peer)
{
    return conn_take_fd(peer->conn);
}

static void call_destroy(struct call *call)
{
    for (int i = 0; i < call->fds_count; i++)
        close(call->fds[i]);
    list_remove(&call->list);
    free(call);
}

void call_reply(struct call *call, const void *reply)
{
    struct frame frame = { .kind = FRAME_REPLY,
                           .call = call->number,
                           .fds = (uint8_t)call->fds_count };
    struct error err;
    int status;

    if (call->peer != NULL && !call->is_note) {
        status =
            conn_send(call->peer->conn, &frame, call->method->reply, reply, call->fds);
        if (status != 0 && status != -ERR_CLOSED) {
            if (status == -ERR_IO)
                fdpass_explain(call->method->name, &err);
            else
                fail(&err, (enum error_code) - status,
                     "the answer to %s cannot be sent%s", call->method->name,
                     status == -ERR_FULL ? ": it is too large; ask for less" : "");
            send_failure(call->peer, call->number, &err);
        }
    }
    call_destroy(call);
}

void call_fail(struct call *call, const struct error *err)
{
    if (call->peer != NULL && !call->is_note)
        send_failure(call->peer, call->number, err);
    else if (call->peer != NULL)
        log_warn("peer", "note from %s: %s", call->peer->name, err->text);
    call_destroy(call);
}

void call_done(struct call *call)
{
    static const struct nothing nothing;
    call_reply(call, &nothing);
}

void call_give_fd(struct call *call, int fd)
{
    if (call->fds_count < PEER_FDS_MAX)
        call->fds[call->fds_count++] = fd;
    else
        close(fd);
}

struct peer *call_peer(const struct call *call)
{
    return call->peer;
}

bool call_is_note(const struct call *call)
{
    return call->is_note;
}
