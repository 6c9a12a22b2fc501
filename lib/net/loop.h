/* loop.h - the event loop of a process, and what runs on it.
 *
 * One loop a thread, one loop thread a process. libuv is underneath and nobody outside
 * lib/net sees it. Except for loop_post(), everything is called on the loop's own
 * thread. Callbacks run from loop_run() only, never from inside the call that asks for
 * them. */
#pragma once

#include "lib/base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct loop_timer;
struct loop_watch;
typedef void loop_fn(void *arg);

struct loop *loop_create(void); /* dies when the kernel gives no descriptor */
/* Everything on it must be destroyed or closed before. Runs what is pending. */
void loop_destroy(struct loop *loop);
/* Runs until loop_stop(), also when there is nothing to do yet. */
void loop_run(struct loop *loop);
/* Runs until *flag is true, `deadline` (clock_now(), ns; 0: none) has passed, or
 * nothing is left to wait for. How the command line is synchronous. */
void loop_run_until(struct loop *loop, const bool *flag, int64_t deadline);
void loop_stop(struct loop *loop);

/* Calls fn(arg) in the next turn. */
void loop_defer(struct loop *loop, loop_fn *fn, void *arg);
/* The same from any thread. Order between posts of one thread is kept. */
void loop_post(struct loop *loop, loop_fn *fn, void *arg);
/* Runs work(arg) on a pool thread, then done(arg) on the loop. `work` must not touch
 * anything of the loop. */
void loop_work(struct loop *loop, loop_fn *work, loop_fn *done, void *arg);

/* A timer, stopped. It does not keep loop_run() alive when `background`. */
struct loop_timer *loop_timer_create(struct loop *loop, bool background, loop_fn *fn,
                                     void *arg);
/* Fires after `delay_ms`, then every `repeat_ms` (0: once). Restarts a running one. */
void loop_timer_start(struct loop_timer *timer, uint64_t delay_ms, uint64_t repeat_ms);
void loop_timer_stop(struct loop_timer *timer);
bool loop_timer_is_active(const struct loop_timer *timer);
void loop_timer_destroy(struct loop_timer *timer); /* accepts NULL */

/* Calls fn(arg) on each delivery of `signal`, for the life of the loop. */
void loop_on_signal(struct loop *loop, int signal, loop_fn *fn, void *arg);

enum { LOOP_READABLE = 1, LOOP_WRITABLE = 2 };
typedef void loop_watch_fn(void *arg, int events);
/* Watches a descriptor, which stays the caller's; set the events to begin. */
struct loop_watch *loop_watch_create(struct loop *loop, int fd, loop_watch_fn *fn,
                                     void *arg);
void loop_watch_set(struct loop_watch *watch, int events); /* 0: pause */
/* The descriptor may be closed as soon as this returns. Accepts NULL. */
void loop_watch_destroy(struct loop_watch *watch);
