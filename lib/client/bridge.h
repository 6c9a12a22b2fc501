/* bridge.h - carries the records of a pair of rings to and from another machine.
 *
 * The owner of tasks and the worker each have a bridge in their own process: the loop
 * thread reads the ring like a worker (or an owner) on this machine would, sends each
 * record along a connection, and writes what comes into the other ring. Lanes and the
 * executor see rings and bells, as always. Between the two is one TLS connection that
 * the worker's node has handed to it.
 *
 * An owner's bridge lets only `ahead` tasks out of the ring that have no answer yet;
 * what is still in the ring can be taken back as usual. What has left and has not
 * begun comes back by a RETURNED record when the worker's task waits for others, or
 * when another worker could begin it now. Loop thread only, but for those that say
 * soon. */
#pragma once

#include "lib/base/slice.h"

#include <stdint.h>

struct channel_request;
struct error;
struct peer;
struct runtime;

/* The owner's: connects to the worker, and gives what a lane needs (lane_create()). Its
 * end is reported as the worker's death. Returns its number, which no other one of this
 * process ever has; 0 when there are no descriptors left. */
uint64_t bridge_open(const struct channel_request *rq, int fds[3], struct error *err);
/* Any thread, under the runtime's lock: what was sent ahead and has not begun shall
 * come back, as RETURNED records. Accepts the number of one that has ended. */
void bridge_recall_soon(struct runtime *rt, uint64_t number);
/* Any thread, under the runtime's lock: the lane is gone. Accepts 0, and the number of
 * one that has ended. */
void bridge_close_soon(struct runtime *rt, uint64_t number);
/* The worker's: takes `fd`, a connection from an owner that our node has accepted. */
void bridge_adopt(struct runtime *rt, int fd);
/* A record came along `peer`. */
void bridge_on_record(struct peer *peer, struct slice record);
/* Closes all of them. */
void bridges_close(struct runtime *rt);
