/* units.h - sizes, times and durations as people write and read them. Pure but for the
 * time zone. */
#pragma once

#include "lib/base/error.h"
#include "lib/base/slice.h"

#include <stddef.h>
#include <stdint.h>

enum { UNITS_TEXT_MAX = 48 };

/* "512 B", "1.5 GiB" (IEC 80000-13 binary units). Returns `text`. */
const char *units_format_size(int64_t bytes, char text[UNITS_TEXT_MAX]);
/* "2026-03-01 14:05:09" in local time; "" for 0. */
const char *units_format_time(int64_t ns, char text[UNITS_TEXT_MAX]);
/* "250ms", "1.5s", "3m20s", "5h10m"; "0ms" when negative: a clock was set back. */
const char *units_format_duration(int64_t ns, char text[UNITS_TEXT_MAX]);
/* "1073741824", "512M", "1.5GiB", "2 GB": K, M, G, T are powers of 1024 with or without
 * iB, and powers of 1000 with B alone ("KB", "MB"). -ERR_INVALID. */
int units_parse_size(struct slice text, int64_t *bytes, struct error *err);
/* "10s", "5m", "1.5h", "250ms", "2d"; a bare number is seconds. -ERR_INVALID. */
int units_parse_duration(struct slice text, int64_t *ns, struct error *err);
