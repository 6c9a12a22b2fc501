/* stubs.h - one typed function a method: call_leases_ask(peer, &rq, NULL, done, arg)
 * and note_leases_give_back(peer, &rq, NULL). Made from schema.def. */
#pragma once

#include "lib/net/peer.h"
#include "lib/proto/proto.h"

#include "lib/proto/no_messages.h"
#define SERVICE(s)
#define METHOD(s, number, name, request, reply)                                        \
    static inline void call_##s##_##name(struct peer *peer, const struct request *rq,  \
                                         const struct call_options *options,           \
                                         peer_done *done, void *arg)                   \
    {                                                                                  \
        peer_call(peer, (struct peer_request){ proto_method(number), rq }, options,    \
                  done, arg);                                                          \
    }                                                                                  \
    static inline void note_##s##_##name(struct peer *peer, const struct request *rq,  \
                                         const struct call_options *options)           \
    {                                                                                  \
        peer_note(peer, proto_method(number), rq, options);                            \
    }
#define ENDS(s)
#include "lib/proto/schema.def"
#include "lib/proto/undef.h"
