/* private.h - a cluster of one program's own: a head and a node that end with it. */
#pragma once

#include "lib/base/error.h"
#include "lib/net/session.h"

struct private_cluster;

/* Starts both as children, in a session folder of their own; waits until they serve.
 * The daemons end when this process does, however it ends. num_cpus 0: those of this
 * machine. */
struct private_cluster *private_start(double num_cpus, struct error *err);
/* The head's address. */
const char *private_address(const struct private_cluster *cluster);
/* Ends the daemons, waits for them, removes the session folder. Accepts NULL. */
void private_stop(struct private_cluster *cluster);
