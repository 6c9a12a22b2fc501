/* memory.h - watches how full the memory is that this node may use, and ends a worker
 * when it gets too full: its task fails with OUT_OF_MEMORY and may be tried again.
 *
 * Looks as long as some worker is leased, every RAY_memory_monitor_refresh_ms (250; 0:
 * never); too full is above RAY_memory_usage_threshold (0.95), names and defaults of
 * Ray's memory monitor. Without it the kernel would end some process, and everything
 * would be slow before. Loop thread only. Calls down: guard (the choice), leases. */
#pragma once

struct leases;
struct loop;
struct memory_watch;

struct memory_watch *memory_watch_create(struct loop *loop, struct leases *leases);
void memory_watch_destroy(struct memory_watch *watch);
