/* actor_entry.h - an actor as the head knows it: what was asked for, where it is, how
 * it ended. Pure. */
#pragma once

#include "lib/base/arena.h"
#include "lib/base/map.h"
#include "lib/base/resources.h"
#include "lib/proto/proto.h"

#include <stdbool.h>

struct actors;

struct actor_entry {
    struct map_node node; /* by id, in the table of actors */
    struct id id, node_id, worker_id;
    struct actors *actors; /* the table it is in: set by that */
    struct arena arena;    /* of `spec` */
    struct actor_spec spec;
    struct resources demand; /* what a node must have free to take it */
    struct arena death_arena;
    struct failure death;
    int state;
    int64_t pid, restarts, created, end_time;
    int64_t start_time; /* when its constructor returned; 0 before that */
    int64_t sent;       /* when it was last sent to a node, clock_now(); 0: never */
    bool is_placed;     /* sent to a node whose answer is not here yet */
    bool is_early;      /* ... which had no room for it */
    bool is_away;    /* an earlier head has put it on node_id, which is not back yet */
    bool is_killed;  /* ... and shall be killed when it is */
    bool is_leaving; /* a process that no head has heard of has to end first */
    char node_address[128]; /* of node_id */
};

/* PENDING_CREATION, with a copy of `spec`. NULL when its amounts make no sense. */
struct actor_entry *actor_entry_create(const struct actor_spec *spec,
                                       struct error *err);
void actor_entry_destroy(struct actor_entry *actor);
/* What the store has of it; its text is the entry's. */
void actor_entry_record(const struct actor_entry *actor, struct actor_record *record);
/* The entry that a record was made of. NULL when it makes no sense. */
struct actor_entry *actor_entry_load(const struct actor_record *record);
/* Each fills a message whose text is the entry's. A caller's view of it: */
void actor_entry_info(const struct actor_entry *actor, struct actor_info *info);
/* its row in `list actors`: */
void actor_entry_row(const struct actor_entry *actor, struct actor_row *row);
/* its constructor's row in `list tasks`; name and resources are in `arena`. */
void actor_entry_task(const struct actor_entry *actor, struct task_row *row,
                      struct arena *arena);
