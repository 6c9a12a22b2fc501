/* objects.h - the object store of this node: segments, and what lies in them.
 *
 * Owns: the store (store.h), what makes room in it (pressure.h), and copies between
 * machines. A segment has one writer, the process that asked for it; all others get
 * read-only descriptors. The writer allocates inside it and tells us of each object
 * that it has sealed; we tell it when one was freed. When the writer has ended, its
 * sealed objects stay until they are freed. A copy of an object of another machine has
 * a segment of its own, which no process here may write. Loop thread only. */
#pragma once

#include "daemon/node/spill.h"
#include "lib/base/id.h"

#include <stddef.h>
#include <stdint.h>

struct dispatch;
struct identity;
struct objects;
struct peer;
struct workers;

struct objects_options {
    struct spill_options spill;
    struct workers *workers;
    const struct identity *self;     /* of this node, to read others */
    const struct dispatch *dispatch; /* what is served to them */
    int64_t limit;                   /* bytes of shared memory */
    int64_t threshold; /* percent of it, from which on objects are spilled */
    void (*on_changed)(void *arg);
    void *arg;
};

struct objects *objects_create(const struct objects_options *options);
/* Before the loop ends: lets go of other nodes. */
void objects_close(struct objects *objects);
void objects_destroy(struct objects *objects);
void objects_serve(struct objects *objects, struct dispatch *dispatch);
/* A process of this node has ended: what it owned is freed, what it wrote is adopted.
 */
void objects_on_ended(struct objects *objects, const struct id *process);
/* A connection has ended; perhaps it was a node's that has copies of ours. */
void objects_on_peer_closed(struct objects *objects, const struct peer *peer);
int64_t objects_used(const struct objects *objects); /* bytes */
size_t objects_count(const struct objects *objects);
