/* push.h - which other nodes have a copy of an object of this one.
 *
 * A node that reads an object (objects.read) keeps its copy until it is told, over the
 * same connection, that the object was freed. Loop thread only. */
#pragma once

#include "lib/base/id.h"

struct peer;
struct pushes;

struct pushes *pushes_create(void);
void pushes_destroy(struct pushes *pushes);
/* `peer` reads `object`. */
void pushes_note(struct pushes *pushes, const struct id *object, struct peer *peer);
/* The object was freed here: tells those who have copies. */
void pushes_on_freed(struct pushes *pushes, const struct id *object);
void pushes_on_peer_closed(struct pushes *pushes, const struct peer *peer);
