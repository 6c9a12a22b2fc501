/* cancel.h - tasks that are not wanted any more, on their owner's side. */
#pragma once

#include <stdbool.h>

struct id;
struct runtime;

/* (loop) Cancels what task `parent`, which runs in this process, has started. `force`
 * does not apply to calls of actors. Not under the lock. */
void cancel_children(struct runtime *rt, const struct id *parent, bool force);
