/* taskenv.h - what a task or actor is to run in, as it travels: a packed struct
 * runtime_env, the same bytes for all that say the same. Pure. */
#pragma once

#include "lib/base/error.h"
#include "lib/base/slice.h"
#include "lib/ray.h"

struct buf;

/* Variables and all, packed: as much as fits a request to a node. */
enum { TASKENV_SIZE_MAX = 256 * 1024 };

/* `env` over `below`, which is packed, too (empty: none), into `out`, which stays empty
 * when that says nothing. `package` is the name of the working_dir's; empty: it has
 * none of its own. -ERR_INVALID for what is no variable, or too much. */
int taskenv_pack(const struct ray_runtime_env *env, struct slice package,
                 struct slice below, struct buf *out, struct error *err);
