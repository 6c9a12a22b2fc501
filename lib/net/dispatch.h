/* dispatch.h - what a process answers: the handlers of its services, by method number.
 */
#pragma once

#include "lib/proto/proto.h"

#include <stddef.h>

struct dispatch {
    struct {
        const struct method *method;
        const void *handlers;
        void *self;
    } by_number[PROTO_METHODS_MAX];
};

/* Adds a service. `handlers` is its typed table of `size` bytes; a NULL in it is a bug
 * of ours and aborts here, at start-up, not at the first call. */
void dispatch_add(struct dispatch *dispatch, const struct methods *methods,
                  const void *handlers, size_t size, void *self);
