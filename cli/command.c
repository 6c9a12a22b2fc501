/* command.c - the table of commands and what is said of them. */
#include "cli/command.h"

#include "lib/base/nearest.h"

#include <string.h>

enum { NAMES_MAX = 128, NAME_COLUMN = 16 };

#define COMMAND(x) extern const struct command cmd_##x;
#include "cli/commands.def"
#undef COMMAND

const struct command *const commands[] = {
#define COMMAND(x) &cmd_##x,
#include "cli/commands.def"
#undef COMMAND
    NULL,
};

/* How many words of argv the name of `command` takes; 0: it is another one. */
static int match(const struct command *command, char **argv, int argc)
{
    size_t first = strcspn(command->name, " ");

    if (argc < 1 || strlen(argv[0]) != first ||
        strncmp(argv[0], command->name, first) != 0)
        return 0;
    if (command->name[first] == '\0')
        return 1;
    return argc > 1 && strcmp(argv[1], command->name + first + 1) == 0 ? 2 : 0;
}

const struct command *command_find(char **argv, int argc, int *words)
{
    for (size_t i = 0; commands[i] != NULL; i++) {
        *words = match(commands[i], argv, argc);
        if (*words > 0)
            return commands[i];
    }
    return NULL;
}

/* The second word of a command whose first is `word`, else NULL. */
static const char *member_of(const struct command *command, const char *word)
{
    size_t size = strlen(word);

    if (strncmp(command->name, word, size) != 0 || command->name[size] != ' ')
        return NULL;
    return command->name + size + 1;
}

static int unknown_member(const char *group, const char *word, struct error *err)
{
    const char *names[NAMES_MAX], *close = NULL;
    struct buf members;
    size_t count = 0;
    int status;

    buf_init(&members, 0);
    for (size_t i = 0; commands[i] != NULL && count < NAMES_MAX; i++) {
        names[count] = member_of(commands[i], group);
        if (names[count] != NULL)
            buf_printf(&members, "%s%s", count > 0 ? ", " : "", names[count]);
        count += names[count] != NULL;
    }
    if (word != NULL)
        close = nearest(slice(word), names, count);
    if (close != NULL)
        status = fail(err, ERR_USAGE, "no such command: '%s %s'; did you mean '%s %s'?",
                      group, word, group, close);
    else
        status = fail(err, ERR_USAGE, "%s what? one of: %.*s", group, (int)members.size,
                      (const char *)members.data);
    buf_finish(&members);
    return status;
}

int command_unknown(char **argv, int argc, struct error *err)
{
    const char *names[NAMES_MAX], *close;
    size_t count = 0;

    for (; commands[count] != NULL && count < NAMES_MAX; count++) {
        names[count] = commands[count]->name;
        if (member_of(commands[count], argv[0]) != NULL)
            return unknown_member(argv[0], argc > 1 ? argv[1] : NULL, err);
    }
    close = nearest(slice(argv[0]), names, count);
    return fail(err, ERR_USAGE, "no such command: '%s'%s%s%s", argv[0],
                close != NULL ? "; did you mean '" : "; see `rayctl help`",
                close != NULL ? close : "", close != NULL ? "'?" : "");
}

static void append_help(struct buf *out, const struct command *command)
{
    buf_printf(out, "rayctl %s - %s\n\nUsage: rayctl %s [options]%s%s\n", command->name,
               command->summary, command->name, command->args != NULL ? " " : "",
               command->args != NULL ? command->args : "");
    if (command->options != NULL) {
        buf_printf(out, "\nOptions:\n");
        options_help(out, command->options);
    }
    buf_printf(out, "\nCommon options:\n");
    options_help(out, context_options);
    buf_printf(out, "\nExample: %s\n", command->example);
}

static void append_lines(struct buf *out, const char *group)
{
    for (size_t i = 0; commands[i] != NULL; i++)
        if (group == NULL || member_of(commands[i], group) != NULL)
            buf_printf(out, "  %-*s%s\n", NAME_COLUMN, commands[i]->name,
                       commands[i]->summary);
    buf_printf(out, "\n`rayctl COMMAND --help` shows the options of one.\n");
}

static void append_list(struct buf *out)
{
    buf_printf(out,
               "rayctl - clusters of tasks, actors and objects from the terminal\n\n"
               "Usage: rayctl COMMAND [options] [arguments]\n\nCommands:\n");
    append_lines(out, NULL);
}

void command_help(const struct command *command)
{
    struct buf out;

    buf_init(&out, 0);
    if (command != NULL)
        append_help(&out, command);
    else
        append_list(&out);
    context_write(out.data, out.size);
    buf_finish(&out);
}

bool command_group_help(const char *word)
{
    struct buf out;
    bool found = false;

    for (size_t i = 0; commands[i] != NULL && !found; i++)
        found = member_of(commands[i], word) != NULL;
    if (!found)
        return false;
    buf_init(&out, 0);
    buf_printf(&out, "Usage: rayctl %s COMMAND [options] [arguments]\n\nCommands:\n",
               word);
    append_lines(&out, word);
    context_write(out.data, out.size);
    buf_finish(&out);
    return true;
}
