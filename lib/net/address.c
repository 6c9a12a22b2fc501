/* address.c - two forms of address, resolved without surprises: numbers at once, names
 * by getaddrinfo(3). */
#include "lib/net/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

static const char unix_prefix[] = "unix:";

bool address_is_unix(const char *text)
{
    return strncmp(text, unix_prefix, sizeof(unix_prefix) - 1) == 0;
}

static bool is_port(const char *text)
{
    size_t size = strlen(text);
    /* getaddrinfo(3) would cut larger numbers to 16 bits */
    return size > 0 && size <= 5 && strspn(text, "0123456789") == size &&
           strtol(text, NULL, 10) <= UINT16_MAX;
}

int address_split(const char *text, char *host, char *port, struct error *err)
{
    const char *colon = strrchr(text, ':'), *from = text;
    size_t size = colon != NULL ? (size_t)(colon - text) : 0;

    if (size > 0 && text[0] == '[' && text[size - 1] == ']') {
        from++;
        size -= 2;
    }
    if (size == 0 || size >= ADDRESS_TEXT_MAX || !is_port(colon + 1))
        return fail(err, ERR_INVALID,
                    "address '%s' is neither HOST:PORT nor unix:/path", text);
    memcpy(host, from, size);
    host[size] = '\0';
    memcpy(port, colon + 1, strlen(colon + 1) + 1);
    return 0;
}

static int resolve_unix(const char *path, struct address *address, struct error *err)
{
    struct sockaddr_un *to = (struct sockaddr_un *)&address->storage;
    size_t size = strlen(path);

    if (size == 0 || size >= sizeof(to->sun_path))
        return fail(err, ERR_INVALID, "socket path '%s' is %s", path,
                    size == 0 ? "empty"
                              : "longer than the 107 bytes that sockets allow");
    memset(to, 0, sizeof(*to));
    to->sun_family = AF_UNIX;
    memcpy(to->sun_path, path, size + 1);
    address->size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size + 1);
    return 0;
}

static int resolve_tcp(const char *text, struct address *address, struct error *err)
{
    char host[ADDRESS_TEXT_MAX], port[ADDRESS_TEXT_MAX];
    struct addrinfo hints = { .ai_family = AF_UNSPEC,
                              .ai_socktype = SOCK_STREAM,
                              .ai_flags = AI_NUMERICSERV };
    struct addrinfo *found = NULL;
    int status = address_split(text, host, port, err);

    if (status != 0)
        return status;
    status = getaddrinfo(host, port, &hints, &found);
    if (status != 0)
        return fail(err, ERR_UNREACHABLE, "host '%s': %s", host, gai_strerror(status));
    memcpy(&address->storage, found->ai_addr, found->ai_addrlen);
    address->size = found->ai_addrlen;
    freeaddrinfo(found);
    return 0;
}

int address_resolve(const char *text, struct address *address, struct error *err)
{
    if (address_is_unix(text))
        return resolve_unix(text + sizeof(unix_prefix) - 1, address, err);
    return resolve_tcp(text, address, err);
}

void address_format(const struct address *address, char text[ADDRESS_TEXT_MAX])
{
    char host[NI_MAXHOST], port[NI_MAXSERV];
    const struct sockaddr *from = (const struct sockaddr *)&address->storage;

    if (from->sa_family == AF_UNIX) {
        snprintf(text, ADDRESS_TEXT_MAX, "%s%s", unix_prefix,
                 ((const struct sockaddr_un *)from)->sun_path);
        return;
    }
    if (getnameinfo(from, address->size, host, sizeof(host), port, sizeof(port),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        snprintf(text, ADDRESS_TEXT_MAX, "(unknown)");
    else
        snprintf(text, ADDRESS_TEXT_MAX,
                 from->sa_family == AF_INET6 ? "[%.255s]:%.32s" : "%.255s:%.32s", host,
                 port);
}

int address_socket(const char *text, struct address *address, struct error *err)
{
    int fd, status = address_resolve(text, address, err);

    if (status != 0)
        return status;
    fd = socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
                0);
    return fd >= 0 ? fd : fail(err, ERR_IO, "socket: %s", strerror(errno));
}

int address_own_ip(const char *text, char *ip, size_t size, struct error *err)
{
    struct address to, own = { .size = sizeof(own.storage) };
    int fd, status = address_resolve(text, &to, err);

    if (status != 0)
        return status;
    /* Connecting a datagram socket sends nothing: the kernel only picks the route. */
    fd = socket(to.storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&to.storage, to.size) != 0 ||
        getsockname(fd, (struct sockaddr *)&own.storage, &own.size) != 0)
        status = fail(err, ERR_UNREACHABLE, "no way to %s: %s", text, strerror(errno));
    else if (getnameinfo((const struct sockaddr *)&own.storage, own.size, ip,
                         (socklen_t)size, NULL, 0, NI_NUMERICHOST) != 0)
        status = fail(err, ERR_UNREACHABLE, "no way to %s", text);
    if (fd >= 0)
        close(fd);
    return status;
}

/* tcp(7): probes after KEEP_S seconds of silence, KEEP_PROBES of them; GONE_MS for data
 * that nobody acknowledges. All fail on Unix sockets, which need none. */
void address_tune(int fd)
{
    enum { KEEP_S = 2, KEEP_PROBES = 3, GONE_MS = 8000 };

    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &(int){ 1 }, sizeof(int));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &(int){ KEEP_S }, sizeof(int));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &(int){ KEEP_S }, sizeof(int));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &(int){ KEEP_PROBES }, sizeof(int));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &(unsigned){ GONE_MS },
                     sizeof(unsigned));
}

int address_dial(const char *text, bool *connecting, struct error *err)
{
    struct address address;
    int status, fd = address_socket(text, &address, err);

    if (fd < 0)
        return fd;
    address_tune(fd);
    *connecting = connect(fd, (struct sockaddr *)&address.storage, address.size) != 0;
    if (*connecting && errno != EINPROGRESS) {
        status = fail(err, ERR_UNREACHABLE, "connect: %s", strerror(errno));
        close(fd);
        return status;
    }
    return fd;
}
