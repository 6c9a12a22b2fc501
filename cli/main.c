/* main.c - rayctl: finds the command, prepares what it declares to need, runs it, turns
 * its error into a line and an exit status. */
#include "cli/command.h"
#include "lib/base/log.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int check_args(const struct command *command, const struct args *args,
                      struct error *err)
{
    if (args->count < command->args_min)
        return fail(err, ERR_USAGE, "an argument is missing: rayctl %s %s",
                    command->name, command->args);
    if (command->args_max >= 0 && args->count > command->args_max)
        return fail(err, ERR_USAGE, "too many arguments, from '%s' on: rayctl %s %s",
                    args->items[command->args_max], command->name,
                    command->args != NULL ? command->args : "takes none");
    return 0;
}

static int prepare_and_run(const struct command *command, struct context *ctx,
                           struct args *args, struct error *err)
{
    int status = check_args(command, args, err);

    if (status == 0)
        status = context_init(ctx, err);
    if (status == 0 && (command->needs & NEEDS_ENGINE) != 0)
        status = context_engine(ctx, command->needs & (NEEDS_ENGINE - 1), err);
    return status == 0 ? command->run(ctx, args, err) : status;
}

static int run(const struct command *command, char **argv, int argc)
{
    static const struct option none[] = { OPT_END };
    const struct option *tables[] = { command->options != NULL ? command->options
                                                               : none,
                                      context_options, NULL };
    struct context ctx = { 0 };
    struct error err = { 0 };
    struct args args;
    const struct options_grammar grammar = { tables,
                                             (command->needs & RUNS_COMMAND) == 0 };
    int status = options_parse(&grammar, argv, argc, &args, &err);

    if (status == 0 && context_wants_help()) {
        command_help(command);
        return 0;
    }
    if (status == 0)
        status = prepare_and_run(command, &ctx, &args, &err);
    if (status != 0)
        fprintf(stderr, "rayctl %s: %s\n", command->name, err.text);
    context_finish(&ctx);
    return status != 0 ? error_exit_status(err.code) : ctx.exit_status;
}

static bool is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

int main(int argc, char **argv)
{
    static char version[] = "version";
    const struct command *command;
    struct error err;
    int words;

    context_guard_streams();
    log_init(LOG_ERROR);
    signal(SIGPIPE, SIG_IGN);
    if (argc < 2 || is_help(argv[1])) {
        command_help(NULL);
        return argc < 2 ? 2 : 0;
    }
    if (strcmp(argv[1], "--version") == 0)
        argv[1] = version;
    command = command_find(argv + 1, argc - 1, &words);
    if (command == NULL && argc > 2 && is_help(argv[2]) && command_group_help(argv[1]))
        return 0;
    if (command == NULL) {
        command_unknown(argv + 1, argc - 1, &err);
        fprintf(stderr, "rayctl: %s\n", err.text);
        return error_exit_status(err.code);
    }
    return run(command, argv + 1 + words, argc - 1 - words);
}
