/* canvas.c - cells in memory, and ncurses, of which nobody else knows.
 *
 * The terminal keeps a copy of what it has shown and hands ncurses only the cells that
 * differ; ncurses then finds the shortest way to write them. */
#include "tui/canvas.h"

#include "lib/base/mem.h"
#include "tui/input.h"

#include <errno.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define NCURSES_WIDECHAR 1
#define NCURSES_NOMACROS 1
#include <curses.h>
#include <term.h>

/* ---- memory ---- */

static void wipe(struct canvas *canvas)
{
    for (int i = 0; i < canvas->width * canvas->height; i++)
        canvas->cells[i] =
            (struct canvas_cell){ .glyph = { .size = 1, .width = 1, .bytes = " " } };
}

void canvas_init(struct canvas *canvas, int width, int height)
{
    *canvas = (struct canvas){ .cells = NULL };
    canvas_reset(canvas, width, height);
}

void canvas_finish(struct canvas *canvas)
{
    free(canvas->cells);
    canvas->cells = NULL;
}

void canvas_reset(struct canvas *canvas, int width, int height)
{
    if (canvas->cells == NULL || canvas->width != width || canvas->height != height) {
        free(canvas->cells);
        canvas->width = width;
        canvas->height = height;
        canvas->cells =
            xcalloc((size_t)width * (size_t)height + 1, sizeof(*canvas->cells));
    }
    wipe(canvas);
}

/* Pictures as signs, for terminals that have no others. */
static char sign_of(const struct glyph *glyph)
{
    static const struct {
        const char *picture;
        char sign;
    } signs[] = {
        { "·", '.' }, { "█", '#' }, { "▓", '=' }, { "▒", '-' }, { "░", '.' },
        { "▁", '_' }, { "▂", '_' }, { "▃", '.' }, { "▄", '-' }, { "▅", '-' },
        { "▆", '=' }, { "▇", '=' }, { "▲", '^' }, { "▼", 'v' }, { "×", 'x' },
        { "─", '-' }, { "…", '~' }, { "│", '|' },
    };

    if (glyph->size == 1)
        return glyph->bytes[0];
    for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++)
        if (slice_is(slice_of(glyph->bytes, glyph->size), signs[i].picture))
            return signs[i].sign;
    return '?';
}

/* Half of a wide glyph cannot be shown alone: the other half becomes a space. */
static void mend(struct canvas *canvas, int x, int y)
{
    static const struct glyph space = { .size = 1, .width = 1, .bytes = " " };
    struct canvas_cell *row = canvas->cells + (ptrdiff_t)y * canvas->width;

    if (row[x].glyph.size == 0 && x > 0)
        row[x - 1].glyph = space;
    if (row[x].glyph.width == 2 && x + 1 < canvas->width)
        row[x + 1].glyph = space;
}

static void set(struct canvas *canvas, const struct spot *spot,
                const struct glyph *glyph)
{
    struct canvas_cell *cell =
        canvas->cells + (ptrdiff_t)spot->y * canvas->width + spot->x;

    for (int i = 0; i < glyph->width; i++) {
        mend(canvas, spot->x + i, spot->y);
        cell[i] = (struct canvas_cell){ .style = (uint8_t)spot->style };
    }
    cell->glyph = *glyph;
    for (int i = 0; canvas->is_ascii && i < glyph->width; i++)
        cell[i].glyph =
            (struct glyph){ .size = 1, .width = 1, .bytes = { sign_of(glyph) } };
}

/* Keeps the spot within the canvas; false when nothing of it is. */
static bool clip(const struct canvas *canvas, struct spot *spot)
{
    if (spot->x < 0 || spot->y < 0 || spot->y >= canvas->height)
        return false;
    if (spot->width > canvas->width - spot->x)
        spot->width = canvas->width - spot->x;
    return spot->width > 0;
}

int canvas_put(struct canvas *canvas, struct spot spot, struct slice text)
{
    struct glyph glyph;
    int begin = spot.x;

    if (!clip(canvas, &spot))
        return 0;
    while (glyph_next(&text, &glyph) && glyph.width <= spot.width) {
        set(canvas, &spot, &glyph);
        spot.x += glyph.width;
        spot.width -= glyph.width;
    }
    return spot.x - begin;
}

void canvas_put_right(struct canvas *canvas, struct spot spot, struct slice text)
{
    int left = spot.width - glyph_columns(text);

    if (left > 0) {
        spot.x += left;
        spot.width -= left;
    }
    canvas_put(canvas, spot, text);
}

int canvas_printf(struct canvas *canvas, struct spot spot, const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return canvas_put(canvas, spot, slice(text));
}

