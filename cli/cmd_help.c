/* cmd_help.c - the list of commands, or one of them. */
#include "cli/command.h"

static int run(struct context *ctx, struct args *args, struct error *err)
{
    const struct command *command = NULL;
    int words;

    (void)ctx;
    if (args->count == 1 && command_group_help(args->items[0]))
        return 0;
    if (args->count > 0) {
        command = command_find(args->items, args->count, &words);
        if (command == NULL)
            return command_unknown(args->items, args->count, err);
    }
    command_help(command);
    return 0;
}

const struct command cmd_help = {
    .name = "help",
    .args = "[COMMAND]",
    .summary = "say what commands there are, or what one does",
    .args_max = 2,
    .run = run,
    .example = "rayctl help job submit",
};
