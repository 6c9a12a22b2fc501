/* head.h - rayd head: the Global Control Service. Composition root of daemon/head.
 *
 * Owns the services and wires their events. Listens at unix:<session>/head.sock and at
 * one TCP port, whose address is in <session>/address. Loop thread only. */
#pragma once

#include "lib/base/error.h"
#include "lib/base/log_plan.h"

#include <stdbool.h>

struct head;
struct loop;

struct head_options {
    const char *session, *cluster;
    const char *host; /* NULL: 127.0.0.1 */
    int port;         /* 0: a free one */
    struct log_bounds logs;
    bool is_ephemeral; /* nobody will start it again: it keeps no history on disk */
};

/* NULL on error: -ERR_EXISTS a head runs already in that session, or the port is in
 * use. */
struct head *head_create(struct loop *loop, const struct head_options *options,
                         struct error *err);
const char *head_address(const struct head *head); /* of its TCP port */
/* A child has ended: reaps it if it was an orphan of a job. */
void head_on_child(struct head *head);
/* Ends the processes of jobs, closes all connections; then runs `done`. */
void head_stop(struct head *head, void (*done)(void *arg), void *arg);
/* After `done`, when nothing is left to run on the loop. */
void head_destroy(struct head *head);
