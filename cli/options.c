/* options.c - one pass over argv. */
#include "cli/options.h"

#include "lib/base/nearest.h"
#include "lib/text/units.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_MAX = 128, HELP_COLUMN = 34 };

struct parsing {
    const struct option *const *tables;
    char **argv;
    int argc, at;
    struct error *err;
};

static const struct option *find_name(const struct option *const *tables,
                                      struct slice name)
{
    for (; *tables != NULL; tables++)
        for (const struct option *option = *tables; option->name != NULL; option++)
            if (slice_is(name, option->name))
                return option;
    return NULL;
}

static const struct option *find_letter(const struct option *const *tables, char letter)
{
    for (; *tables != NULL; tables++)
        for (const struct option *option = *tables; option->name != NULL; option++)
            if (option->letter == letter && letter != '\0')
                return option;
    return NULL;
}

static int unknown(const struct parsing *parsing, struct slice name)
{
    const char *names[NAMES_MAX], *close;
    size_t count = 0;

    for (const struct option *const *table = parsing->tables; *table != NULL; table++)
        for (const struct option *option = *table;
             option->name != NULL && count < NAMES_MAX; option++)
            names[count++] = option->name;
    close = nearest(name, names, count);
    return fail(parsing->err, ERR_USAGE, "no such option: --%.*s%s%s%s",
                SLICE_ARGS(name), close != NULL ? "; did you mean --" : "",
                close != NULL ? close : "", close != NULL ? "?" : "");
}

static int store_int(const struct option *option, const char *text, struct error *err)
{
    char *end;
    long long number;

    errno = 0;
    number = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0')
        return fail(err, ERR_USAGE, "--%s %s: expected a whole number", option->name,
                    text);
    *(int64_t *)option->value = number;
    return 0;
}

static int store(const struct option *option, const char *text, struct error *err)
{
    struct option_list *list = option->value;
    int status = 0;

    switch (option->kind) {
    case OPTION_FLAG:
        *(bool *)option->value = true;
        break;
    case OPTION_COUNT:
        ++*(int *)option->value;
        break;
    case OPTION_STRING:
        *(const char **)option->value = text;
        break;
    case OPTION_INT:
        return store_int(option, text, err);
    case OPTION_SIZE:
        status = units_parse_size(slice(text), option->value, err);
        break;
    case OPTION_DURATION:
        status = units_parse_duration(slice(text), option->value, err);
        break;
    case OPTION_LIST:
        if (list->count == OPTION_LIST_MAX)
            return fail(err, ERR_USAGE, "--%s: given more than %d times", option->name,
                        OPTION_LIST_MAX);
        list->items[list->count++] = text;
        break;
    }
    if (status != 0) {
        wrap(err, "--%s", option->name);
        err->code = ERR_USAGE;
    }
    return status != 0 ? -ERR_USAGE : 0;
}

/* The value of an option: what is glued to it, else the next word. */
static int take_value(struct parsing *parsing, const struct option *option,
                      const char *glued)
{
    if (option->arg == NULL) {
        if (glued != NULL)
            return fail(parsing->err, ERR_USAGE, "--%s takes no value", option->name);
        return store(option, NULL, parsing->err);
    }
    if (glued == NULL) {
        if (parsing->at + 1 >= parsing->argc)
            return fail(parsing->err, ERR_USAGE, "--%s needs a value: %s", option->name,
                        option->arg);
        glued = parsing->argv[++parsing->at];
    }
    return store(option, glued, parsing->err);
}

static int parse_long(struct parsing *parsing, const char *word)
{
    const char *equals = strchr(word, '=');
    struct slice name =
        equals != NULL ? slice_of(word, (size_t)(equals - word)) : slice(word);
    const struct option *option = find_name(parsing->tables, name);

    if (option == NULL)
        return unknown(parsing, name);
    return take_value(parsing, option, equals != NULL ? equals + 1 : NULL);
}

static int parse_letters(struct parsing *parsing, const char *word)
{
    for (; *word != '\0'; word++) {
        const struct option *option = find_letter(parsing->tables, *word);
        int status;
        if (option == NULL)
            return fail(parsing->err, ERR_USAGE, "no such option: -%c", *word);
        if (option->arg != NULL)
            return take_value(parsing, option, word[1] != '\0' ? word + 1 : NULL);
        status = take_value(parsing, option, NULL);
        if (status != 0)
            return status;
    }
    return 0;
}

int options_parse(const struct options_grammar *grammar, char **argv, int argc,
                  struct args *args, struct error *err)
{
    struct parsing parsing = { grammar->tables, argv, argc, 0, err };
    bool options_end = false;
    int status = 0;

    *args = (struct args){ argv, 0 };
    for (; parsing.at < argc && status == 0; parsing.at++) {
        char *word = argv[parsing.at];
        if (!options_end && strcmp(word, "--") == 0) {
            options_end = true;
        } else if (options_end || word[0] != '-' || word[1] == '\0') {
            args->items[args->count++] = word;
            options_end |= !grammar->anywhere;
        } else if (word[1] == '-') {
            status = parse_long(&parsing, word + 2);
        } else {
            status = parse_letters(&parsing, word + 1);
        }
    }
    return status;
}

void options_help(struct buf *out, const struct option *table)
{
    for (; table->name != NULL; table++) {
        size_t begin = out->size, width;
        if (table->letter != '\0')
            buf_printf(out, "  -%c, --%s", table->letter, table->name);
        else
            buf_printf(out, "      --%s", table->name);
        if (table->arg != NULL)
            buf_printf(out, " %s", table->arg);
        width = out->size - begin;
        if (width + 2 > HELP_COLUMN) {
            buf_printf(out, "\n");
            width = 0;
        }
        buf_printf(out, "%*s%s\n", (int)(HELP_COLUMN - width), "", table->help);
    }
}
