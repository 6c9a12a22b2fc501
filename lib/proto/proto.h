/* proto.h - what schema.def and states.def expand to.
 *
 * For every MSG(x): `struct x` and `x_desc`. For every SERVICE(s): `struct s_handlers`,
 * a typed table of functions, and `s_methods`, by which lib/net/peer.c dispatches. For
 * every STATES(k, P): `enum k_state` and `k_fsm`. A handler's request lives in the
 * frame's arena until the handler returns; what it keeps it copies. */
#pragma once

#include "lib/base/desc.h"
#include "lib/base/fsm.h"

enum { PROTO_MAJOR = 1, PROTO_MINOR = 0 };
#define PROTO_RELEASE "0.1.0" /* RAY_VERSION of lib/ray.h, which must say the same */
enum { PROTO_METHOD_HELLO = 1, PROTO_METHODS_MAX = 240 };
/* Most bytes of one frame or message, both ways. */
enum { PROTO_MESSAGE_MAX = 64 * 1024 * 1024 };

#define PROTO_C_BOOL bool
#define PROTO_C_INT int64_t
#define PROTO_C_FLOAT double
#define PROTO_C_STRING struct slice
#define PROTO_C_BYTES struct slice
#define PROTO_C_ID struct id
#define PROTO_C_TIME int64_t
#define PROTO_C_DURATION int64_t
#define PROTO_C_SIZE int64_t
#define PROTO_C_AMOUNT int64_t

/* Structs. */
#define MSG(x) struct x {
#define FIELD(x, tag, name, kind) PROTO_C_##kind name;
#define DETAIL(x, tag, name, kind) PROTO_C_##kind name;
#define EMBED(x, tag, name, other) struct other name;
#define LIST(x, tag, name, other)                                                      \
    struct {                                                                           \
        struct other *items;                                                           \
        size_t count;                                                                  \
    } name;
#define PAIRS(x, tag, name, other) LIST(x, tag, name, other)
#define DETAIL_PAIRS(x, tag, name, other) LIST(x, tag, name, other)
#define END(x)                                                                         \
    }                                                                                  \
    ;
#include "lib/proto/no_services.h"
#include "lib/proto/schema.def"
#include "lib/proto/undef.h"

/* Descriptors. */
#include "lib/proto/no_messages.h"
#undef MSG
#define MSG(x) extern const struct desc x##_desc;
#include "lib/proto/no_services.h"
#include "lib/proto/schema.def"
#include "lib/proto/undef.h"

struct call;

/* Runs the handler of one method out of a typed table: `handlers` is a
 * `struct <service>_handlers`. */
typedef void proto_dispatch(const void *handlers, void *self, const void *request,
                            struct call *call);

struct method {
    uint8_t number;
    const char *name; /* "leases.ask" */
    const struct desc *request;
    const struct desc *reply;
    proto_dispatch *dispatch;
};

struct methods {
    const char *service;
    const struct method *items;
    size_t count;
};

/* Typed handler tables: a handler replies through its call, now or later, exactly
 * once (lib/net/peer.h). */
#include "lib/proto/no_messages.h"
#define SERVICE(s) struct s##_handlers {
#define METHOD(s, number, name, request, reply)                                        \
    void (*name)(void *self, const struct request *rq, struct call *call);
#define ENDS(s)                                                                        \
    }                                                                                  \
    ;                                                                                  \
    extern const struct methods s##_methods;
#include "lib/proto/schema.def"
#include "lib/proto/undef.h"

/* METHOD_<service>_<name>: the numbers by name. */
#include "lib/proto/no_messages.h"
#define SERVICE(s)
#define METHOD(s, number, name, request, reply) METHOD_##s##_##name = number,
#define ENDS(s)
enum method_number {
#include "lib/proto/schema.def"
};
#include "lib/proto/undef.h"

/* The method of that number, whatever its service; NULL when there is none. */
const struct method *proto_method(uint8_t number);

/* States. */
#define STATES(kind, P)                                                                \
    enum kind##_state                                                                  \
    {
#define STATE(P, name, edges) P##_##name,
#define ENDSTATES(kind)                                                                \
    }                                                                                  \
    ;                                                                                  \
    extern const struct fsm kind##_fsm;
#include "lib/proto/states.def"
#undef STATES
#undef STATE
#undef ENDSTATES
