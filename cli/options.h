/* options.h - a command line by a table: parsing, --help and (later) completion come
 * from it.
 *
 * `--name value`, `--name=value`, `-n value`, `-nvalue`; flags may be glued (-qv); `--`
 * ends the options. A command that runs another (submit) stops at its first argument.
 */
#pragma once

#include "lib/base/buf.h"
#include "lib/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_kind {
    OPTION_FLAG,     /* bool */
    OPTION_COUNT,    /* int: how often it was given */
    OPTION_STRING,   /* const char * */
    OPTION_INT,      /* int64_t */
    OPTION_SIZE,     /* int64_t, bytes: "512M" */
    OPTION_DURATION, /* int64_t, ns: "10s" */
    OPTION_LIST,     /* struct option_list: may be given again */
};

enum { OPTION_LIST_MAX = 64 };

struct option_list {
    const char *items[OPTION_LIST_MAX];
    size_t count;
};

struct option {
    enum option_kind kind;
    char letter; /* 0: none */
    const char *name;
    void *value;
    const char *arg; /* "TEXT", for help; NULL for flags */
    const char *help;
};

#define OPT_FLAG(letter, name, value, help)                                            \
    {                                                                                  \
        OPTION_FLAG, letter, name, value, NULL, help                                   \
    }
#define OPT_COUNT(letter, name, value, help)                                           \
    {                                                                                  \
        OPTION_COUNT, letter, name, value, NULL, help                                  \
    }
#define OPT_STRING(letter, name, value, arg, help)                                     \
    {                                                                                  \
        OPTION_STRING, letter, name, value, arg, help                                  \
    }
#define OPT_INT(letter, name, value, arg, help)                                        \
    {                                                                                  \
        OPTION_INT, letter, name, value, arg, help                                     \
    }
#define OPT_SIZE(letter, name, value, arg, help)                                       \
    {                                                                                  \
        OPTION_SIZE, letter, name, value, arg, help                                    \
    }
#define OPT_DURATION(letter, name, value, arg, help)                                   \
    {                                                                                  \
        OPTION_DURATION, letter, name, value, arg, help                                \
    }
#define OPT_LIST(letter, name, value, arg, help)                                       \
    {                                                                                  \
        OPTION_LIST, letter, name, value, arg, help                                    \
    }
#define OPT_END                                                                        \
    {                                                                                  \
        OPTION_FLAG, 0, NULL, NULL, NULL, NULL                                         \
    }

struct args {
    char **items; /* borrowed from argv */
    int count;
};

/* Which options there are (a NULL-terminated array of OPT_END-terminated tables), and
 * whether they may stand behind arguments, too. */
struct options_grammar {
    const struct option *const *tables;
    bool anywhere;
};

/* Parses argv[0..argc); what is no option is moved to the front of argv and left in
 * *args. -ERR_USAGE, with the nearest name of a mistyped option. */
int options_parse(const struct options_grammar *grammar, char **argv, int argc,
                  struct args *args, struct error *err);
/* Appends "  -f, --filter KEY=VALUE   what" lines. */
void options_help(struct buf *out, const struct option *table);
