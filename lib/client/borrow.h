/* borrow.h - objects of other processes: refs to them that we have, and their values.
 *
 * A borrowed object is a `struct ray_ref` like any other. It is PENDING until somebody
 * here needs its value; then its owner is asked, who answers when it is ready. What is
 * counted is in lib/client/refs.h. Messages go by way of the owner's node. Under the
 * runtime's lock. */
#pragma once

#include <stdbool.h>

struct held_ref;
struct ray_ref;
struct runtime;

/* As the wire has it: from now on others may know it. No loans. */
void borrow_describe(struct runtime *rt, struct ray_ref *object, struct held_ref *out);
/* From the wire, with the loans that were made for it: one handle. */
struct ray_ref *borrow_receive(struct runtime *rt, const struct held_ref *from);
bool borrow_is(const struct runtime *rt, const struct ray_ref *object);
/* Somebody needs the value of a borrowed object: asks for it unless that was done. When
 * its bytes cannot be read where they were said to be, asks again. */
void borrow_ask(struct runtime *rt, struct ray_ref *object);
/* Nobody here needs it any more: gives the loans back, forgets who else knows it. */
void borrow_end(struct runtime *rt, struct ray_ref *object);
