/* ignore.c - gitignore(5), by recursion on the pattern.
 *
 * A pattern with a slash in it (but at its end) is anchored at its folder; others match
 * a name at any depth below. `*` and `?` stop at slashes, `**` between slashes does
 * not. Patterns come from a file of the user's own, so that the cost of a hostile one
 * (exponential in its stars) is no concern beyond a limit on its length. */
#include "envs/ignore.h"

#include "lib/base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { PATTERN_MAX = 1024 };

struct ignore_rule {
    char *base, *pattern; /* without marks */
    bool takes_in, folders_only, is_anchored;
};

void ignore_init(struct ignore *ignore)
{
    *ignore = (struct ignore){ 0 };
}

void ignore_finish(struct ignore *ignore)
{
    for (size_t i = 0; i < ignore->count; i++) {
        free(ignore->rules[i].base);
        free(ignore->rules[i].pattern);
    }
    free(ignore->rules);
    *ignore = (struct ignore){ 0 };
}

static struct slice trimmed(struct slice line)
{
    while (line.size > 0 &&
           (line.data[line.size - 1] == '\r' || line.data[line.size - 1] == ' ') &&
           (line.size < 2 || line.data[line.size - 2] != '\\'))
        line.size--;
    return line;
}

void ignore_add(struct ignore *ignore, const char *base, struct slice pattern)
{
    struct ignore_rule rule = { 0 };

    pattern = trimmed(pattern);
    if (pattern.size == 0 || pattern.size > PATTERN_MAX || pattern.data[0] == '#')
        return;
    if (pattern.data[0] == '!') {
        rule.takes_in = true;
        pattern = slice_of(pattern.data + 1, pattern.size - 1);
    }
    if (pattern.size > 0 && pattern.data[pattern.size - 1] == '/') {
        rule.folders_only = true;
        pattern.size--;
    }
    rule.is_anchored = memchr(pattern.data, '/', pattern.size) != NULL;
    if (pattern.size > 0 && pattern.data[0] == '/')
        pattern = slice_of(pattern.data + 1, pattern.size - 1);
    if (pattern.size == 0)
        return;
    rule.base = xstrdup(base);
    rule.pattern = xslicedup(pattern);
    ignore->rules = xgrow(ignore->rules, &ignore->capacity, ignore->count + 1,
                          sizeof(*ignore->rules));
    ignore->rules[ignore->count++] = rule;
}

void ignore_add_lines(struct ignore *ignore, const char *base, struct slice text)
{
    while (text.size > 0) {
        const char *end = memchr(text.data, '\n', text.size);
        size_t size = end != NULL ? (size_t)(end - text.data) : text.size;
        ignore_add(ignore, base, slice_of(text.data, size));
        size += end != NULL;
        text = slice_of(text.data + size, text.size - size);
    }
}

/* [abc], [a-z], [!a]: *pattern is behind the '['. False when it does not match; on
 * return *pattern is behind the ']'. */
static bool match_class(const char **pattern, char c)
{
    const char *at = *pattern;
    bool negated = *at == '!' || *at == '^', found = false, first = true;

    at += negated;
    for (; *at != '\0' && (first || *at != ']'); first = false) {
        unsigned char low = (unsigned char)*at++, high = low;
        if (at[0] == '-' && at[1] != '\0' && at[1] != ']') {
            high = (unsigned char)at[1];
            at += 2;
        }
        found |= (unsigned char)c >= low && (unsigned char)c <= high;
    }
    *pattern = *at == ']' ? at + 1 : at;
    return found != negated && c != '/';
}

static bool match(const char *pattern, const char *text);

/* Behind a '*' (or '**', which crosses slashes). */
static bool match_star(const char *pattern, const char *text, bool crosses)
{
    for (;; text++) {
        if (match(pattern, text))
            return true;
        if (*text == '\0' || (*text == '/' && !crosses))
            return false;
    }
}

static bool match(const char *pattern, const char *text)
{
    while (*pattern != '\0') {
        if (strncmp(pattern, "**/", 3) == 0) /* any number of folders, also none */
            return match(pattern + 3, text) || match_star(pattern + 2, text, true);
        if (strcmp(pattern, "**") == 0)
            return *text != '\0';
        if (*pattern == '*')
            return match_star(pattern + 1, text, false);
        if (*text == '\0')
            return false;
        if (*pattern == '[') {
            pattern++;
            if (!match_class(&pattern, *text))
                return false;
        } else {
            if (*pattern == '\\' && pattern[1] != '\0')
                pattern++;
            else if (*pattern == '?' && *text != '/') {
                pattern++;
                text++;
                continue;
            }
            if (*pattern++ != *text)
                return false;
        }
        text++;
    }
    return *text == '\0';
}

/* The path as seen from the folder of the rule; NULL when it is elsewhere. */
static const char *below(const char *base, const char *path)
{
    size_t size = strlen(base);

    if (size == 0)
        return path;
    return strncmp(path, base, size) == 0 && path[size] == '/' ? path + size + 1 : NULL;
}

static bool rule_matches(const struct ignore_rule *rule, const char *path,
                         bool is_folder)
{
    const char *rest = below(rule->base, path), *slash;

    if (rest == NULL || (rule->folders_only && !is_folder))
        return false;
    if (rule->is_anchored)
        return match(rule->pattern, rest);
    slash = strrchr(rest, '/');
    return match(rule->pattern, slash != NULL ? slash + 1 : rest);
}

bool ignore_matches(const struct ignore *ignore, const char *path, bool is_folder)
{
    for (size_t i = ignore->count; i > 0; i--)
        if (rule_matches(&ignore->rules[i - 1], path, is_folder))
            return !ignore->rules[i - 1].takes_in;
    return false;
}
