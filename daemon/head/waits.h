/* waits.h - those who wait for things to come to a state.
 *
 * Owns struct wait, one a call of query.wait. The tables are looked at when the wait
 * begins, then when waits_wake() says that something has changed; those of the nodes,
 * which do not tell, each WAITS_ASK_MS. A wait ends in exactly one answer. Loop thread
 * only. */
#pragma once

struct call;
struct query_sources;
struct wait_request;
struct waits;

enum { WAITS_ASK_MS = 250, WAITS_THINGS_MAX = 1000 };

struct waits *waits_create(const struct query_sources *sources); /* borrowed */
void waits_destroy(struct waits *waits);                         /* answers all */
/* Answers `call` later: -ERR_NOT_FOUND for what is not there (unless it is waited for
 * to be deleted), -ERR_INVALID for ids that several begin with. */
void waits_add(struct waits *waits, const struct wait_request *rq, struct call *call);
/* Something may have changed. Looks in a later turn, once for many such calls. */
void waits_wake(struct waits *waits);
