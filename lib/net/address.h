/* address.h - "unix:/path" and "host:port" as sockets. Host may be a name, an IPv4
 * address or an IPv6 address in brackets. */
#pragma once

#include "lib/base/error.h"

#include <netdb.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

enum { ADDRESS_TEXT_MAX = 320 };

/* Non-blocking socket address, resolved. */
struct address {
    struct sockaddr_storage storage;
    socklen_t size;
};

bool address_is_unix(const char *text);
/* Checks the form and splits a TCP address; `host` and `port` hold ADDRESS_TEXT_MAX. */
int address_split(const char *text, char *host, char *port, struct error *err);
/* Resolves. A host name may block on DNS; daemons exchange numeric addresses. */
int address_resolve(const char *text, struct address *address, struct error *err);
/* "unix:/path" or "1.2.3.4:567" of a bound or connected socket. */
void address_format(const struct address *address, char text[ADDRESS_TEXT_MAX]);
/* Resolves, and makes a non-blocking socket of that kind. Returns it, or an error. */
int address_socket(const char *text, struct address *address, struct error *err);
/* The IP address of this machine from which packets to `text` leave. */
int address_own_ip(const char *text, char *ip, size_t size, struct error *err);
/* What every TCP connection of ours gets: no delay, and an end within 10 seconds when
 * the other host is gone. Harmless on Unix sockets. */
void address_tune(int fd);
/* A non-blocking socket on its way to an address; *connecting when it is not through
 * yet. -ERR_UNREACHABLE. */
int address_dial(const char *text, bool *connecting, struct error *err);
