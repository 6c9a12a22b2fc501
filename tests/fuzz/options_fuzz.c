/* options_fuzz.c - any command line for any command of rayctl; what is left of it, as a
 * line for the shell.
 *
 * The input's lines are the words. No command is run: its table of options is read
 * against the words. Arguments keep their order and are words that were given; quoted
 * for the shell and read by its rules, they are the same again. */
#include "tests/fuzz/fuzz.h"

#include "cli/command.h"
#include "cli/jobline.h"

enum { WORDS_MAX = 200 };

static void reset(const struct option *table)
{
    for (; table != NULL && table->name != NULL; table++) {
        if (table->kind == OPTION_LIST)
            ((struct option_list *)table->value)->count = 0;
        else if (table->kind == OPTION_COUNT)
            *(int *)table->value = 0;
    }
}

/* One word of a line that quotes as a shell does: plain, '...' and \' alone. */
static const char *next_word(const char *at, char *word)
{
    bool quoted = false;

    for (; *at != '\0' && (quoted || *at != ' '); at++) {
        if (*at == '\'')
            quoted = !quoted;
        else if (*at == '\\' && !quoted)
            *word++ = *++at;
        else
            *word++ = *at;
    }
    *word = '\0';
    MUST(!quoted);
    return *at == ' ' ? at + 1 : at;
}

static void check_line(const struct args *args)
{
    struct arena arena = { 0 };
    struct slice line = jobline_quote(&arena, args);
    char *word = malloc(line.size + 1);
    const char *at = line.data;

    MUST(word != NULL);
    for (int i = 0; i < args->count && args->count > 1; i++) {
        at = next_word(at, word);
        MUST(strcmp(word, args->items[i]) == 0);
    }
    MUST(args->count <= 1 || *at == '\0');
    free(word);
    arena_finish(&arena);
}

static void parse(const struct command *command, char **argv, int argc)
{
    static const struct option none[] = { OPT_END };
    const struct option *tables[] = { command->options ? command->options : none,
                                      context_options, NULL };
    const struct options_grammar grammar = { tables,
                                             (command->needs & RUNS_COMMAND) == 0 };
    struct error err = { 0 };
    struct args args;

    reset(command->options);
    reset(context_options);
    if (options_parse(&grammar, argv, argc, &args, &err) == 0) {
        MUST(args.count >= 0 && args.count <= argc);
        check_line(&args);
    } else {
        MUST(err.code == ERR_USAGE && strlen(err.text) > 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size), *argv[WORDS_MAX + 1];
    const struct command *command;
    struct error err = { 0 };
    int argc = 0, words = 0;

    for (char *at = text; argc < WORDS_MAX && at != NULL;) {
        char *line = strsep(&at, "\n");
        argv[argc++] = line;
    }
    argv[argc] = NULL;
    command = command_find(argv, argc, &words);
    if (command != NULL)
        parse(command, argv + words, argc - words);
    else
        MUST(command_unknown(argv, argc, &err) == -ERR_USAGE && strlen(err.text) > 0);
    free(text);
    return 0;
}
