/* tui.c - keys and changes mark the picture dirty; a timer draws it, FRAME_MS after the
 * last time at the earliest. */
#include "tui/tui.h"

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/engine/engine.h"
#include "lib/net/loop.h"
#include "lib/proto/proto.h"
#include "tui/canvas.h"
#include "tui/feed.h"
#include "tui/stage.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    FRAME_MS = 50,
    USAGE_WAIT_MS =
        1500, /* for the first figures of the machines, when printing once */
    EMPTY_READS_MAX = 100 /* a terminal that has gone is readable for ever */
};

struct tui {
    struct loop *loop;
    struct engine *engine;
    struct feed *feed;
    struct stage *stage;
    struct terminal *terminal;
    struct canvas canvas;
    struct loop_timer *frame;
    struct loop_watch *keys;
    struct ending_call *ending;
    int64_t drawn_at;
    int empty_reads;
    bool is_anew, is_done;
    bool has_news; /* the feed has heard something */
};

/* ---- drawing ---- */

static void draw(void *arg)
{
    struct tui *tui = arg;
    int width, height;

    terminal_size(tui->terminal, &width, &height);
    canvas_reset(&tui->canvas, width, height);
    stage_draw(tui->stage, &tui->canvas, feed_snapshot(tui->feed));
    terminal_show(tui->terminal, &tui->canvas, tui->is_anew);
    tui->is_anew = false;
    tui->drawn_at = clock_now();
}

static void draw_soon(void *arg)
{
    struct tui *tui = arg;
    int64_t left = tui->drawn_at + FRAME_MS * NS_PER_MS - clock_now();

    tui->has_news = true;
    if (tui->terminal != NULL && !loop_timer_is_active(tui->frame))
        loop_timer_start(tui->frame, left > 0 ? (uint64_t)(left / NS_PER_MS) : 0, 0);
}

/* ---- what follows a key ---- */

static void ask(struct tui *tui)
{
    struct arena arena = { 0 };
    struct list_request rq = { .limit = 0 };
    unsigned questions = stage_questions(tui->stage);

    if ((questions & ASKS(tasks)) != 0) {
        stage_choose_tasks(tui->stage, &rq, &arena);
        feed_choose_tasks(tui->feed, &rq);
    }
    feed_want(tui->feed, questions);
    arena_finish(&arena);
}

static void on_ended(void *arg, bool is_good, const char *text)
{
    struct tui *tui = arg;

    tui->ending = NULL;
    stage_say(tui->stage, is_good, text);
    draw_soon(tui);
}

static void end(struct tui *tui)
{
    if (tui->ending != NULL)
        stage_say(tui->stage, false, "the last one is not done yet");
    else
        tui->ending =
            ending_begin(tui->engine, stage_ending(tui->stage), on_ended, tui);
}

static void take_input(struct tui *tui, const struct input *input)
{
    unsigned flags = stage_input(tui->stage, input, feed_snapshot(tui->feed));

    if ((flags & STAGE_ASK) != 0)
        ask(tui);
    if ((flags & STAGE_END) != 0)
        end(tui);
    if ((flags & STAGE_ANEW) != 0)
        tui->is_anew = true;
    if ((flags & STAGE_QUIT) != 0)
        tui->is_done = true;
    if (flags != 0)
        draw_soon(tui);
}

static void on_readable(void *arg, int events)
{
    struct tui *tui = arg;
    struct input input;

    if (events & LOOP_WRITABLE) { /* not asked for: an error, and no more events */
        tui->is_done = true;
        return;
    }
    tui->empty_reads++;
    while (!tui->is_done && terminal_read(tui->terminal, &input)) {
        tui->empty_reads = 0;
        take_input(tui, &input);
    }
    if (tui->empty_reads > EMPTY_READS_MAX)
        tui->is_done = true;
}

static void on_leave(void *arg)
{
    struct tui *tui = arg;
    tui->is_done = true;
}

static void on_resize(void *arg)
{
    draw_soon(arg);
}

/* ---- life ---- */

static int begin(struct tui *tui, const struct tui_options *options, struct error *err)
{
    const struct screen_context context = { tui->loop, tui->engine, draw_soon, tui };

    tui->stage = stage_create(&context);
    if (options->screen != NULL && stage_choose(tui->stage, options->screen, err) != 0)
        return -(int)err->code;
    tui->feed = feed_open(tui->loop, tui->engine, draw_soon, tui);
    ask(tui);
    return 0;
}

