/* carry.h - values between objects and the wire. Under the runtime's lock. */
#pragma once

#include "lib/base/id.h"
#include "lib/proto/proto.h"

struct arena;
struct place;
struct ray_ref;
struct runtime;
struct task;

/* A ready value as an argument or answer has it. Borrows from the object, and from
 * `arena` for the refs inside it. */
void carry_object(struct runtime *rt, const struct ray_ref *object,
                  struct task_value *value, struct arena *arena);
/* Argument `i` of a task; `refs` are those inside it. */
void carry_argument(struct runtime *rt, const struct task *task, size_t i,
                    struct task_value *value, struct arena *arena);
/* A value of the wire becomes that of a PENDING object. */
void carry_set(struct runtime *rt, struct ray_ref *object,
               const struct task_value *value);
/* One that nobody wants: object `id`, of which we are the owner. */
void carry_drop(struct runtime *rt, const struct id *id,
                const struct task_value *value);
