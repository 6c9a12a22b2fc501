/* fdpass.c - sendmsg(2) and recvmsg(2). */
#include "lib/net/fdpass.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

ssize_t fdpass_send(int fd, struct slice bytes, const int *fds, int count)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(FDPASS_SEND_MAX * sizeof(int))];
    } control;
    struct iovec part = { (void *)(uintptr_t)bytes.data, bytes.size };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    ssize_t sent;

    if (count > 0) {
        size_t size = (size_t)count * sizeof(int);
        memset(&control, 0, sizeof(control));
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(size);
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(size);
        memcpy(CMSG_DATA(&control.header), fds, size);
    }
    do
        sent = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    return sent;
}

static bool keep(struct fdpass *received, struct msghdr *message)
{
    bool fits = true;

    for (struct cmsghdr *at = CMSG_FIRSTHDR(message); at != NULL;
         at = CMSG_NXTHDR(message, at)) {
        size_t count = (at->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        if (at->cmsg_level != SOL_SOCKET || at->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(at) + i * sizeof(int), sizeof(int));
            if (received->count < FDPASS_RECEIVED_MAX) {
                received->fds[received->count++] = fd;
            } else {
                close(fd);
                fits = false;
            }
        }
    }
    return fits && (message->msg_flags & MSG_CTRUNC) == 0;
}

ssize_t fdpass_receive(int fd, struct buf *in, size_t most, struct fdpass *received)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(FDPASS_RECEIVED_MAX * sizeof(int))];
    } control;
    struct iovec bytes;
    struct msghdr message = { .msg_iov = &bytes,
                              .msg_iovlen = 1,
                              .msg_control = &control,
                              .msg_controllen = sizeof(control) };
    ssize_t got;

    buf_reserve(in, most); /* no ceiling of its own */
    bytes.iov_base = in->data + in->size;
    bytes.iov_len = in->capacity - in->size;
    do
        got = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got > 0) {
        in->size += (size_t)got;
        if (!keep(received, &message)) {
            errno = EMFILE;
            return -1;
        }
    }
    return got;
}

int fdpass_take(struct fdpass *received)
{
    int fd;

    if (received->count == 0)
        return -1;
    fd = received->fds[0];
    received->count--;
    memmove(received->fds, received->fds + 1, (size_t)received->count * sizeof(int));
    return fd;
}

void fdpass_drop(struct fdpass *received, int most)
{
    while (received->count > most)
        close(fdpass_take(received));
}

void fdpass_finish(struct fdpass *received)
{
    fdpass_drop(received, 0);
}

int fdpass_explain(const char *what, struct error *err)
{
    struct rlimit files = { 0 };

    (void)getrlimit(RLIMIT_NOFILE, &files); /* cannot fail for a limit that exists */
    return fail(err, ERR_FULL,
                "%s: process %lld has no file descriptor left of its %llu: raise the "
                "limit (ulimit -n)",
                what, (long long)getpid(), (unsigned long long)files.rlim_cur);
}
