/* bf16 is compared as whole numbers: its bits, with those below the sign turned round in
 * what is negative, are in order. */
#include "nn/kernel/pool.h"

#include "base/memory.h"
#include "base/threads.h"

enum { LANES = 16 };
typedef int16_t sixteen __attribute__((vector_size(LANES * sizeof(int16_t))));

#if defined(__x86_64__)
#define TARGET __attribute__((target("avx2"))) /* which all that have bf16 have */
#else
#define TARGET
#endif
#define POOL_INLINE static inline __attribute__((always_inline)) TARGET

POOL_INLINE sixteen pool_turn(sixteen x)
{
    return x ^ ((x >> 15) & 0x7fff);
}

POOL_INLINE sixteen pool_load(const lk_bf16 *in)
{
    sixteen x;
    memcpy(&x, in, sizeof x);
    return pool_turn(x);
}

/* The part of a window that lies inside, in one direction. */
static void pool_clip(const lk_nn_maxpool *pool, int d, size_t at, size_t *first, size_t *last)
{
    size_t start = at * pool->stride[d], end = start + pool->kernel[d];
    *first = start > pool->pad[d] ? start - pool->pad[d] : 0;
    *last = lk_smaller(end > pool->pad[d] ? end - pool->pad[d] : 0, pool->in[d]);
}

POOL_INLINE void pool_pixel(const lk_nn_maxpool *pool, lk_bf16 *out, const lk_bf16 *plane,
                            const size_t rows[2], size_t x)
{
    size_t first, last;
    pool_clip(pool, 1, x, &first, &last);
    sixteen best = pool_load(plane + (rows[0] * pool->in[1] + first) * LANES);
    for (size_t y = rows[0]; y < rows[1]; y++)
        for (size_t i = first; i < last; i++) {
            sixteen now = pool_load(plane + (y * pool->in[1] + i) * LANES);
            sixteen larger = now > best;
            best = (now & larger) | (best & ~larger);
        }
    best = pool_turn(best);
    memcpy(out, &best, sizeof best);
}

/* Row `row` of all planes' results. */
TARGET static void pool_row(const lk_nn_maxpool *pool, size_t row)
{
    size_t rows[2];
    const lk_bf16 *plane =
        (const lk_bf16 *)pool->src + row / pool->out[0] * pool->in[0] * pool->in[1] * LANES;
    pool_clip(pool, 0, row % pool->out[0], &rows[0], &rows[1]);
    for (size_t x = 0; x < pool->out[1]; x++)
        pool_pixel(pool, (lk_bf16 *)pool->dst + (row * pool->out[1] + x) * LANES, plane, rows, x);
}

#define POOL_EVERYWHERE static inline __attribute__((always_inline))

POOL_EVERYWHERE void pool_whole_row(const lk_nn_maxpool *pool, size_t row, const size_t lanes)
{
    size_t rows[2], columns[2];
    const uint8_t *plane =
        (const uint8_t *)pool->src + row / pool->out[0] * pool->in[0] * pool->in[1] * lanes;
    pool_clip(pool, 0, row % pool->out[0], &rows[0], &rows[1]);
    for (size_t x = 0; x < pool->out[1]; x++) {
        uint8_t best[LANES] = {0};
        pool_clip(pool, 1, x, &columns[0], &columns[1]);
        for (size_t y = rows[0]; y < rows[1]; y++)
            for (size_t i = columns[0]; i < columns[1]; i++)
                for (size_t k = 0; k < lanes; k++) {
                    uint8_t now = plane[(y * pool->in[1] + i) * lanes + k];
                    best[k] = now > best[k] ? now : best[k];
                }
        memcpy((uint8_t *)pool->dst + (row * pool->out[1] + x) * lanes, best, lanes);
    }
}

static void pool_whole(const lk_nn_maxpool *pool, size_t row)
{
    if (pool->whole == LANES)
        pool_whole_row(pool, row, LANES);
    else
        pool_whole_row(pool, row, LANES / 2);
}

void lk_nn_maxpool_run(const lk_nn_maxpool *pool)
{
#pragma omp parallel for num_threads(lk_threads())
    for (size_t row = 0; row < pool->planes * pool->out[0]; row++)
        (pool->whole ? pool_whole : pool_row)(pool, row);
}
