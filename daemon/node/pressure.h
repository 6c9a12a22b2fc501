/* pressure.h - room in the object store, when there is none.
 *
 * Who asks for a segment, or for an object that is on disk, waits here while room is
 * made: writers are asked for segments that they do not use, owners for objects that
 * nobody looks at, which then go to disk. Loop thread only. Calls down: store, spill,
 * evict, workers. */
#pragma once

#include "lib/base/id.h"

#include <stdint.h>

struct call;
struct loop;
struct object;
struct object_pull;
struct pressure;
struct segment_request;
struct store;

struct pressure_options {
    struct loop *loop;
    struct store *store;
    int64_t threshold; /* percent of the limit, from which on objects go to disk */
    /* There is room for what pressure_ask_copy() asked for. Answers `call`. */
    void (*on_room_for)(void *arg, const struct object_pull *rq, struct call *call);
    void *arg;
};

struct pressure *pressure_create(const struct pressure_options *options);
/* Nobody is answered from here on but those who wait: with -ERR_CLOSED. */
void pressure_close(struct pressure *pressure);
void pressure_destroy(struct pressure *pressure);

/* Answers `call` with a segment for process `writer` (segment_reply), or with -ERR_FULL
 * when no room can be made. */
void pressure_ask_segment(struct pressure *pressure, const struct segment_request *rq,
                          const struct id *writer, struct call *call);
/* Calls on_room_for() when there is room for that copy, or answers with -ERR_FULL. */
void pressure_ask_copy(struct pressure *pressure, const struct object_pull *rq,
                       struct call *call);
/* Answers with the object's place, once it is in memory. */
void pressure_restore(struct pressure *pressure, const struct id *object,
                      struct call *call);
/* Removes an object, at once or when its way to disk or back has ended. */
void pressure_free(struct pressure *pressure, struct object *object);
/* The store has a new object: perhaps too many now. */
void pressure_on_added(struct pressure *pressure);
/* Memory was given back (store->on_room). */
void pressure_on_room(struct pressure *pressure);
