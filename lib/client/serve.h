/* serve.h - what a driver or worker answers: its node and the head call it too. */
#pragma once

struct error;
struct runtime;
struct worker_registered;

/* Fills the runtime's dispatch table. */
void serve_init(struct runtime *rt);
/* (loop) our home node has answered the join. */
void serve_on_home_joined(struct runtime *rt,
                          const struct worker_registered *registered);
