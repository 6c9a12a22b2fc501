/* bell.c - announce, look again, sleep; publish, look at the bell, wake.
 *
 * No wake-up is lost because the owner stores its state and then loads the rings, the
 * peer stores a record and then loads the state, and a sequentially consistent fence
 * stands between the two steps at both ends: at least one of them sees the other's
 * store. The futex closes the rest: FUTEX_WAIT compares the state inside the kernel,
 * and whoever rings changes it first. The one that changes it (exchange) pays for the
 * system call, all others see AWAKE.
 *
 * Two cases are left to time. A peer killed between its exchange and its system call
 * has used up the ring of the bell: bell_wait() sleeps NAP_NS at most, so that it
 * cannot last. (An event loop learns of the peer's end from its node, and looks at its
 * rings then.) And a wake-up may come late, for a sleep that is over: it ends the next
 * one early.
 *
 * What a peer can do: write any state (unknown ones count as AWAKE for those who ring,
 * and keep bell_wait from sleeping), ring without need. Its eventfd is checked when it
 * is opened: a pipe would bring SIGPIPE, a blocking one would let us hang. A peer that
 * makes it blocking later, and full, can still hang us: the flag belongs to it as well.
 *
 * GCC's ThreadSanitizer does not know fences. In its builds both ends use a
 * read-modify-write of the state instead; its order on one variable does the same. It
 * is not used always: all who ring would fight for the line that they now share. */
#include "lib/net/bell.h"

#include "lib/base/clock.h"
#include "lib/net/ring.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__SANITIZE_THREAD__)
#define HAVE_FENCE 0
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HAVE_FENCE 0
#endif
#endif
#ifndef HAVE_FENCE
#define HAVE_FENCE 1
#endif

#define NAP_NS (5 * NS_PER_S)

_Static_assert(sizeof(_Atomic uint32_t) == 4, "a futex word has 32 bits");

int bells_create(struct bells *bells, struct error *err)
{
    int memfd = ring_memfd_create("ray-bells", sizeof(struct bell_page), err);
    int event;

    *bells = (struct bells){ NULL, -1, -1 };
    if (memfd < 0)
        return memfd;
    event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (event < 0) {
        close(memfd);
        return fail(err, ERR_IO, "eventfd: %s", strerror(errno));
    }
    return bells_open(bells, memfd, event, err);
}

static int check_eventfd(int fd, struct error *err)
{
    static const char wanted[] = "anon_inode:[eventfd]";
    char path[64], target[64];
    ssize_t size;
    int flags = fcntl(fd, F_GETFL);

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    size = readlink(path, target, sizeof(target));
    if (flags < 0 || size < 0)
        return fail(err, ERR_IO, "look at eventfd: %s", strerror(errno));
    if (!slice_equal(slice_of(target, (size_t)size), slice(wanted)))
        return fail(err, ERR_PROTOCOL, "descriptor of a bell is no eventfd");
    if ((flags & O_NONBLOCK) == 0)
        return fail(err, ERR_PROTOCOL, "eventfd of a bell blocks");
    return 0;
}

int bells_open(struct bells *bells, int memfd, int eventfd, struct error *err)
{
    void *mapping;
    int status = check_eventfd(eventfd, err);

    *bells = (struct bells){ NULL, -1, -1 };
    if (status == 0)
        status = ring_memfd_map(memfd, sizeof(struct bell_page), &mapping, err);
    if (status != 0) {
        close(memfd);
        close(eventfd);
        return status;
    }
    *bells = (struct bells){ mapping, memfd, eventfd };
    return 0;
}

void bells_finish(struct bells *bells)
{
    if (bells->page != NULL) {
        munmap(bells->page, sizeof(*bells->page));
        close(bells->memfd);
        close(bells->eventfd);
    }
    *bells = (struct bells){ NULL, -1, -1 };
}

/* The state, read after everything that this thread has published. */
static uint32_t look(struct bell *bell)
{
#if HAVE_FENCE
    atomic_thread_fence(memory_order_seq_cst);
    return atomic_load_explicit(&bell->state, memory_order_relaxed);
#else
    return atomic_fetch_or(&bell->state, 0);
#endif
}

void bell_ring(struct bell *bell, int eventfd)
{
    const uint64_t one = 1;
    uint32_t was;

    if (look(bell) == BELL_AWAKE)
        return;
    was = atomic_exchange(&bell->state, BELL_AWAKE);
    if (was == BELL_FUTEX) {
        /* All of them: another peer that sleeps on this word must not eat the wake-up.
         */
        syscall(SYS_futex, &bell->state, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
    } else if (was == BELL_EVENTFD) {
        /* Fails only when the counter is full: then it is readable already. */
        while (write(eventfd, &one, sizeof(one)) < 0 && errno == EINTR)
            ;
    }
}

void bell_announce(struct bell *bell, enum bell_state how)
{
    /* An exchange, not a store, for the builds without fences. */
    atomic_exchange(&bell->state, (uint32_t)how);
#if HAVE_FENCE
    atomic_thread_fence(memory_order_seq_cst);
#endif
}

void bell_cancel(struct bell *bell)
{
    atomic_store_explicit(&bell->state, BELL_AWAKE, memory_order_relaxed);
}

bool bell_wait(struct bell *bell, int64_t timeout_ns)
{
    int64_t nap = timeout_ns < 0 || timeout_ns > NAP_NS ? NAP_NS : timeout_ns;
    struct timespec timeout = { nap / NS_PER_S, nap % NS_PER_S };

    /* All its errors mean "not asleep": rung before, time is over, a signal. */
    syscall(SYS_futex, &bell->state, FUTEX_WAIT, BELL_FUTEX, &timeout, NULL, 0);
    return atomic_exchange(&bell->state, BELL_AWAKE) == BELL_AWAKE;
}
