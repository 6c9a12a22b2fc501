/* address_test.c - the two forms of address, there and back. */
#include "tests/harness.h"

#include "lib/net/address.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

static void assert_split(const char *text, const char *host, const char *port)
{
    char found_host[ADDRESS_TEXT_MAX], found_port[ADDRESS_TEXT_MAX];
    struct error err;

    assert_ok(address_split(text, found_host, found_port, &err), &err);
    assert_string_equal(found_host, host);
    assert_string_equal(found_port, port);
}

static void host_and_port(void **state)
{
    (void)state;
    assert_split("localhost:6379", "localhost", "6379");
    assert_split("10.0.0.1:0", "10.0.0.1", "0");
    assert_split("[::1]:65535", "::1", "65535");
    assert_split("[fe80::1%eth0]:1", "fe80::1%eth0", "1");
    assert_true(address_is_unix("unix:/tmp/x"));
    assert_false(address_is_unix("unix"));
    assert_false(address_is_unix("UNIX:/tmp/x"));
    assert_false(address_is_unix(""));
}

static void what_is_no_address(void **state)
{
    static const char *const bad[] = { "",           "localhost",   ":80",
                                       "host:",      "host:-1",     "host: 80",
                                       "host:80x",   "host:0x10",   "host:65536",
                                       "host:99999", "host:123456", "[]:80" };
    char host[ADDRESS_TEXT_MAX], port[ADDRESS_TEXT_MAX];
    struct address address;
    struct error err;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        if (address_split(bad[i], host, port, &err) != -ERR_INVALID)
            fail_msg("'%s' is split", bad[i]);
        if (strstr(err.text, bad[i]) == NULL)
            fail_msg("'%s' is not in '%s'", bad[i], err.text);
        assert_int_equal(address_resolve(bad[i], &address, NULL), -ERR_INVALID);
    }
}

static void long_hosts_do_not_overflow(void **state)
{
    char text[2 * ADDRESS_TEXT_MAX], host[ADDRESS_TEXT_MAX], port[ADDRESS_TEXT_MAX];

    (void)state;
    memset(text, 'x', sizeof(text));
    memcpy(text + ADDRESS_TEXT_MAX, ":80", 4);
    assert_int_equal(address_split(text, host, port, NULL), -ERR_INVALID);
    memcpy(text + ADDRESS_TEXT_MAX - 1, ":80", 4);
    assert_int_equal(address_split(text, host, port, NULL), 0);
    assert_int_equal(strlen(host), ADDRESS_TEXT_MAX - 1);
}

static void assert_goes_both_ways(const char *text)
{
    char back[ADDRESS_TEXT_MAX];
    struct address address;
    struct error err;

    assert_ok(address_resolve(text, &address, &err), &err);
    address_format(&address, back);
    assert_string_equal(back, text);
}

static void text_goes_both_ways(void **state)
{
    (void)state;
    assert_goes_both_ways("127.0.0.1:6379");
    assert_goes_both_ways("[::1]:80");
    assert_goes_both_ways("[2001:db8::7]:65535");
    assert_goes_both_ways("unix:/tmp/a socket");
    assert_goes_both_ways("unix:relative:with:colons");
}

static void socket_paths_are_bounded(void **state)
{
    enum { ROOM = sizeof(((struct sockaddr_un *)0)->sun_path) };
    char text[5 + ROOM + 1] = "unix:", back[ADDRESS_TEXT_MAX];
    struct address address;
    struct error err;

    (void)state;
    assert_int_equal(address_resolve("unix:", &address, &err), -ERR_INVALID);
    assert_non_null(strstr(err.text, "empty"));
    memset(text + 5, 'p', ROOM - 1);
    assert_ok(address_resolve(text, &address, &err), &err);
    address_format(&address, back);
    assert_string_equal(back, text);
    text[5 + ROOM - 1] = 'p';
    assert_int_equal(address_resolve(text, &address, &err), -ERR_INVALID);
    assert_non_null(strstr(err.text, "107"));
}

static void assert_listening(const char *text, int fd)
{
    char bound[ADDRESS_TEXT_MAX];
    struct address address;
    struct error err;
    bool connecting = true;
    int client, flags;

    assert_ok(address_resolve(text, &address, &err), &err);
    assert_int_equal(bind(fd, (struct sockaddr *)&address.storage, address.size), 0);
    assert_int_equal(listen(fd, 1), 0);
    address.size = sizeof(address.storage);
    getsockname(fd, (struct sockaddr *)&address.storage, &address.size);
    address_format(&address, bound);
    client = address_dial(bound, &connecting, &err);
    if (client < 0)
        fail_msg("%s: %s", bound, err.text);
    flags = fcntl(client, F_GETFL);
    assert_true(flags & O_NONBLOCK);
    assert_true(fcntl(client, F_GETFD) & FD_CLOEXEC);
    close(client);
}

static void sockets_are_dialled(void **state)
{
    char text[ADDRESS_TEXT_MAX];
    int tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int local = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)state;
    assert_listening("127.0.0.1:0", tcp);
    snprintf(text, sizeof(text), "unix:%s/s", harness_dir());
    assert_listening(text, local);
    close(tcp);
    close(local);
}

static void nobody_is_there(void **state)
{
    char text[ADDRESS_TEXT_MAX];
    struct error err;
    bool connecting;

    (void)state;
    snprintf(text, sizeof(text), "unix:%s/nobody", harness_dir());
    assert_int_equal(address_dial(text, &connecting, &err), -ERR_UNREACHABLE);
    assert_non_null(strstr(err.text, strerror(ENOENT)));
    assert_int_equal(address_dial("nonsense", &connecting, &err), -ERR_INVALID);
    assert_int_equal(address_dial("a..b:1", &connecting, &err), -ERR_UNREACHABLE);
    assert_non_null(strstr(err.text, "host 'a..b'"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(host_and_port),
        cmocka_unit_test(what_is_no_address),
        cmocka_unit_test(long_hosts_do_not_overflow),
        cmocka_unit_test(text_goes_both_ways),
        cmocka_unit_test(socket_paths_are_bounded),
        cmocka_unit_test(sockets_are_dialled),
        cmocka_unit_test(nobody_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
