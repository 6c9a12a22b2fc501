/* tree.h - the content of a folder: its entries in order, and a digest of them.
 *
 * Entries are folders, files and links, by path relative to the root, sorted as bytes;
 * .gitignore and .rayignore files and excludes leave some out. Only what makes two
 * trees differ for a program counts: path, kind, whether a file can be executed, its
 * bytes, a link's target; neither owner nor times. */
#pragma once

#include "envs/ignore.h"
#include "lib/base/digest.h"
#include "lib/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tree_kind { TREE_FOLDER, TREE_FILE, TREE_LINK };

struct tree_entry {
    char *path;   /* owned */
    char *target; /* of a link; owned */
    enum tree_kind kind;
    bool is_executable;
    int64_t size; /* of a file */
};

struct tree {
    char *root; /* owned */
    struct tree_entry *entries;
    size_t count, capacity;
    int64_t size; /* of all files, bytes */
};

struct tree_options {
    const char *const *excludes; /* gitignore patterns; NULL: none */
    size_t excludes_count;
    bool takes_all;   /* no ignore files, no default excludes (.git, .venv, ...) */
    int64_t max_size; /* bytes; 0: any */
};

/* Looks at the folder. -ERR_NOT_FOUND no such folder; -ERR_IO what cannot be read;
 * -ERR_FULL larger than max_size, with its ten largest files; -ERR_UNSUPPORTED
 * sockets, devices and links that lead outside. */
int tree_read(struct tree *tree, const char *root, const struct tree_options *options,
              struct error *err);
void tree_finish(struct tree *tree);
/* Reads all files: hex of a SHA-256 over the lines "<kind> <size> <SHA-256 or target>
 * <path>\0". */
int tree_digest(const struct tree *tree, char hex[DIGEST_HEX_MAX], struct error *err);
/* Whether a link at `path` with that target stays inside the root. */
bool tree_link_is_inside(const char *path, const char *target);
