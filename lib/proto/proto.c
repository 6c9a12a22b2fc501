/* proto.c - schema.def as tables: descriptors, methods, states. */
#include "lib/proto/proto.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

#define MSG(x) static const struct field x##_fields[] = {
#define FIELD(x, tag, name, kind)                                                      \
    { tag, KIND_##kind, 0, offsetof(struct x, name), #name, NULL },
#define DETAIL(x, tag, name, kind)                                                     \
    { tag, KIND_##kind, FIELD_DETAIL, offsetof(struct x, name), #name, NULL },
#define EMBED(x, tag, name, other)                                                     \
    { tag, KIND_MESSAGE, 0, offsetof(struct x, name), #name, &other##_desc },
#define LIST(x, tag, name, other)                                                      \
    { tag, KIND_LIST, 0, offsetof(struct x, name), #name, &other##_desc },
#define PAIRS(x, tag, name, other)                                                     \
    { tag, KIND_PAIRS, 0, offsetof(struct x, name), #name, &other##_desc },
#define DETAIL_PAIRS(x, tag, name, other)                                              \
    { tag, KIND_PAIRS, FIELD_DETAIL, offsetof(struct x, name), #name, &other##_desc },
#define END(x)                                                                         \
    }                                                                                  \
    ;                                                                                  \
    const struct desc x##_desc = { #x, sizeof(struct x), x##_fields,                   \
                                   COUNT(x##_fields) };
#include "lib/proto/no_services.h"
#include "lib/proto/schema.def"
#include "lib/proto/undef.h"

#include "lib/proto/no_messages.h"

/* One function a method, so that each handler is called through its own type. */
#define SERVICE(s)
#define METHOD(s, number, name, request, reply)                                        \
    static void s##_##name##_dispatch(const void *handlers, void *self,                \
                                      const void *rq, struct call *call)               \
    {                                                                                  \
        ((const struct s##_handlers *)handlers)->name(self, rq, call);                 \
    }
#define ENDS(s)
#include "lib/proto/schema.def"
#undef SERVICE
#undef METHOD
#undef ENDS

#define SERVICE(s) static const struct method s##_items[] = {
#define METHOD(s, number, name, request, reply)                                        \
    { number, #s "." #name, &request##_desc, &reply##_desc, s##_##name##_dispatch },
#define ENDS(s)                                                                        \
    }                                                                                  \
    ;                                                                                  \
    const struct methods s##_methods = { #s, s##_items, COUNT(s##_items) };
#include "lib/proto/schema.def"
#undef SERVICE
#undef METHOD
#undef ENDS

static const struct method *const by_number[PROTO_METHODS_MAX] = {
#define SERVICE(s)
#define METHOD(s, number, name, request, reply)                                        \
    [number] = &(const struct method){ number, #s "." #name, &request##_desc,          \
                                       &reply##_desc, s##_##name##_dispatch },
#define ENDS(s)
#include "lib/proto/schema.def"
#include "lib/proto/undef.h"
};

const struct method *proto_method(uint8_t number)
{
    return number < PROTO_METHODS_MAX ? by_number[number] : NULL;
}

#define STATES(kind, P) static const struct fsm_state kind##_states[] = {
#define STATE(P, name, edges) [P##_##name] = { #name, edges },
#define ENDSTATES(kind)                                                                \
    }                                                                                  \
    ;                                                                                  \
    const struct fsm kind##_fsm = { #kind, kind##_states, (int)COUNT(kind##_states) };
#include "lib/proto/states.def"
