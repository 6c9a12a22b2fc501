/* ssh_session.h - what the files of ssh share, and nobody else sees. */
#pragma once

#include "lib/base/error.h"

#include <libssh2.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct ssh_options;

struct ssh {
    LIBSSH2_SESSION *session;
    int fd;
    pid_t proxy; /* of the proxy command; 0: none */
    char *host;  /* for messages */
    bool said_hello;
};

/* What libssh2 says about the last failure. */
const char *ssh_reason(struct ssh *ssh);
/* Waits until the socket is ready for what libssh2 wants next, or one of `extra` (may
 * be -1) is readable; false when `timeout_ms` (negative: for ever) is over. */
bool ssh_wait(struct ssh *ssh, int extra, int64_t timeout_ms);
/* Says which kinds of key known_hosts has for the host, so that the machine shows one
 * of them; before the handshake. */
void ssh_hosts_prefer(struct ssh *ssh, const struct ssh_options *options);
/* Judges the key that the machine has shown. */
int ssh_hosts_check(struct ssh *ssh, const struct ssh_options *options,
                    struct error *err);
