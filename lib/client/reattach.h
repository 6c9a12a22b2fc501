/* reattach.h - the head has gone, and a new one may come.
 *
 * Tasks and actor calls do not need the head; a driver and a worker carry on as long as
 * their node lives. Loop thread only. */
#pragma once

struct runtime;

/* The connection to the head has ended: connects again until a head answers, and
 * registers a driver's job with it under the id that it has. rt->head is NULL until
 * then. A head that refuses the job takes the runtime down. */
void reattach_begin(struct runtime *rt);
/* No more attempts. */
void reattach_end(struct runtime *rt);
