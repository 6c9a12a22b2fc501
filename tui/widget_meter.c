/* widget_meter.c - widths are rounded so that something is seen of all that is there.
 */
#include "tui/widget_meter.h"

#include "lib/proto/proto.h"

enum { LABEL = 8, TEXT_GAP = 1, HIGH_PERCENT = 90, BUSY_PERCENT = 70 };

static enum style style_of(double share)
{
    return share * 100 >= HIGH_PERCENT   ? STYLE_BAD
           : share * 100 >= BUSY_PERCENT ? STYLE_WAIT
                                         : STYLE_GOOD;
}

void meter_draw_bar(struct canvas *canvas, struct spot spot, const struct meter *meter)
{
    double share = meter->total > 0 ? meter->value / meter->total : 0;
    struct spot at = spot;

    share = share < 0 ? 0 : share > 1 ? 1 : share;
    at.width = (int)(share * spot.width + 0.5);
    if (at.width == 0 && share > 0)
        at.width = 1;
    at.style = style_of(share);
    canvas_fill(canvas, at, "█");
    at.x += at.width;
    at.width = spot.width - at.width;
    at.style = STYLE_DIM;
    canvas_fill(canvas, at, "░");
}

void meter_draw(struct canvas *canvas, struct spot spot, const struct meter *meter)
{
    int text = glyph_columns(slice(meter->text));
    struct spot at = spot;

    at.style = STYLE_BOLD;
    at.width = spot.width < LABEL ? spot.width : LABEL;
    canvas_put(canvas, at, slice(meter->label));
    at.x = spot.x + spot.width - text;
    at.width = text;
    at.style = STYLE_PLAIN;
    canvas_put(canvas, at, slice(meter->text));
    at.x = spot.x + LABEL;
    at.width = spot.width - LABEL - text - TEXT_GAP;
    meter_draw_bar(canvas, at, meter);
}

void shares_draw(struct canvas *canvas, struct spot spot, const struct shares *shares)
{
    int64_t total = 0, before = 0;
    int from = 0;

    for (size_t i = 0; i < shares->count; i++)
        total += shares->items[i].value;
    for (size_t i = 0; i < shares->count && total > 0; i++) {
        const struct count *part = &shares->items[i];
        int later = (int)(shares->count - i - 1), to;
        before += part->value;
        to = (int)((double)before / (double)total * spot.width + 0.5);
        to = to <= from ? from + 1 : to;
        if (to > spot.width - later)
            to = spot.width - later;
        canvas_fill(
            canvas,
            (struct spot){ spot.x + from, spot.y, to - from, theme_state(part->name) },
            theme_filling(part->name));
        from = to > from ? to : from;
    }
}
