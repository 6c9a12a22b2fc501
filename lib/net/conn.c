/* conn.c - bytes in, frames out; frames in, bytes out.
 *
 * Happy path: on_ready reads until the socket is empty or a turn's share is used up,
 * hands each complete frame up, and the deferred flush of a turn writes all frames
 * queued in it with as few system calls as their descriptors allow. On TCP, TLS stands
 * between: what is read is decrypted into `in`, and chunks are encrypted into `wire`
 * once the handshake is over, WIRE_SHARE at a time, so that a slow reader does not make
 * us hold everything twice.
 * Output is a list of chunks; a frame with descriptors begins a chunk of its own, since
 * SCM_RIGHTS travels with the first byte of a sendmsg. The kernel never glues bytes
 * behind such a message to it on the reading side in a way that a descriptor could
 * arrive after its frame, so a queue of received descriptors and a count in each frame
 * keep them together.
 *
 * Failure modes: the peer closes or resets (ERR_CLOSED), connects fail
 * (ERR_UNREACHABLE), bytes are no frames (ERR_PROTOCOL), more descriptors come than
 * frames claim (ERR_PROTOCOL), the other side does not know the key (ERR_REFUSED). Each
 * leads to one on_end from a deferred call, never from inside a function that the owner
 * called. */
#include "lib/net/conn.h"

#include "lib/base/list.h"
#include "lib/base/mem.h"
#include "lib/net/fdpass.h"
#include "lib/net/loop.h"
#include "lib/net/tls.h"
#include "lib/proto/proto.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    READ_SIZE = 64 * 1024,
    TURN_SHARE = 1024 * 1024, /* bytes read of one socket before others get a turn */
    WIRE_SHARE = 256 * 1024,  /* encrypted bytes that wait for the socket */
    LINGER_MS = 1000,
};

struct chunk {
    struct list list;
    struct buf bytes;
    size_t sent;
    int fds[FDPASS_SEND_MAX];
    int fds_count;
};

struct conn {
    struct loop *loop;
    struct loop_watch *watch;
    struct loop_timer *linger;
    struct conn_events events;
    struct tls *tls; /* NULL: a Unix socket */
    struct buf in;
    struct list out;      /* of chunks */
    struct buf wire, raw; /* TLS: to be written; just read */
    struct fdpass received;
    size_t backlog, limit;
    struct error why;
    int fd;
    int pending; /* deferred calls that still hold this conn */
    bool connecting, reading, ending, ended, destroyed, flush_due;
};

static void on_ready(void *arg, int events);
static void flush(struct conn *conn);

static void chunk_destroy(struct chunk *chunk)
{
    list_remove(&chunk->list);
    for (int i = 0; i < chunk->fds_count; i++)
        close(chunk->fds[i]);
    buf_finish(&chunk->bytes);
    free(chunk);
}

static void free_conn(struct conn *conn)
{
    if (conn->destroyed && conn->pending == 0)
        free(conn);
}

static void release(struct conn *conn)
{
    struct list *at, *after;

    loop_watch_destroy(conn->watch);
    conn->watch = NULL;
    loop_timer_destroy(conn->linger);
    conn->linger = NULL;
    if (conn->fd >= 0)
        close(conn->fd);
    conn->fd = -1;
    fdpass_finish(&conn->received);
    list_each_safe(at, after, &conn->out)
        chunk_destroy(container_of(at, struct chunk, list));
    buf_finish(&conn->in);
    buf_finish(&conn->wire);
    buf_finish(&conn->raw);
    tls_destroy(conn->tls);
    conn->tls = NULL;
}

static void deliver_end(void *arg)
{
    struct conn *conn = arg;

    release(conn);
    if (!conn->destroyed) /* still pending meanwhile: on_end may destroy it */
        conn->events.on_end(conn->events.arg, &conn->why);
    conn->pending--;
    free_conn(conn);
}

/* Ends without waiting for output. */
static void end_now(struct conn *conn)
{
    if (conn->ended)
        return;
    conn->ended = conn->ending = true;
    if (conn->watch != NULL)
        loop_watch_set(conn->watch, 0);
    conn->pending++;
    loop_defer(conn->loop, deliver_end, conn);
}

