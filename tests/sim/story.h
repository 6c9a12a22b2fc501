/* story.h - many random runs of one kind, each of which is its seed.
 *
 * A run: a cluster, drivers with tasks and actors, some seconds in which what the story
 * names goes wrong; then peace. In the end all that was submitted has ended, drivers
 * have left, and the cluster is as if nobody had been there (cluster_check_quiet). */
#pragma once

enum story_fault {
    FAULT_WORKER = 1, /* a worker crashes */
    FAULT_DRIVER = 2, /* a driver is killed */
    FAULT_NODE = 4,   /* a node is killed, and comes back */
    FAULT_HEAD = 8,   /* the head is killed, and comes back */
    FAULT_LINK = 16,  /* links are slow, cut for a while, or break */
};

struct story {
    const char *name;
    unsigned faults;
    int tasks, actors; /* most of a driver */
    unsigned failing;  /* of a thousand constructors */
    int runs;          /* in `make check`; SIM_RUNS overrides */
};

/* Runs the seeds 1 to `runs`, or SIM_SEED alone; a broken rule ends the program and
 * says the seed. Speaks TAP; returns an exit status. */
int story_main(const struct story *story);
