/* ship.h - folders that tasks are to run in, on their way to the cluster.
 *
 * A folder is packed and uploaded by `rayctl env push`, a program of its own, so that
 * programs that use this library carry no archiver. Each folder goes once a process:
 * what changes in it later is not seen. Any thread, not under the runtime's lock; who
 * wants a folder that is under way waits for it. */
#pragma once

#include "lib/base/error.h"
#include "lib/base/list.h"
#include "lib/ray.h"

#include <pthread.h>

struct ships {
    pthread_mutex_t lock; /* protects `all`; held while one is under way */
    struct list all;
};

void ships_init(struct ships *ships);
void ships_finish(struct ships *ships);
/* The name of the package of env->working_dir, "" when there is none, valid until
 * ships_finish(). `address` is the head's. -ERR_NOT_FOUND no such folder or no rayctl,
 * -ERR_INVALID "pkg:" without a name, else what rayctl says. */
int ships_package(struct ships *ships, const char *address,
                  const struct ray_runtime_env *env, const char **package,
                  struct error *err);
