/* kv.h - key-values of users and tools, by namespace. They live in the store alone. */
#pragma once

struct dispatch;
struct kv;
struct store;

enum { KV_VALUE_MAX = 16 * 1024 * 1024, KV_NAME_MAX = 4096 };

struct kv *kv_create(struct store *store);
void kv_destroy(struct kv *kv);
void kv_serve(struct kv *kv, struct dispatch *dispatch);