static void end_with(struct conn *conn, enum error_code code, const char *what,
                     int number)
{
    if (!conn->ending)
        fail(&conn->why, code, "%s%s%s", what, number != 0 ? ": " : "",
             number != 0 ? strerror(number) : "");
    end_now(conn);
}

static void on_linger(void *arg)
{
    end_now(arg);
}

/* Something that the socket could take now. Before the end of the handshake that is
 * only TLS's own words. */
static bool has_output(const struct conn *conn)
{
    if (conn->wire.size > 0)
        return true;
    return !list_is_empty(&conn->out) && (conn->tls == NULL || tls_is_ready(conn->tls));
}

static void update_watch(struct conn *conn)
{
    int events = 0;

    if (conn->ended)
        return;
    if (conn->reading && !conn->ending)
        events |= LOOP_READABLE;
    if (conn->connecting || (has_output(conn) && !conn->flush_due))
        events |= LOOP_WRITABLE;
    loop_watch_set(conn->watch, events);
}

struct conn *conn_create(struct loop *loop, int fd, bool connecting,
                         const struct conn_events *events)
{
    struct conn *conn = xcalloc(1, sizeof(*conn));

    conn->loop = loop;
    conn->fd = fd;
    conn->connecting = connecting;
    conn->reading = !connecting;
    conn->events = *events;
    conn->limit = PROTO_MESSAGE_MAX;
    buf_init(&conn->in, 0);
    buf_init(&conn->wire, 0);
    buf_init(&conn->raw, 0);
    list_init(&conn->out);
    conn->watch = loop_watch_create(loop, fd, on_ready, conn);
    conn->linger = loop_timer_create(loop, true, on_linger, conn);
    update_watch(conn);
    return conn;
}

void conn_set_limit(struct conn *conn, size_t most)
{
    conn->limit = most;
}

static void on_flush(void *arg)
{
    struct conn *conn = arg;

    conn->pending--;
    conn->flush_due = false;
    if (!conn->ended && !conn->destroyed) {
        flush(conn);
        update_watch(conn);
    }
    free_conn(conn);
}

static void flush_soon(struct conn *conn)
{
    if (conn->flush_due || conn->ended || conn->connecting)
        return;
    conn->flush_due = true;
    conn->pending++;
    loop_defer(conn->loop, on_flush, conn);
}

void conn_set_tls(struct conn *conn, struct tls *tls, struct slice preface)
{
    conn->tls = tls;
    (void)buf_append(&conn->wire, preface.data, preface.size); /* no ceiling */
    tls_take_output(tls, &conn->wire);
    flush_soon(conn);
    update_watch(conn);
}

const char *conn_role(const struct conn *conn)
{
    return conn->tls != NULL ? tls_role(conn->tls) : "";
}

static struct chunk *chunk_create(struct conn *conn)
{
    struct chunk *chunk = xcalloc(1, sizeof(*chunk));
    buf_init(&chunk->bytes, 0);
    list_add(&conn->out, &chunk->list);
    return chunk;
}

static struct chunk *chunk_for(struct conn *conn, const struct frame *frame)
{
    struct chunk *last = container_of(conn->out.prev, struct chunk, list);

    if (list_is_empty(&conn->out) || frame->fds > 0 || last->bytes.size > TURN_SHARE)
        return chunk_create(conn);
    return last;
}

int conn_send(struct conn *conn, const struct frame *frame, const struct desc *desc,
              const void *message, const int *fds)
{
    struct chunk *chunk;
    size_t before;
    int status;

    if (conn->ending)
        return -ERR_CLOSED;
    if (frame->fds > (conn->tls == NULL ? FDPASS_SEND_MAX : 0))
        return -ERR_INVALID;
    chunk = chunk_for(conn, frame);
    before = chunk->bytes.size;
    status = frame_pack(&chunk->bytes, frame, desc, message);
    for (int i = 0; status == 0 && i < frame->fds; i++) {
        int copy = fcntl(fds[i], F_DUPFD_CLOEXEC, 0);
        if (copy < 0)
            status = -ERR_IO;
        else
            chunk->fds[chunk->fds_count++] = copy;
    }
    if (status != 0) {
        chunk->bytes.size = before;
        if (before == 0)
            chunk_destroy(chunk);
        return status;
    }
    conn->backlog += chunk->bytes.size - before;
    flush_soon(conn);
    return 0;
}

