/* query.h - the state of the cluster as rows: list, get, summary, status, log files.
 *
 * Reads the tables directly: rows are made when asked for and duplicated nowhere.
 * Workers, objects and log files are the nodes' own and are asked for there (gather).
 * Loop thread only. */
#pragma once

struct call;
struct dispatch;
struct query;
struct query_sources;

struct query *query_create(const struct query_sources *sources);
void query_destroy(struct query *query); /* answers those who wait or follow a file */
void query_serve(struct query *query, struct dispatch *dispatch);
/* Answers nodes.status. */
void query_status(struct query *query, struct call *call);
/* Something may have changed that somebody waits for. */
void query_wake(struct query *query);
