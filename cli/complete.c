/* complete.c - the words before say what is being typed: a command, an option, its
 * value, or an argument, whose names in the tables ("FILE", "job|actor", "ID") say what
 * may stand there.
 *
 * Bash cuts words at '=': "--format" "=" "js" is what others give as "--format=js". */
#include "cli/complete.h"

#include "cli/command.h"
#include "cli/kinds.h"
#include "lib/base/desc.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The line, as far as it is typed. */
struct line {
    char **words; /* behind the command's name; the last one is being typed */
    int count;
    const struct command *command;
    const struct option *waiting; /* the option whose value is being typed */
    int arguments;                /* before the word that is typed */
    const char *first;            /* of them */
    int command_at;               /* the word that another's command line begins with */
    bool options_end;
};

void complete_add(struct completion *out, struct slice word, struct slice about)
{
    size_t typed = strlen(out->typed);

    if (word.size >= typed && memcmp(word.data, out->typed, typed) == 0)
        buf_printf(&out->candidates, "%.*s%.*s\t%.*s\n", SLICE_ARGS(out->prefix),
                   SLICE_ARGS(word), SLICE_ARGS(about));
}

/* The first `size` bytes of what is typed stay. */
static void skip(struct completion *out, size_t size)
{
    out->prefix = slice_of(out->typed, size);
    out->typed += size;
}

/* ---- commands ---- */

/* Commands that go on behind `words`: one or two words are before a command's end. */
static void add_commands(struct completion *out, char **words, int count)
{
    const char *group = count > 1 ? words[0] : NULL;
    const char *last = "";
    size_t last_size = 0;

    out->typed = words[count - 1];
    for (size_t i = 0; commands[i] != NULL && count <= 2; i++) {
        const char *name = commands[i]->name, *space = strchr(name, ' ');
        size_t size = strcspn(name, " ");
        if (group != NULL) {
            if (space != NULL && strlen(group) == size && !memcmp(group, name, size))
                complete_add(out, slice(space + 1), slice(commands[i]->summary));
            continue;
        }
        if (size != last_size || memcmp(last, name, size) != 0)
            complete_add(out, slice_of(name, size),
                         slice(space == NULL ? commands[i]->summary : ""));
        last = name;
        last_size = size;
    }
}

/* ---- values ---- */

static void add_choices(struct completion *out, struct slice choices)
{
    while (choices.size > 0) {
        const char *bar = memchr(choices.data, '|', choices.size);
        size_t size = bar != NULL ? (size_t)(bar - choices.data) : choices.size;
        if (islower((unsigned char)choices.data[0]))
            complete_add(out, slice_of(choices.data, size), slice(""));
        size += size < choices.size;
        choices.data += size;
        choices.size -= size;
    }
}

/* The fields that rows of the kind have; `end` is what follows them. */
static void add_fields(struct completion *out, const char *kind_name, const char *end)
{
    struct error ignored;
    const struct kind *kind =
        kind_name != NULL ? kinds_find(kind_name, &ignored) : NULL;
    struct buf word;

    buf_init(&word, 0);
    for (size_t i = 0; kind != NULL && i < kind->row->count; i++) {
        buf_clear(&word);
        buf_printf(&word, "%s%s", kind->row->fields[i].name, end);
        complete_add(out, buf_slice(&word), slice(""));
    }
    buf_finish(&word);
}

static bool has(struct slice text, const char *part)
{
    return memmem(text.data, text.size, part, strlen(part)) != NULL;
}

static bool is_command(struct slice name)
{
    return has(name, "COMMAND") || has(name, "ARGUMENT");
}

/* The kind that the command's name has in it, "job stop" or "kill-actor", else that of
 * its first argument. */
static const char *kind_of(const struct line *line)
{
    static const char *const kinds[] = { "job", "actor" };
    struct error ignored;
    const struct kind *kind;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
        if (strstr(line->command->name, kinds[i]) != NULL)
            return kinds[i];
    kind = line->first != NULL ? kinds_find(line->first, &ignored) : NULL;
    return kind != NULL ? kind->one : NULL;
}

/* "actor/3f" */
static void add_thing(struct completion *out)
{
    static const char *const kinds[] = { "job", "actor", "node", "task", "worker" };
    char word[16];

    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        size_t size = (size_t)snprintf(word, sizeof(word), "%s/", kinds[i]);
        if (strncmp(out->typed, word, size) != 0) {
            complete_add(out, slice(word), slice(""));
            continue;
        }
        skip(out, size);
        out->source = COMPLETE_IDS;
        out->kind = kinds[i];
        return;
    }
}

