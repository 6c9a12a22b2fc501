/* topics.h - who wants to hear of what: subscribers by id.
 *
 * Owns the list of subscribed connections of each id. A connection that ends is dropped
 * by topics_on_peer_closed(). Loop thread only. */
#pragma once

#include "lib/base/id.h"

struct peer;
struct topics;

struct topics *topics_create(void);
void topics_destroy(struct topics *topics);
/* Subscribing twice is subscribing once. */
void topics_subscribe(struct topics *topics, const struct id *id, struct peer *peer);
void topics_unsubscribe(struct topics *topics, const struct id *id, struct peer *peer);
void topics_on_peer_closed(struct topics *topics, const struct peer *peer);
typedef void topics_fn(void *arg, struct peer *peer);
/* Calls fn for each subscriber of `id`; fn must not subscribe or unsubscribe. */
void topics_each(struct topics *topics, const struct id *id, topics_fn *fn, void *arg);
