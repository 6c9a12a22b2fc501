/* engine.h - the operator's view of a cluster, whichever engine runs it.
 *
 * Operations are the methods of the head's services in schema.def (nodes.status,
 * query.*, jobs.*, actors.kill, kv.*), so that requests and rows are the same for every
 * back-end. Loop thread only. An engine is opened lazily: the first call connects, and
 * an unreachable cluster fails that call with ERR_UNREACHABLE. What a back-end cannot
 * do it refuses with ERR_UNSUPPORTED before anything is sent; capability bits say so
 * beforehand. */
#pragma once

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/proto/proto.h"

#include <stdint.h>

struct engine;
struct loop;

enum engine_capability {
    ENGINE_STATE = 1,  /* status, list, get, summary */
    ENGINE_JOBS = 2,   /* submit, stop, wait, logs of jobs */
    ENGINE_LOGS = 4,   /* log files of workers and daemons */
    ENGINE_ACTORS = 8, /* kill an actor */
    ENGINE_KV = 16,    /* key-values */
};

/* The outcome of a call: one of `err` and `reply` is NULL; a reply lives until this
 * returns. */
typedef void engine_done(void *arg, const struct error *err, const void *reply);

/* An operation: a method of schema.def and its request; how long to wait for the answer
 * (0: for ever). */
struct engine_request {
    const struct method *method;
    const void *message;
    int64_t timeout_ms;
};

/* A back-end. */
struct engine_ops {
    const char *name; /* "native" */
    unsigned capabilities;
    /* Begins a call; done runs exactly once, never before this returns. */
    void (*call)(void *self, const struct engine_request *rq, engine_done *done,
                 void *arg);
    void (*close)(void *self); /* fails what is outstanding, frees */
};

/* `address` as session_resolve() gives it ("unix:/path", "host:port"). -ERR_UNSUPPORTED
 * for addresses of engines that this build cannot talk to. NULL on error. */
struct engine *engine_open(struct loop *loop, const char *address, struct error *err);
void engine_close(struct engine *engine); /* accepts NULL */
const char *engine_address(const struct engine *engine);
unsigned engine_capabilities(const struct engine *engine);

/* Asynchronous, for the monitor. */
void engine_call(struct engine *engine, const struct engine_request *rq,
                 engine_done *done, void *arg);
/* Synchronous, for commands: runs the loop until the answer is there. The reply is
 * copied into `arena`; NULL on error. */
const void *engine_wait(struct engine *engine, const struct engine_request *rq,
                        struct arena *arena, struct error *err);
