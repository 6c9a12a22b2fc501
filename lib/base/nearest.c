/* nearest.c - optimal string alignment with three rows (Boytsov 2011, "restricted edit
 * distance"). */
#include "lib/base/nearest.h"

#include <ctype.h>
#include <stdint.h>

enum { WORD_MAX = 64 };

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static size_t distance(struct slice a, struct slice b)
{
    size_t rows[3][WORD_MAX + 1];

    for (size_t j = 0; j <= b.size; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a.size; i++) {
        size_t *row = rows[i % 3], *before = rows[(i + 2) % 3],
               *two = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b.size; j++) {
            size_t cost = same(a.data[i - 1], b.data[j - 1]) ? 0 : 1;
            row[j] =
                smaller(smaller(before[j] + 1, row[j - 1] + 1), before[j - 1] + cost);
            if (i > 1 && j > 1 && same(a.data[i - 1], b.data[j - 2]) &&
                same(a.data[i - 2], b.data[j - 1]))
                row[j] = smaller(row[j], two[j - 2] + 1);
        }
    }
    return rows[a.size % 3][b.size];
}

static bool begins(struct slice name, struct slice word)
{
    for (size_t i = 0; i < word.size; i++)
        if (i >= name.size || !same(name.data[i], word.data[i]))
            return false;
    return word.size > 0;
}

const char *nearest(struct slice word, const char *const *names, size_t count)
{
    const char *best = NULL, *prefixed = NULL;
    size_t least = SIZE_MAX, prefixes = 0;

    if (word.size > WORD_MAX)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        struct slice name = slice(names[i]);
        size_t longer = name.size > word.size ? name.size : word.size, d;
        if (begins(name, word)) {
            prefixed = names[i];
            prefixes++;
        }
        if (name.size > WORD_MAX)
            continue;
        d = distance(word, name);
        if (d < least && d <= (longer + 2) / 3) {
            least = d;
            best = names[i];
        }
    }
    return prefixes == 1 ? prefixed : best;
}
