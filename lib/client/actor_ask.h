/* actor_ask.h - the head is asked of an actor, and a handle is made of its answer.
 *
 * While the head is away the question waits for the next one, 30 s at most. From then
 * on the head tells us of the actor's changes (actor.c). Not under the lock. */
#pragma once

#include "lib/client/actor.h"
#include "lib/client/mailbox.h"
#include "lib/net/session.h"

struct loop_timer;
struct method;

/* What travels to the loop thread and back. */
struct actor_ask {
    struct mail mail;
    struct runtime *rt;
    const struct method *method;
    const void *request;
    struct loop_timer *again; /* (loop) while the head is away */
    int64_t deadline;
    struct id actor_id;
    struct actor_info info; /* its strings: */
    char class_name[256], library[SESSION_PATH_MAX], address[SESSION_ADDRESS_MAX];
};

/* To be freed. `request` must live as long. */
struct actor_ask *actor_ask_create(struct runtime *rt, enum method_number method,
                                   const void *request);
/* Sends ask->request to ask->method; `info` is the answer, if the method has one. */
int actor_ask_head(struct actor_ask *ask, struct ray_error *err);
/* A handle of the actor in ask->info: the one we have, or a new one that watches it. */
struct ray_actor *actor_ask_handle(struct actor_ask *ask, struct library *library,
                                   struct ray_error *err);
/* The one we have; NULL: none. Under the lock. */
struct ray_actor *actor_find_handle(struct runtime *rt, const struct id *id);
