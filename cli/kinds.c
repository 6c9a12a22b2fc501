/* kinds.c - kinds.def as a table. */
#include "cli/kinds.h"

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
