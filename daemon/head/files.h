/* files.h - log files of the whole cluster: the head's own, and those of its nodes.
 *
 * The head's own are <session>/logs/head.log and job-driver-*.log; it keeps them
 * within bounds. Loop thread only. */
#pragma once

struct call;
struct files;
struct log_list;
struct log_read;
struct query_sources;

/* `sources` lives as long. */
struct files *files_create(const struct query_sources *sources);
void files_destroy(struct files *files); /* answers those who follow a file */
/* Answers with log_files: those of one node, or of the head and all nodes. */
void files_list(struct files *files, const struct log_list *rq, struct call *call);
/* Answers with a log_chunk of the head's file, or of a file of rq->node_id. */
void files_read(struct files *files, const struct log_read *rq, struct call *call);
