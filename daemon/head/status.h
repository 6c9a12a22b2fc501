/* status.h - the cluster in one message: nodes, usage, what waits and why, counts by
 * state. */
#pragma once

struct call;
struct query_sources;

void status_reply(const struct query_sources *sources, struct call *call);
