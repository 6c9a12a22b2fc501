/* mounts.h - file_mounts: the user's files and folders, on a machine. */
#pragma once

struct work;

/* Copies what is new or changed since the last time. Blocking; errors name the path on
 * the machine. */
int mounts_send(struct work *work);
