/* command.h - a command: one descriptor in cmd_<name>.c, one line in commands.def. */
#pragma once

#include "cli/context.h"
#include "cli/options.h"

enum command_needs {
    NEEDS_ENGINE = 1u << 16, /* the driver opens it, with these capabilities: */
    NEEDS_STATE = NEEDS_ENGINE | ENGINE_STATE,
    NEEDS_JOBS = NEEDS_ENGINE | ENGINE_JOBS,
    NEEDS_LOGS = NEEDS_ENGINE | ENGINE_LOGS,
    NEEDS_ACTORS = NEEDS_ENGINE | ENGINE_ACTORS,
    NEEDS_KV = NEEDS_ENGINE | ENGINE_KV,
    RUNS_COMMAND = 1u << 17, /* its arguments are another's command line */
};

struct command {
    const char *name;             /* "list", "job list" */
    const char *args;             /* "KIND [ID]" */
    const char *summary;          /* one line, no capital, no full stop */
    const struct option *options; /* NULL: the common ones alone */
    unsigned needs;
    int args_min, args_max; /* -1: any number */
    /* 0 or a negative code with err filled. */
    int (*run)(struct context *ctx, struct args *args, struct error *err);
    const char *example;
};

/* All commands, in the order of commands.def; NULL at the end. */
extern const struct command *const commands[];
/* Writes a command's help to stdout; NULL: the list of commands. */
void command_help(const struct command *command);
/* The command that argv begins with, its words counted in *words; NULL when there is
 * none. */
const struct command *command_find(char **argv, int argc, int *words);
/* Writes what commands begin with `word` ("job"); false when none do. */
bool command_group_help(const char *word);
/* -ERR_USAGE that names the nearest command to the words that argv begins with. */
int command_unknown(char **argv, int argc, struct error *err);
