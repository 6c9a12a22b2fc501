/* screen_overview.c - machines and store with their past, what there is, what waits. */
#include "lib/base/resources.h"
#include "lib/text/units.h"
#include "tui/keys.h"
#include "tui/screen.h"
#include "tui/widget_graph.h"
#include "tui/widget_meter.h"

#include <stdio.h>

enum { ROOMY_HEIGHT = 21, MEDIUM_HEIGHT = 14, PANELS = 3, GAP = 2, STATE_HEIGHT = 5 };

struct overview {
    int top; /* of the list of what waits */
};

/* CPU, memory or store of all nodes. */
struct panel {
    const char *label;
    double used, total;
    const struct history *history;
    bool is_size;
};

static void format_panel(const struct panel *panel, char *text, size_t size)
{
    char used[UNITS_TEXT_MAX], total[UNITS_TEXT_MAX];

    if (panel->total <= 0)
        snprintf(text, size, "not known yet");
    else if (panel->is_size)
        snprintf(text, size, "%s of %s", units_format_size((int64_t)panel->used, used),
                 units_format_size((int64_t)panel->total, total));
    else
        snprintf(text, size, "%.2f of %g cores", panel->used, panel->total);
}

static void draw_panel(struct canvas *canvas, struct area area,
                       const struct panel *panel)
{
    char text[2 * UNITS_TEXT_MAX + 8];
    struct meter meter = { panel->label, panel->used, panel->total, text };
    struct area graph = { area.x, area.y + 1, area.width, area.height - 1 };

    format_panel(panel, text, sizeof(text));
    meter_draw(canvas, (struct spot){ area.x, area.y, area.width, STYLE_PLAIN },
               &meter);
    if (graph.height > 0)
        graph_draw(canvas, graph, panel->history, panel->total);
}

/* With graphs when there is room for them; returns the lines used. */
static int draw_panels(struct canvas *canvas, struct area area,
                       const struct snapshot *snapshot)
{
    const struct snapshot_usage *usage = &snapshot->usage;
    const struct panel panels[PANELS] = {
        { "CPU", usage->cpu_used, usage->cpu_total, &snapshot->cpu, false },
        { "Memory", usage->memory_used, usage->memory_total, &snapshot->memory, true },
        { "Store", usage->store_used, usage->store_total, &snapshot->store, true },
    };
    int graph = area.height >= ROOMY_HEIGHT ? 3 : area.height >= MEDIUM_HEIGHT;
    int height = 1 + graph;

    for (int i = 0; i < PANELS; i++) {
        struct area one = { area.x, area.y + i * height, area.width, height };
        draw_panel(canvas, one, &panels[i]);
    }
    return PANELS * height;
}

static int64_t sum_of(const struct count *items, size_t count)
{
    int64_t sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += items[i].value;
    return sum;
}

/* "Tasks   512   10 RUNNING  502 FINISHED" */
static void draw_counts(struct canvas *canvas, struct spot spot, const char *label,
                        const struct shares *counts)
{
    int end = spot.x + spot.width;
    struct spot at = spot;

    at.style = STYLE_BOLD;
    canvas_put(canvas, at, slice(label));
    at = (struct spot){ spot.x + 8, spot.y, 8, STYLE_PLAIN };
    canvas_printf(canvas, at, "%8lld", (long long)sum_of(counts->items, counts->count));
    at.x += 8 + GAP;
    for (size_t i = 0; i < counts->count && at.x < end; i++) {
        const struct count *count = &counts->items[i];
        at.width = end - at.x;
        at.style = theme_state(count->name);
        at.x += canvas_printf(canvas, at, "%lld %.*s", (long long)count->value,
                              SLICE_ARGS(count->name)) +
                GAP;
    }
}

/* "Nodes     3 alive, 0 dead", then "Free" of each resource. */
static void draw_nodes(struct canvas *canvas, struct spot spot,
                       const struct cluster_status *status)
{
    struct count counts[] = { { slice("ALIVE"), status->nodes_alive },
                              { slice("DEAD"), status->nodes_dead } };
    struct shares shares = { counts, status->nodes_dead > 0 ? 2 : 1 };

    draw_counts(canvas, spot, "Nodes", &shares);
}

static void append_amount(struct buf *out, const struct usage *usage, int64_t amount)
{
    char text[UNITS_TEXT_MAX];

    if (slice_is(usage->name, "memory") || slice_is(usage->name, "object_store_memory"))
        buf_printf(out, "%s", units_format_size(amount / RESOURCE_UNIT, text));
    else
        buf_printf(out, "%.15g", resources_to_double(amount));
}

