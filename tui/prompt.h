/* prompt.h - the last line while it asks: a text to edit, or yes or no. Pure. */
#pragma once

#include "tui/canvas.h"

#include <stdbool.h>
#include <stddef.h>

struct input;

enum { PROMPT_MAX = 320 };

struct prompt {
    bool is_open, is_question;
    char label[PROMPT_MAX]; /* "filter: ", "kill ...?" */
    char *text;             /* that is edited, at once; somebody else's */
    size_t size;
    char before[PROMPT_MAX]; /* what it was */
};

enum prompt_result {
    PROMPT_GOES_ON,
    PROMPT_DONE, /* Enter, or yes */
    PROMPT_LEFT, /* Escape, or no: the text is as it was */
};

/* `text` has room for `size` bytes, at most PROMPT_MAX. */
void prompt_edit(struct prompt *prompt, const char *label, char *text, size_t size);
void prompt_ask(struct prompt *prompt, const char *question);
/* Closes it unless it goes on. */
enum prompt_result prompt_input(struct prompt *prompt, const struct input *input);
void prompt_draw(const struct prompt *prompt, struct canvas *canvas, struct spot spot);
