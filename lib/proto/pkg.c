/* pkg.c - names that are also names of files: nothing else may pass. */
#include "lib/proto/pkg.h"

#include "lib/base/digest.h"

#include <string.h>

static const char scheme[] = "pkg:";

static bool is_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool pkg_is_name(struct slice name)
{
    const size_t digits = DIGEST_HEX_MAX - 1;
    struct slice ending;

    if (name.size <= digits)
        return false;
    for (size_t i = 0; i < digits; i++)
        if (!is_digit(name.data[i]))
            return false;
    ending = slice_of(name.data + digits, name.size - digits);
    return slice_is(ending, ".tar.zst") || slice_is(ending, ".zip");
}

bool pkg_is_uri(struct slice text)
{
    return slice_starts(text, slice(scheme)) && pkg_is_name(pkg_name_of(text));
}

struct slice pkg_name_of(struct slice uri)
{
    return slice_of(uri.data + strlen(scheme), uri.size - strlen(scheme));
}
