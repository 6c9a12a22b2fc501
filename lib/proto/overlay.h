/* overlay.h - one runtime environment over another, by Ray's rule: the folder above
 * replaces the one below, variables are put together by name. Pure. */
#pragma once

#include "lib/proto/proto.h"

struct arena;

/* Puts `above` over `below`: what it does not say is as below. Of a name that is there
 * twice the later value counts. Variables come in the order of their names, so that two
 * environments that say the same are packed into the same bytes. The result borrows the
 * strings of both; its list is in `arena`. */
struct runtime_env overlay(const struct runtime_env *above,
                           const struct runtime_env *below, struct arena *arena);
