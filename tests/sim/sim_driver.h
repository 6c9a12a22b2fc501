/* sim_driver.h - a driver of this world: attaches, asks for leases, has actors, leaves.
 *
 * Its tasks are amounts of time on a worker. What it was promised it checks: a worker
 * that it was granted serves nobody else, the leases of a node never sum up to more
 * than the node has, and each task and actor comes to an end. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct sim_driver;

struct sim_driver_options {
    int machine;
    const char *head;  /* its address */
    int tasks, actors; /* how many of each */
    bool cancels;      /* takes some requests back */
};

struct sim_driver *sim_driver_create(const struct sim_driver_options *options);
/* Whether all that it has submitted has ended, and it has left by itself. */
bool sim_driver_is_done(const struct sim_driver *driver);
bool sim_driver_is_dead(const struct sim_driver *driver);
/* SIGKILL. */
void sim_driver_kill(struct sim_driver *driver);
/* What it still waits for, for a message. */
void sim_driver_explain(const struct sim_driver *driver, char *text, size_t size);
void sim_driver_destroy(struct sim_driver *driver);
