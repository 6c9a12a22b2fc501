/* fdpass.h - one write and one read of a socket, with descriptors (SCM_RIGHTS). */
#pragma once

#include "lib/base/buf.h"
#include "lib/base/error.h"
#include "lib/base/slice.h"

#include <stdbool.h>
#include <sys/types.h>

enum { FDPASS_SEND_MAX = 4, FDPASS_RECEIVED_MAX = 64 };

/* Descriptors that came and that nobody has claimed yet; owned. */
struct fdpass {
    int fds[FDPASS_RECEIVED_MAX];
    int count;
};

/* Writes what the socket takes of `bytes`; `count` descriptors travel with the first
 * byte. The number of bytes, or -1 with errno. Does not block. */
ssize_t fdpass_send(int fd, struct slice bytes, const int *fds, int count);
/* Appends up to `most` bytes to `in`, and keeps the descriptors. The number of bytes, 0
 * at the end of the stream, -1 with errno (EMFILE: more descriptors than fit). Does not
 * block. */
ssize_t fdpass_receive(int fd, struct buf *in, size_t most, struct fdpass *received);
/* The oldest one, now the caller's; -1 when there is none. */
int fdpass_take(struct fdpass *received);
/* Closes the oldest ones until `most` are left. */
void fdpass_drop(struct fdpass *received, int most);
/* Closes what nobody has claimed. */
void fdpass_finish(struct fdpass *received);
/* Why `what` could not be done without another descriptor: -ERR_FULL. */
int fdpass_explain(const char *what, struct error *err);
