/* peer_test.c - two peers in one loop: calls both ways, descriptors, failures,
 * refusals. */
#include "tests/harness.h"

#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/net/auth.h"
#include "lib/net/loop.h"
#include "lib/net/server.h"
#include "lib/net/stubs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct ends {
    struct loop *loop;
    struct identity server_self, client_self;
    struct dispatch dispatch;
    struct server *server;
    struct peer *client;
    struct call *held; /* a call that is not answered */
    bool done, closed;
    struct error err, why;
    char value[64];
    int fd;
};

static void on_get(void *self, const struct kv_item *rq, struct call *call)
{
    struct ends *ends = self;
    struct kv_item reply = { .value = rq->key, .found = true };
    struct error err;

    if (slice_is(rq->key, "hold")) {
        ends->held = call;
    } else if (slice_is(rq->key, "fail")) {
        fail(&err, ERR_NOT_FOUND, "no such key");
        call_fail(call, &err);
    } else {
        if (slice_is(rq->key, "fd"))
            call_give_fd(call, dup(STDIN_FILENO));
        call_reply(call, &reply);
    }
}

static void on_other(void *self, const struct kv_item *rq, struct call *call)
{
    struct ends *ends = self;

    (void)rq;
    ends->fd = peer_take_fd(call_peer(call));
    call_done(call);
}

static const struct kv_handlers handlers = { on_other, on_get, on_other, on_other };

static void on_close(void *arg, struct peer *peer, const struct error *why)
{
    struct ends *ends = arg;

    (void)peer;
    ends->closed = true;
    ends->why = *why;
    ends->client = NULL;
}

static void on_value(void *arg, const struct error *err, const void *reply)
{
    const struct kv_item *item = reply;
    struct ends *ends = arg;

    ends->done = true;
    ends->err = (struct error){ 0 };
    if (err != NULL)
        ends->err = *err;
    else
        snprintf(ends->value, sizeof(ends->value), "%.*s", SLICE_ARGS(item->value));
    if (err == NULL && ends->client != NULL)
        ends->fd = peer_take_fd(ends->client);
}

static void connect_to(struct ends *ends, const char *address)
{
    const struct peer_options options = { .self = &ends->client_self,
                                          .on_close = on_close,
                                          .arg = ends };
    ends->closed = false;
    ends->client = peer_connect(ends->loop, address, &options);
}

static void listen_at(struct ends *ends, const char *address)
{
    const struct peer_options options = { .self = &ends->server_self,
                                          .dispatch = &ends->dispatch };
    ends->server = server_listen(ends->loop, address, &options, &ends->err);
    if (ends->server == NULL)
        fail_msg("%s", ends->err.text);
}

static int set_up(void **state)
{
    struct ends *ends = xcalloc(1, sizeof(*ends));
    char *address = xprintf("unix:%s/s", harness_dir());

    ends->loop = loop_create();
    ends->fd = -1;
    snprintf(ends->server_self.role, sizeof(ends->server_self.role), "node");
    snprintf(ends->client_self.role, sizeof(ends->client_self.role), "admin");
    dispatch_add(&ends->dispatch, &kv_methods, &handlers, sizeof(handlers), ends);
    listen_at(ends, address);
    connect_to(ends, address);
    free(address);
    *state = ends;
    return 0;
}

static int tear_down(void **state)
{
    struct ends *ends = *state;

    if (ends->client != NULL)
        peer_close(ends->client);
    server_close(ends->server);
    loop_destroy(ends->loop);
    free(ends);
    return 0;
}

static void wait_for(struct ends *ends, const bool *flag)
{
    loop_run_until(ends->loop, flag, clock_now() + 5 * NS_PER_S);
    assert_true(*flag);
}

static void ask(struct ends *ends, const char *key, int64_t timeout_ms)
{
    const struct kv_item rq = { .key = slice(key) };
    const struct call_options options = { .timeout_ms = timeout_ms };

    ends->done = false;
    call_kv_get(ends->client, &rq, &options, on_value, ends);
    assert_false(ends->done); /* never before it returns */
    wait_for(ends, &ends->done);
}

