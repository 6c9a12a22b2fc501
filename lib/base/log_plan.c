/* log_plan.c - one pass for what is too old or too large alone, then one step after the
 * other until the rest fits. */
#include "lib/base/log_plan.h"

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

static struct log_plan_file *oldest_over(struct log_plan_file *files, size_t count)
{
    struct log_plan_file *oldest = NULL;

    for (size_t i = 0; i < count; i++)
        if (files[i].is_over && files[i].action != LOG_REMOVE &&
            (oldest == NULL || files[i].modified < oldest->modified))
            oldest = &files[i];
    return oldest;
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

void log_plan(struct log_plan_file *files, size_t count,
              const struct log_bounds *bounds, int64_t now)
{
    int64_t total = 0;

    for (size_t i = 0; i < count; i++) {
        judge(&files[i], bounds, now);
        total += kept(&files[i]);
    }
    while (total > bounds->size) {
        struct log_plan_file *file = oldest_over(files, count);
        bool is_removal = file != NULL;
        if (file == NULL)
            file = largest(files, count);
        if (file == NULL) /* many small ones that are in use */
            return;
        total -= kept(file);
        if (is_removal)
            file->action = LOG_REMOVE;
        else
            cut(file, kept(file) / 2);
        total += kept(file);
    }
}
