/* stage.c - a key goes to the prompt, else to the screen on top, else it is the
 * stage's own: screens, help, quit. */
#include "tui/stage.h"

#include "lib/base/arena.h"
#include "lib/base/mem.h"
#include "lib/text/units.h"
#include "tui/keys.h"
#include "tui/widget_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { TABS_MAX = 9, DEPTH_MAX = 8, MESSAGE_MAX = 512, CLOCK = 10 };

/* An open screen. */
struct view {
    const struct screen *screen;
    void *self;
};

struct stage {
    struct screen_context context;
    struct view tabs[TABS_MAX];
    int tab;
    struct view above[DEPTH_MAX];
    int depth;
    struct prompt prompt;
    struct ending ending;
    char message[MESSAGE_MAX];
    bool is_good;           /* the message */
    int tab_ends[TABS_MAX]; /* where the last drawing put their names */
};

/* ---- open screens ---- */

static struct view view_open(const struct stage *stage, const struct screen *screen,
                             const struct target *target)
{
    struct view view = { screen, xcalloc(1, screen->size) };

    if (screen->open != NULL)
        screen->open(view.self, screen, target, &stage->context);
    return view;
}

static void view_close(struct view *view)
{
    if (view->screen->close != NULL)
        view->screen->close(view->self);
    free(view->self);
}

struct stage *stage_create(const struct screen_context *context)
{
    static const struct target nothing;
    struct stage *stage = xcalloc(1, sizeof(*stage));

    stage->context = *context;
    for (int i = 0; i < screens_count; i++)
        stage->tabs[i] = view_open(stage, screens[i], &nothing);
    return stage;
}

static void leave_all(struct stage *stage)
{
    while (stage->depth > 0)
        view_close(&stage->above[--stage->depth]);
}

void stage_destroy(struct stage *stage)
{
    leave_all(stage);
    for (int i = 0; i < screens_count; i++)
        view_close(&stage->tabs[i]);
    free(stage);
}

static struct view *top_view(struct stage *stage)
{
    return stage->depth > 0 ? &stage->above[stage->depth - 1]
                            : &stage->tabs[stage->tab];
}

static unsigned open_above(struct stage *stage, const struct screen *screen,
                           const struct target *target)
{
    if (stage->depth == DEPTH_MAX)
        return 0;
    stage->above[stage->depth] = view_open(stage, screen, target);
    stage->depth++;
    return STAGE_REDRAW | STAGE_ASK;
}

static unsigned go_to(struct stage *stage, int tab)
{
    leave_all(stage);
    stage->tab = (tab + screens_count) % screens_count;
    return STAGE_REDRAW | STAGE_ASK;
}

int stage_choose(struct stage *stage, const char *name, struct error *err)
{
    for (int i = 0; i < screens_count; i++) {
        if (strcasecmp(screens[i]->name, name) == 0) {
            go_to(stage, i);
            return 0;
        }
    }
    return fail(err, ERR_USAGE,
                "no screen is called '%s'; there are overview, nodes, jobs, actors, "
                "tasks and logs",
                name);
}

unsigned stage_questions(const struct stage *stage)
{
    for (int i = stage->depth - 1; i >= 0; i--)
        if (stage->above[i].screen->questions != 0)
            return stage->above[i].screen->questions;
    return stage->tabs[stage->tab].screen->questions;
}

void stage_choose_tasks(const struct stage *stage, struct list_request *rq,
                        struct arena *arena)
{
    for (int i = 0; i < stage->depth; i++)
        if (stage->above[i].screen->choose_tasks != NULL)
            stage->above[i].screen->choose_tasks(stage->above[i].self, rq, arena);
}

/* ---- drawing ---- */

/* " 1 Overview  2 Nodes ...", or the digits alone when there is no room. */
static void draw_tabs(struct stage *stage, struct canvas *canvas, bool is_long)
{
    struct spot spot = { 0, 0, canvas->width, STYLE_BAR };

    for (int i = 0; i < screens_count; i++) {
        bool is_named = is_long || i == stage->tab;
        spot.style = i == stage->tab ? STYLE_TAB : STYLE_BAR;
        spot.width = canvas->width - spot.x;
        spot.x += canvas_printf(canvas, spot, is_named ? " %d %s " : " %d ", i + 1,
                                screens[i]->name);
        stage->tab_ends[i] = spot.x;
    }
}

