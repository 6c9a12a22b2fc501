/* dispatch.c - a table of functions, filled at start-up. */
#include "lib/net/dispatch.h"

#include "lib/base/log.h"

#include <stdlib.h>
#include <string.h>

void dispatch_add(struct dispatch *dispatch, const struct methods *methods,
                  const void *handlers, size_t size, void *self)
{
    /* A typed table is nothing but function pointers: none may be NULL. */
    for (size_t at = 0; at < size; at += sizeof(void (*)(void))) {
        void (*handler)(void);
        memcpy(&handler, (const char *)handlers + at, sizeof(handler));
        if (handler == NULL) {
            log_error("peer", "service %s lacks a handler", methods->service);
            abort();
        }
    }
    for (size_t i = 0; i < methods->count; i++) {
        uint8_t number = methods->items[i].number;
        dispatch->by_number[number].method = &methods->items[i];
        dispatch->by_number[number].handlers = handlers;
        dispatch->by_number[number].self = self;
    }
}
