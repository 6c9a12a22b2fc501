/* tail.h - reading log files over the wire: by offset, from the end, and as they grow.
 *
 * Used by the node (files of its workers) and the head (output of jobs). A read that
 * finds nothing new waits (long poll) when `follow` is set; a file is looked at again
 * every TAIL_POLL_MS while somebody waits for it. Loop thread only. */
#pragma once

#include "lib/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct call;
struct log_read;
struct loop;
struct tails;

enum { TAIL_POLL_MS = 100, TAIL_WAIT_MS = 20000, TAIL_CHUNK = 256 * 1024 };

/* Whether nothing will be written to `path` any more; NULL means never. */
typedef bool tail_is_over(void *arg, const char *path);

struct tails *tails_create(struct loop *loop, tail_is_over *is_over, void *arg);
void tails_destroy(struct tails *tails); /* answers those who wait */
/* Answers `call` (a method that replies log_chunk) with a piece of the file, now or
 * later. */
void tails_read(struct tails *tails, const char *path, const struct log_read *rq,
                struct call *call);
/* The last `lines` lines of a file, at most `size - 1` bytes, terminated. */
void tails_last_lines(const char *path, int lines, char *text, size_t size);
/* Whether `name` is a plain file name: not empty, no '/', no leading '.'. */
bool tails_is_file_name(const char *name);
