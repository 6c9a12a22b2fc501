/* actors.h - actors: registered, named, placed, started again, killed.
 *
 * All of them are in the store, so that a head that is started again goes on with them:
 * those that lived are alive, and those whose node does not come back are not.
 *
 * Owns struct actor, also after its end (the last ACTORS_DEAD_MAX). Calls down: nodes,
 * view, sched/policy, topics. A creation is answered at once, PENDING; whoever watches
 * hears of each change by client.actor_changed. Loop thread only. */
#pragma once

#include "lib/base/id.h"

#include <stdbool.h>
#include <stddef.h>

struct actor_row;
struct actors;
struct arena;
struct dispatch;
struct events;
struct jobs;
struct loop;
struct member;
struct node_join;
struct nodes;
struct store;
struct topics;
struct view;

enum { ACTORS_DEAD_MAX = 10000 };

struct actors_options {
    struct loop *loop;
    struct nodes *nodes;
    struct view *view;
    struct topics *topics;
    struct events *events;
    struct store *store;
    struct jobs *jobs;
    /* A detached actor is dead for good: what it started, as job `job`, shall go too.
     */
    void (*on_detached_ended)(void *arg, const struct id *job);
    void (*on_changed)(void *arg); /* a row is new or another */
    void *arg;
};

struct actors *actors_create(const struct actors_options *options);
void actors_destroy(struct actors *actors);
void actors_serve(struct actors *actors, struct dispatch *dispatch);
/* The cluster has more room or another shape: place who waits. */
void actors_on_view(struct actors *actors);
/* A node has joined: what its actors did while it could not say so. */
void actors_on_node_joined(struct actors *actors, const struct member *member,
                           const struct node_join *rq);
void actors_on_node_lost(struct actors *actors, const struct member *member);
/* Whether that process was this actor and is not it any more: it died here, or lives
 * elsewhere. False for an actor that is not known. */
bool actors_is_over(const struct actors *actors, const struct id *actor,
                    const struct id *worker);
/* Kills those of the job that are not detached. */
void actors_on_job_ended(struct actors *actors, const struct id *job);
size_t actors_count(const struct actors *actors);
/* Fills `rows` (room for actors_count()), newest first; text is in the table or in
 * `arena`. */
size_t actors_rows(struct actors *actors, struct actor_row *rows, struct arena *arena);