/* A value that the tables call `name`. */
static void add_value(struct completion *out, const struct line *line,
                      struct slice name)
{
    if (has(name, "KIND/ID")) {
        add_thing(out);
    } else if (has(name, "KEY=VALUE") || slice_is(name, "KEY")) {
        add_fields(out, line->first, has(name, "=") ? "=" : "");
    } else if (slice_is(name, "KEY,...")) {
        const char *comma = strrchr(out->typed, ',');
        if (comma != NULL)
            skip(out, (size_t)(comma + 1 - out->typed));
        add_fields(out, line->first, "");
    } else if (has(name, "FILE") || has(name, ".yaml")) {
        out->source = COMPLETE_FILES;
    } else if (slice_is(name, "DIR")) {
        out->source = COMPLETE_FOLDERS;
    } else if (is_command(name)) {
        out->source = COMPLETE_COMMAND;
        out->offset = line->command_at;
    } else if (slice_is(name, "CONTEXT")) {
        out->source = COMPLETE_CONTEXTS;
    } else if (has(name, "ID")) {
        out->source = COMPLETE_IDS;
        out->kind = kind_of(line);
    } else {
        add_choices(out, name);
    }
}

/* ---- options ---- */

static const struct option *find_option(const struct line *line, struct slice name)
{
    const struct option *tables[] = { line->command->options, context_options };

    for (size_t i = 0; i < 2; i++)
        for (const struct option *option = tables[i];
             option != NULL && option->name != NULL; option++)
            if (slice_is(name, option->name) ||
                (name.size == 1 && option->letter == name.data[0]))
                return option;
    return NULL;
}

static void add_options(struct completion *out, const struct line *line)
{
    const struct option *tables[] = { line->command->options, context_options };
    struct buf word;

    buf_init(&word, 0);
    for (size_t i = 0; i < 2; i++)
        for (const struct option *option = tables[i];
             option != NULL && option->name != NULL; option++) {
            buf_clear(&word);
            buf_printf(&word, "--%s", option->name);
            complete_add(out, buf_slice(&word), slice(option->help));
        }
    buf_finish(&word);
}

/* ---- arguments ---- */

/* The name of argument `index` in "CLUSTER.yaml [ARGUMENT...]", without brackets and
 * dots; one with dots stands for all that follow. */
static struct slice argument_name(const struct command *command, int index)
{
    const char *at = command->args != NULL ? command->args : "";

    while (*at != '\0') {
        struct slice name = slice_of(at, strcspn(at, " "));
        bool repeats = has(name, "...");
        at += name.size + strspn(at + name.size, " ");
        if (slice_is(name, "--"))
            continue;
        if (index-- == 0 || repeats) {
            name.data += name.data[0] == '[';
            return slice_of(name.data, strcspn(name.data, " ]"));
        }
    }
    return slice("");
}

/* Takes a word that is before the one being typed: an option. */
static void take_option(struct line *line, const char *word)
{
    const struct option *option =
        strchr(word, '=') != NULL
            ? NULL
            : find_option(line, slice(word + (word[1] == '-' ? 2 : 1)));

    line->waiting = option != NULL && option->arg != NULL ? option : NULL;
}

/* The same: an argument. Whether it is part of another's command line. */
static bool take_argument(struct line *line, const char *word)
{
    struct slice name = argument_name(line->command, line->arguments++);

    if (line->first == NULL)
        line->first = word;
    line->options_end |= (line->command->needs & RUNS_COMMAND) != 0;
    return is_command(name);
}

static void take(struct line *line, int at)
{
    const char *word = line->words[at];
    bool is_others = false;

    if (line->waiting != NULL) {
        if (strcmp(word, "=") != 0)
            line->waiting = NULL;
    } else if (!line->options_end && strcmp(word, "--") == 0) {
        line->options_end = true;
    } else if (line->options_end || word[0] != '-' || word[1] == '\0') {
        is_others = take_argument(line, word);
    } else {
        take_option(line, word);
    }
    if (!is_others)
        line->command_at = at + 1;
}

static void complete_line(struct line *line, struct completion *out)
{
    const char *word = line->words[line->count - 1], *equals = strchr(word, '=');
    const struct option *option = NULL;

    for (int i = 0; i + 1 < line->count; i++)
        take(line, i);
    out->typed = word;
    if (line->waiting != NULL) {
        out->typed = strcmp(word, "=") == 0 ? "" : word;
        add_value(out, line, slice(line->waiting->arg));
    } else if (word[0] == '-' && !line->options_end) {
        if (equals != NULL && word[1] == '-')
            option = find_option(line, slice_of(word + 2, (size_t)(equals - word) - 2));
        if (option != NULL && option->arg != NULL) {
            skip(out, (size_t)(equals + 1 - word));
            add_value(out, line, slice(option->arg));
        } else {
            add_options(out, line);
        }
    } else {
        add_value(out, line, argument_name(line->command, line->arguments));
    }
}

void complete(char **words, int count, struct completion *out)
{
    static char help[] = "help";
    struct line line = { 0 };
    int taken = 0;

    *out = (struct completion){ .typed = "" };
    buf_init(&out->candidates, 0);
    if (count == 0)
        return;
    line.command = command_find(words, count - 1, &taken);
    if (line.command == NULL) {
        add_commands(out, words, count);
        return;
    }
    if (strcmp(line.command->name, help) == 0) {
        add_commands(out, words + 1, count - 1);
        return;
    }
    line.words = words + taken;
    line.count = count - taken;
    complete_line(&line, out);
    out->offset += taken;
}
