/* screen.h - a screen: what it asks for, how it is drawn, what its keys do.
 *
 * One descriptor a screen_<name>.c; those that digits and Tab reach are in screens.def.
 * The monitor keeps `size` zeroed bytes for each open screen and passes them as `self`.
 * Drawing is pure: snapshot and own state in, cells out. */
#pragma once

#include "tui/canvas.h"
#include "tui/input.h"
#include "tui/screen_flags.h"
#include "tui/snapshot.h"

struct arena;
struct engine;
struct list_request;
struct loop;
struct table_spec;

enum target_kind {
    TARGET_NONE,
    TARGET_NODE,
    TARGET_JOB,
    TARGET_ACTOR,
    TARGET_TASK,
    TARGET_GROUP, /* tasks of one function */
    TARGET_FILE,
};

/* What a key is about: a row. Borrowed until the next turn. */
struct target {
    enum target_kind kind;
    const struct desc *desc;
    const void *row;
};

/* For screens that ask by themselves. */
struct screen_context {
    struct loop *loop;
    struct engine *engine;
    void (*on_changed)(void *arg); /* draw again */
    void *arg;
};

struct screen {
    const char *name;
    unsigned questions; /* ASKS() bits */
    size_t size;
    const struct table_spec *table; /* of a listing (listing.h) */
    int rows;                       /* of a listing: enum question */
    enum target_kind kind;          /* of a listing's rows */
    /* `target` is what it shall show; copied by whoever keeps it. */
    void (*open)(void *self, const struct screen *screen, const struct target *target,
                 const struct screen_context *context);
    void (*close)(void *self);
    void (*draw)(void *self, struct canvas *canvas, struct area area,
                 const struct snapshot *snapshot);
    /* Flags of screen_flags.h. */
    unsigned (*input)(void *self, const struct input *input,
                      const struct snapshot *snapshot);
    /* The row under the cursor. NULL: there never is one. */
    struct target (*target)(void *self, const struct snapshot *snapshot);
    /* What the user filters by, TABLE_FILTER_MAX bytes to edit. NULL: nothing to
     * filter. */
    char *(*filter)(void *self);
    /* Which tasks it shows, when it asks for tasks. */
    void (*choose_tasks)(void *self, struct list_request *rq, struct arena *arena);
};

#define SCREEN(name) extern const struct screen screen_##name;
#include "tui/screens.def"
#undef SCREEN
extern const struct screen screen_detail, screen_task_list, screen_log, screen_help;

/* Those of screens.def, in order. */
extern const struct screen *const screens[];
extern const int screens_count;
