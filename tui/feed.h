/* feed.h - the cluster as the monitor sees it, kept up to date by changes.
 *
 * One long poll (changes.wait) says which tables are other than they were; then the
 * questions that somebody wants and that read such a table are asked again, each at
 * most once at a time, and the longer the head worked on the last answer the later:
 * what a monitor costs it stays a small part of its time. When the cluster goes, the
 * last answers stay and the feed asks for changes every FEED_RETRY_MS until it is back.
 * Loop thread only. */
#pragma once

#include "tui/snapshot.h"

#include <stdbool.h>

struct engine;
struct feed;
struct list_request;
struct loop;

enum feed_table { FEED_NODES = 1, FEED_JOBS = 2, FEED_ACTORS = 4, FEED_TASKS = 8 };

enum { FEED_RETRY_MS = 1000, FEED_SAMPLE_MS = 1000, FEED_SAMPLES = 600 };

/* The snapshot is another. Never runs inside a function of the feed. */
typedef void feed_changed(void *arg);

/* The engine is borrowed and must be closed after feed_close(). */
struct feed *feed_open(struct loop *loop, struct engine *engine,
                       feed_changed *on_changed, void *arg);
/* No callback after it. Freed when the last call under way has ended, at the latest
 * when the engine is closed. */
void feed_close(struct feed *feed);
/* Bits of ASKS(): what shall be up to date. Nodes always are, for the graphs. */
void feed_want(struct feed *feed, unsigned questions);
/* Which tasks ASKS(tasks) is about; copied. Asks anew if it is another request. */
void feed_choose_tasks(struct feed *feed, const struct list_request *rq);
const struct snapshot *feed_snapshot(struct feed *feed);
/* Whether all that is wanted has been answered, or refused, at least once. */
bool feed_is_complete(const struct feed *feed);
