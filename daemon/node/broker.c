/* broker.c - one memfd, two ends: who asks gets side 0 with the reply, the other side 1
 * by a note. */
#include "daemon/node/broker.h"

#include "lib/net/ring.h"
#include "lib/net/stubs.h"

#include <fcntl.h>

static int dup_fd(int fd)
{
    return fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
}

int broker_channel(const struct broker_end *asker, const struct broker_end *target,
                   struct call *call, struct error *err)
{
    struct channel_opened note = { .peer = asker->id,
                                   .peer_pid = asker->pid,
                                   .side = 1 };
    struct channel_opened reply = { .peer = target->id, .peer_pid = target->pid };
    int ring = channel_memory_create(err);
    const int fds[3] = { ring, asker->memfd, asker->eventfd };
    const struct call_options options = { .fds = fds, .fds_count = 3 };

    if (ring < 0)
        return ring;
    note_client_channel(target->peer, &note, &options);
    call_give_fd(call, ring);
    call_give_fd(call, dup_fd(target->memfd));
    call_give_fd(call, dup_fd(target->eventfd));
    call_reply(call, &reply);
    return 0;
}