/* Waits for the first answers: a cluster that is not there is an error of the command.
 */
static int await_answers(struct tui *tui, int64_t timeout_ms, struct error *err)
{
    int64_t deadline = clock_now() + timeout_ms * NS_PER_MS;
    const struct snapshot *snapshot = feed_snapshot(tui->feed);

    while (!feed_is_complete(tui->feed) && snapshot->lost_since == 0) {
        if (timeout_ms > 0 && clock_now() >= deadline)
            return fail(err, ERR_TIMEOUT, "no answer from %s",
                        engine_address(tui->engine));
        tui->has_news = false;
        loop_run_until(tui->loop, &tui->has_news, timeout_ms > 0 ? deadline : 0);
    }
    if (snapshot->lost_since != 0)
        return error_copy(err, &snapshot->lost);
    for (int i = 0; i < QUESTION_COUNT; i++)
        if (snapshot->errors[i].code != ERR_OK)
            return error_copy(err, &snapshot->errors[i]);
    return 0;
}

static void finish(struct tui *tui)
{
    loop_watch_destroy(tui->keys);
    loop_timer_destroy(tui->frame);
    terminal_close(tui->terminal);
    tui->terminal = NULL;
    ending_forget(tui->ending);
    if (tui->feed != NULL)
        feed_close(tui->feed);
    stage_destroy(tui->stage);
    canvas_finish(&tui->canvas);
}

static int interact(struct tui *tui, struct error *err)
{
    bool is_utf8 = glyph_init();

    tui->terminal = terminal_open(err);
    if (tui->terminal == NULL)
        return -(int)err->code;
    canvas_init(&tui->canvas, 0, 0);
    tui->canvas.is_ascii = !is_utf8;
    tui->frame = loop_timer_create(tui->loop, true, draw, tui);
    tui->keys = loop_watch_create(tui->loop, STDIN_FILENO, on_readable, tui);
    loop_watch_set(tui->keys, LOOP_READABLE);
    loop_on_signal(tui->loop, SIGWINCH, on_resize, tui);
    loop_on_signal(tui->loop, SIGINT, on_leave, tui);
    loop_on_signal(tui->loop, SIGTERM, on_leave, tui);
    loop_on_signal(tui->loop, SIGHUP, on_leave, tui);
    draw_soon(tui);
    while (!tui->is_done)
        loop_run_until(tui->loop, &tui->is_done, 0);
    return 0;
}

int tui_run(struct loop *loop, struct engine *engine, const struct tui_options *options,
            struct error *err)
{
    /* Static: signals may come as long as the loop lives. */
    static struct tui tui;
    int status;

    tui = (struct tui){ .loop = loop, .engine = engine };
    status = terminal_check(err);
    if (status != 0)
        return status;
    status = begin(&tui, options, err);
    if (status == 0)
        status = await_answers(&tui, options->timeout_ms, err);
    if (status == 0)
        status = interact(&tui, err);
    finish(&tui);
    return status;
}

/* Machines are measured while somebody watches: the first figures come a moment later.
 */
static void await_usage(struct tui *tui)
{
    int64_t deadline = clock_now() + USAGE_WAIT_MS * NS_PER_MS;
    const struct snapshot *snapshot = feed_snapshot(tui->feed);

    while (snapshot->usage.cpu_total <= 0 && snapshot->lost_since == 0 &&
           clock_now() < deadline) {
        tui->has_news = false;
        loop_run_until(tui->loop, &tui->has_news, deadline);
    }
}

int tui_once(struct loop *loop, struct engine *engine,
             const struct tui_options *options, struct buf *out, struct error *err)
{
    struct tui tui = { .loop = loop, .engine = engine };
    bool is_utf8 = glyph_init();
    int status = begin(&tui, options, err);

    if (status == 0)
        status = await_answers(&tui, options->timeout_ms, err);
    if (status == 0) {
        await_usage(&tui);
        canvas_init(&tui.canvas, options->width, options->height);
        tui.canvas.is_ascii = !is_utf8;
        stage_draw(tui.stage, &tui.canvas, feed_snapshot(tui.feed));
        canvas_text(&tui.canvas, out);
    }
    finish(&tui);
    return status;
}
