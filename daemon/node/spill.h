/* spill.h - objects on disk.
 *
 * Owns: a folder of files, each with the bytes of one or more objects. A file is
 * deleted with the last object in it. The folder is made with the first file and goes
 * with us; one that a killed node has left behind is removed by the next node that
 * spills to the same place. Loop thread only; reading and writing is done by pool
 * threads. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct error;
struct loop;
struct spill;
struct spill_file;

struct spill_options {
    struct loop *loop;
    const char *folder; /* our own is made in it */
    int64_t limit;      /* bytes of all files; 0: what the disk has */
};

/* Where an object is; no file: nowhere. */
struct spilled {
    struct spill_file *file;
    int64_t offset;
};

struct spill_item {
    int fd;               /* to write from, or to read into, at a page; the caller's */
    int64_t offset, size; /* with the terminator */
    struct spilled where; /* set by spill_write() */
};

/* err NULL: done. */
typedef void spill_done(void *arg, const struct error *err);

struct spill *spill_create(const struct spill_options *options);
/* Nothing is under way. Deletes all files. Accepts NULL. */
void spill_destroy(struct spill *spill);
/* Writes all items to one new file, which they share. On an error none is written.
 * `items` must stay until `done` has run. One at a time. */
void spill_write(struct spill *spill, struct spill_item *items, size_t count,
                 spill_done *done, void *arg);
/* Reads `item->where` back to `offset` of `fd`. */
void spill_read(struct spill *spill, const struct spill_item *item, spill_done *done,
                void *arg);
/* The file itself, to be read where it is: a descriptor for the caller, or -1. */
int spill_open(const struct spill *spill, const struct spilled *where, int64_t *size,
               struct error *err);
/* That object needs its place no more; clears it. */
void spill_drop(struct spill *spill, struct spilled *where);
int64_t spill_used(const struct spill *spill); /* bytes in files */
/* What can still be written. */
int64_t spill_room(const struct spill *spill);