static int tabs_width(void)
{
    int width = 0;

    for (int i = 0; i < screens_count; i++)
        width += (int)strlen(screens[i]->name) + 4;
    return width;
}

static void draw_bar(struct stage *stage, struct canvas *canvas,
                     const struct snapshot *snapshot)
{
    struct spot spot = { 0, 0, canvas->width, STYLE_BAR };
    bool is_long = tabs_width() + CLOCK <= canvas->width;
    char time[UNITS_TEXT_MAX];
    int end;

    canvas_fill(canvas, spot, " ");
    draw_tabs(stage, canvas, is_long);
    units_format_time(snapshot->now, time);
    end = stage->tab_ends[screens_count - 1];
    spot = (struct spot){ end, 0, canvas->width - end - 1, STYLE_BAR };
    if (strlen(time) > CLOCK + 1 && spot.width >= CLOCK)
        canvas_put_right(canvas, spot, slice(time + CLOCK + 1));
}

static void draw_banner(struct canvas *canvas, const struct snapshot *snapshot)
{
    struct spot spot = { 0, 1, canvas->width, STYLE_ALARM };
    char time[UNITS_TEXT_MAX];

    units_format_time(snapshot->lost_since, time);
    canvas_fill(canvas, spot, " ");
    canvas_printf(canvas, spot, " The cluster is away since %s, trying again: %s",
                  strlen(time) > CLOCK ? time + CLOCK + 1 : time, snapshot->lost.text);
}

static void draw_hints(struct canvas *canvas, struct spot spot)
{
    canvas_fill(canvas, spot, " ");
    for (size_t i = 0; i < keys_count; i++) {
        int width;
        char text[64];
        if (keys[i].hint == NULL)
            continue;
        snprintf(text, sizeof(text), " %s %s ", keys[i].label, keys[i].hint);
        width = glyph_columns(slice(text));
        if (width > spot.width)
            continue;
        canvas_put(canvas, spot, slice(text));
        spot.x += width;
        spot.width -= width;
    }
}

static void draw_last_line(const struct stage *stage, struct canvas *canvas)
{
    struct spot spot = { 0, canvas->height - 1, canvas->width, STYLE_BAR };

    if (stage->prompt.is_open) {
        spot.style = STYLE_BOLD;
        prompt_draw(&stage->prompt, canvas, spot);
    } else if (stage->message[0] != '\0') {
        spot.style = stage->is_good ? STYLE_GOOD : STYLE_BAD;
        canvas_put(canvas, spot, slice(stage->message));
    } else {
        draw_hints(canvas, spot);
    }
}

void stage_draw(struct stage *stage, struct canvas *canvas,
                const struct snapshot *snapshot)
{
    struct view *view = top_view(stage);
    struct area area = { 0, 1, canvas->width, canvas->height - 2 };

    if (canvas->width < STAGE_WIDTH_MIN || canvas->height < STAGE_HEIGHT_MIN) {
        canvas_printf(canvas, (struct spot){ 0, 0, canvas->width, STYLE_PLAIN },
                      "%dx%d needed, this is %dx%d", STAGE_WIDTH_MIN, STAGE_HEIGHT_MIN,
                      canvas->width, canvas->height);
        return;
    }
    if (snapshot->lost_since != 0) {
        draw_banner(canvas, snapshot);
        area.y++;
        area.height--;
    }
    view->screen->draw(view->self, canvas, area, snapshot);
    draw_bar(stage, canvas, snapshot);
    draw_last_line(stage, canvas);
}

/* ---- keys ---- */

void stage_say(struct stage *stage, bool is_good, const char *text)
{
    stage->is_good = is_good;
    snprintf(stage->message, sizeof(stage->message), "%s", text);
}

static struct target target_of(struct stage *stage, const struct snapshot *snapshot)
{
    struct view *view = top_view(stage);

    return view->screen->target != NULL ? view->screen->target(view->self, snapshot)
                                        : (struct target){ .kind = TARGET_NONE };
}

