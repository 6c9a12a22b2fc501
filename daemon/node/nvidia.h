/* nvidia.h - how many GPUs the NVIDIA driver shows to this process. Called once, before
 * the loop runs: reads a folder, or waits for a program. */
#pragma once

#include <stdint.h>

/* <root>/proc/driver/nvidia/gpus has a folder for each (empty root: the real one; as
 * Ray looks, ray/_private/accelerators/nvidia_gpu.py). Where the driver has no such
 * folder (WSL): the lines of `nvidia-smi -L`, if there is one and it answers in 5 s.
 * CUDA_VISIBLE_DEVICES (`visible`, NULL: not set) lowers it to what it names. */
int64_t nvidia_count(const char *root, const char *visible);
