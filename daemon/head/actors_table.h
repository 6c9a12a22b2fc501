/* actors_table.h - the table of actors, as actors.c (their life), actors_place.c (their
 * way to a node) and actors_serve.c (what is asked of them) share it. */
#pragma once

#include "daemon/head/actor_entry.h"
#include "daemon/head/actors.h"
#include "lib/base/list.h"
#include "lib/base/map.h"

struct actors {
    struct actors_options options;
    struct map all;
    struct list placements;
    struct loop_timer *give_up; /* on nodes of the head before this one */
    size_t dead;
};

/* NULL: not known. */
struct actor_entry *actors_find(const struct actors *actors, const struct id *id);
/* The living one of that name. */
struct actor_entry *actors_find_name(const struct actors *actors, struct slice name,
                                     struct slice namespace_);
/* Its row is new or another. */
void actors_report(const struct actor_entry *actor);
/* The next state, which those who watch hear of. */
void actors_move(struct actor_entry *actor, int state, const char *why);
/* Whether it needs a node and is on its way to none. */
bool actors_is_waiting(const struct actor_entry *actor);
/* To a node that has room, if one has; perhaps to one that may make room. */
void actors_place(struct actor_entry *actor);
/* Its process has ended: again, if it may. */
void actors_process_ended(struct actor_entry *actor, const char *why);
void actors_die(struct actor_entry *actor, const struct failure *death);
void actors_kill_process(const struct actor_entry *actor, const char *why);
/* DEAD, for good. */
void actors_die_of(struct actor_entry *actor, const char *text);
/* Makes room for one more: the oldest dead one goes when there are too many. */
void actors_forget_oldest(struct actors *actors);
/* A node says that a process has ended which was an actor. */
void actors_worker_exited(struct actors *actors, const struct worker_exit *rq);
