/* bell_test.c - sleeping and being woken, and bells of peers that cheat. */
#include "tests/harness.h"

#include "lib/base/clock.h"
#include "lib/net/bell.h"
#include "lib/net/ring.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

enum { ROUNDS = 20000, PATIENCE_MS = 20000 };

static int open_bells(void **state)
{
    static struct bells bells;
    struct error err;

    assert_ok(bells_create(&bells, &err), &err);
    *state = &bells;
    return 0;
}

static int close_bells(void **state)
{
    bells_finish(*state);
    bells_finish(*state); /* harmless */
    return 0;
}

static bool is_readable(int fd)
{
    struct pollfd poll_fd = { fd, POLLIN, 0 };

    return poll(&poll_fd, 1, 0) == 1;
}

static void those_awake_are_left_alone(void **state)
{
    struct bells *bells = *state;

    assert_int_equal(bells->page->work.state, BELL_AWAKE);
    assert_int_equal(bells->page->reply.state, BELL_AWAKE);
    bell_ring(&bells->page->work, bells->eventfd);
    assert_false(is_readable(bells->eventfd));
    bells->page->work.state = 12345; /* a peer wrote it */
    bell_ring(&bells->page->work, bells->eventfd);
    assert_false(is_readable(bells->eventfd));
    assert_int_equal(bells->page->work.state, BELL_AWAKE);
}

static void a_loop_is_woken_once(void **state)
{
    struct bells *bells = *state;
    uint64_t rung = 0;

    bell_announce(&bells->page->work, BELL_EVENTFD);
    assert_false(is_readable(bells->eventfd));
    for (int i = 0; i < 3; i++)
        bell_ring(&bells->page->work, bells->eventfd);
    assert_int_equal(read(bells->eventfd, &rung, sizeof(rung)), sizeof(rung));
    assert_int_equal(rung, 1); /* the others found it awake */
    assert_int_equal(bells->page->reply.state, BELL_AWAKE);
}

static void a_cancelled_sleep_needs_no_waking(void **state)
{
    struct bells *bells = *state;

    bell_announce(&bells->page->reply, BELL_EVENTFD);
    bell_cancel(&bells->page->reply);
    bell_ring(&bells->page->reply, bells->eventfd);
    assert_false(is_readable(bells->eventfd));
}

static void a_full_counter_does_not_block(void **state)
{
    struct bells *bells = *state;
    const uint64_t most = UINT64_MAX - 1;

    assert_int_equal(write(bells->eventfd, &most, sizeof(most)), sizeof(most));
    bell_announce(&bells->page->work, BELL_EVENTFD);
    bell_ring(&bells->page->work, bells->eventfd);
    assert_true(is_readable(bells->eventfd));
}

static void waiting_ends_in_time(void **state)
{
    struct bells *bells = *state;
    int64_t began = clock_now();

    bell_announce(&bells->page->work, BELL_FUTEX);
    assert_false(bell_wait(&bells->page->work, 20 * NS_PER_MS));
    assert_true(clock_now() - began >= 20 * NS_PER_MS);
    assert_int_equal(bells->page->work.state, BELL_AWAKE);
    /* Rung between the announcement and the wait: it does not sleep at all. */
    bell_announce(&bells->page->work, BELL_FUTEX);
    bell_ring(&bells->page->work, bells->eventfd);
    assert_true(bell_wait(&bells->page->work, -1));
}

struct game {
    struct bells *bells;
    int64_t deadline; /* of the whole game */
    _Atomic uint32_t ball;
    _Atomic bool is_lost;
};

static bool await(struct game *game, struct bell *bell, uint32_t ball)
{
    while (game->ball != ball) {
        if (clock_now() > game->deadline)
            return false;
        bell_announce(bell, BELL_FUTEX);
        if (game->ball == ball)
            bell_cancel(bell);
        else
            bell_wait(bell, -1);
    }
    return true;
}

static void *play(void *arg)
{
    struct game *game = arg;
    struct bell *mine = &game->bells->page->reply, *theirs = &game->bells->page->work;

    for (uint32_t i = 0; i < ROUNDS && !game->is_lost; i++) {
        game->is_lost = !await(game, mine, 2 * i + 1);
        game->ball = 2 * i + 2;
        bell_ring(theirs, game->bells->eventfd);
    }
    return NULL;
}

/* Two threads pass a ball; a wake-up that is lost costs a nap of seconds, and thousands
 * of them more than the patience there is. */
static void no_wake_up_is_lost(void **state)
{
    struct game game = { .bells = *state,
                         .deadline = clock_now() + PATIENCE_MS * NS_PER_MS };
    struct bell *mine = &game.bells->page->work, *theirs = &game.bells->page->reply;
    pthread_t thread;
    bool is_lost = false;

    assert_int_equal(pthread_create(&thread, NULL, play, &game), 0);
    for (uint32_t i = 0; i < ROUNDS && !is_lost; i++) {
        game.ball = 2 * i + 1;
        bell_ring(theirs, game.bells->eventfd);
        is_lost = !await(&game, mine, 2 * i + 2);
    }
    pthread_join(thread, NULL);
    assert_false(is_lost);
    assert_false(game.is_lost);
}

static void a_peer_shares_the_page(void **state)
{
    struct bells *bells = *state, there;
    struct error err;

    assert_ok(bells_open(&there, dup(bells->memfd), dup(bells->eventfd), &err), &err);
    assert_ptr_not_equal(there.page, bells->page);
    bell_announce(&bells->page->work, BELL_EVENTFD);
    bell_ring(&there.page->work, there.eventfd);
    assert_true(is_readable(bells->eventfd));
    assert_int_equal(bells->page->work.state, BELL_AWAKE);
    bells_finish(&there);
}

/* Refused, and both descriptors are closed. */
static void assert_refused(int memfd, int event)
{
    struct bells bells;
    struct error err;

    assert_true(memfd >= 0 && event >= 0);
    assert_true(bells_open(&bells, memfd, event, &err) < 0);
    assert_null(bells.page);
    assert_int_equal(fcntl(memfd, F_GETFD), -1);
    assert_int_equal(fcntl(event, F_GETFD), -1);
    bells_finish(&bells);
}

static void cheating_peers_are_refused(void **state)
{
    struct bells *bells = *state;
    int bare = memfd_create("bare", MFD_CLOEXEC), pipes[2];
    struct error err;

    /* no seals; another size; no memory at all */
    assert_int_equal(ftruncate(bare, sizeof(struct bell_page)), 0);
    assert_refused(bare, dup(bells->eventfd));
    assert_refused(ring_memfd_create("less", sizeof(struct bell_page) - 64, &err),
                   dup(bells->eventfd));
    assert_refused(open("/dev/zero", O_RDWR | O_CLOEXEC), dup(bells->eventfd));
    /* an eventfd that blocks; a pipe */
    assert_refused(dup(bells->memfd), eventfd(0, EFD_CLOEXEC));
    assert_int_equal(pipe2(pipes, O_CLOEXEC | O_NONBLOCK), 0);
    assert_refused(dup(bells->memfd), pipes[1]);
    close(pipes[0]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_bells, close_bells)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(those_awake_are_left_alone),
        TEST(a_loop_is_woken_once),
        TEST(a_cancelled_sleep_needs_no_waking),
        TEST(a_full_counter_does_not_block),
        TEST(waiting_ends_in_time),
        TEST(no_wake_up_is_lost),
        TEST(a_peer_shares_the_page),
        TEST(cheating_peers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
