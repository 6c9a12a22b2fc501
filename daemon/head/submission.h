/* submission.h - what a submitted command gets: an id, and its environment. Pure but
 * for randomness. */
#pragma once

#include "lib/base/arena.h"
#include "lib/base/error.h"

#include <stdbool.h>

struct job_submit;

enum { SUBMISSION_ID_MAX = 128 };

/* "raysubmit_" and 16 letters and digits, as Ray's. */
struct slice submission_new_id(struct arena *arena);
bool submission_is_id(struct slice id);
/* What can be said of a request alone. */
int submission_check(const struct job_submit *rq, struct error *err);

struct submission_place {
    const char *session;
    struct slice id;
    bool is_package; /* its working_dir was made from a package */
};

/* The head's environment, what the request adds, and how to reach the head:
 * NULL-terminated, in `arena`. */
const char **submission_environment(struct arena *arena,
                                    const struct submission_place *place,
                                    const struct job_submit *rq);
