/* relay.h - messages to processes of this node from all who have refs to their objects,
 * and the watch over these processes.
 *
 * Whoever has a ref knows the owner's process and node; he connects to that node, and
 * it passes on what is meant for the process: questions for values, loans, returns. A
 * process that has ended answers nothing: -ERR_OWNER_DIED. Loop thread only. */
#pragma once

struct call;
struct id;
struct object_ask;
struct object_borrow;
struct object_return;
struct relay;
struct workers;

struct relay *relay_create(struct workers *workers);
void relay_destroy(struct relay *relay); /* all connections have ended */
void relay_ask(struct relay *relay, const struct object_ask *rq, struct call *call);
void relay_borrow(struct relay *relay, const struct object_borrow *rq,
                  struct call *call);
void relay_give_back(struct relay *relay, const struct object_return *rq);
/* Answers `call` when the process has ended, at once when it is not here. */
void relay_watch(struct relay *relay, const struct id *process, struct call *call);
void relay_on_ended(struct relay *relay, const struct id *process);
