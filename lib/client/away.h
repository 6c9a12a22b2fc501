/* away.h - large objects of ours that a node has put on disk.
 *
 * A node that needs memory asks the owner first. Once we have agreed, the object is
 * *away*: its bytes may move, so nobody may be told where they are. Whoever needs it
 * calls it back; it is PENDING until it has come. The runtime's lock protects all. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct object_refs;
struct ray_ref;
struct runtime;

/* (loop) Agrees to those of `asked` that no task and no pointer of the program uses,
 * and of which no borrower has been told where they are. */
void away_set_aside(struct runtime *rt, const struct object_refs *asked,
                    struct object_refs *agreed, struct arena *arena);
/* Calls back those of `refs` that are away, for a use that begins now, and makes again
 * those that are lost; true when any of them is PENDING then. Under the lock. */
bool away_call_back(struct runtime *rt, struct ray_ref *const *refs, size_t count);
