/* worker_main.h - what ray-worker calls in libray: exported, but no part of ray.h. */
#pragma once

#include "lib/ray.h"

/* Runs a worker of the node at `node` (its Unix socket's address) under the id in hex
 * until the node says exit or goes away; returns the process's exit status. */
RAY_API int ray_worker_main(const char *node, const char *worker_id);
