/* answer.c - methods like the schema's, with another dispatch function. */
#include "tests/sim/answer.h"

#include "lib/net/peer.h"
#include "tests/sim/sim.h"

/* `handlers` is the struct answer that stands in for a typed table. */
static void dispatch_any(const void *handlers, void *self, const void *request,
                         struct call *call)
{
    const struct answer *answer = handlers;
    answer->fn(self, &answer->method, request, call);
}

void answers_serve(struct answers *answers, const struct methods *methods,
                   answer_fn *fn, void *self)
{
    MUST(methods->count <= ANSWERS_MAX);
    for (size_t i = 0; i < methods->count; i++) {
        struct answer *answer = &answers->items[i];
        uint8_t number = methods->items[i].number;
        answer->method = methods->items[i];
        answer->method.dispatch = dispatch_any;
        answer->fn = fn;
        answers->dispatch.by_number[number].method = &answer->method;
        answers->dispatch.by_number[number].handlers = answer;
        answers->dispatch.by_number[number].self = self;
    }
}

void answer_nothing(const struct method *method, struct call *call)
{
    static const char zeros[16 * 1024];

    MUST(method->reply->size <= sizeof(zeros));
    call_reply(call, zeros);
}
