/* runner.h - `rayd job`: the parent of a job's command. */
#pragma once

/* Runs `command` by /bin/sh and waits for it; writes "<status> <signal>\n" to the file
 * `ended`, then ends as it did. Does not return but with an exit status. */
int runner_main(const char *ended, const char *command);
