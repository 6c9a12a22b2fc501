/* claim.h - who may change a session folder: one at a time.
 *
 * Two programs that start or stop the same cluster at once must not remove what the
 * other has just made. A claim is a lock (flock) on the session folder itself, so that
 * nothing stays behind, and it ends with the process that holds it. */
#pragma once

#include "lib/base/error.h"
#include "lib/net/session.h"

enum claim_kind {
    CLAIM_MAKE,  /* for one alone; the folder is made when it is not there */
    CLAIM_ALONE, /* for one alone; the folder must be there */
    CLAIM_SHARE, /* others may share it: who adds a process of its own */
};

struct claim {
    char path[SESSION_PATH_MAX]; /* the session folder */
    int fd;
};

/* Waits until nobody else claims the folder of `cluster`. -ERR_NOT_FOUND when it is
 * not there, and what session_path() says. */
int claim_init(struct claim *claim, const char *cluster, enum claim_kind kind,
               struct error *err);
/* Ends the claim; the folder stays, unless session_remove() has removed it: whoever
 * waits for it then begins with a new one. */
void claim_finish(struct claim *claim);
