/* native.h - the engine that speaks to rayd: each operation is one call to the head. */
#pragma once

#include "lib/engine/engine.h"

struct loop;

extern const struct engine_ops native_engine;
/* The `self` of native_engine for that address. */
void *native_create(struct loop *loop, const char *address);
