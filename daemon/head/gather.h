/* gather.h - one question to all living nodes; one end when all have answered.
 *
 * A node that does not answer within GATHER_MS, or goes meanwhile, is left out. Loop
 * thread only. */
#pragma once

#include "lib/base/id.h"

struct loop;
struct method;
struct nodes;

enum { GATHER_MS = 3000 };

struct gather_ops {
    /* A node's answer, a struct of the method's reply type; it lives until this
     * returns. */
    void (*on_reply)(void *arg, const struct id *node, const void *reply);
    void (*on_done)(
        void *arg); /* runs once, last, never before gather_begin() returns */
    void *arg;
};

void gather_begin(struct loop *loop, const struct nodes *nodes,
                  const struct method *method, const void *request,
                  const struct gather_ops *ops);
