/* listing.c - a line on how many there are, then the table. */
#include "tui/listing.h"

#include "tui/keys.h"

_Static_assert(offsetof(struct listing_rows, total) ==
                       offsetof(struct task_rows, total) &&
                   offsetof(struct listing_rows, total) ==
                       offsetof(struct log_files, total),
               "rows differ from the schema's");

const struct listing_rows *listing_rows(const struct snapshot *snapshot, int question)
{
    const struct listing_rows *all[] = {
#define QUESTION(name, method, reply, tables) (const void *)snapshot->name,
#include "tui/questions.def"
#undef QUESTION
    };
    return all[question];
}

void listing_open(void *self, const struct screen *screen, const struct target *target,
                  const struct screen_context *context)
{
    struct listing *listing = self;

    (void)target;
    (void)context;
    listing->screen = screen;
    table_init(&listing->table, screen->table);
}

void listing_close(void *self)
{
    struct listing *listing = self;
    table_finish(&listing->table);
}

static void update(struct listing *listing, const struct snapshot *snapshot)
{
    const struct listing_rows *reply = listing_rows(snapshot, listing->screen->rows);
    struct table_rows rows = { .serial = snapshot->serials[listing->screen->rows] };

    if (reply != NULL) {
        rows.items = reply->rows.items;
        rows.count = reply->rows.count;
    }
    table_update(&listing->table, &rows);
}

static void draw_count(const struct listing *listing, struct canvas *canvas,
                       struct area area, const struct snapshot *snapshot)
{
    const struct listing_rows *reply = listing_rows(snapshot, listing->screen->rows);
    const struct error *err = &snapshot->errors[listing->screen->rows];
    const struct table *table = &listing->table;
    struct spot spot = { area.x, area.y, area.width, STYLE_DIM };

    if (err->code != ERR_OK && snapshot->lost_since == 0) {
        spot.style = STYLE_BAD;
        canvas_put(canvas, spot, slice(err->text));
        return;
    }
    if (reply == NULL) {
        canvas_put(canvas, spot, slice("asking ..."));
        return;
    }
    if (table->filter[0] != '\0')
        canvas_printf(canvas, spot, "%s: %zu of %lld with %s", listing->screen->name,
                      table->count, (long long)reply->total, table->filter);
    else if (reply->total > (int64_t)reply->rows.count)
        canvas_printf(canvas, spot, "%s: the newest %zu of %lld", listing->screen->name,
                      table->count, (long long)reply->total);
    else
        canvas_printf(canvas, spot, "%s: %zu", listing->screen->name, table->count);
}

void listing_draw(void *self, struct canvas *canvas, struct area area,
                  const struct snapshot *snapshot)
{
    struct listing *listing = self;
    const struct area body = { area.x, area.y + 1, area.width, area.height - 1 };

    update(listing, snapshot);
    draw_count(listing, canvas, area, snapshot);
    if (listing_rows(snapshot, listing->screen->rows) != NULL)
        table_draw(&listing->table, canvas, body);
}

unsigned listing_input(void *self, const struct input *input,
                       const struct snapshot *snapshot)
{
    struct listing *listing = self;

    update(listing, snapshot);
    switch ((int)keys_action(input->key)) {
    case ACTION_OPEN:
        return SCREEN_OPEN;
    case ACTION_LOGS:
        return SCREEN_LOGS;
    case ACTION_KILL:
        return SCREEN_KILL;
    case ACTION_FILTER:
        return SCREEN_FILTER;
    case ACTION_BACK:
        if (listing->table.filter[0] == '\0')
            return SCREEN_BACK;
        listing->table.filter[0] = '\0';
        return SCREEN_REDRAW;
    default:
        return table_input(&listing->table, input);
    }
}

struct target listing_target(void *self, const struct snapshot *snapshot)
{
    struct listing *listing = self;
    const void *row;

    update(listing, snapshot);
    row = table_selected(&listing->table);
    return (struct target){ row != NULL ? listing->screen->kind : TARGET_NONE,
                            listing->screen->table->desc, row };
}

char *listing_filter(void *self)
{
    struct listing *listing = self;
    return listing->table.filter;
}
