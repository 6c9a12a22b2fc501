/* screen_nodes.c - machines: how busy each is. */
#include "tui/listing.h"
#include "tui/widget_meter.h"

#include <stdio.h>

static double share(double used, double total)
{
    return total > 0 ? used / total : -1;
}

static double cpu_share(const void *arg)
{
    const struct node_row *row = arg;
    return share((double)row->cpu_used, (double)row->cpu_total);
}

static double memory_share(const void *arg)
{
    const struct node_row *row = arg;
    return share((double)row->memory_used, (double)row->memory_total);
}

static double store_share(const void *arg)
{
    const struct node_row *row = arg;
    return share((double)row->object_store_used, (double)row->object_store_limit);
}

/* "42 % ####....": what is not known is a dash. */
static void draw_share(struct canvas *canvas, struct spot spot, double part)
{
    char text[8];
    struct meter meter = { "", part, 1, "" };

    if (part < 0) {
        canvas_put(canvas, spot, slice("-"));
        return;
    }
    snprintf(text, sizeof(text), "%3.0f%%", part > 9.99 ? 999.0 : part * 100);
    canvas_put(canvas, spot, slice(text));
    spot.x += 5;
    spot.width -= 5;
    meter_draw_bar(canvas, spot, &meter);
}

static void draw_cpu(struct canvas *canvas, struct spot spot, const void *row)
{
    draw_share(canvas, spot, cpu_share(row));
}

static void draw_memory(struct canvas *canvas, struct spot spot, const void *row)
{
    draw_share(canvas, spot, memory_share(row));
}

static void draw_store(struct canvas *canvas, struct spot spot, const void *row)
{
    draw_share(canvas, spot, store_share(row));
}

static const struct table_column columns[] = {
    { .title = "NAME", .field = "node_name", .width = 14 },
    { .title = "STATE", .field = "state", .width = 6 },
    { .title = "CPU", .width = 12, .draw = draw_cpu, .rank = cpu_share },
    { .title = "MEMORY", .width = 12, .draw = draw_memory, .rank = memory_share },
    { .title = "STORE", .width = 12, .draw = draw_store, .rank = store_share },
    { .title = "WORKERS", .field = "workers", .width = 8 },
    { .title = "IP", .field = "node_ip", .width = 15 },
    { .title = "FREE", .field = "resources_available", .width = 40 },
    { .title = "WHY", .field = "state_message" },
};

static const struct table_spec table = {
    .desc = &node_row_desc,
    .columns = columns,
    .count = sizeof(columns) / sizeof(*columns),
    .keys = { "node_id" },
    .sort = 0,
    .empty = "no node has joined",
};

const struct screen screen_nodes = {
    .name = "Nodes",
    .questions = ASKS(nodes),
    .table = &table,
    .rows = QUESTION_nodes,
    .kind = TARGET_NODE,
    LISTING,
};
