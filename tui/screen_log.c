/* screen_log.c - what a row writes, as it comes: of a job, a worker, a node, a file. */
#include "lib/base/arena.h"
#include "tui/keys.h"
#include "tui/logfeed.h"

struct log {
    struct screen_context context;
    struct arena arena;
    struct text text;
    struct logfeed *feed; /* NULL: nothing to read */
    struct slice worker;  /* what names of its worker's files begin with */
    const char *why;      /* there is no feed */
    bool is_stderr;
};

/* worker-<12 digits of its id>-<job>-<pid>.out, .err */
static struct log_choice worker_choice(struct log *log, const struct id *worker)
{
    char hex[ID_HEX_MAX];

    if (!id_is_set(worker)) {
        log->why = "it has not run yet, so it wrote nothing";
        return (struct log_choice){ .is_job = false };
    }
    log->worker = arena_printf(&log->arena, "worker-%.12s-", id_hex(worker, hex));
    return (struct log_choice){ .glob = arena_printf(&log->arena, "%.*s*.out",
                                                     SLICE_ARGS(log->worker)) };
}

static struct log_choice job_choice(struct log *log, const struct job_row *job)
{
    if (job->submission_id.size == 0)
        log->why = "it was not submitted: it writes where it was started";
    return (struct log_choice){ .is_job = true, .id = job->submission_id };
}

static struct log_choice choose(struct log *log, const struct target *target)
{
    const struct node_row *node = target->row;
    const struct log_file *file = target->row;

    switch (target->kind) {
    case TARGET_JOB:
        return job_choice(log, target->row);
    case TARGET_ACTOR:
        return worker_choice(log, &((const struct actor_row *)target->row)->worker_id);
    case TARGET_TASK:
        return worker_choice(log, &((const struct task_row *)target->row)->worker_id);
    case TARGET_NODE:
        return (struct log_choice){ .id = arena_printf(&log->arena, "node-%.*s.log",
                                                       SLICE_ARGS(node->node_name)),
                                    .node_id = node->node_id };
    case TARGET_FILE:
        return (struct log_choice){ .id = file->name, .node_id = file->node_id };
    case TARGET_GROUP:
    case TARGET_NONE:
        break;
    }
    log->why = "that has no log";
    return (struct log_choice){ .is_job = false };
}

static void open_log(void *self, const struct screen *screen,
                     const struct target *target, const struct screen_context *context)
{
    struct log *log = self;
    struct log_choice choice;

    (void)screen;
    log->context = *context;
    text_init(&log->text, true);
    choice = choose(log, target);
    if (log->why == NULL)
        log->feed = logfeed_open(context, &choice, &log->text);
}

static void close_log(void *self)
{
    struct log *log = self;

    logfeed_close(log->feed);
    text_finish(&log->text);
    arena_finish(&log->arena);
}

/* stderr instead of stdout, or the other way round. */
static unsigned switch_stream(struct log *log)
{
    struct log_choice choice = { .is_job = false };

    if (log->worker.size == 0)
        return 0;
    log->is_stderr = !log->is_stderr;
    choice.glob = arena_printf(&log->arena, "%.*s*.%s", SLICE_ARGS(log->worker),
                               log->is_stderr ? "err" : "out");
    logfeed_close(log->feed);
    text_clear(&log->text);
    log->text.is_following = true;
    log->feed = logfeed_open(&log->context, &choice, &log->text);
    return SCREEN_REDRAW;
}

static void draw_title(const struct log *log, struct canvas *canvas, struct spot spot)
{
    static const char *const states[] = { [LOGFEED_READING] = "reading",
                                          [LOGFEED_FOLLOWING] = "following",
                                          [LOGFEED_ENDED] = "ended",
                                          [LOGFEED_FAILED] = "failed" };
    const char *state = log->feed != NULL ? states[logfeed_state(log->feed)] : "";
    const char *why = log->feed != NULL ? logfeed_why(log->feed) : log->why;
    struct slice name = log->feed != NULL ? logfeed_name(log->feed) : slice("log");

    if (log->feed != NULL && logfeed_state(log->feed) == LOGFEED_FOLLOWING &&
        !log->text.is_following)
        state = "scrolled; End follows again";
    canvas_printf(canvas, spot, "%.*s  %s%s%s%s%s", SLICE_ARGS(name), state,
                  why[0] != '\0' ? ": " : "", why,
                  log->text.filter[0] != '\0' ? "  with " : "", log->text.filter);
}

static void draw_log(void *self, struct canvas *canvas, struct area area,
                     const struct snapshot *snapshot)
{
    struct log *log = self;
    const struct area body = { area.x, area.y + 1, area.width, area.height - 1 };

    (void)snapshot;
    text_draw(&log->text, canvas, body);
    draw_title(log, canvas, (struct spot){ area.x, area.y, area.width, STYLE_BOLD });
}

static unsigned log_input(void *self, const struct input *input,
                          const struct snapshot *snapshot)
{
    struct log *log = self;

    (void)snapshot;
    switch ((int)keys_action(input->key)) {
    case ACTION_BACK:
        if (log->text.filter[0] == '\0')
            return SCREEN_BACK;
        log->text.filter[0] = '\0';
        return SCREEN_REDRAW;
    case ACTION_FILTER:
        return SCREEN_FILTER;
    case ACTION_OTHER:
        return switch_stream(log);
    default:
        return text_input(&log->text, input);
    }
}

static char *log_filter(void *self)
{
    struct log *log = self;
    return log->text.filter;
}

const struct screen screen_log = {
    .name = "Log",
    .size = sizeof(struct log),
    .open = open_log,
    .close = close_log,
    .draw = draw_log,
    .input = log_input,
    .filter = log_filter,
};
