/* pull.h - fetches objects from the nodes of other machines, a chunk at a time.
 *
 * All who ask for the same object while it is on its way get it together. A node is
 * read over a connection of its own, beside those that carry calls, so that bulk does
 * not hold them up. Loop thread only. */
#pragma once

#include "lib/base/error.h"
#include "lib/base/id.h"

#include <stdbool.h>
#include <stdint.h>

struct call;
struct dispatch;
struct identity;
struct loop;
struct object_pull;
struct pulls;

/* Where the copy is written. */
struct pull_target {
    int fd; /* of the segment, borrowed until `ended` */
    int64_t segment;
};

/* Who owns the store. */
struct pull_ops {
    /* Makes room for a copy of rq->place.size bytes. */
    int (*begin)(void *arg, const struct object_pull *rq, struct pull_target *target,
                 struct error *err);
    /* The copy is whole, or it failed and its room is free again. */
    void (*ended)(void *arg, const struct id *object, bool is_whole);
    /* The node at that address has gone, and with it who would free its copies. */
    void (*on_holder_lost)(void *arg, const char *address);
    void *arg;
};

struct pulls *pulls_create(struct loop *loop, const struct identity *self,
                           const struct dispatch *dispatch, const struct pull_ops *ops);
/* Closes the connections, which fails what is under way. */
void pulls_close(struct pulls *pulls);
void pulls_destroy(struct pulls *pulls); /* after their end */
/* Answers `call` with the object_place of the copy. */
void pulls_ask(struct pulls *pulls, const struct object_pull *rq, struct call *call);
