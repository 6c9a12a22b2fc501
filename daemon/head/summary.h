/* summary.h - how many of what, by name and state. */
#pragma once

struct call;
struct query_sources;

/* Each answers `call` with summary_rows, now or later: tasks by function, actors by
 * class, objects by owner. */
void summary_tasks(const struct query_sources *sources, struct call *call);
void summary_actors(const struct query_sources *sources, struct call *call);
void summary_objects(const struct query_sources *sources, struct call *call);
