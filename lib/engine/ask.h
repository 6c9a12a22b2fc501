/* ask.h - one typed function an operation: ask_query_nodes(engine, &rq, timeout_ms,
 * &arena, &err) waits for `const struct node_rows *`. Made from schema.def, as
 * lib/net/stubs.h is. */
#pragma once

#include "lib/engine/engine.h"

#include "lib/proto/no_messages.h"
#define SERVICE(s)
#define METHOD(s, number, name, request, reply)                                        \
    static inline const struct reply *ask_##s##_##name(                                \
        struct engine *engine, const struct request *rq, int64_t timeout_ms,           \
        struct arena *arena, struct error *err)                                        \
    {                                                                                  \
        const struct engine_request asked = { proto_method(number), rq, timeout_ms };  \
        return engine_wait(engine, &asked, arena, err);                                \
    }
#define ENDS(s)
#include "lib/proto/schema.def"
#include "lib/proto/undef.h"
