/* cmd_version.c - which version this is. */
#include "cli/command.h"
#include "lib/ray.h"

#include <stdio.h>

static int run(struct context *ctx, struct args *args, struct error *err)
{
    char line[64];
    int size = snprintf(line, sizeof(line), "rayctl, version %s\n", RAY_VERSION);

    (void)ctx;
    (void)args;
    (void)err;
    context_write(line, (size_t)size);
    return 0;
}

const struct command cmd_version = {
    .name = "version",
    .summary = "print the version",
    .run = run,
    .example = "rayctl version",
};
