#!/usr/bin/env bash
# trial.sh RATE - one trial of the sweep: gradient descent on Rosenbrock's function, with that learning rate.
# Prints its result as a line of JSON; fails when the descent diverges.
set -euo pipefail

LC_ALL=C awk -v rate="${1:?usage: trial.sh RATE}" 'BEGIN {
    x = -1; y = 1
    for (step = 0; step < 20000; step++) {
        slope_x = -2 * (1 - x) - 400 * x * (y - x * x)
        slope_y = 200 * (y - x * x)
        x -= rate * slope_x
        y -= rate * slope_y
        if (x * x + y * y > 1e6) {
            print "diverged in step " step > "/dev/stderr"
            exit 1
        }
    }
    printf "{\"rate\":%g,\"x\":%.6f,\"y\":%.6f,\"loss\":%.3g}\n", rate, x, y, (1 - x) ^ 2 + 100 * (y - x * x) ^ 2
}'
