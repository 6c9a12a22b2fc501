/* actor_store.h - actors on disk, as the next head will find them. */
#pragma once

struct actor_entry;
struct store;

void actor_store_save(struct store *store, const struct actor_entry *actor);
void actor_store_remove(struct store *store, const struct actor_entry *actor);
/* Calls fn(arg, entry) for each, in the order of their creation; the entry is fn's. */
typedef void actor_store_fn(void *arg, struct actor_entry *actor);
void actor_store_load(struct store *store, actor_store_fn *fn, void *arg);
