/* contexts.h - the clusters that this user can name: session folders, of those that run
 * on this machine and of those that `rayctl up` has brought up elsewhere. */
#pragma once

#include "lib/net/session.h"

struct context_entry {
    char name[80];
    char address[SESSION_ADDRESS_MAX]; /* "unix:/path" or "host:port"; "": not known */
    int processes; /* of it that live on this machine; negative: unreadable */
    bool is_current;
};

/* Into *entries, sorted by name (the caller frees it); returns their number, 0 when
 * there is no base folder, or -ERR_IO. */
int contexts_read(struct context_entry **entries, struct error *err);
