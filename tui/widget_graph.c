/* widget_graph.c - a sample a column; nothing at all is a thin line. */
#include "tui/widget_graph.h"

#include "lib/base/history.h"

enum { EIGHTHS = 8 };

static void draw_column(struct canvas *canvas, const struct area *area, int x,
                        double share)
{
    static const char *const levels[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
    int eighths = (int)(share * area->height * EIGHTHS + 0.5);

    for (int row = 0; row < area->height; row++) {
        int level = eighths - row * EIGHTHS;
        if (row == 0 && level < 1)
            level = 1;
        if (level <= 0)
            break;
        canvas_fill(canvas,
                    (struct spot){ x, area->y + area->height - 1 - row, 1, STYLE_BUSY },
                    levels[level > EIGHTHS ? EIGHTHS : level]);
    }
}

void graph_draw(struct canvas *canvas, struct area area, const struct history *history,
                double most)
{
    if (most <= 0)
        most = history_max(history, (size_t)(area.width > 0 ? area.width : 0));
    for (int i = 0; i < area.width && (size_t)i < history->count; i++) {
        double share = most > 0 ? history_at(history, (size_t)i) / most : 0;
        draw_column(canvas, &area, area.x + area.width - 1 - i,
                    share < 0   ? 0
                    : share > 1 ? 1
                                : share);
    }
}
