/* package.h - folders as archives (libarchive), and back.
 *
 * A package is named by the digest of its content (tree_digest), so that it is known
 * before it is made, and checked after it was unpacked. The same tree gives the same
 * bytes: entries in order, owner 0, modes 0644 and 0755, one fixed time. Blocking: run
 * them in pool threads. */
#pragma once

#include "envs/tree.h"

enum { PACKAGE_ENTRIES_MAX = 1000000 };

/* Writes `tree` to a file, "*.zip" or else tar with zstd: to "<path>.part", which gets
 * its name when it is whole. To a pipe or a device it writes as it goes. */
int package_pack(const struct tree *tree, const char *path, struct error *err);

/* One entry of an archive. */
typedef void package_entry_fn(void *arg, const struct tree_entry *entry);

/* Reads a whole archive and refuses what could do harm, by the name of the entry:
 * absolute paths, "..", links that lead outside or lie on the way, hard links, devices,
 * names that come twice, more than PACKAGE_ENTRIES_MAX entries, more than `max_size`
 * bytes (0: 64 GiB). `fn` (may be NULL) gets the entries in their order. -ERR_REFUSED;
 * -ERR_FAILED for what is no archive, or a damaged one. */
int package_check(const char *path, int64_t max_size, package_entry_fn *fn, void *arg,
                  struct error *err);
/* Removes a folder with all that is in it. */
void package_remove(const char *folder);
/* Checks it, then unpacks it beside `folder`, compares its content with `digest` (NULL:
 * not), and renames it to `folder`, which must not be there: half of a package is never
 * seen. -ERR_EXISTS, -ERR_FAILED when the digest differs. */
int package_unpack(const char *path, const char *folder, const char *digest,
                   struct error *err);
