/* doorman.c - peeks (MSG_PEEK), so that what is not for us stays in the socket. */
#include "lib/net/doorman.h"

#include "lib/base/arena.h"
#include "lib/base/list.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/net/frame.h"
#include "lib/net/loop.h"
#include "lib/proto/codec.h"
#include "lib/proto/proto.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATIENCE_MS = 5000, ROUTE_MAX = 256, TLS_HANDSHAKE = 0x16 };

struct doorman {
    struct loop *loop;
    struct doorman_events events;
    struct list guests;
};

/* A connection that has not said yet what it wants. */
struct guest {
    struct list list;
    struct doorman *doorman;
    struct loop_watch *watch;
    struct loop_timer *patience;
    int fd;
};

/* The guest goes; its descriptor is the caller's. */
static int dismiss(struct guest *guest)
{
    int fd = guest->fd;

    list_remove(&guest->list);
    loop_watch_destroy(guest->watch);
    loop_timer_destroy(guest->patience);
    free(guest);
    return fd;
}

static void send_away(struct guest *guest, const char *why)
{
    log_warn("doorman", "connection refused: %s", why);
    close(dismiss(guest));
}

static void on_silence(void *arg)
{
    send_away(arg, "it says nothing");
}

/* Reads the route that is at the front of `bytes`, and takes it out of the socket. 1
 * when there is one, 0 when it is not complete, negative when it is none. */
static int take_route(struct guest *guest, struct slice bytes, struct id *worker)
{
    struct arena arena = { 0 };
    struct frame frame;
    struct route route = { 0 };
    char rest[ROUTE_MAX];
    int64_t size = frame_parse(bytes, ROUTE_MAX - 4, &frame, NULL);
    int status = size > 0 ? 1 : (int)size;

    if (status == 1 && frame.kind != FRAME_ROUTE)
        status = -ERR_PROTOCOL;
    if (status == 1)
        status = codec_unpack(frame.body, &route_desc, &route, &arena, NULL) == 0
                     ? 1
                     : -ERR_PROTOCOL;
    if (status == 1 && (route.worker_id.size != ID_WORKER ||
                        recv(guest->fd, rest, (size_t)size, 0) != size))
        status = -ERR_PROTOCOL;
    *worker = route.worker_id;
    arena_finish(&arena);
    return status;
}

static void on_words(void *arg, int events)
{
    struct guest *guest = arg;
    struct doorman *doorman = guest->doorman;
    char bytes[ROUTE_MAX];
    struct id worker;
    ssize_t got = recv(guest->fd, bytes, sizeof(bytes), MSG_PEEK);
    int status;

    (void)events;
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        close(dismiss(guest)); /* it has gone again */
        return;
    }
    if (bytes[0] == TLS_HANDSHAKE) {
        doorman->events.on_here(doorman->events.arg, dismiss(guest));
        return;
    }
    status = take_route(guest, slice_of(bytes, (size_t)got), &worker);
    if (status > 0)
        doorman->events.on_elsewhere(doorman->events.arg, &worker, dismiss(guest));
    else /* incomplete, too: whoever means it sends it in one piece */
        send_away(guest, "it speaks neither TLS nor our protocol");
}

struct doorman *doorman_create(struct loop *loop, const struct doorman_events *events)
{
    struct doorman *doorman = xcalloc(1, sizeof(*doorman));

    doorman->loop = loop;
    doorman->events = *events;
    list_init(&doorman->guests);
    return doorman;
}

void doorman_ask(struct doorman *doorman, int fd)
{
    struct guest *guest = xcalloc(1, sizeof(*guest));

    guest->doorman = doorman;
    guest->fd = fd;
    list_add(&doorman->guests, &guest->list);
    guest->patience = loop_timer_create(doorman->loop, false, on_silence, guest);
    loop_timer_start(guest->patience, PATIENCE_MS, 0);
    guest->watch = loop_watch_create(doorman->loop, fd, on_words, guest);
    loop_watch_set(guest->watch, LOOP_READABLE);
}

void doorman_destroy(struct doorman *doorman)
{
    struct list *at, *after;

    if (doorman == NULL)
        return;
    list_each_safe(at, after, &doorman->guests)
        close(dismiss(container_of(at, struct guest, list)));
    free(doorman);
}
