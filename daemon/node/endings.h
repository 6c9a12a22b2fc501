/* endings.h - actors of this node that have ended: the head must hear of each.
 *
 * What it has not confirmed goes with the next join. Loop thread only. */
#pragma once

struct arena;
struct endings;
struct node_join;
struct peer;
struct worker_exit;

struct endings *endings_create(void);
void endings_destroy(struct endings *endings);
/* One more; said at once when there is a head (else NULL). Copied. */
void endings_add(struct endings *endings, const struct worker_exit *exit,
                 struct peer *head);
/* Adds to a join those that no head has confirmed; their text lives as long as these.
 */
void endings_fill(struct endings *endings, struct node_join *join, struct arena *arena);
/* A join with them has been answered. */
void endings_joined(struct endings *endings);
