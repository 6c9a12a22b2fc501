/* jobline.c - quoting follows the shell's rules for '...' (POSIX, Shell Command
 * Language 2.2.2). */
#include "cli/jobline.h"

#include "lib/base/buf.h"
#include "lib/proto/proto.h"

#include <ctype.h>

static bool is_plain(const char *word)
{
    if (*word == '\0')
        return false;
    for (; *word != '\0'; word++)
        if (!isalnum((unsigned char)*word) && strchr("_@%+=:,./-", *word) == NULL)
            return false;
    return true;
}

struct slice jobline_quote(struct arena *arena, const struct args *args)
{
    struct slice line;
    struct buf out;

    if (args->count == 1)
        return slice(args->items[0]);
    buf_init(&out, 0);
    for (int i = 0; i < args->count; i++) {
        const char *word = args->items[i];
        buf_printf(&out, "%s", i > 0 ? " " : "");
        if (is_plain(word)) {
            buf_printf(&out, "%s", word);
            continue;
        }
        buf_printf(&out, "'");
        for (; *word != '\0'; word++)
            buf_printf(&out, *word == '\'' ? "'\\''" : "%c", *word);
        buf_printf(&out, "'");
    }
    line = arena_copy(arena, buf_slice(&out));
    buf_finish(&out);
    return line;
}

void jobline_say(const struct context *ctx, const struct job_row *job)
{
    char status[32] = "";

    for (size_t i = 0; i < job->status.size && i + 1 < sizeof(status); i++)
        status[i] = (char)tolower((unsigned char)job->status.data[i]);
    context_say(ctx, "job %.*s %s%s%.*s", SLICE_ARGS(job->submission_id), status,
                job->message.size > 0 ? ": " : "", SLICE_ARGS(job->message));
}

int jobline_exit_status(const struct job_row *job)
{
    if (slice_is(job->status, "SUCCEEDED"))
        return 0;
    return job->driver_exit_code > 0 ? (int)job->driver_exit_code : 1;
}
