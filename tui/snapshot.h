/* snapshot.h - what is known of the cluster, all that screens draw from.
 *
 * The feed owns it and what it points to; a drawing borrows it. */
#pragma once

#include "lib/base/error.h"
#include "lib/base/history.h"
#include "lib/proto/proto.h"

#include <stdbool.h>
#include <stdint.h>

enum question {
#define QUESTION(name, method, reply, tables) QUESTION_##name,
#include "tui/questions.def"
#undef QUESTION
    QUESTION_COUNT
};

#define ASKS(name) (1u << QUESTION_##name)

/* How much of the machines and of the store is used, all nodes together; a machine with
 * several nodes counts once. */
struct snapshot_usage {
    double cpu_used, cpu_total; /* cores */
    double memory_used, memory_total;
    double store_used, store_total;
};

struct snapshot {
    /* The last answers; NULL: there was none yet. */
#define QUESTION(name, method, reply, tables) const struct reply *name;
#include "tui/questions.def"
#undef QUESTION
    uint64_t serials[QUESTION_COUNT]; /* another with each answer */
    struct error
        errors[QUESTION_COUNT]; /* why there is no newer one; ERR_OK: it is new */
    struct snapshot_usage usage;
    struct history cpu, memory, store; /* once a second */
    int64_t now;                       /* ns since 1970 */
    int64_t lost_since;                /* the cluster does not answer; 0: it does */
    struct error lost;                 /* why */
};
