/* sim.h - a world in one process: virtual time, machines, links, processes.
 *
 * The services of head and nodes run unchanged. Instead of lib/net/{loop,peer,server,
 * proc}.c and daemon/head/store_sqlite.c the tests link sim_loop.c, sim_peer.c,
 * sim_proc.c and sim_store.c, which hand everything that takes time to one queue of
 * events. A `struct loop` is a process of that world. Nothing in it knows the real
 * clock or real randomness, so that a run is its seed. There is one world at a time. */
#pragma once

#include "lib/base/list.h"
#include "lib/net/loop.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct proc;
struct sim_event;

enum { SIM_MACHINES = 6 };

/* A process. Dead ones stay until the end of the world, so that whatever is on its way
 * to them finds out. */
struct loop {
    struct list list;
    int machine, pid;
    bool is_dead;
    struct list peers, servers, procs, works, late_calls;
    struct proc *proc; /* as its parent has it; NULL when nobody waits for it */
    int64_t cpus;      /* of a node: what it has, as a resource amount */
};

/* Ends the test program, with the seed that shows it again. */
#define MUST(rule)                                                                     \
    do {                                                                               \
        if (!(rule))                                                                   \
            sim_broken(__FILE__, __LINE__, #rule);                                     \
    } while (0)

void sim_broken(const char *file, int line, const char *rule) __attribute__((noreturn));

void sim_begin(uint64_t seed);
void sim_end(void); /* all processes must have been killed */
/* Since the world began, in ns. */
int64_t sim_now(void);
/* 0 to `below` - 1. */
uint64_t sim_draw(uint64_t below);
/* Runs all events of the next `ns`. */
void sim_run(int64_t ns);

/* Calls fn(arg) after `delay` ns unless `owner` (may be NULL) is dead by then: then it
 * calls discard(arg), if there is one. */
struct sim_event *sim_at(struct loop *owner, int64_t delay, loop_fn *fn, void *arg);
void sim_on_discard(struct sim_event *event, loop_fn *discard);
/* Before it has run only. */
void sim_cancel(struct sim_event *event);

/* A new process. */
struct loop *sim_process(int machine);
/* SIGKILL: its connections end, what it owns in this world is released by the callbacks
 * that it would have had; nothing that they do reaches anybody. */
void sim_kill(struct loop *process);

/* ---- links ---- */

/* Nothing passes between two machines for `ns`; it is not lost, it comes later. */
void sim_cut(int a, int b, int64_t ns);
/* Messages between two machines take up to `ns`. */
void sim_slow(int a, int b, int64_t ns);
/* How long a message takes that is sent now. */
int64_t sim_latency(int from, int to);
/* One connection between two machines, chosen by chance, breaks. */
void sim_reset_one(void);

/* ---- between the parts of the world ---- */

struct list *sim_processes(void);
void sim_kill_peers(struct loop *process);
void sim_free_servers(struct loop *process);
void sim_kill_procs(struct loop *process);
void sim_kill_works(struct loop *process);
void sim_kill_late_calls(struct loop *process);
/* A process of rayd's has ended by itself. */
void sim_exit(struct loop *process, int status, int signal);
/* What proc_spawn() starts: `ray-worker` (sim_worker.c). */
struct sim_image {
    struct loop *process, *parent;
    const char *node, *worker; /* address, id */
};
void sim_worker_begin(const struct sim_image *image);
void sim_worker_end(struct loop *process);