/* One write; the number of bytes taken or -1 with errno. */
static ssize_t send_chunk(struct conn *conn, struct chunk *chunk)
{
    ssize_t sent = fdpass_send(
        conn->fd,
        slice_of(chunk->bytes.data + chunk->sent, chunk->bytes.size - chunk->sent),
        chunk->fds, chunk->fds_count);

    if (sent > 0) {
        for (int i = 0; i < chunk->fds_count; i++)
            close(chunk->fds[i]);
        chunk->fds_count = 0;
    }
    return sent;
}

/* Writes chunks to a Unix socket; -1 with errno when it takes no more. */
static int flush_plain(struct conn *conn)
{
    while (!list_is_empty(&conn->out)) {
        struct chunk *chunk = container_of(conn->out.next, struct chunk, list);
        ssize_t sent = send_chunk(conn, chunk);
        if (sent < 0)
            return -1;
        chunk->sent += (size_t)sent;
        conn->backlog -= (size_t)sent;
        if (chunk->sent == chunk->bytes.size)
            chunk_destroy(chunk);
    }
    return 0;
}

/* Encrypts chunks until WIRE_SHARE is there. */
static void encrypt(struct conn *conn)
{
    while (tls_is_ready(conn->tls) && conn->wire.size < WIRE_SHARE &&
           !list_is_empty(&conn->out)) {
        struct chunk *chunk = container_of(conn->out.next, struct chunk, list);
        size_t size = chunk->bytes.size - chunk->sent;
        if (size > WIRE_SHARE)
            size = WIRE_SHARE;
        if (tls_send(conn->tls, slice_of(chunk->bytes.data + chunk->sent, size),
                     &conn->why) != 0) {
            end_now(conn);
            return;
        }
        tls_take_output(conn->tls, &conn->wire);
        chunk->sent += size;
        conn->backlog -= size;
        if (chunk->sent == chunk->bytes.size)
            chunk_destroy(chunk);
    }
}

static int flush_tls(struct conn *conn)
{
    tls_take_output(conn->tls, &conn->wire);
    for (;;) {
        ssize_t sent;
        encrypt(conn);
        if (conn->wire.size == 0 || conn->ended)
            return 0;
        sent = fdpass_send(conn->fd, buf_slice(&conn->wire), NULL, 0);
        if (sent < 0)
            return -1;
        buf_consume(&conn->wire, (size_t)sent);
    }
}

