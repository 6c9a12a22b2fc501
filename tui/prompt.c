/* prompt.c - characters go to the end; Backspace takes the last one, Escape all. */
#include "tui/prompt.h"

#include "tui/input.h"

#include <stdio.h>
#include <string.h>

void prompt_edit(struct prompt *prompt, const char *label, char *text, size_t size)
{
    *prompt = (struct prompt){ .is_open = true, .text = text, .size = size };
    snprintf(prompt->label, sizeof(prompt->label), "%s", label);
    snprintf(prompt->before, sizeof(prompt->before), "%s", text);
}

void prompt_ask(struct prompt *prompt, const char *question)
{
    *prompt = (struct prompt){ .is_open = true, .is_question = true };
    snprintf(prompt->label, sizeof(prompt->label), "%s", question);
}

static enum prompt_result answer(struct prompt *prompt, int key)
{
    if (key == 'y' || key == 'Y') {
        prompt->is_open = false;
        return PROMPT_DONE;
    }
    if (key != 'n' && key != 'N' && key != INPUT_ESCAPE && key != 'q')
        return PROMPT_GOES_ON;
    prompt->is_open = false;
    return PROMPT_LEFT;
}

/* As UTF-8; returns the bytes. */
static size_t encode(int point, char text[4])
{
    if (point < 0x80) {
        text[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        text[0] = (char)(0xc0 | point >> 6);
        text[1] = (char)(0x80 | (point & 0x3f));
        return 2;
    }
    if (point < 0x10000) {
        text[0] = (char)(0xe0 | point >> 12);
        text[1] = (char)(0x80 | (point >> 6 & 0x3f));
        text[2] = (char)(0x80 | (point & 0x3f));
        return 3;
    }
    text[0] = (char)(0xf0 | point >> 18);
    text[1] = (char)(0x80 | (point >> 12 & 0x3f));
    text[2] = (char)(0x80 | (point >> 6 & 0x3f));
    text[3] = (char)(0x80 | (point & 0x3f));
    return 4;
}

static void add_character(struct prompt *prompt, int point)
{
    char bytes[4];
    size_t size = encode(point, bytes), used = strlen(prompt->text);

    if (point < 0x20 || point == 0x7f || used + size >= prompt->size)
        return;
    memcpy(prompt->text + used, bytes, size);
    prompt->text[used + size] = '\0';
}

static void take_character(struct prompt *prompt)
{
    size_t used = strlen(prompt->text);

    while (used > 0 && ((unsigned char)prompt->text[--used] & 0xc0) == 0x80)
        ;
    prompt->text[used] = '\0';
}

enum prompt_result prompt_input(struct prompt *prompt, const struct input *input)
{
    if (prompt->is_question)
        return answer(prompt, input->key);
    if (input->key == INPUT_ENTER) {
        prompt->is_open = false;
        return PROMPT_DONE;
    }
    if (input->key == INPUT_ESCAPE) {
        prompt->is_open = false;
        snprintf(prompt->text, prompt->size, "%s", prompt->before);
        return PROMPT_LEFT;
    }
    if (input->key == INPUT_BACKSPACE)
        take_character(prompt);
    else if (input->key < INPUT_FIRST)
        add_character(prompt, input->key);
    return PROMPT_GOES_ON;
}

void prompt_draw(const struct prompt *prompt, struct canvas *canvas, struct spot spot)
{
    char line[2 * PROMPT_MAX + 16];

    snprintf(line, sizeof(line), "%s%s%s", prompt->label,
             prompt->is_question ? "" : prompt->text,
             prompt->is_question ? " (y/n)" : "_");
    canvas_fill(canvas, spot, " ");
    /* What is typed stays in sight. */
    if (glyph_columns(slice(line)) > spot.width && !prompt->is_question)
        canvas_put_right(canvas, spot, slice(prompt->text));
    else
        canvas_put(canvas, spot, slice(line));
}
