/* id.h - identifiers of jobs, actors, tasks, objects, nodes, workers, groups.
 *
 * Layout is Ray's (src/ray/common/id.h): JobID 4 bytes; ActorID 12 unique bytes and the
 * JobID; TaskID 8 unique bytes and the ActorID (12 bytes 0xff and the JobID for tasks
 * of no actor); ObjectID the TaskID and a little-endian index, 1 and up (returns first,
 * then puts); placement group 14 unique bytes and the JobID; node, worker 28 random
 * bytes. Randomness is an argument: everything here is pure. */
#pragma once

#include "lib/base/error.h"
#include "lib/base/slice.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    ID_JOB = 4,
    ID_ACTOR = 16,
    ID_GROUP = 18,
    ID_TASK = 24,
    ID_OBJECT = 28,
    ID_NODE = 28,
    ID_WORKER = 28,
    ID_BYTES_MAX = 28,
    ID_HEX_MAX = 2 * ID_BYTES_MAX + 1, /* characters, with the terminating zero */
};

/* Unused bytes are zero, so that ids compare and hash as whole structs. A size of 0 is
 * "no id". */
struct id {
    uint8_t size;
    uint8_t bytes[ID_BYTES_MAX];
};

struct id id_job(uint32_t number);
struct id id_actor(struct id job, const uint8_t random[12]);
struct id id_group(struct id job, const uint8_t random[14]);
/* A task of no actor. `unique` differs between all tasks of a job. */
struct id id_task(struct id job, uint64_t unique);
struct id id_actor_task(struct id actor, uint64_t unique);
/* The task that stands for a driver: 20 bytes 0xff and the JobID. */
struct id id_driver_task(struct id job);
/* `index` is 1 and up. */
struct id id_object(struct id task, uint32_t index);
/* Any id from raw bytes; size 0 when `size` exceeds ID_BYTES_MAX. */
struct id id_from_bytes(const void *bytes, size_t size);

/* What an id is nested in. The argument must have the right size, else "no id". */
struct id id_object_task(struct id object);
uint32_t id_object_index(struct id object);
struct id id_task_actor(struct id task); /* "no id" for a task of no actor */
struct id id_job_of(struct id actor_task_object_or_group);
uint32_t id_job_number(struct id job);

static inline bool id_is_set(const struct id *id)
{
    return id->size != 0;
}
bool id_equal(const struct id *a, const struct id *b);
/* Lower-case hex into `text`; returns it. "" for no id. */
const char *id_hex(const struct id *id, char text[ID_HEX_MAX]);
/* An id of exactly `size` bytes from hex of either case; -ERR_INVALID else. */
int id_parse(struct slice hex, uint8_t size, struct id *id, struct error *err);
/* Whether the hex form of `id` begins with `prefix` (any case). */
bool id_has_prefix(const struct id *id, struct slice prefix);

/* For keys of struct map. */
#define ID_KEY(key) (key), sizeof(struct id)
