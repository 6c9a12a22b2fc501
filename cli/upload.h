/* upload.h - a folder to the head as a package, unless it is there. */
#pragma once

#include "cli/context.h"
#include "lib/base/slice.h"

#include <stdint.h>

/* Of all files of a runtime environment together, in bytes; Ray's limit. */
enum { UPLOAD_SIZE_MAX = 512 << 20 };

struct upload_options {
    const char *const *excludes; /* gitignore patterns; NULL: none */
    size_t excludes_count;
    int64_t max_size; /* bytes; 0: any */
};

/* Looks at the folder, and sends what the head does not have; *uri is "pkg:<name>", in
 * ctx's arena. Errors are those of tree_read() and of the head; what was under way is
 * not seen by anybody. */
int upload_folder(struct context *ctx, const char *folder,
                  const struct upload_options *options, struct slice *uri,
                  struct error *err);
