/* tunnel.h - a port on this machine that leads to one behind an SSH server.
 *
 * The way is in the file `ssh` of a session folder: lines "host NAME", "port N", "user
 * NAME", "key PATH", "proxy COMMAND". Each connection to the port has an SSH connection
 * and a thread of its own; both end with it. */
#pragma once

#include "lib/base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct ssh_options;
struct tunnel;

/* Writes the file. */
int tunnel_write(const char *folder, const struct ssh_options *way, struct error *err);
/* Whether one can connect to "HOST:PORT" directly, tried for at most `ms`. */
bool tunnel_is_needless(const char *address, int ms);
/* Opens a tunnel to `address` ("HOST:PORT" as the server sees it) by the way that the
 * folder tells; `local` gets the address to use instead. The first SSH connection is
 * made here, so that its errors are known. -ERR_NOT_FOUND when the folder tells no
 * way. It lasts until the program ends. */
int tunnel_open(const char *folder, const char *address, char *local, size_t size,
                struct error *err);
