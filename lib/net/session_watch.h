/* session_watch.h - whether the session folder of a daemon is still there.
 *
 * A daemon whose folder, or whose socket in it, was deleted cannot be found by anybody
 * any more, neither to use it nor to end it. The folder above is locked (flock, shared)
 * meanwhile, which is how systemd-tmpfiles(8) knows that it must not age away. Loop
 * thread only. */
#pragma once

struct loop;
struct session_watch;

struct session_watch_options {
    struct loop *loop;
    const char *session; /* folder */
    const char *socket;  /* name of a file in it, which is there */
    /* Runs once. */
    void (*on_gone)(void *arg);
    void *arg;
};

/* What cannot be watched (no inotify instances left) is said in the log. */
struct session_watch *session_watch_create(const struct session_watch_options *options);
void session_watch_destroy(struct session_watch *watch); /* accepts NULL */
