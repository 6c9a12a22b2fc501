/* bring_up.h - one machine, from sshd to a node of the cluster, and back.
 *
 * Blocking functions over an open SSH connection (lib/net/ssh.h), for a thread of their
 * own; nothing here is shared between machines. A machine needs sshd, sh, tar, gzip and
 * coreutils (and find and sed for file_mounts), nothing else. There it looks like this:
 *     ~/.rayctl/kits/<SHA-256>/{bin,lib}   what was pushed, by its content
 *     ~/.rayctl/clusters/<name>            link to the kit that the cluster uses
 * and a session folder (lib/net/session.h), as on any machine. */
#pragma once

#include "lib/base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct cluster;
struct ssh;

/* What is to be done, for all machines. */
struct bring_up {
    const struct cluster *cluster;
    const char *kit, *kit_sha; /* path of the kit, hex of its SHA-256 */
    const char *secret;        /* path of the cluster's secret, here */
    const char *head_ip;       /* where the head listens */
    int head_port;
    bool no_restart; /* set up, but start nothing */
};

/* One machine. */
struct machine {
    const char *host; /* as in the yaml, without the port */
    char name[40];    /* of its node */
    bool is_head;
    /* What it does now, and what its commands print. */
    void (*say)(void *arg, const char *what);
    void *arg;
};

/* Runs all steps. The error begins with what failed, and ends with what the machine
 * said. */
int bring_up_machine(const struct bring_up *plan, const struct machine *machine,
                     struct ssh *ssh, struct error *err);
/* Ends what runs of the cluster there, and removes what was pushed unless another
 * cluster uses it. */
int take_down_machine(const struct cluster *cluster, const struct machine *machine,
                      struct ssh *ssh, struct error *err);
/* A command line with the kit of the cluster in PATH, for ssh_run(); the caller frees
 * it. `shell` is what to run. */
char *bring_up_line(const char *cluster, const char *shell);