static unsigned open_row(struct stage *stage, const struct target *target)
{
    if (target->kind == TARGET_GROUP)
        return open_above(stage, &screen_task_list, target);
    if (target->kind == TARGET_FILE)
        return open_above(stage, &screen_log, target);
    return open_above(stage, &screen_detail, target);
}

static unsigned ask_to_end(struct stage *stage, const struct target *target)
{
    char text[ENDING_TEXT_MAX + 16] = "";

    if (!ending_of(target, &stage->ending, text)) {
        stage_say(stage, false, text);
        return STAGE_REDRAW;
    }
    snprintf(text, sizeof(text), "%s %.*s?",
             stage->ending.kind == TARGET_JOB ? "stop" : "kill", ENDING_TEXT_MAX,
             stage->ending.what);
    prompt_ask(&stage->prompt, text);
    return STAGE_REDRAW;
}

static unsigned leave(struct stage *stage)
{
    if (stage->depth == 0)
        return 0;
    view_close(&stage->above[--stage->depth]);
    return STAGE_REDRAW | STAGE_ASK;
}

/* What a screen says must follow. */
static unsigned follow(struct stage *stage, unsigned flags,
                       const struct snapshot *snapshot)
{
    struct view *view = top_view(stage);
    struct target target = target_of(stage, snapshot);

    if ((flags & SCREEN_BACK) != 0)
        return leave(stage);
    if ((flags & SCREEN_FILTER) != 0) {
        prompt_edit(&stage->prompt, "filter: ", view->screen->filter(view->self),
                    TABLE_FILTER_MAX);
        return STAGE_REDRAW;
    }
    if ((flags & (SCREEN_OPEN | SCREEN_LOGS | SCREEN_KILL)) != 0 &&
        target.kind == TARGET_NONE)
        return 0;
    if ((flags & SCREEN_OPEN) != 0)
        return open_row(stage, &target);
    if ((flags & SCREEN_LOGS) != 0)
        return open_above(stage, &screen_log, &target);
    if ((flags & SCREEN_KILL) != 0)
        return ask_to_end(stage, &target);
    return (flags & SCREEN_REDRAW) != 0 ? STAGE_REDRAW | STAGE_ASK : 0;
}

static unsigned own_key(struct stage *stage, const struct input *input)
{
    static const struct target nothing;

    if (input->key >= '1' && input->key < '1' + screens_count)
        return go_to(stage, input->key - '1');
    switch ((int)keys_action(input->key)) {
    case ACTION_NEXT:
        return go_to(stage, stage->tab + 1);
    case ACTION_PREVIOUS:
        return go_to(stage, stage->tab - 1);
    case ACTION_HELP:
        return top_view(stage)->screen == &screen_help
                   ? 0
                   : open_above(stage, &screen_help, &nothing);
    case ACTION_REDRAW:
        return STAGE_REDRAW | STAGE_ANEW;
    case ACTION_QUIT:
        return STAGE_QUIT;
    default:
        return 0;
    }
}

static unsigned click_bar(struct stage *stage, const struct input *input)
{
    for (int i = 0; i < screens_count; i++)
        if (input->x < stage->tab_ends[i])
            return go_to(stage, i);
    return 0;
}

static unsigned answer(struct stage *stage, const struct input *input)
{
    bool is_question = stage->prompt.is_question;
    enum prompt_result result = prompt_input(&stage->prompt, input);

    if (is_question && result == PROMPT_DONE)
        return STAGE_REDRAW | STAGE_END;
    return STAGE_REDRAW | STAGE_ASK;
}

unsigned stage_input(struct stage *stage, const struct input *input,
                     const struct snapshot *snapshot)
{
    struct view *view = top_view(stage);
    unsigned flags = 0, had_message = stage->message[0] != '\0' ? STAGE_REDRAW : 0;

    stage->message[0] = '\0';
    if (stage->prompt.is_open)
        return answer(stage, input);
    if (input->key == INPUT_CLICK && input->y == 0)
        return had_message | click_bar(stage, input);
    flags = own_key(stage, input);
    if (flags == 0)
        flags =
            follow(stage, view->screen->input(view->self, input, snapshot), snapshot);
    return had_message | flags;
}

const struct ending *stage_ending(const struct stage *stage)
{
    return &stage->ending;
}
