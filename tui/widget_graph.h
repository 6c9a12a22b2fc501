/* widget_graph.h - a history as columns of eighths, the newest at the right. Drawn on a
 * canvas; pure. */
#pragma once

#include "tui/canvas.h"

struct history;

/* `most` is what fills the whole height; 0: the largest sample in sight. */
void graph_draw(struct canvas *canvas, struct area area, const struct history *history,
                double most);
