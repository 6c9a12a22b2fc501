/* mailbox.h - the crossing to the loop thread and back, off the hot path. */
#pragma once

#include "lib/base/error.h"

#include <pthread.h>
#include <stdbool.h>

struct runtime;

struct mail {
    pthread_mutex_t lock;
    pthread_cond_t arrived;
    bool done;
    struct error err; /* code 0: none */
};

/* Runs fn(arg) on the loop thread and waits until it calls mailbox_finish(). Not from
 * the loop thread, not under the lock. */
void mailbox_wait(struct runtime *rt, void (*fn)(void *arg), void *arg,
                  struct mail *mail);
/* err NULL: success. */
void mailbox_finish(struct mail *mail, const struct error *err);
