/* fuzz.h - what every target of tests/fuzz is made of.
 *
 * A target is one file, <parser>_fuzz.c, with LLVMFuzzerTestOneInput(): libFuzzer (of
 * clang) calls it with bytes of its making, run.sh calls it with those in
 * corpus/<parser>/, too. It gives them to the parser and checks what must hold of the
 * answer; a rule that is broken ends the process, as a bad access does. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* As assert(), for rules about what a parser made of the input. */
#define MUST(rule)                                                                     \
    do {                                                                               \
        if (!(rule)) {                                                                 \
            fprintf(stderr, "%s:%d: broken rule: %s\n", __FILE__, __LINE__, #rule);    \
            abort();                                                                   \
        }                                                                              \
    } while (0)

/* The input as a file without a name, for parsers that want a path; its descriptor. */
static inline int fuzz_file(const uint8_t *data, size_t size, char path[64])
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);

    MUST(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, 64, "/proc/self/fd/%d", fd);
    return fd;
}

/* The input as a terminated string, which the caller frees. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    MUST(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

/* Takes a number of `size` bytes (at most 8) from the front of the input; what is not
 * there is zero. */
static inline uint64_t fuzz_take(const uint8_t **data, size_t *size, size_t bytes)
{
    uint64_t value = 0;

    for (; bytes > 0; bytes--) {
        value = value << 8 | (*size > 0 ? **data : 0);
        *data += *size > 0;
        *size -= *size > 0;
    }
    return value;
}
