/* kinds.c - kinds.def as a table. */
#include "cli/kinds.h"

#include "cli/context.h"
#include "lib/base/nearest.h"

#include <string.h>
#include <strings.h>

static const struct kind kinds[] = {
#define KIND(one, several, summary)                                                    \
    { #one, #several, &one##_row_desc, METHOD_query_##several, summary },
#include "cli/kinds.def"
#undef KIND
};

enum { KINDS = sizeof(kinds) / sizeof(*kinds) };

/* Ray lists these too. */
static const char *const later[] = { "placement-groups", "runtime-envs",
                                     "cluster-events" };

_Static_assert(sizeof(struct kind_rows) == sizeof(struct node_rows) &&
                   offsetof(struct kind_rows, total) ==
                       offsetof(struct node_rows, total),
               "kind_rows differs from the schema's");

const struct kind *kinds_find(const char *name, struct error *err)
{
    const char *names[KINDS], *close;

    for (size_t i = 0; i < KINDS; i++) {
        if (strcasecmp(kinds[i].one, name) == 0 ||
            strcasecmp(kinds[i].several, name) == 0)
            return &kinds[i];
        names[i] = kinds[i].several;
    }
    for (size_t i = 0; i < sizeof(later) / sizeof(*later); i++) {
        if (strcmp(later[i], name) == 0) {
            fail(err, ERR_UNSUPPORTED, "%s are not there yet", name);
            return NULL;
        }
    }
    close = nearest(slice(name), names, KINDS);
    fail(err, ERR_USAGE,
         "no such kind: '%s'%s%s%s; there are nodes, actors, tasks, jobs, workers, "
         "objects",
         name, close != NULL ? "; did you mean '" : "", close != NULL ? close : "",
         close != NULL ? "'?" : "");
    return NULL;
}

/* ---- one of them ---- */

/* More than one is enough to know; all of what has names, since the id of one may begin
 * as another is called. */
enum { MATCHES = 20 };

/* The field of the names that a kind goes by, NULL when there is none. */
static const struct field *name_field(const struct kind *kind)
{
    if (kind->row == &job_row_desc)
        return desc_find(kind->row, slice("submission_id"));
    if (kind->row == &actor_row_desc)
        return desc_find(kind->row, slice("name"));
    return kind->row == &node_row_desc ? desc_find(kind->row, slice("node_name"))
                                       : NULL;
}

static const void *row_at(const struct kind *kind, const struct kind_rows *reply,
                          size_t index)
{
    return (const char *)reply->rows.items + index * kind->row->size;
}

/* Of which thing a row is: attempts of one task share their id, and so do copies of an
 * object. Jobs that no driver has joined have none. */
static const struct id *id_of(const struct kind *kind, const void *row)
{
    return desc_at(&kind->row->fields[0], row);
}

static const void *choose(const struct kind *kind, const struct kind_rows *reply,
                          const char *id)
{
    const void *first = row_at(kind, reply, 0);
    const struct field *name = name_field(kind);
    bool is_one = true;

    for (size_t i = 0; i < reply->rows.count; i++) {
        const void *row = row_at(kind, reply, i);
        if (name != NULL && slice_is(*(const struct slice *)desc_at(name, row), id))
            return row;
        is_one &= i == 0 || (id_is_set(id_of(kind, row)) &&
                             id_equal(id_of(kind, row), id_of(kind, first)));
    }
    return is_one ? first : NULL;
}

const void *kinds_get(struct context *ctx, const struct kind *kind, const char *id,
                      struct error *err)
{
    const struct list_request rq = { .id = slice(id),
                                     .limit = name_field(kind) != NULL ? 0 : MATCHES };
    const struct engine_request asked = { proto_method((uint8_t)kind->list), &rq,
                                          ctx->timeout_ms };
    const struct kind_rows *reply;
    const void *row = NULL;

    if (id[0] == '\0') {
        fail(err, ERR_USAGE, "the id is empty");
        return NULL;
    }
    reply = engine_wait(ctx->engine, &asked, &ctx->arena, err);
    if (reply == NULL)
        return NULL;
    if (reply->rows.count > 0)
        row = choose(kind, reply, id);
    if (reply->rows.count == 0)
        fail(err, ERR_NOT_FOUND, "no %s has the id %s", kind->one, id);
    else if (row == NULL)
        fail(err, ERR_INVALID, "%lld %s have ids that begin with %s: give more of it",
             (long long)reply->total, kind->several, id);
    return row;
}

const struct kind *kinds_of_thing(const char *arg, const char **id, struct arena *arena,
                                  struct error *err)
{
    const char *slash = strchr(arg, '/');

    if (slash == NULL || slash == arg || slash[1] == '\0') {
        fail(err, ERR_USAGE, "'%s': expected KIND/ID, such as job/raysubmit_Ab3", arg);
        return NULL;
    }
    *id = slash + 1;
    return kinds_find(arena_string(arena, slice_of(arg, (size_t)(slash - arg))), err);
}
