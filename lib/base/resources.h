/* resources.h - amounts of CPU, GPU, memory and any other named resource.
 *
 * Amounts are fixed-point integers in 1/10000 units (Ray's granularity), so that sums
 * of fractions come out even. A set keeps its items sorted by name and holds no item
 * with amount 0 unless set so explicitly. Pure; not thread-safe. */
#pragma once

#include "lib/base/error.h"
#include "lib/base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Most that a message may say of one resource: 10 TB of memory in bytes. Ninety of them
 * add up without overflow. */
#define RESOURCE_AMOUNT_MAX INT64_C(100000000000000000)

enum { RESOURCE_UNIT = 10000, RESOURCE_NAME_MAX = 128, RESOURCE_KINDS_MAX = 1000 };

struct resource {
    char *name;     /* owned, terminated */
    int64_t amount; /* 1/10000 units; negative when oversubscribed */
};

/* Zero-initialised is the empty set. */
struct resources {
    struct resource *items; /* sorted by name, owned */
    size_t count;
};

void resources_finish(struct resources *set);
void resources_copy(struct resources *to, const struct resources *from);
/* Sets one amount, also to 0. -ERR_INVALID on an empty or overlong name. */
int resources_set(struct resources *set, struct slice name, int64_t amount);
/* 0 for a name that is not there. */
int64_t resources_get(const struct resources *set, const char *name);
bool resources_is_empty(const struct resources *set); /* no positive amount */
/* Whether every amount of `demand` is there. */
bool resources_fit(const struct resources *available, const struct resources *demand);
/* The first name of `demand` that does not fit, NULL when all do (for messages). */
const char *resources_lacking(const struct resources *available,
                              const struct resources *demand);
void resources_add(struct resources *set, const struct resources *more);
/* May leave amounts negative: a task that wakes up from a wait takes its CPU back. */
void resources_subtract(struct resources *set, const struct resources *less);
bool resources_equal(const struct resources *a, const struct resources *b);
/* "CPU=1 GPU=0.5": canonical, so that equal sets have equal text. Returns bytes written
 * without the terminator, cut to `size`. */
size_t resources_format(const struct resources *set, char *text, size_t size);
/* A decimal number with at most 4 decimals, 0 and up ("0.5"); -ERR_INVALID else. */
int resources_parse_amount(struct slice text, int64_t *amount, struct error *err);
double resources_to_double(int64_t amount);
/* Rounds to the nearest unit; -ERR_INVALID when negative, not finite or too large. */
int resources_from_double(double value, int64_t *amount, struct error *err);
