/* Rounding to bf16, the same on every processor. */
#include "nn/kernel/narrow.h"

#include "base/threads.h"

void lk_nn_narrow_all(lk_bf16 *out, const float *in, size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] = lk_nn_narrow(in[i]);
}

void lk_nn_narrow_pairs(lk_bf16 *out, const float *weights, size_t rows)
{
    enum { LANES = 16 };
#pragma omp parallel for num_threads(lk_threads())
    for (size_t pair = 0; pair < rows / 2; pair++) {
        const float *in = weights + 2 * pair * LANES;
        lk_bf16 *to = out + 2 * pair * LANES;
        for (size_t o = 0; o < LANES; o++) {
            to[2 * o] = lk_nn_narrow(in[o]);
            to[2 * o + 1] = lk_nn_narrow(in[LANES + o]);
        }
    }
}
