/* limits.c - round trips between two processes, and what the C library does.
 *
 * The other process sleeps in the kernel between two turns, as a worker does that has
 * nothing to do. It is killed with its parent (PR_SET_PDEATHSIG). */
#include "limits.h"

#include "measure.h"

#include <linux/futex.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { BATCH = 1000, MESSAGE = 64 };

/* Turns count up: odd ones are the other process's. */
struct pair {
    _Atomic uint32_t turn;
    char there[BATCH][MESSAGE];
    char back[BATCH][MESSAGE];
};

static struct pair *pair_create(void)
{
    struct pair *pair = mmap(NULL, sizeof(*pair), PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    measure_must(pair != MAP_FAILED, "mmap", NULL);
    return pair;
}

/* In the parent false, in the child true. */
static bool fork_other(void)
{
    pid_t pid = fork();

    measure_must(pid >= 0, "fork", NULL);
    if (pid == 0)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    return pid == 0;
}

/* Hands the turn over. */
static void pass(struct pair *pair)
{
    atomic_fetch_add(&pair->turn, 1);
    syscall(SYS_futex, &pair->turn, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void await(struct pair *pair, uint32_t parity)
{
    uint32_t turn;

    while (((turn = atomic_load(&pair->turn)) & 1) != parity)
        syscall(SYS_futex, &pair->turn, FUTEX_WAIT, turn, NULL, NULL, 0);
}

static void answer_turns(struct pair *pair, size_t messages)
{
    for (;;) {
        await(pair, 1);
        for (size_t i = 0; i < messages; i++)
            memcpy(pair->back[i], pair->there[i], MESSAGE);
        pass(pair);
    }
}

void limits_futex(int count)
{
    static struct pair *pair;

    if (!pair) {
        pair = pair_create();
        if (fork_other())
            answer_turns(pair, 0);
    }
    for (int i = 0; i < count; i++) {
        pass(pair);
        await(pair, 0);
    }
}

void limits_messages(int count)
{
    static struct pair *pair;
    uint64_t sum = 0;

    if (!pair) {
        pair = pair_create();
        if (fork_other())
            answer_turns(pair, BATCH);
    }
    for (int done = 0; done < count; done += BATCH) {
        for (int i = 0; i < BATCH; i++)
            memset(pair->there[i], i, MESSAGE);
        pass(pair);
        await(pair, 0);
        for (int i = 0; i < BATCH; i++)
            sum += (unsigned char)pair->back[i][MESSAGE - 1];
    }
    measure_must(sum > 0, "messages", NULL);
}

void limits_socket(int count)
{
    static int ends[2];
    char byte = 1;

    if (ends[0] == 0) {
        measure_must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair",
                     NULL);
        if (fork_other())
            while (read(ends[1], &byte, 1) == 1 && write(ends[1], &byte, 1) == 1)
                continue;
    }
    for (int i = 0; i < count; i++)
        measure_must(write(ends[0], &byte, 1) == 1 && read(ends[0], &byte, 1) == 1,
                     "socket", NULL);
}

void limits_spawn(int count)
{
    static char name[] = "true";
    char *argv[] = { name, NULL };

    for (int i = 0; i < count; i++)
        measure_spawn(argv);
}

void limits_malloc(int count)
{
    for (int64_t i = 0; i < count; i++) {
        int64_t *bytes = malloc(sizeof(*bytes));
        measure_must(bytes != NULL, "malloc", NULL);
        memcpy(bytes, &i, sizeof(i));
        __asm__ volatile("" : : "r"(bytes) : "memory");
        free(bytes);
    }
}
