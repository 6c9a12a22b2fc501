/* exec.h - running tasks: the other end of a lane, in a worker.
 *
 * The executor takes tasks off the rings of all channels in turn, runs them, one at a
 * time on the worker's main thread, and writes results back; an actor may have more
 * threads. The loop thread hands it new channels and the constructor of an actor. A
 * task that waits for others lends its CPU: executor_lend() tells the node, and the
 * owners of what is queued behind it, who take it back. */
#pragma once

#include <stdbool.h>

struct actor_spawn;
struct call;
struct executor;
struct runtime;
struct id;
struct task_cancel;

struct executor *executor_create(struct runtime *rt);
/* Runs the destructor of an actor. */
void executor_destroy(struct executor *executor);
/* Runs until executor_stop() or executor_leave(), and what has begun to its end. */
void executor_run(struct executor *executor);
/* Begins nothing more. Any thread. */
void executor_stop(struct executor *executor);
/* The same, of the actor's own will; whether that is why it has ended. */
void executor_leave(struct executor *executor);
bool executor_is_leaving(struct executor *executor);
/* (loop) A new pair of rings from `peer`; takes the descriptors. */
void executor_add_channel(struct executor *executor, const struct id *peer,
                          const int fds[3]);
/* (loop) The process behind a channel has ended. */
void executor_drop_channel(struct executor *executor, const struct id *peer);
/* (loop) Makes the actor; answers the call when the constructor has run. Copies the
 * request. */
void executor_start_actor(struct executor *executor, const struct actor_spawn *spawn,
                          struct call *call);
/* (loop) A task is not wanted any more: marks it, and wakes it when it waits; by force:
 * ends this process, if the task runs. One that has not begun will not. */
void executor_cancel(struct executor *executor, const struct task_cancel *cancel);
/* Under the runtime's lock, on the thread of a running task: it waits; false when there
 * is nothing to lend (not in a task). executor_resume() undoes it. */
bool executor_lend(struct runtime *rt);
void executor_resume(struct runtime *rt);