static void calls_are_answered(void **state)
{
    struct ends *ends = *state;

    ask(ends, "one", 0);
    assert_string_equal(ends->value, "one");
    assert_int_equal(ends->err.code, ERR_OK);
    ask(ends, "fail", 0);
    assert_int_equal(ends->err.code, ERR_NOT_FOUND);
    assert_string_equal(ends->err.text, "no such key");
}

static void descriptors_pass_both_ways(void **state)
{
    struct ends *ends = *state;
    const struct kv_item rq = { .key = slice("x") };
    int fds[2];
    const struct call_options options = { .fds = fds, .fds_count = 1 };

    ask(ends, "fd", 0);
    assert_true(ends->fd > 2);
    close(ends->fd);
    ends->fd = -1;
    assert_int_equal(pipe(fds), 0);
    note_kv_put(ends->client, &rq, &options);
    ask(ends, "after", 0);
    close(fds[0]);
    close(fds[1]);
}

static void a_deadline_ends_a_call(void **state)
{
    const struct kv_item late = { .found = true };
    struct ends *ends = *state;

    ask(ends, "hold", 30);
    assert_int_equal(ends->err.code, ERR_TIMEOUT);
    call_reply(ends->held, &late); /* and harmless */
    ask(ends, "next", 0);
    assert_string_equal(ends->value, "next");
}

static void a_lost_connection_fails_calls(void **state)
{
    struct ends *ends = *state;
    const struct kv_item rq = { .key = slice("hold") };

    ask(ends, "one", 0);
    ends->done = false;
    call_kv_get(ends->client, &rq, NULL, on_value, ends);
    while (ends->held == NULL)
        loop_run_until(ends->loop, &ends->done, clock_now() + NS_PER_MS);
    peer_close(call_peer(ends->held));
    wait_for(ends, &ends->closed);
    assert_true(ends->done);
    assert_int_equal(ends->err.code, ERR_CLOSED);
    assert_null(call_peer(ends->held));
    call_reply(ends->held, &(struct kv_item){ .found = true });
}

static void nobody_there(void **state)
{
    struct ends *ends = *state;

    peer_close(ends->client);
    wait_for(ends, &ends->closed);
    connect_to(ends, "unix:/nowhere/s");
    ask(ends, "one", 0);
    assert_int_equal(ends->err.code, ERR_UNREACHABLE);
}

/* TCP: the secret decides. */
static void a_wrong_secret_is_refused(void **state)
{
    struct ends *ends = *state;

    peer_close(ends->client);
    wait_for(ends, &ends->closed);
    server_close(ends->server);
    ends->server_self.has_secret = ends->client_self.has_secret = true;
    listen_at(ends, "127.0.0.1:0");
    connect_to(ends, server_address(ends->server));
    ask(ends, "one", 0);
    assert_int_equal(ends->err.code, ERR_OK);
    peer_close(ends->client);
    wait_for(ends, &ends->closed);
    ends->client_self.secret[5] = 1;
    connect_to(ends, server_address(ends->server));
    ask(ends, "one", 0);
    assert_int_equal(ends->err.code, ERR_REFUSED);
}

static void without_a_secret_nothing_is_sent(void **state)
{
    struct ends *ends = *state;

    peer_close(ends->client);
    wait_for(ends, &ends->closed);
    server_close(ends->server);
    ends->server_self.has_secret = true;
    listen_at(ends, "127.0.0.1:0");
    connect_to(ends, server_address(ends->server));
    ask(ends, "one", 0);
    assert_int_equal(ends->err.code, ERR_REFUSED);
    assert_non_null(strstr(ends->err.text, "no cluster secret here"));
}

static void another_cluster_is_refused(void **state)
{
    struct ends *ends = *state;

    snprintf(ends->server_self.cluster, sizeof(ends->server_self.cluster), "a");
    snprintf(ends->client_self.cluster, sizeof(ends->client_self.cluster), "b");
    ask(ends, "one", 0);
    assert_int_equal(ends->err.code, ERR_REFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(calls_are_answered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(descriptors_pass_both_ways, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_deadline_ends_a_call, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_lost_connection_fails_calls, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(nobody_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_wrong_secret_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_a_secret_nothing_is_sent, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(another_cluster_is_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
