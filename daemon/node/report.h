/* report.h - what the head hears of this node: free resources, demands, workers,
 * objects.
 *
 * Changes are gathered for REPORT_MS and sent as one note; nothing is sent while
 * nothing has changed. Loop thread only. */
#pragma once

#include "lib/base/id.h"

struct ledger;
struct leases;
struct loop;
struct objects;
struct peer;
struct report;
struct workers;

enum { REPORT_MS = 10 };

struct report_sources {
    const struct ledger *ledger;
    struct leases *leases;
    struct workers *workers;
    struct objects *objects;
    struct peer *const *head; /* NULL while it is away */
    struct id node_id;
    int64_t store_limit;
};

struct report *report_create(struct loop *loop);
/* The services exist now. */
void report_begin(struct report *report, const struct report_sources *sources);
void report_destroy(struct report *report);
/* Something has changed. What has changed back by the time of sending is not sent. */
void report_soon(void *report);
/* The head knows nothing of us: the next report is sent whatever is in it. */
void report_anew(struct report *report);