void canvas_fill(struct canvas *canvas, struct spot spot, const char *character)
{
    struct slice text = slice(character);
    struct glyph glyph;

    if (!clip(canvas, &spot) || !glyph_next(&text, &glyph) || glyph.width != 1)
        return;
    for (; spot.width > 0; spot.width--, spot.x++)
        set(canvas, &spot, &glyph);
}

void canvas_restyle(struct canvas *canvas, struct spot spot)
{
    if (!clip(canvas, &spot))
        return;
    for (int i = 0; i < spot.width; i++)
        canvas->cells[(ptrdiff_t)spot.y * canvas->width + spot.x + i].style =
            (uint8_t)spot.style;
}

void canvas_text(const struct canvas *canvas, struct buf *out)
{
    for (int y = 0; y < canvas->height; y++) {
        size_t begin = out->size;
        for (int x = 0; x < canvas->width; x++) {
            const struct glyph *glyph =
                &canvas->cells[(ptrdiff_t)y * canvas->width + x].glyph;
            buf_append(out, glyph->bytes, glyph->size);
        }
        while (out->size > begin && out->data[out->size - 1] == ' ')
            out->size--;
        buf_append(out, "\n", 1);
    }
}

/* ---- the terminal ---- */

enum { ESCAPE_MS = 25 };

struct terminal {
    SCREEN *screen;
    struct canvas shown;
    attr_t looks[STYLE_COUNT];
};

/* Without colours. */
static const attr_t plain_looks[STYLE_COUNT] = {
    [STYLE_DIM] = A_DIM,     [STYLE_BOLD] = A_BOLD,
    [STYLE_BAR] = A_REVERSE, [STYLE_TAB] = A_BOLD,
    [STYLE_HEAD] = A_BOLD,   [STYLE_CHOSEN] = A_REVERSE,
    [STYLE_BAD] = A_BOLD,    [STYLE_ALARM] = A_REVERSE | A_BOLD,
};

static const struct {
    enum style style;
    short text, ground;
} colours[] = {
    { STYLE_BAR, COLOR_BLACK, COLOR_CYAN },  { STYLE_TAB, COLOR_WHITE, COLOR_BLUE },
    { STYLE_HEAD, COLOR_CYAN, -1 },          { STYLE_CHOSEN, COLOR_BLACK, COLOR_WHITE },
    { STYLE_GOOD, COLOR_GREEN, -1 },         { STYLE_BUSY, COLOR_CYAN, -1 },
    { STYLE_WAIT, COLOR_YELLOW, -1 },        { STYLE_BAD, COLOR_RED, -1 },
    { STYLE_ALARM, COLOR_WHITE, COLOR_RED },
};

/* Colours replace reversal, not weight. */
static void choose_looks(struct terminal *terminal)
{
    const char *no_colour = getenv("NO_COLOR");

    memcpy(terminal->looks, plain_looks, sizeof(plain_looks));
    if ((no_colour != NULL && no_colour[0] != '\0') || !has_colors() ||
        start_color() == ERR)
        return;
    use_default_colors();
    for (size_t i = 0; i < sizeof(colours) / sizeof(*colours); i++) {
        short pair = (short)(i + 1);
        if (init_pair(pair, colours[i].text, colours[i].ground) == ERR)
            continue;
        terminal->looks[colours[i].style] &= ~(attr_t)A_REVERSE;
        terminal->looks[colours[i].style] |= (attr_t)COLOR_PAIR(pair);
    }
}

static int check_type(const char *type, struct error *err)
{
    int found = 0, status = 0;

    if (setupterm(type, STDOUT_FILENO, &found) == ERR)
        return fail(err, ERR_USAGE,
                    "the terminal type '%.40s' (TERM) is unknown here; "
                    "--once prints one screen",
                    type);
    if (tigetstr("cup") == NULL)
        status = fail(err, ERR_USAGE,
                      "a terminal of type '%.40s' (TERM) cannot move its cursor; "
                      "--once prints one screen",
                      type);
    del_curterm(cur_term);
    return status;
}

int terminal_check(struct error *err)
{
    const char *type = getenv("TERM");

    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return fail(err, ERR_USAGE, "%s is no terminal; --once prints one screen",
                    isatty(STDIN_FILENO) ? "stdout" : "stdin");
    if (type == NULL || type[0] == '\0')
        return fail(err, ERR_USAGE,
                    "TERM is not set, so the type of this terminal is unknown; "
                    "--once prints one screen");
    return check_type(type, err);
}

struct terminal *terminal_open(struct error *err)
{
    struct terminal *terminal;