static void draw_resources(struct canvas *canvas, struct spot spot,
                           const struct cluster_status *status)
{
    struct spot at = spot;
    struct buf text;

    at.style = STYLE_BOLD;
    canvas_put(canvas, at, slice("Leased"));
    buf_init(&text, 0);
    for (size_t i = 0; i < status->usage.count; i++) {
        const struct usage *usage = &status->usage.items[i];
        buf_printf(&text, "%s%.*s ", i > 0 ? "   " : "", SLICE_ARGS(usage->name));
        append_amount(&text, usage, usage->used);
        buf_printf(&text, "/");
        append_amount(&text, usage, usage->total);
    }
    at = (struct spot){ spot.x + 8 + 1, spot.y, spot.width - 9, STYLE_PLAIN };
    canvas_put(canvas, at, buf_slice(&text));
    buf_finish(&text);
}

static int draw_state(struct canvas *canvas, struct area area,
                      const struct cluster_status *status)
{
    struct spot spot = { area.x, area.y, area.width, STYLE_PLAIN };
    struct shares jobs = { status->jobs.items, status->jobs.count };
    struct shares actors = { status->actors.items, status->actors.count };
    struct shares tasks = { status->tasks.items, status->tasks.count };

    if (area.height >= STATE_HEIGHT + 1) {
        draw_resources(canvas, spot, status);
        spot.y++;
    }
    draw_nodes(canvas, spot, status);
    spot.y++;
    draw_counts(canvas, spot, "Jobs", &jobs);
    spot.y++;
    draw_counts(canvas, spot, "Actors", &actors);
    spot.y++;
    draw_counts(canvas, spot, "Tasks", &tasks);
    return spot.y + 1 - area.y;
}

static void draw_demands(struct canvas *canvas, struct area area, int top,
                         const struct cluster_status *status)
{
    struct spot spot = { area.x, area.y, area.width, STYLE_HEAD };
    int count = (int)status->demands.count;

    if (count == 0 || area.height > 1) {
        canvas_put(canvas, spot,
                   slice(count == 0 ? "Nothing waits" : "Waiting, and why"));
        spot.y++;
    }
    spot.style = STYLE_WAIT;
    for (int i = top; i < count && spot.y < area.y + area.height; i++, spot.y++) {
        const struct demand_row *row = &status->demands.items[i];
        canvas_printf(canvas, spot, "%8lld %.*s of {%.*s}: %.*s", (long long)row->count,
                      SLICE_ARGS(row->what), SLICE_ARGS(row->shape),
                      SLICE_ARGS(row->reason));
    }
}

static void draw_overview(void *self, struct canvas *canvas, struct area area,
                          const struct snapshot *snapshot)
{
    struct overview *overview = self;
    const struct error *err = &snapshot->errors[QUESTION_status];
    int used = draw_panels(canvas, area, snapshot);
    int gap = area.height >= ROOMY_HEIGHT;

    area.y += used + gap;
    area.height -= used + gap;
    if (snapshot->status == NULL) {
        canvas_put(canvas, (struct spot){ area.x, area.y, area.width, STYLE_DIM },
                   slice(err->code != ERR_OK ? err->text : "asking ..."));
        return;
    }
    if (overview->top >= (int)snapshot->status->demands.count)
        overview->top = 0;
    used = draw_state(canvas, area, snapshot->status);
    area.y += used + gap;
    area.height -= used + gap;
    draw_demands(canvas, area, overview->top, snapshot->status);
}

static unsigned overview_input(void *self, const struct input *input,
                               const struct snapshot *snapshot)
{
    struct overview *overview = self;
    enum action action = keys_action(input->key);
    int last = snapshot->status != NULL ? (int)snapshot->status->demands.count - 1 : 0;

    if ((action == ACTION_DOWN || input->key == INPUT_WHEEL_DOWN) &&
        overview->top < last)
        overview->top++;
    else if ((action == ACTION_UP || input->key == INPUT_WHEEL_UP) && overview->top > 0)
        overview->top--;
    else
        return 0;
    return SCREEN_REDRAW;
}

const struct screen screen_overview = {
    .name = "Overview",
    .questions = ASKS(status) | ASKS(nodes),
    .size = sizeof(struct overview),
    .draw = draw_overview,
    .input = overview_input,
};