static void flush(struct conn *conn)
{
    int status = conn->tls != NULL ? flush_tls(conn) : flush_plain(conn);

    if (status != 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return;
    if (status != 0)
        end_with(conn, ERR_CLOSED, "write", errno);
    else if (conn->ending && list_is_empty(&conn->out))
        end_now(conn);
}

/* Reads once, decrypts. Bytes read, 0 at the end of the stream, -1 with errno, -2 when
 * conn->why says why it ends. */
static ssize_t receive(struct conn *conn)
{
    struct buf *into = conn->tls != NULL ? &conn->raw : &conn->in;
    ssize_t got = fdpass_receive(conn->fd, into, READ_SIZE, &conn->received);
    bool was_ready;
    int status;

    if (got <= 0 || conn->tls == NULL)
        return got;
    was_ready = tls_is_ready(conn->tls);
    status = tls_receive(conn->tls, buf_slice(&conn->raw), &conn->in, &conn->why);
    buf_clear(&conn->raw);
    if (status != 0 || !was_ready) { /* the handshake's own words, or its alert */
        tls_take_output(conn->tls, &conn->wire);
        if (status != 0)
            (void)fdpass_send(conn->fd, buf_slice(&conn->wire), NULL, 0);
        else
            flush_soon(conn);
    }
    return status == 0 ? got : -2;
}

/* Hands up the frame in front; false when there is none or the conn is ending. */
static bool deliver_frame(struct conn *conn, size_t *used)
{
    struct frame frame;
    struct slice rest = slice_of(conn->in.data + *used, conn->in.size - *used);
    int64_t size;
    int others;

    if (conn->ending)
        return false;
    size = frame_parse(rest, conn->limit, &frame, &conn->why);
    if (size == 0)
        return false;
    if (size < 0 || frame.fds > conn->received.count) {
        if (size > 0)
            fail(&conn->why, ERR_PROTOCOL, "frame without its descriptors");
        end_now(conn);
        return false;
    }
    *used += (size_t)size;
    others = conn->received.count - frame.fds;
    conn->events.on_frame(conn->events.arg, &frame);
    fdpass_drop(&conn->received, others); /* of this frame, those that nobody took */
    return true;
}

static void read_frames(struct conn *conn)
{
    size_t share = 0;

    while (!conn->ending && share < TURN_SHARE) {
        ssize_t got = receive(conn);
        size_t used = 0;

        if (got == -2) {
            end_now(conn);
            break;
        }
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            break;
        if (got <= 0) {
            end_with(conn, ERR_CLOSED,
                     got == 0 ? "connection closed by the other side" : "read",
                     got == 0 ? 0 : errno);
            break;
        }
        while (deliver_frame(conn, &used))
            ;
        buf_consume(&conn->in, used);
        share += (size_t)got;
    }
}

static void finish_connect(struct conn *conn)
{
    int number = 0;
    socklen_t size = sizeof(number);

    if (getsockopt(conn->fd, SOL_SOCKET, SO_ERROR, &number, &size) != 0)
        number = errno;
    if (number != 0) {
        end_with(conn, ERR_UNREACHABLE, "connect", number);
        return;
    }
    conn->connecting = false;
    conn->reading = true;
    conn->events.on_connected(conn->events.arg);
    flush_soon(conn);
}

static void on_ready(void *arg, int events)
{
    struct conn *conn = arg;

    conn->pending++; /* callbacks may destroy it under our feet */
    if (conn->connecting)
        finish_connect(conn);
    else if (!conn->ended && (events & LOOP_WRITABLE) != 0 && has_output(conn))
        flush(conn);
    if (!conn->ended && conn->reading && (events & LOOP_READABLE) != 0)
        read_frames(conn);
    if (!conn->destroyed && !conn->ended)
        update_watch(conn);
    conn->pending--;
    free_conn(conn);
}

void conn_flush(struct conn *conn)
{
    if (conn->connecting || conn->ended)
        return;
    flush(conn);
    update_watch(conn);
}

int conn_take_fd(struct conn *conn)
{
    return fdpass_take(&conn->received);
}

size_t conn_backlog(const struct conn *conn)
{
    return conn->backlog + conn->wire.size;
}

void conn_end(struct conn *conn, const struct error *why)
{
    if (conn->ending)
        return;
    conn->why = *why;
    conn->ending = true;
    if (!has_output(conn) || conn->connecting) {
        end_now(conn);
        return;
    }
    loop_timer_start(conn->linger, LINGER_MS, 0);
    update_watch(conn);
}

void conn_destroy(struct conn *conn)
{
    release(conn);
    conn->destroyed = true;
    free_conn(conn);
}

void conn_credentials(const struct conn *conn, int64_t *pid, int64_t *uid)
{
    struct ucred credentials;
    socklen_t size = sizeof(credentials);
    struct sockaddr_storage own;
    socklen_t own_size = sizeof(own);

    *pid = *uid = -1;
    if (getsockname(conn->fd, (struct sockaddr *)&own, &own_size) != 0 ||
        own.ss_family != AF_UNIX)
        return;
    if (getsockopt(conn->fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0) {
        *pid = credentials.pid;
        *uid = credentials.uid;
    }
}
