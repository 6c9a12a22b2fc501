/* log_plan.c - one pass for what is too old or too large alone, then one step after the
 * other until the rest fits. */
#include "lib/base/log_plan.h"

#include "lib/base/mem.h"

#include <stdlib.h>

static int64_t kept(const struct log_plan_file *file)
{
    if (file->action == LOG_REMOVE)
        return 0;
    return file->action == LOG_CUT ? file->keep : file->used;
}

static void cut(struct log_plan_file *file, int64_t keep)
{
    file->action = LOG_CUT;
    file->keep = keep > LOG_PLAN_LEAST ? keep : LOG_PLAN_LEAST;
}

/* A quarter is left of it, so that it is not cut again at the next look. */
static void judge(struct log_plan_file *file, const struct log_bounds *bounds,
                  int64_t now)
{
    file->action = LOG_KEEP;
    file->keep = 0;
    if (file->is_over && now - file->modified > bounds->age)
        file->action = LOG_REMOVE;
    else if (file->used > bounds->size / 2 && file->used > LOG_PLAN_LEAST)
        cut(file, bounds->size / 4);
}

static struct log_plan_file *largest(struct log_plan_file *files, size_t count)
{
    struct log_plan_file *most = NULL;

    for (size_t i = 0; i < count; i++)
        if (kept(&files[i]) > LOG_PLAN_LEAST &&
            (most == NULL || kept(&files[i]) > kept(most)))
            most = &files[i];
    return most;
}

static int by_age(const void *a, const void *b)
{
    const struct log_plan_file *const *left = a, *const *right = b;
    return ((*left)->modified > (*right)->modified) -
           ((*left)->modified < (*right)->modified);
}

/* What is left, and has to be within bounds. */
struct sum {
    int64_t used;
    size_t count;
};

static bool is_too_much(const struct sum *sum, const struct log_bounds *bounds)
{
    return sum->used > bounds->size || sum->count > LOG_PLAN_FILES;
}

/* The oldest that nobody writes to go, as many as it takes. */
static void remove_oldest(struct log_plan_file *files, size_t count, struct sum *sum,
                          const struct log_bounds *bounds)
{
    struct log_plan_file **over = xcalloc(count + 1, sizeof(struct log_plan_file *));
    size_t found = 0;

    for (size_t i = 0; i < count; i++)
        if (files[i].is_over && files[i].action != LOG_REMOVE)
            over[found++] = &files[i];
    qsort(over, found, sizeof(struct log_plan_file *), by_age);
    for (size_t i = 0; i < found && is_too_much(sum, bounds); i++) {
        sum->used -= kept(over[i]);
        sum->count--;
        over[i]->action = LOG_REMOVE;
    }
    free(over);
}

void log_plan(struct log_plan_file *files, size_t count,
              const struct log_bounds *bounds, int64_t now)
{
    struct sum sum = { 0 };
    struct log_plan_file *file;

    for (size_t i = 0; i < count; i++) {
        judge(&files[i], bounds, now);
        sum.used += kept(&files[i]);
        sum.count += files[i].action != LOG_REMOVE;
    }
    if (is_too_much(&sum, bounds))
        remove_oldest(files, count, &sum, bounds);
    while (sum.used > bounds->size && (file = largest(files, count)) != NULL) {
        sum.used -= kept(file);
        cut(file, kept(file) / 2);
        sum.used += kept(file);
    }
}
