/* board.h - the leaderboard for people and as JSON, and the line of progress. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

struct report;

/* "[#####.....] 34/80 trials, best 0.973 svm" */
void board_progress(FILE *out, const struct report *, bool is_terminal);
/* A table of the best `most` lines. `plain`: only what is the same in every run with
 * the same seed. */
void board_print(FILE *out, const struct report *, unsigned most, bool plain);
/* The whole report as one JSON object. */
void board_json(FILE *out, const char *data_name, const struct report *);
