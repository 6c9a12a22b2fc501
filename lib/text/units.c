/* units.c - tables of suffixes. */
#include "lib/text/units.h"

#include "lib/base/clock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

struct unit {
    const char *suffix;
    double factor;
};

static const struct unit sizes[] = {
    { "", 1 },       { "B", 1 },        { "K", 0x1p10 }, { "KiB", 0x1p10 },
    { "M", 0x1p20 }, { "MiB", 0x1p20 }, { "G", 0x1p30 }, { "GiB", 0x1p30 },
    { "T", 0x1p40 }, { "TiB", 0x1p40 }, { "KB", 1e3 },   { "MB", 1e6 },
    { "GB", 1e9 },   { "TB", 1e12 },    { NULL, 0 },
};

static const struct unit durations[] = {
    { "", 1e9 },   { "ns", 1 },     { "us", 1e3 },    { "ms", 1e6 }, { "s", 1e9 },
    { "m", 60e9 }, { "h", 3600e9 }, { "d", 86400e9 }, { NULL, 0 },
};

const char *units_format_size(int64_t bytes, char text[UNITS_TEXT_MAX])
{
    static const char *const names[] = {
        "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"
    };
    double value = (double)bytes;
    size_t unit = 0;

    /* What would be shown as 1024.0 is 1.0 of the next unit. */
    while (fabs(value) >= (unit == 0 ? 1024 : 1023.95) &&
           unit + 1 < sizeof(names) / sizeof(*names)) {
        value /= 1024;
        unit++;
    }
    snprintf(text, UNITS_TEXT_MAX, unit == 0 ? "%.0f %s" : "%.1f %s", value,
             names[unit]);
    return text;
}

const char *units_format_time(int64_t ns, char text[UNITS_TEXT_MAX])
{
    time_t seconds = (time_t)(ns / NS_PER_S);
    struct tm parts;

    text[0] = '\0';
    if (ns != 0 && localtime_r(&seconds, &parts) != NULL)
        strftime(text, UNITS_TEXT_MAX, "%Y-%m-%d %H:%M:%S", &parts);
    return text;
}

const char *units_format_duration(int64_t ns, char text[UNITS_TEXT_MAX])
{
    int64_t seconds = ns / NS_PER_S;

    if (ns < 0)
        ns = 0;
    if (ns < NS_PER_S - NS_PER_MS / 20) /* "1000ms" from there */
        snprintf(text, UNITS_TEXT_MAX, "%.4gms", (double)ns / (double)NS_PER_MS);
    else if (seconds < 60)
        snprintf(text, UNITS_TEXT_MAX, "%.3gs", (double)ns / (double)NS_PER_S);
    else if (seconds < 3600)
        snprintf(text, UNITS_TEXT_MAX, "%lldm%llds", (long long)(seconds / 60),
                 (long long)(seconds % 60));
    else
        snprintf(text, UNITS_TEXT_MAX, "%lldh%lldm", (long long)(seconds / 3600),
                 (long long)(seconds / 60 % 60));
    return text;
}

static int parse(struct slice text, const struct unit *units, const char *what,
                 int64_t *value, struct error *err)
{
    char copy[UNITS_TEXT_MAX], *end;
    double number;

    snprintf(copy, sizeof(copy), "%.*s", SLICE_ARGS(text));
    number = strtod(copy, &end);
    while (*end == ' ')
        end++;
    if (end == copy || text.size >= sizeof(copy) || !isfinite(number) || number < 0)
        return fail(err, ERR_INVALID, "'%.*s' is no %s", SLICE_ARGS(text), what);
    for (; units->suffix != NULL; units++) {
        if (strcasecmp(units->suffix, end) != 0)
            continue;
        if (number * units->factor >= 0x1p63)
            return fail(err, ERR_INVALID, "'%.*s' is too large", SLICE_ARGS(text));
        *value = (int64_t)llround(number * units->factor);
        return 0;
    }
    return fail(err, ERR_INVALID, "'%.*s' is no %s: unknown unit '%s'",
                SLICE_ARGS(text), what, end);
}

int units_parse_size(struct slice text, int64_t *bytes, struct error *err)
{
    return parse(text, sizes, "size (like 512M or 2GiB)", bytes, err);
}

int units_parse_duration(struct slice text, int64_t *ns, struct error *err)
{
    return parse(text, durations, "duration (like 10s or 5m)", ns, err);
}
