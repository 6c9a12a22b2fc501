/* query_sources.h - the tables that questions about the cluster read. Borrowed. */
#pragma once

#include "lib/base/log_plan.h"

#include <stdint.h>

struct actors;
struct events;
struct jobs;
struct loop;
struct nodes;
struct view;

struct query_sources {
    struct loop *loop;
    struct nodes *nodes;
    struct view *view;
    struct jobs *jobs;
    struct actors *actors;
    struct events *events;
    const char *cluster, *session, *address;
    int64_t start_time; /* ns since 1970 */
    struct log_bounds logs;
};
