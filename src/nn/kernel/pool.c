/* bf16 is compared as whole numbers: its bits, with those below the sign turned round in
 * what is negative, are in order. */
#include "nn/kernel/pool.h"

#include "base/memory.h"
#include "base/threads.h"

enum { LANES = 16, HALF = 8 }; /* HALF: what every processor's vectors hold */
typedef int16_t eight __attribute__((vector_size(HALF * sizeof(int16_t))));

static eight pool_turn(eight x)
{
    return x ^ ((x >> 15) & 0x7fff);
}

static eight pool_load(const lk_bf16 *in)
{
    eight x;
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

static void pool_pixel(const lk_nn_maxpool *pool, lk_bf16 *out, const lk_bf16 *plane,
                       const size_t rows[2], size_t x)
{
    size_t first, last;
    pool_clip(pool, 1, x, &first, &last);
    eight best[2];
    for (int h = 0; h < 2; h++)
        best[h] = pool_load(plane + (rows[0] * pool->in[1] + first) * LANES + h * HALF);
    for (size_t y = rows[0]; y < rows[1]; y++)
        for (size_t i = first; i < last; i++)
            for (int h = 0; h < 2; h++) {
                eight now = pool_load(plane + (y * pool->in[1] + i) * LANES + h * HALF);
                eight larger = now > best[h];
                best[h] = (now & larger) | (best[h] & ~larger);
            }
    for (int h = 0; h < 2; h++) {
        best[h] = pool_turn(best[h]);
        memcpy(out + h * HALF, &best[h], sizeof best[h]);
    }
}

void lk_nn_maxpool_run(const lk_nn_maxpool *pool)
{
#pragma omp parallel for num_threads(lk_threads())
    for (size_t row = 0; row < pool->planes * pool->out[0]; row++) {
        size_t plane = row / pool->out[0], rows[2];
        pool_clip(pool, 0, row % pool->out[0], &rows[0], &rows[1]);
        for (size_t x = 0; x < pool->out[1]; x++)
            pool_pixel(pool, pool->dst + (row * pool->out[1] + x) * LANES,
                       pool->src + plane * pool->in[0] * pool->in[1] * LANES, rows, x);
    }
}
