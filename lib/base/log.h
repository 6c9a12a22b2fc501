/* log.h - one line an event on stderr: time, level, module, text, key=value tail.
 *
 *     log_info("leases", "granted lease=%s worker=%s wait_ms=%d", ...);
 *
 * Levels per module come from RAY_LOG ("leases:debug,*:info"). A line is written with
 * one write(2), so that lines of several threads and processes never mix. */
#pragma once

#include <stdbool.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_NONE };

/* Reads RAY_LOG; `fallback` is the level of modules that it does not name. A bad
 * entry is skipped. Call before there are threads. */
void log_init(enum log_level fallback);
bool log_enabled(enum log_level level, const char *module);
void log_write(enum log_level level, const char *module, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define log_at(level, module, ...)                                                     \
    do {                                                                               \
        if (log_enabled(level, module))                                                \
            log_write(level, module, __VA_ARGS__);                                     \
    } while (0)
#define log_debug(module, ...) log_at(LOG_DEBUG, module, __VA_ARGS__)
#define log_info(module, ...) log_at(LOG_INFO, module, __VA_ARGS__)
#define log_warn(module, ...) log_at(LOG_WARN, module, __VA_ARGS__)
#define log_error(module, ...) log_at(LOG_ERROR, module, __VA_ARGS__)
