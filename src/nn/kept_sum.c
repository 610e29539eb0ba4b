/* Eight sums side by side, each of every eighth word, so that their multiplications need
 * not wait for each other. A step can be undone, so no change of one word is lost; it
 * rotates, so that a change of the highest bit reaches the others. */
#include "nn/kept_sum.h"

#include <string.h>

#include "base/memory.h"
#include "base/threads.h"

enum { LANES = 8, STEP = LANES * sizeof(uint64_t), BLOCK = 1 << 18 };

static inline uint64_t kept_mix(uint64_t sum, uint64_t word)
{
    sum ^= word;
    return (sum << 31 | sum >> 33) * 0x9fb21c651e98df25u;
}

static void kept_add_step(uint64_t lanes[LANES], const unsigned char *bytes)
{
    uint64_t words[LANES];
    memcpy(words, bytes, STEP);
    for (int i = 0; i < LANES; i++)
        lanes[i] = kept_mix(lanes[i], words[i]);
}

uint64_t lk_nn_kept_sum(uint64_t sum, const void *bytes, size_t count)
{
    const unsigned char *from = bytes;
    unsigned char last[STEP] = {0};
    uint64_t lanes[LANES];
    size_t whole = count / STEP * STEP;
    for (int i = 0; i < LANES; i++)
        lanes[i] = sum + (uint64_t)i;
    for (size_t at = 0; at < whole; at += STEP)
        kept_add_step(lanes, from + at);
    memcpy(last, from + whole, count - whole);
    kept_add_step(lanes, last);
    sum = kept_mix(sum, count);
    for (int i = 0; i < LANES; i++)
        sum = kept_mix(sum, lanes[i]);
    return sum;
}

uint64_t lk_nn_kept_sum_blocks(const void *bytes, size_t count)
{
    const char *from = bytes;
    size_t blocks = lk_ceil_div(count, BLOCK);
    uint64_t sum = count;
#pragma omp parallel for num_threads(lk_threads()) reduction(+ : sum) if (blocks > 1)
    for (size_t i = 0; i < blocks; i++)
        sum += lk_nn_kept_sum(i, from + i * BLOCK, lk_smaller(BLOCK, count - i * BLOCK));
    return sum;
}
