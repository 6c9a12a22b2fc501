/* huge_main.c - a driver whose workers are on another machine: an object of 1 GB goes
 * there, and one comes back. Both are compared byte by byte, as sums of all words. */
#include "checks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HUGE_BYTES = 1000 * 1000 * 1000, WAIT_MS = 120000 };

/* Of words that differ everywhere, so that a piece in the wrong place shows. */
static uint64_t sum_of(const void *data, size_t size)
{
    uint64_t sum = 0, word;

    for (size_t at = 0; at + sizeof(word) <= size; at += sizeof(word)) {
        memcpy(&word, (const char *)data + at, sizeof(word));
        sum = sum * 1099511628211U + word;
    }
    return sum;
}

static struct ray_ref *put_words(uint64_t *sum)
{
    uint64_t *words = malloc(HUGE_BYTES);
    struct ray_error err = { 0 };
    struct ray_ref *ref = NULL;

    for (size_t i = 0; words != NULL && i < HUGE_BYTES / sizeof(*words); i++)
        words[i] = i * 0x9e3779b97f4a7c15U;
    if (words != NULL) {
        *sum = sum_of(words, HUGE_BYTES);
        ref = ray_put(ray_bytes(words, HUGE_BYTES), &err);
    }
    free(words);
    check(ref != NULL, "put: %s", ref != NULL ? "done" : err.text);
    return ref;
}

int main(void)
{
    struct ray_value value = ray_none();
    struct ray_ref *there, *back;
    struct ray_error err = { 0 };
    uint64_t sum = 0;
    int status;

    checks_begin(1);
    there = put_words(&sum);
    back =
        there != NULL ? ray_remote("echo", RAY_ARGS(ray_ref(there)), NULL, &err) : NULL;
    status = back != NULL ? ray_get(back, &value, WAIT_MS, &err) : -1;
    check(status == 0, "there and back: %s", status == 0 ? "done" : err.text);
    check(status == 0 && value.type == RAY_BYTES && value.as.bytes.size == HUGE_BYTES,
          "all bytes are back");
    check(status == 0 && value.type == RAY_BYTES &&
              sum_of(value.as.bytes.data, value.as.bytes.size) == sum,
          "they are the same");
    ray_release(back);
    ray_release(there);
    return checks_end();
}
