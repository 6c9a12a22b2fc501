/* history.h - what the head is told about our tasks.
 *
 * Living tasks are reported when they have lived for a report's interval, ended ones
 * once, in batches; when more end than a batch holds, the rest is only counted, so that
 * reporting never costs more than a fixed share of the time. Under the runtime's lock
 * but where (loop). */
#pragma once

#include "lib/proto/proto.h"

struct runtime;
struct task;

struct history;

enum { HISTORY_INTERVAL_MS = 200 };

struct history *history_create(void);
void history_destroy(struct history *history);
/* An attempt of a task is over: `result` or `failure` says how. */
void history_add(struct runtime *rt, const struct task *task,
                 const struct task_result *result, const struct failure *failure);
/* A worker is about to sleep: what it knows must not wait for the timer, since it may
 * be ended at any time now. Takes the lock. */
void history_before_sleep(struct runtime *rt);
/* (loop) another head, which has not heard of the tasks that live. Takes the lock. */
void history_tell_again(struct runtime *rt);
/* (loop) the timer; also called before a process ends. */
void history_flush(void *rt);
