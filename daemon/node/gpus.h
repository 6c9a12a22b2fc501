/* gpus.h - the GPUs of a node one by one: who has which, or which part of one. Pure.
 *
 * An amount below 1 is a part of one device, the fullest that has room; 1 and more are
 * whole devices. Ray's rule: more than 1 must be a whole number. */
#pragma once

#include "lib/base/resources.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GPUS_MAX = 64, GPUS_TEXT_MAX = 4096 };

struct gpus {
    size_t count; /* 0: none, or a number that is not whole: then nobody counts them */
    int64_t free[GPUS_MAX]; /* of RESOURCE_UNIT */
    char *names[GPUS_MAX];  /* owned: "0", or what CUDA_VISIBLE_DEVICES calls it */
};

/* What somebody has. Zero-initialised: none. */
struct gpu_set {
    uint64_t devices; /* bit i: device i */
    int64_t each;     /* of each of them */
};

/* `amount` of the resource GPU. `visible`: CUDA_VISIBLE_DEVICES of this process, NULL:
 * not set; it names them when it names enough. */
void gpus_init(struct gpus *gpus, int64_t amount, const char *visible);
void gpus_finish(struct gpus *gpus);
bool gpus_fit(const struct gpus *gpus, int64_t amount);
/* Takes them; they must fit. */
void gpus_take(struct gpus *gpus, int64_t amount, struct gpu_set *set);
void gpus_return(struct gpus *gpus, struct gpu_set *set); /* `set` is empty then */
/* "0,3": for CUDA_VISIBLE_DEVICES. Returns `text`; "" for none. */
const char *gpus_text(const struct gpus *gpus, const struct gpu_set *set,
                      char text[GPUS_TEXT_MAX]);
