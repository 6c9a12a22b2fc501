/* extents.h - which bytes of a segment are free. Pure.
 *
 * A list of free extents by offset, first fit, merged on release: objects in shared
 * memory are over 100 KiB each, so there are few. */
#pragma once

#include "lib/base/list.h"

#include <stdbool.h>
#include <stdint.h>

struct extents {
    struct list free;
};

/* `size` bytes, all of them free. */
void extents_init(struct extents *extents, int64_t size);
void extents_finish(struct extents *extents);
/* The offset of `size` bytes, which are not free any more; -1: so many are not free in
 * one piece. */
int64_t extents_take(struct extents *extents, int64_t size);
/* They were taken, and are free again. */
void extents_give(struct extents *extents, int64_t offset, int64_t size);
/* Whether all `size` bytes of the segment are free. */
bool extents_is_all(const struct extents *extents, int64_t size);
