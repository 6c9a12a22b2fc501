/* workers_row.h - a process of this node as `list workers` shows it. */
#pragma once

#include <stdbool.h>

struct id;
struct worker;
struct worker_row;

/* It attached by itself: this node has not started it. */
bool workers_is_driver(const struct worker *worker);
/* Its text is the worker's. */
void workers_row(const struct worker *worker, const struct id *node,
                 struct worker_row *row);
