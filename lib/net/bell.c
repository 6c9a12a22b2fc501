/* bell.c - a futex word or an eventfd, whichever the owner sleeps on.
 *
 * The owner's announcement and the peer's look at the state are both sequentially
 * consistent, as are the publication before it and the owner's last look at the rings (a fence on
 * each side): at least one of them sees the other's step. A peer that finds a sleeper swaps
 * AWAKE in, so that of many peers only one pays for the system call. */
#include "lib/net/bell.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, SEALS = F_SEAL_SHRINK | F_SEAL_GROW };

static int map_page(struct bells *bells, struct error *err)
{
    void *page =
        mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, bells->memfd, 0);

    if (page == MAP_FAILED)
        return fail(err, ERR_IO, "map a bell page: %s", strerror(errno));
    bells->page = page;
    return 0;
}

static void close_both(struct bells *bells)
{
    if (bells->memfd >= 0)
        close(bells->memfd);
    if (bells->eventfd >= 0)
        close(bells->eventfd);
    bells->memfd = bells->eventfd = -1;
}

int bells_create(struct bells *bells, struct error *err)
{
    int status = 0;

    bells->page = NULL;
    bells->memfd = memfd_create("ray-bell", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    bells->eventfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (bells->memfd < 0 || bells->eventfd < 0 || ftruncate(bells->memfd, PAGE) != 0 ||
        fcntl(bells->memfd, F_ADD_SEALS, SEALS) != 0)
        status = fail(err, ERR_IO, "make a bell: %s", strerror(errno));
    if (status == 0)
        status = map_page(bells, err);
    if (status != 0)
        close_both(bells);
    return status;
}

int bells_open(struct bells *bells, int memfd, int event_fd, struct error *err)
{
    struct stat about;
    int status = 0;

    *bells = (struct bells){NULL, memfd, event_fd};
    if (memfd < 0 || event_fd < 0)
        status = fail(err, ERR_PROTOCOL, "a bell came without its descriptors");
    else if ((fcntl(memfd, F_GET_SEALS) & F_SEAL_SHRINK) == 0 || fstat(memfd, &about) != 0 ||
             about.st_size < PAGE)
        status = fail(err, ERR_PROTOCOL, "a bell's memory could shrink under us");
    if (status == 0)
        status = map_page(bells, err);
    if (status != 0)
        close_both(bells);
    return status;
}

void bells_finish(struct bells *bells)
{
    if (bells->page != NULL)
        munmap(bells->page, PAGE);
    bells->page = NULL;
    close_both(bells);
}

static long futex(_Atomic uint32_t *word, int operation, uint32_t value,
                  const struct timespec *timeout)
{
    return syscall(SYS_futex, word, operation, value, timeout, NULL, 0);
}

void bell_ring(struct bell *bell, int event_fd)
{
    uint32_t state;

    atomic_thread_fence(memory_order_seq_cst);
    if (atomic_load_explicit(&bell->state, memory_order_relaxed) == BELL_AWAKE)
        return;
    state = atomic_exchange(&bell->state, BELL_AWAKE);
    if (state == BELL_FUTEX) {
        futex(&bell->state, FUTEX_WAKE, INT32_MAX, NULL);
    } else if (state == BELL_EVENTFD) {
        uint64_t one = 1;
        /* Full (EAGAIN) means readable, which is all that is wanted. */
        if (write(event_fd, &one, sizeof(one)) < 0)
            return;
    }
}

void bell_announce(struct bell *bell, enum bell_state how)
{
    atomic_store(&bell->state, (uint32_t)how);
    atomic_thread_fence(memory_order_seq_cst);
}

void bell_cancel(struct bell *bell)
{
    atomic_store_explicit(&bell->state, BELL_AWAKE, memory_order_relaxed);
}

bool bell_wait(struct bell *bell, int64_t timeout_ns)
{
    struct timespec timeout = {timeout_ns / 1000000000, timeout_ns % 1000000000};

    futex(&bell->state, FUTEX_WAIT, BELL_FUTEX, timeout_ns >= 0 ? &timeout : NULL);
    return atomic_exchange(&bell->state, BELL_AWAKE) == BELL_AWAKE;
}
