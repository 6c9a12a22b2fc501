/* screen_help.c - the key table, as text. */
#include "tui/keys.h"
#include "tui/screen.h"
#include "tui/widget_text.h"

#include <stdio.h>

struct help {
    struct text text;
};

static void add(struct text *text, const char *label, const char *what)
{
    struct buf line;

    buf_init(&line, 0);
    buf_printf(&line, "  %-16s %s", label, what);
    text_add(text, STYLE_PLAIN, buf_slice(&line));
    buf_finish(&line);
}

static void open_help(void *self, const struct screen *screen,
                      const struct target *target, const struct screen_context *context)
{
    struct help *help = self;
    char label[16];

    (void)screen;
    (void)target;
    (void)context;
    text_init(&help->text, false);
    text_add(&help->text, STYLE_BOLD, slice("Keys"));
    for (int i = 0; i < screens_count; i++) {
        snprintf(label, sizeof(label), "%d", i + 1);
        add(&help->text, label, screens[i]->name);
    }
    for (size_t i = 0; i < keys_count; i++)
        if (keys[i].label != NULL)
            add(&help->text, keys[i].label, keys[i].what);
    add(&help->text, "mouse", "rows (again: Enter), titles (sort), screens, wheel");
    text_add(&help->text, STYLE_PLAIN, slice(""));
    text_add(&help->text, STYLE_DIM, slice("Esc leaves this page."));
}

static void close_help(void *self)
{
    struct help *help = self;
    text_finish(&help->text);
}

static void draw_help(void *self, struct canvas *canvas, struct area area,
                      const struct snapshot *snapshot)
{
    struct help *help = self;

    (void)snapshot;
    text_draw(&help->text, canvas, area);
}

static unsigned help_input(void *self, const struct input *input,
                           const struct snapshot *snapshot)
{
    struct help *help = self;

    (void)snapshot;
    return keys_action(input->key) == ACTION_BACK ? SCREEN_BACK
                                                  : text_input(&help->text, input);
}

const struct screen screen_help = {
    .name = "Help",
    .size = sizeof(struct help),
    .open = open_help,
    .close = close_help,
    .draw = draw_help,
    .input = help_input,
};
