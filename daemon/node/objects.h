/* objects.h - the object store of this node: segments, and what lies in them.
 *
 * Owns: the memfds of all segments and the table of large objects. A segment has one
 * writer, the process that asked for it; all others get read-only descriptors. The
 * writer allocates inside it and tells us of each object that it has sealed; we tell it
 * when one was freed. When the writer has ended, the segment stays until its last
 * object is freed. Loop thread only. */
#pragma once

#include "lib/base/id.h"

#include <stddef.h>
#include <stdint.h>

struct dispatch;
struct objects;
struct peer;
struct workers;

struct objects *objects_create(struct workers *workers, int64_t limit,
                               void (*on_changed)(void *arg), void *arg);
void objects_destroy(struct objects *objects);
void objects_serve(struct objects *objects, struct dispatch *dispatch);
/* A process of this node has ended: what it owned is freed, what it wrote is adopted.
 */
void objects_on_ended(struct objects *objects, const struct id *process);
int64_t objects_used(const struct objects *objects); /* bytes */
size_t objects_count(const struct objects *objects);
