/* stage.h - the screens that are open, what is around them, and who gets a key.
 *
 * Owns a screen of each line of screens.def, and those opened on top of the chosen one
 * (details, logs, help). Draws the whole canvas: a bar with the screens' names, a
 * banner while the cluster is away, the screen, and a last line with hints, a message
 * or a question. Knows neither the terminal nor the loop: tests drive it. */
#pragma once

#include "tui/ending.h"
#include "tui/prompt.h"
#include "tui/screen.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct list_request;
struct stage;

enum { STAGE_WIDTH_MIN = 40, STAGE_HEIGHT_MIN = 10 };

enum stage_flags {
    STAGE_REDRAW = 1,
    STAGE_ANEW = 2, /* redraw whatever is believed to be there */
    STAGE_ASK = 4,  /* stage_questions() may be others */
    STAGE_END = 8,  /* do stage_ending(): the user has said yes */
    STAGE_QUIT = 16,
};

struct stage *stage_create(const struct screen_context *context);
void stage_destroy(struct stage *stage);
/* The screen of that name (any case), which digits reach. -ERR_USAGE. */
int stage_choose(struct stage *stage, const char *name, struct error *err);
/* What the screen on top asks for; if it asks nothing (details, logs, help), what the
 * one below it does. */
unsigned stage_questions(const struct stage *stage);
/* What to ask of tasks, when one of them does. */
void stage_choose_tasks(const struct stage *stage, struct list_request *rq,
                        struct arena *arena);
void stage_draw(struct stage *stage, struct canvas *canvas,
                const struct snapshot *snapshot);
/* Returns stage_flags. */
unsigned stage_input(struct stage *stage, const struct input *input,
                     const struct snapshot *snapshot);
const struct ending *stage_ending(const struct stage *stage);
/* A line for the user, until the next key. */
void stage_say(struct stage *stage, bool is_good, const char *text);
