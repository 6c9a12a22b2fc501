/* lend.h - objects of ours that other processes have refs to: the owner's side.
 *
 * What is counted is in lib/client/refs.h. A borrower is watched through its node: when
 * it has ended, it has given back what it had. */
#pragma once

#include "lib/base/list.h"
#include "lib/base/slice.h"

#include <stdbool.h>

struct call;
struct id;
struct object_ask;
struct object_borrow;
struct object_return;
struct ray_ref;
struct runtime;

struct lends {
    struct list asks;    /* of struct ask: borrowers that wait for a value */
    struct list watches; /* of struct watch: processes that have borrowed */
    bool is_answering;   /* asks will be looked at */
    bool said_lending;   /* what our node was told last */
};

void lends_init(struct lends *lends);
/* (loop) Nobody is answered any more. */
void lends_close(struct runtime *rt);
/* Frees what others had borrowed and we do not hold. */
void lends_finish(struct runtime *rt);
/* (loop) A borrower wants a value: answers when it is ready. */
void lend_on_ask(struct runtime *rt, const struct object_ask *rq, struct call *call);
/* (loop) Objects shall be lent to a process. */
void lend_on_borrow(struct runtime *rt, const struct object_borrow *rq);
/* (loop) A borrower needs an object no more. */
void lend_on_return(struct runtime *rt, const struct object_return *rq);
/* An object that others know is not PENDING any more. Under the lock. */
void lend_on_ready(struct runtime *rt);
/* A loan was made to a process of the node at `address`: watches it, and tells our
 * node. Under the lock. */
void lend_made(struct runtime *rt, const struct id *borrower, struct slice address);
