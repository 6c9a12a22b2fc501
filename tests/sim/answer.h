/* answer.h - services whose methods all go to one function, so that the processes of
 * the simulation serve what they care for and say yes to the rest. */
#pragma once

#include "lib/net/dispatch.h"

struct call;

typedef void answer_fn(void *self, const struct method *method, const void *request,
                       struct call *call);

enum { ANSWERS_MAX = 64 };

/* Embedded in the process that answers. */
struct answers {
    struct dispatch dispatch;
    struct answer {
        struct method method;
        answer_fn *fn;
    } items[ANSWERS_MAX];
};

/* Adds a service: fn(self, ...) for every method of it. */
void answers_serve(struct answers *answers, const struct methods *methods,
                   answer_fn *fn, void *self);
/* A reply with nothing in it, of the method's type. */
void answer_nothing(const struct method *method, struct call *call);
