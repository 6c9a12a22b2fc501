/* harness.h - what a test includes, instead of cmocka.h and the headers that it wants
 * first.
 *
 * A test program runs in a private folder (TMPDIR), which is deleted afterwards
 * together with the processes that it left behind. Nothing here sleeps for a fixed
 * time. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
/* cmocka's word for failing a test is ours for filling a struct error. */
#undef fail
#undef fail_msg
#define fail_msg(...)                                                                  \
    do {                                                                               \
        print_error(__VA_ARGS__);                                                      \
        print_error("\n");                                                             \
        _fail(__FILE__, __LINE__);                                                     \
    } while (0)

/* The private folder, without a slash at the end. */
const char *harness_dir(void);

/* Asks `is_done` again and again until it says true, then returns true; false once `ms`
 * milliseconds have passed. */
bool harness_wait(bool (*is_done)(void *arg), void *arg, int ms);

/* `text` is what the file golden/<name>.txt beside the source `test` (__FILE__) says.
 * With GOLDEN_WRITE=1 in the environment the file is written instead: look at the
 * difference before you keep it. */
void harness_golden(const char *test, const char *name, const char *text);

/* `call` returned 0; otherwise the test fails with the text of `err` (struct error *).
 */
#define assert_ok(call, err)                                                           \
    do {                                                                               \
        if ((call) != 0)                                                               \
            fail_msg("%s: %s", #call, (err)->text);                                    \
    } while (0)
