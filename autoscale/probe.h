/* probe.h - asks a head on another machine who it is, before anything is made here. */
#pragma once

#include "lib/base/error.h"
#include "lib/net/auth.h"

enum { PROBE_IP_MAX = 64 };

struct probe {
    char cluster[AUTH_NAME_MAX]; /* the name of the cluster */
    char ip[PROBE_IP_MAX];       /* of this machine, on the way to the head */
};

/* `self` has the secret. -ERR_UNREACHABLE when nobody answers, -ERR_REFUSED when it is
 * another secret, -ERR_TIMEOUT. Blocks for at most 10 seconds. */
int probe_head(const char *address, const struct identity *self, struct probe *probe,
               struct error *err);
