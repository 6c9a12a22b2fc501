/* server.c - a listening socket and the peers that came through it.
 *
 * accept(2) may fail for want of descriptors: the listener then pauses for a moment
 * instead of spinning, and the connections wait in the kernel's queue. */
#include "lib/net/server.h"

#include "lib/base/list.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/net/address.h"
#include "lib/net/auth.h"
#include "lib/net/doorman.h"
#include "lib/net/loop.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BACKLOG = 511, PAUSE_MS = 100 };

struct server {
    struct loop *loop;
    struct loop_watch *watch;
    struct loop_timer *pause;
    struct peer_options options; /* the user's */
    struct list members;         /* of struct member */
    struct doorman *doorman;     /* NULL: all connections are for us */
    int fd;
    bool closing;
    char address[ADDRESS_TEXT_MAX];
};

/* Keeps a peer in the list of its server. */
struct member {
    struct list list;
    struct server *server;
    struct peer *peer;
};

static void free_when_empty(struct server *server)
{
    if (server->closing && list_is_empty(&server->members))
        free(server);
}

static void on_member_open(void *arg, struct peer *peer)
{
    struct member *member = arg;
    const struct peer_options *user = &member->server->options;

    if (user->on_open != NULL)
        user->on_open(user->arg, peer);
}

static void on_member_close(void *arg, struct peer *peer, const struct error *why)
{
    struct member *member = arg;
    struct server *server = member->server;

    if (server->options.on_close != NULL)
        server->options.on_close(server->options.arg, peer, why);
    list_remove(&member->list);
    free(member);
    free_when_empty(server);
}

static void add_member(struct server *server, int fd)
{
    struct member *member = xcalloc(1, sizeof(*member));
    struct peer_options options = server->options;

    options.on_open = on_member_open;
    options.on_close = on_member_close;
    options.arg = member;
    member->server = server;
    list_add(&server->members, &member->list);
    member->peer = peer_accept(server->loop, fd, &options);
}

static void on_here(void *arg, int fd)
{
    add_member(arg, fd);
}

static void on_elsewhere(void *arg, const struct id *worker, int fd)
{
    struct server *server = arg;
    server->options.on_route(server->options.arg, worker, fd);
}

static void welcome(struct server *server, int fd)
{
    address_tune(fd);
    if (server->doorman != NULL)
        doorman_ask(server->doorman, fd);
    else
        add_member(server, fd);
}

static void on_pause_over(void *arg)
{
    struct server *server = arg;
    loop_watch_set(server->watch, LOOP_READABLE);
}

static void on_connection(void *arg, int events)
{
    struct server *server = arg;

    (void)events;
    for (;;) {
        int fd = accept4(server->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            welcome(server, fd);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) {
            log_warn("server", "accept at %s: %s", server->address, strerror(errno));
            loop_watch_set(server->watch, 0);
            loop_timer_start(server->pause, PAUSE_MS, 0);
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            return;
        }
    }
}

/* Whether somebody listens behind that socket file. */
static bool is_live(const struct address *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool live = fd >= 0 && connect(fd, (const struct sockaddr *)&address->storage,
                                   address->size) == 0;
    if (fd >= 0)
        close(fd);
    return live;
}

static int bind_unix(int fd, const struct address *address, const char *text,
                     struct error *err)
{
    const char *path = text + strlen("unix:");
    mode_t before;
    int status;

    if (is_live(address))
        return fail(err, ERR_EXISTS, "%s is in use by another process", path);
    if (unlink(path) != 0 && errno != ENOENT)
        return fail(err, ERR_IO, "remove stale %s: %s", path, strerror(errno));
    before = umask(0177); /* mode 0600 from the first moment */
    status = bind(fd, (const struct sockaddr *)&address->storage, address->size);
    umask(before);
    return status == 0 ? 0 : fail(err, ERR_IO, "bind %s: %s", path, strerror(errno));
}

static int bind_tcp(int fd, const struct address *address, const char *text,
                    struct error *err)
{
    int on = 1;

    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0)
        return fail(err, ERR_IO, "setsockopt: %s", strerror(errno));
    if (bind(fd, (const struct sockaddr *)&address->storage, address->size) == 0)
        return 0;
    if (errno == EADDRINUSE)
        return fail(err, ERR_EXISTS, "%s is in use by another process", text);
    return fail(err, ERR_IO, "bind %s: %s", text, strerror(errno));
}

/* A bound, listening socket, or an error. */
static int open_listener(const char *text, struct error *err)
{
    struct address address;
    int status, fd = address_socket(text, &address, err);

    if (fd < 0)
        return fd;
    status = address_is_unix(text) ? bind_unix(fd, &address, text, err)
                                   : bind_tcp(fd, &address, text, err);
    if (status == 0 && listen(fd, BACKLOG) != 0)
        status = fail(err, errno == EADDRINUSE ? ERR_EXISTS : ERR_IO,
                      "listen at %s: %s", text, strerror(errno));
    if (status != 0) {
        close(fd);
        return status;
    }
    return fd;
}

struct server *server_listen(struct loop *loop, const char *address,
                             const struct peer_options *options, struct error *err)
{
    struct address own = { .size = sizeof(own.storage) };
    struct server *server;
    int fd;

    if (!address_is_unix(address) && !options->self->has_secret &&
        !options->self->has_worker_key) {
        fail(err, ERR_REFUSED, "listen at %s: no cluster secret to know others by",
             address);
        return NULL;
    }
    fd = open_listener(address, err);
    if (fd < 0)
        return NULL;
    server = xcalloc(1, sizeof(*server));
    server->loop = loop;
    server->fd = fd;
    server->options = *options;
    list_init(&server->members);
    snprintf(server->address, sizeof(server->address), "%s", address);
    if (!address_is_unix(address) &&
        getsockname(fd, (struct sockaddr *)&own.storage, &own.size) == 0)
        address_format(&own, server->address);
    server->pause = loop_timer_create(loop, true, on_pause_over, server);
    server->watch = loop_watch_create(loop, fd, on_connection, server);
    loop_watch_set(server->watch, LOOP_READABLE);
    if (options->on_route != NULL)
        server->doorman = doorman_create(
            loop, &(struct doorman_events){ on_here, on_elsewhere, server });
    return server;
}

const char *server_address(const struct server *server)
{
    return server->address;
}

void server_close(struct server *server)
{
    struct list *at, *after;

    if (server == NULL)
        return;
    server->closing = true;
    loop_watch_destroy(server->watch);
    loop_timer_destroy(server->pause);
    close(server->fd);
    doorman_destroy(server->doorman);
    if (address_is_unix(server->address))
        unlink(server->address + strlen("unix:"));
    list_each_safe(at, after, &server->members)
        peer_close(container_of(at, struct member, list)->peer);
    free_when_empty(server);
}
