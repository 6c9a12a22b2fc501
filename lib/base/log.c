/* log.c - levels per module from RAY_LOG, lines by one write(2).
 *
 * The table of levels is filled before there are threads and only read after it. */
#include "lib/base/log.h"

#include "lib/base/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { RULES_MAX = 32, MODULE_MAX = 32, LINE_MAX_BYTES = 2048 };

static const char *const level_names[] = { "debug", "info", "warn", "error", "none" };

static struct {
    char module[MODULE_MAX];
    enum log_level level;
} rules[RULES_MAX];
static int rules_count;
static enum log_level default_level = LOG_INFO;

static int find_level(const char *name, size_t size)
{
    for (int i = 0; i <= LOG_NONE; i++)
        if (strlen(level_names[i]) == size &&
            strncasecmp(level_names[i], name, size) == 0)
            return i;
    return -1;
}

static void add_rule(const char *entry, size_t size)
{
    const char *colon = memchr(entry, ':', size);
    size_t module = colon != NULL ? (size_t)(colon - entry) : 0;
    int level = colon != NULL ? find_level(colon + 1, size - module - 1) : -1;

    if (level < 0 || module == 0 || module >= MODULE_MAX || rules_count == RULES_MAX)
        return;
    if (module == 1 && entry[0] == '*') {
        default_level = (enum log_level)level;
        return;
    }
    memcpy(rules[rules_count].module, entry, module);
    rules[rules_count].module[module] = '\0';
    rules[rules_count++].level = (enum log_level)level;
}

void log_init(enum log_level fallback)
{
    const char *at = getenv("RAY_LOG");

    rules_count = 0;
    default_level = fallback;
    while (at != NULL && *at != '\0') {
        size_t size = strcspn(at, ",");
        add_rule(at, size);
        at += size + (at[size] == ',');
    }
}

bool log_enabled(enum log_level level, const char *module)
{
    for (int i = 0; i < rules_count; i++)
        if (strcmp(rules[i].module, module) == 0)
            return level >= rules[i].level;
    return level >= default_level;
}

void log_write(enum log_level level, const char *module, const char *format, ...)
{
    char line[LINE_MAX_BYTES];
    int64_t now = clock_wall();
    time_t seconds = (time_t)(now / NS_PER_S);
    struct tm parts;
    size_t used;
    va_list args;
    int wrote;

    gmtime_r(&seconds, &parts);
    used = strftime(line, sizeof(line), "%Y-%m-%dT%H:%M:%S", &parts);
    used += (size_t)snprintf(line + used, sizeof(line) - used,
                             ".%03dZ %s %s: ", (int)(now / NS_PER_MS % 1000),
                             level_names[level], module);
    va_start(args, format);
    wrote = vsnprintf(line + used, sizeof(line) - used - 1, format, args);
    va_end(args);
    used += wrote > 0 ? (size_t)wrote : 0;
    if (used > sizeof(line) - 2)
        used = sizeof(line) - 2;
    line[used++] = '\n';
    /* A log that cannot be written must not stop what is logged. */
    if (write(STDERR_FILENO, line, used) < 0)
        return;
}
