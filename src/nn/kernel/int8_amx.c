/* Where there is AMX all convolutions of whole numbers are done by its tiles, directly.
 *
 * A product of tiles is 16x16x64 multiply-adds and takes 16 cycles, a load of one 8 (Intel's
 * manual; not measured here): 1024 a cycle, 8 times what two VPDPBUSD do. Two tiles of pixels and
 * two blocks of channels are 4 loads for 4 products, so that products set the pace: a number of
 * the result that is a sum of n products costs n / 16384 of a tile's product and as much of a
 * load, n / 1024 cycles, and 1/256 of a tile that is stored. Winograd's way
 * (int8_winograd.h) has numbers of 16 bits, which AMX does not multiply, and is worth less than
 * twice the direct one in AVX-512.
 *
 * What is left for AVX-512 is to copy the input, once for all channels of the result, and to end
 * the sums. */
#include "nn/kernel/int8.h"

#include "nn/kernel/amx_run.h"

#if defined(__x86_64__)
#include "nn/kernel/int8_ends.h"

/* The sums of some pixels side by side, of the tile's only block; the first result goes to
 * number `to` of that. */
ALWAYS_INLINE void int8_finish_some(lk_nn_int8_tile *tile, size_t to, const int32_t *sums,
                                    const int8_end end, const int pixels)
{
    int8_sums row;
#pragma GCC unroll 16
    for (int p = 0; p < pixels; p++) {
        row[0][p] = _mm512_loadu_si512(sums + p * LK_NN_LANES);
        tile->to[p] = to + (size_t)p * LK_NN_LANES;
    }
    tile->count = (size_t)pixels;
    if (end == STRAIGHT)
        int8_end_straight(tile, row, 1, pixels);
    else if (end == ANY)
        int8_end_any(tile, row[0], (size_t)pixels);
    else
        int8_end_wide(tile, row, end == TRUNK, 1, pixels);
}

ALWAYS_INLINE void int8_finish_all(lk_nn_int8_tile *tile, size_t to, const int32_t *sums,
                                   size_t count, const int8_end end)
{
    enum { MANY = 8, FEW = 4 };
    size_t i = 0;
    for (; i + MANY <= count; i += MANY)
        int8_finish_some(tile, to + i * LK_NN_LANES, sums + i * LK_NN_LANES, end, MANY);
    for (; i + FEW <= count; i += FEW)
        int8_finish_some(tile, to + i * LK_NN_LANES, sums + i * LK_NN_LANES, end, FEW);
    for (; i < count; i++)
        int8_finish_some(tile, to + i * LK_NN_LANES, sums + i * LK_NN_LANES, end, 1);
}

TARGET static void int8_amx_finish(const void *user, const lk_nn_amx_ready *ready)
{
    const lk_nn_int8 *conv = user;
    size_t image = ready->image * conv->out_blocks * conv->out[0] * conv->out[1];
    size_t to = (image + ready->pixel) * LK_NN_LANES;
    lk_nn_int8_tile tile = {.conv = conv, .out_block = ready->block, .out_blocks = 1};
    switch (int8_end_of(conv)) {
    case STRAIGHT: int8_finish_all(&tile, to, ready->sums, ready->count, STRAIGHT); break;
    case WIDE: int8_finish_all(&tile, to, ready->sums, ready->count, WIDE); break;
    case TRUNK: int8_finish_all(&tile, to, ready->sums, ready->count, TRUNK); break;
    default: int8_finish_all(&tile, to, ready->sums, ready->count, ANY);
    }
}
#else
static void int8_amx_finish(const void *user, const lk_nn_amx_ready *ready)
{
    (void)user;
    (void)ready;
}
#endif

/* What is copied first has its margins. */
static lk_nn_amx_conv int8_amx_conv(const lk_nn_int8 *conv)
{
    lk_nn_amx_conv c = {
        .amx = conv->amx,
        .input = {.blocks = conv->in_blocks,
                  .src = conv->wide_in ? conv->scratch : conv->src,
                  .format = LK_NN_U8,
                  .outside = (uint8_t)conv->from.zero},
        .images = conv->images,
        .out_blocks = conv->out_blocks,
        .weights = conv->weights,
        .finish = int8_amx_finish,
        .user = conv,
    };
    for (int d = 0; d < 2; d++) {
        c.input.in[d] = conv->in[d] + (conv->wide_in ? 2 * conv->pad[d] : 0);
        c.input.out[d] = conv->out[d];
        c.input.kernel[d] = conv->kernel[d];
        c.input.stride[d] = conv->stride[d];
        c.input.pad[d] = conv->wide_in ? 0 : conv->pad[d];
    }
    return c;
}

size_t lk_nn_int8_amx_own(const lk_nn_int8 *conv)
{
    lk_nn_amx_conv c = int8_amx_conv(conv);
    return lk_nn_amx_own(&c);
}

void lk_nn_int8_amx_run(const lk_nn_int8 *conv, size_t thread, size_t threads)
{
    const lk_nn_int8 *after = conv->next && conv->next->amx ? conv->next : NULL;
    lk_nn_amx_conv c = int8_amx_conv(conv), next = {0};
    c.own = conv->own + thread * conv->own_step;
    if (after)
        next = int8_amx_conv(after);
    lk_nn_amx_run(&c, after ? &next : NULL, thread, threads);
}
