/* fetch.h - a package from the head into a file, a piece at a time. Loop thread only.
 */
#pragma once

#include "lib/base/error.h"

struct peer;

/* `err` NULL: the file is whole. Otherwise there is none. */
typedef void fetch_done(void *arg, const struct error *err);

struct fetch_options {
    struct peer *const *head;
    const char *name, *path;
    fetch_done *done;
    void *arg;
};

/* Begins, over the connection *head, which may change. When it cannot begin (-ERR_IO,
 * -ERR_UNREACHABLE while the head is away) `done` is not called. */
int fetch_begin(const struct fetch_options *options, struct error *err);
