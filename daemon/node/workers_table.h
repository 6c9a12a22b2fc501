/* workers_table.h - the table of a node's processes, as workers.c (their life) and
 * workers_serve.c (what they and others ask) share it. */
#pragma once

#include "daemon/node/ended.h"
#include "daemon/node/obituary.h"
#include "daemon/node/workers.h"
#include "lib/base/list.h"
#include "lib/base/map.h"

struct workers {
    struct workers_options options;
    struct map all;   /* living, by id */
    struct list idle; /* oldest first */
    struct obituary dead;
    struct ended ended; /* jobs */
    struct loop_timer *idle_timer;
    char *program;
};

/* A new process in the table, in `state`. */
struct worker *workers_add(struct workers *workers, const struct id *id, int state);
