/* view.h - the cluster as the scheduling policy wants it: an array over the living
 * nodes.
 *
 * Made anew from `nodes` whenever it is asked for; borrowed until the next call. */
#pragma once

#include "daemon/sched/policy.h"

struct member;
struct nodes;
struct view;

struct view *view_create(const struct nodes *nodes);
void view_destroy(struct view *view);
const struct policy_node *view_nodes(struct view *view, size_t *count);
/* The member behind index i of the last view_nodes(). */
struct member *view_member(struct view *view, size_t index);