    if (terminal_check(err) != 0)
        return NULL;
    terminal = xcalloc(1, sizeof(*terminal));
    set_escdelay(ESCAPE_MS);
    terminal->screen = newterm(NULL, stdout, stdin);
    if (terminal->screen == NULL) {
        free(terminal);
        fail(err, ERR_USAGE, "this terminal cannot be used; --once prints one screen");
        return NULL;
    }
    cbreak();
    noecho();
    nonl();
    nodelay(stdscr, TRUE);
    keypad(stdscr, TRUE);
    leaveok(stdscr, TRUE);
    curs_set(0);
    mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
    mouseinterval(0);
    choose_looks(terminal);
    canvas_init(&terminal->shown, 0, 0);
    return terminal;
}

void terminal_close(struct terminal *terminal)
{
    if (terminal == NULL)
        return;
    canvas_finish(&terminal->shown);
    endwin();
    delscreen(terminal->screen);
    free(terminal);
}

void terminal_size(struct terminal *terminal, int *width, int *height)
{
    struct winsize size;

    (void)terminal;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 &&
        size.ws_row > 0 && (size.ws_row != LINES || size.ws_col != COLS))
        resizeterm(size.ws_row, size.ws_col);
    *width = COLS;
    *height = LINES;
}

/* A cell to ncurses, which wants wide characters. */
static void show_cell(const struct terminal *terminal, const struct canvas_cell *cell,
                      int x, int y)
{
    wchar_t wide[CCHARW_MAX + 1] = { 0 };
    attr_t look = terminal->looks[cell->style];
    char text[GLYPH_BYTES + 1] = { 0 };
    cchar_t shown;

    memcpy(text, cell->glyph.bytes, cell->glyph.size);
    if (mbstowcs(wide, text, CCHARW_MAX) == (size_t)-1)
        wide[0] = L'?';
    if (setcchar(&shown, wide, look & ~(attr_t)A_COLOR, (short)PAIR_NUMBER((int)look),
                 NULL) == OK)
        mvadd_wch(y, x, &shown);
}

void terminal_show(struct terminal *terminal, const struct canvas *canvas, bool anew)
{
    struct canvas *shown = &terminal->shown;
    int cells = canvas->width * canvas->height;

    if (anew || shown->width != canvas->width || shown->height != canvas->height) {
        canvas_reset(shown, canvas->width, canvas->height);
        erase();
        clearok(stdscr, TRUE);
    }
    for (int i = 0; i < cells; i++) {
        const struct canvas_cell *cell = &canvas->cells[i];
        if (memcmp(cell, &shown->cells[i], sizeof(*cell)) == 0)
            continue;
        shown->cells[i] = *cell;
        if (cell->glyph.size > 0)
            show_cell(terminal, cell, i % canvas->width, i / canvas->width);
    }
    refresh();
}

static int mouse_key(struct input *input)
{
    MEVENT event;

    if (getmouse(&event) != OK)
        return 0;
    input->x = event.x;
    input->y = event.y;
    if (event.bstate & BUTTON4_PRESSED)
        return INPUT_WHEEL_UP;
    if (event.bstate & BUTTON5_PRESSED)
        return INPUT_WHEEL_DOWN;
    return event.bstate & BUTTON1_PRESSED ? INPUT_CLICK : 0;
}

static int special_key(wint_t key, struct input *input)
{
    static const struct {
        wint_t theirs;
        int ours;
    } names[] = {
        { KEY_ENTER, INPUT_ENTER },   { KEY_BACKSPACE, INPUT_BACKSPACE },
        { KEY_DC, INPUT_BACKSPACE },  { KEY_BTAB, INPUT_BACK_TAB },
        { KEY_UP, INPUT_UP },         { KEY_DOWN, INPUT_DOWN },
        { KEY_LEFT, INPUT_LEFT },     { KEY_RIGHT, INPUT_RIGHT },
        { KEY_PPAGE, INPUT_PAGE_UP }, { KEY_NPAGE, INPUT_PAGE_DOWN },
        { KEY_HOME, INPUT_HOME },     { KEY_END, INPUT_END },
        { KEY_FIND, INPUT_HOME },     { KEY_SELECT, INPUT_END },
    };

    if (key == KEY_MOUSE)
        return mouse_key(input);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (names[i].theirs == key)
            return names[i].ours;
    return 0;
}

static int plain_key(wint_t key)
{
    switch (key) {
    case '\r':
    case '\n':
        return INPUT_ENTER;
    case '\t':
        return INPUT_TAB;
    case 0x1b:
        return INPUT_ESCAPE;
    case 0x7f:
    case '\b':
        return INPUT_BACKSPACE;
    default:
        return key < 0x20 && key != INPUT_CTRL_L ? 0 : (int)key;
    }
}

bool terminal_read(struct terminal *terminal, struct input *input)
{
    wint_t key;
    int status;

    (void)terminal;
    *input = (struct input){ 0 };
    status = get_wch(&key);
    if (status == ERR)
        return false;
    input->key = status == KEY_CODE_YES ? special_key(key, input) : plain_key(key);
    return true;
}
