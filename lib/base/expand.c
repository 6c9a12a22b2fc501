/* expand.c - one pass over the text. */
#include "lib/base/expand.h"

#include "lib/base/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* The length of "${NAME}" at the beginning of `text`, 0 when there is none. */
static size_t reference(struct slice text)
{
    size_t end = 2;

    if (!slice_starts(text, slice("${")))
        return 0;
    while (end < text.size &&
           (isalnum((unsigned char)text.data[end]) || text.data[end] == '_'))
        end++;
    return end > 2 && end < text.size && text.data[end] == '}' ? end + 1 : 0;
}

static void append_value(struct buf *out, struct slice name, expand_value *value)
{
    char *terminated = xslicedup(name);
    const char *found = value(terminated);

    if (found != NULL)
        buf_append(out, found, strlen(found));
    free(terminated);
}

void expand_append(struct buf *out, struct slice text, expand_value *value)
{
    for (size_t i = 0; i < text.size;) {
        size_t size = reference(slice_of(text.data + i, text.size - i));
        if (size > 0) {
            append_value(out, slice_of(text.data + i + 2, size - 3), value);
            i += size;
        } else {
            buf_append(out, text.data + i++, 1);
        }
    }
}
