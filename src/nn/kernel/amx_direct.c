/* All convolutions in bf16 are done directly where there is AMX, by arithmetic, not by measuring.
 * A product of tiles, 16x16x32 multiply-adds, takes 16 cycles, by Intel's manual: 512 a cycle,
 * 16 times what AVX-512 does of float32. Winograd's 2x2 tiles of a 3x3 window save 2.25 in
 * products, and cost transforms in AVX-512, by winograd_cost some 2.7 cycles a position and block
 * of channels: of a tile between 4 blocks and 4 blocks (64 channels) 341 cycles, where its
 * products done directly take 288. Only between more than 8 and 8 blocks would it come out ahead,
 * by less than a fifth where networks of faces have such layers (12 and 12), for more rounding and
 * 1.8 times the weights. */
#include "nn/kernel/amx_direct.h"

#include "nn/kernel/amx_run.h"
#include "nn/kernel/winograd_transforms.h"

enum { LANES = LK_NN_LANES };

typedef struct direct {
    const lk_nn_direct *conv;
    lk_nn_winograd_transforms with; /* whose end is ours */
} direct;

/* What ends Winograd's convolutions ends these: with what the output holds, a PReLU or a ReLU,
 * rounded. */
static void amx_direct_finish(const void *user, const lk_nn_amx_ready *ready)
{
    const direct *d = user;
    const lk_nn_direct *conv = d->conv;
    size_t block = ready->image * conv->out_blocks + ready->block;
    size_t to = (block * conv->out[0] * conv->out[1] + ready->pixel) * LANES;
    d->with.finish(lk_nn_number_put_at(conv->dst, to, !conv->wide_out), ready->sums, ready->count,
                   conv->slope ? conv->slope + ready->block * LANES : NULL, conv->sum, conv->relu);
}

static lk_nn_amx_conv amx_direct_conv(const lk_nn_direct *conv)
{
    lk_nn_amx_conv c = {
        .amx = conv->amx,
        .input = {.blocks = conv->in_blocks,
                  .src = conv->src,
                  .format = LK_NN_BF16,
                  .wide = conv->wide_in},
        .images = conv->images,
        .out_blocks = conv->out_blocks,
        .weights = conv->weights,
        .bias = conv->bias,
        .finish = amx_direct_finish,
    };
    memcpy(c.input.in, conv->in, sizeof c.input.in);
    memcpy(c.input.out, conv->out, sizeof c.input.out);
    memcpy(c.input.kernel, conv->kernel, sizeof c.input.kernel);
    memcpy(c.input.stride, conv->stride, sizeof c.input.stride);
    memcpy(c.input.pad, conv->pad, sizeof c.input.pad);
    return c;
}

size_t lk_nn_amx_direct_own(const lk_nn_direct *conv)
{
    lk_nn_amx_conv c = amx_direct_conv(conv);
    return lk_nn_amx_own(&c) / sizeof(float);
}

void lk_nn_amx_direct_run(const lk_nn_direct *conv, size_t thread, size_t threads)
{
    const lk_nn_direct *after = conv->next && conv->next->amx ? conv->next : NULL;
    lk_nn_amx_conv c = amx_direct_conv(conv), next = {0};
    direct d = {conv, lk_nn_winograd_get_narrow(LK_NN_WINOGRAD_3X3_1_2, false, conv->wide_out)};
    c.user = &d;
    c.own = conv->own + thread * conv->own_step;
    if (after)
        next = amx_direct_conv(after);
    lk_nn_amx_run(&c, after ? &next : NULL, thread, threads);
}
