/* nearby.h - the address of a node, for those on its machine and for all others.
 *
 * Text: "HOST:PORT,unix:/path,MARK", or one address alone when there is no other way.
 * MARK tells the machine: 16 hex digits of a SHA-256 over the kernel's boot id and the
 * device and inode of the socket's folder. Whoever sees the same folder under the same
 * kernel takes the Unix socket, and with it shared memory; others take TCP. */
#pragma once

#include "lib/base/error.h"
#include "lib/base/slice.h"
#include "lib/net/address.h"

enum { NEARBY_TEXT_MAX = 2 * ADDRESS_TEXT_MAX };

/* `tcp`: "HOST:PORT" or NULL; `local`: "unix:/path", whose folder exists. */
int nearby_format(const char *tcp, const char *local, char text[NEARBY_TEXT_MAX],
                  struct error *err);
/* The one to use from here. Text without a comma is taken as it is. */
void nearby_pick(const char *text, char address[NEARBY_TEXT_MAX]);
/* The part for other machines (or the only one), for people to read. */
struct slice nearby_public(struct slice text);
