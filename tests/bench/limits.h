/* limits.h - what this machine can do at best, measured beside a row.
 *
 * Each is `work` of measure_seconds(). The first use of a pair forks its other process,
 * which ends with this one. */
#pragma once

/* Two processes wake each other in turn: by futex, by a byte over a Unix socket. */
void limits_futex(int count);
void limits_socket(int count);
/* Messages of 64 bytes to another process and back through shared memory, a thousand
 * at a time; `count` in thousands times 1,000. */
void limits_messages(int count);
/* `true`, from posix_spawn to its end. */
void limits_spawn(int count);
/* Allocates, writes and frees 8 bytes. */
void limits_malloc(int count);
