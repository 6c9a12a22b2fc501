/* manual.c - sections in the order of mdoc(7); text is filled, since a line of mdoc is
 * short and begins with a new sentence. */
#include "cli/manual.h"

#include "cli/command.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { LINE_MAX_HERE = 78, NAME_SIZE = 64 };

#define REVISED "November 27, 2026"

/* Whether a line breaks in front of the next word: it is full, or a sentence ends. */
static bool breaks(size_t column, size_t size, char last, char first)
{
    return column + 1 + size > LINE_MAX_HERE ||
           (last == '.' && isupper((unsigned char)first));
}

/* A word that mdoc would take for a request or an escape is made plain. */
static void add_word(struct buf *out, const char *word, size_t size, bool begins)
{
    if (begins && (word[0] == '.' || word[0] == '\''))
        buf_printf(out, "\\&");
    for (size_t i = 0; i < size; i++)
        buf_printf(out, word[i] == '\\' ? "\\e" : "%c", word[i]);
}

static void add_text(struct buf *out, const char *text)
{
    size_t column = 0;
    char last = ' ';

    while (*text != '\0') {
        size_t size = strcspn(text, " ");
        bool begins = column == 0 || breaks(column, size, last, text[0]);
        if (column > 0)
            buf_printf(out, begins ? "\n" : " ");
        add_word(out, text, size, begins);
        column = begins ? size : column + 1 + size;
        last = text[size - 1];
        text += size;
        text += strspn(text, " ");
    }
    buf_printf(out, "\n");
}

/* Names of arguments, each in brackets when it may be left out. */
static void add_arguments(struct buf *out, const char *args)
{
    while (args != NULL && *args != '\0') {
        size_t size = strcspn(args, " ");
        bool is_optional = args[0] == '[';
        size_t skip = is_optional ? 1 : 0, end = size;
        if (size == 2 && memcmp(args, "--", 2) == 0) {
            buf_printf(out, ".Fl -\n");
        } else {
            end -= is_optional && args[size - 1] == ']';
            buf_printf(out, ".%sAr %.*s\n", is_optional ? "Op " : "", (int)(end - skip),
                       args + skip);
        }
        args += size + strspn(args + size, " ");
    }
}

static void add_option(struct buf *out, const struct option *option)
{
    buf_printf(out, ".It");
    if (option->letter != '\0')
        buf_printf(out, " Fl %c ,", option->letter);
    buf_printf(out, " Fl -%s", option->name);
    if (option->arg != NULL)
        buf_printf(out, " Ar %s", option->arg);
    buf_printf(out, "\n");
    add_text(out, option->help);
}

static void add_options(struct buf *out, const char *title, const struct option *table)
{
    if (table == NULL)
        return;
    buf_printf(out, ".Pp\n%s\n.Bl -tag -width Ds\n", title);
    for (; table->name != NULL; table++)
        add_option(out, table);
    buf_printf(out, ".El\n");
}

/* "job list" as its page is called: "job-list". */
static const char *page_name(const struct command *command, char name[NAME_SIZE])
{
    snprintf(name, NAME_SIZE, "%s", command->name);
    for (char *at = name; *at != '\0'; at++)
        if (*at == ' ')
            *at = '-';
    return name;
}

static void add_begin(struct buf *out, const char *page, const char *name,
                      const char *summary)
{
    const char *dash = page[0] != '\0' ? "-" : "";

    buf_printf(out, ".Dd " REVISED "\n.Dt RAYCTL%s", dash);
    for (const char *at = page; *at != '\0'; at++)
        buf_printf(out, "%c", toupper((unsigned char)*at));
    buf_printf(out, " 1\n.Os\n.Sh NAME\n.Nm rayctl%s%s\n.Nd ", dash, page);
    add_text(out, summary);
    buf_printf(out, ".Sh SYNOPSIS\n.Nm rayctl%s%s\n", name[0] != '\0' ? " " : "", name);
}

/* What of the prose is before its first section; the rest stays in *prose. */
static struct slice take_description(struct slice *prose)
{
    struct slice all = *prose;
    const char *at = all.size >= 4 && memcmp(all.data, ".Sh ", 4) == 0
                         ? all.data
                         : memmem(all.data, all.size, "\n.Sh ", 5);
    size_t size = at == NULL       ? all.size
                  : at == all.data ? 0
                                   : (size_t)(at + 1 - (const char *)all.data);

    *prose = slice_of(all.data + size, all.size - size);
    return slice_of(all.data, size);
}

static void add_example(struct buf *out, const struct command *command)
{
    buf_printf(out, ".Sh EXAMPLES\n.Bd -literal -offset indent\n");
    for (const char *at = command->example; *at != '\0'; at++)
        buf_printf(out, *at == '-' ? "\\-" : *at == '\\' ? "\\e" : "%c", *at);
    buf_printf(out, "\n.Ed\n.Sh SEE ALSO\n.Xr rayctl 1\n");
}

static void add_commands(struct buf *out)
{
    char name[NAME_SIZE];

    buf_printf(out, ".Sh COMMANDS\n.Bl -tag -width Ds\n");
    for (size_t i = 0; commands[i] != NULL; i++) {
        buf_printf(out, ".It Xr rayctl-%s 1\n", page_name(commands[i], name));
        add_text(out, commands[i]->summary);
    }
    buf_printf(out, ".El\n");
}

void manual_page(struct buf *out, const struct command *command, struct slice prose)
{
    struct slice description = take_description(&prose);
    char name[NAME_SIZE];

    if (command == NULL) {
        add_begin(out, "", "",
                  "clusters of tasks, actors and objects from the terminal");
        buf_printf(out, ".Ar command\n.Op Ar options\n.Op Ar arguments\n");
    } else {
        add_begin(out, page_name(command, name), command->name, command->summary);
        buf_printf(out, ".Op Ar options\n");
        add_arguments(out, command->args);
    }
    buf_printf(out, ".Sh DESCRIPTION\n%.*s", SLICE_ARGS(description));
    if (command == NULL)
        add_commands(out);
    else
        add_options(out, "The options:", command->options);
    add_options(out,
                command != NULL ? "Of every command:" : "Options of every command:",
                context_options);
    buf_append(out, prose.data, prose.size);
    if (command != NULL)
        add_example(out, command);
}
