/* The one function of a fuzz target. It must take any bytes at all, free what
 * it allocates, and return 0. libFuzzer calls it in the fuzz build; replay.c
 * calls it over kept files in every other build. */
#ifndef LK_FUZZ_FUZZ_H
#define LK_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

#endif
