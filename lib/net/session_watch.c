/* session_watch.c - inotify(7) says when to look; what counts is what is seen then. */
#include "lib/net/session_watch.h"

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/net/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

struct session_watch {
    struct session_watch_options options;
    struct loop_watch *watch;
    char *socket; /* path */
    struct stat known;
    int inotify, lock;
};

static bool is_there(const struct session_watch *watch)
{
    struct stat now;

    return lstat(watch->socket, &now) == 0 && now.st_dev == watch->known.st_dev &&
           now.st_ino == watch->known.st_ino;
}

static void on_event(void *arg, int events)
{
    struct session_watch *watch = arg;
    char buffer[sizeof(struct inotify_event) + NAME_MAX + 1];

    (void)events;
    while (read(watch->inotify, buffer, sizeof(buffer)) > 0)
        continue; /* which it was does not matter */
    if (is_there(watch))
        return;
    loop_watch_set(watch->watch, 0);
    watch->options.on_gone(watch->options.arg);
}

static int lock_above(const char *session)
{
    char *above = xprintf("%s/..", session);
    int fd = open(above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0)
        log_debug("session", "lock %s: %s", above, strerror(errno));
    free(above);
    return fd;
}

struct session_watch *session_watch_create(const struct session_watch_options *options)
{
    struct session_watch *watch = xcalloc(1, sizeof(*watch));

    watch->options = *options;
    watch->socket = xprintf("%s/%s", options->session, options->socket);
    watch->lock = lock_above(options->session);
    watch->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (watch->inotify < 0 || lstat(watch->socket, &watch->known) != 0 ||
        inotify_add_watch(watch->inotify, options->session,
                          IN_DELETE | IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF) <
            0) {
        log_warn("session", "cannot watch %s: %s", options->session, strerror(errno));
        return watch;
    }
    watch->watch = loop_watch_create(options->loop, watch->inotify, on_event, watch);
    loop_watch_set(watch->watch, LOOP_READABLE);
    return watch;
}

void session_watch_destroy(struct session_watch *watch)
{
    if (watch == NULL)
        return;
    loop_watch_destroy(watch->watch);
    if (watch->inotify >= 0)
        close(watch->inotify);
    if (watch->lock >= 0)
        close(watch->lock);
    free(watch->socket);
    free(watch);
}
