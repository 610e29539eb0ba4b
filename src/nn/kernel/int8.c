/* Convolutions of whole numbers, cut into tiles of output pixels, whichever lines and images
 * they lie in: where the window reaches over the plane, or the input is floats, the input is
 * copied first, with margins of what stands for 0.
 *
 * Work is shared out between threads as direct.c does. */
#include "nn/kernel/int8.h"

#include <omp.h>

#include "base/memory.h"
#include "base/threads.h"
#include "nn/kernel/share.h"

enum { MOST_LANES = 16, QUAD = 4 };

/* How a convolution is cut. */
typedef struct int8_cut {
    const lk_nn_int8 *conv;
    const uint8_t *src;
    size_t margin[2], in[2]; /* of the planes that the tiles read */
    size_t block, pixels;    /* bytes of one of its blocks; output pixels of all images */
    size_t window;           /* taps */
    bool copy;
} int8_cut;

static int8_cut int8_make_cut(const lk_nn_int8 *conv)
{
    int8_cut c = {.conv = conv, .window = conv->kernel[0] * conv->kernel[1]};
    c.copy = conv->wide_in || conv->pad[0] || conv->pad[1];
    for (int d = 0; d < 2; d++) {
        c.margin[d] = conv->pad[d];
        c.in[d] = conv->in[d] + 2 * conv->pad[d];
    }
    c.src = c.copy ? conv->scratch : conv->src;
    c.block = c.in[0] * c.in[1] * conv->lanes;
    c.pixels = conv->images * conv->out[0] * conv->out[1];
    return c;
}

size_t lk_nn_int8_scratch(const lk_nn_int8 *conv)
{
    int8_cut c = int8_make_cut(conv);
    return c.copy ? conv->images * conv->in_blocks * c.block : 0;
}

void lk_nn_int8_filters(int8_t *weights, const int8_t *filters, const size_t shape[4], size_t lanes)
{
    size_t window = shape[2] * shape[3], in_blocks = shape[1] / lanes, tap = lanes * lanes;
#pragma omp parallel for num_threads(lk_threads())
    for (size_t pair = 0; pair < shape[0] / lanes * in_blocks; pair++)
        for (size_t i = 0; i < window * tap; i++) {
            size_t within = i % tap, out = within / QUAD % lanes;
            size_t in = within / QUAD / lanes * QUAD + within % QUAD;
            size_t row = (pair / in_blocks * lanes + out) * shape[1] + pair % in_blocks * lanes;
            weights[pair * window * tap + i] = filters[(row + in) * window + i / tap];
        }
}

/* ---- the input with margins ---- */

static void int8_quantise_row(const lk_nn_int8 *conv, uint8_t *out, const float *in, size_t count)
{
    float inverse = 1.0f / conv->from.scale;
    if (!conv->plain) {
        lk_nn_int8_quantise(out, in, count, conv->from);
        return;
    }
    for (size_t i = 0; i < count; i++)
        out[i] = lk_nn_int8_of(in[i], inverse, conv->from.zero);
}

/* Row `index` of all blocks' planes. */
static void int8_copy_row(const int8_cut *c, size_t index)
{
    const lk_nn_int8 *conv = c->conv;
    size_t row = c->in[1] * conv->lanes, count = conv->in[1] * conv->lanes;
    size_t y = index % c->in[0] - c->margin[0], margin = c->margin[1] * conv->lanes;
    uint8_t *out = conv->scratch + index * row, zero = (uint8_t)conv->from.zero;
    if (y >= conv->in[0]) { /* or wrapped round below 0 */
        memset(out, zero, row);
        return;
    }
    size_t from = (index / c->in[0] * conv->in[0] + y) * count;
    memset(out, zero, margin);
    if (conv->wide_in)
        int8_quantise_row(conv, out + margin, (const float *)conv->src + from, count);
    else
        memcpy(out + margin, (const uint8_t *)conv->src + from, count);
    memset(out + margin + count, zero, margin);
}

static void int8_copy_share(const int8_cut *c, size_t thread, size_t threads)
{
    size_t rows = c->conv->images * c->conv->in_blocks * c->in[0];
    for (size_t i = rows * thread / threads; i < rows * (thread + 1) / threads; i++)
        int8_copy_row(c, i);
}

/* ---- plain loops ---- */

/* sums[lanes] of one pixel of one output block. */
static void int8_plain_block(int32_t *sums, const lk_nn_int8_tile *tile, const int8_t *weights)
{
    size_t lanes = tile->lanes, row = tile->columns * lanes;
    memset(sums, 0, lanes * sizeof *sums);
    for (size_t line = 0; line < tile->blocks * tile->rows; line++) {
        const uint8_t *in = tile->in + tile->at[0] + line / tile->rows * tile->in_block +
                            line % tile->rows * tile->in_row;
        for (size_t i = 0; i < row; i += QUAD, weights += QUAD * lanes)
            for (size_t o = 0; o < lanes; o++)
                for (size_t k = 0; k < QUAD; k++)
                    sums[o] += in[i + k] * weights[o * QUAD + k];
    }
}

static void int8_plain_sums(int32_t *sums, const lk_nn_int8_tile *tile)
{
    for (size_t b = 0; b < tile->out_blocks; b++)
        int8_plain_block(sums + b * tile->lanes, tile, tile->weights + b * tile->weight_out);
}

/* Number `o` of a pixel that goes to `to`. */
static void int8_plain_number(const lk_nn_int8_end *end, void *to, uint8_t *twin, int32_t sum,
                              size_t o)
{
    const lk_nn_int8 *conv = end->conv;
    float x = (float)sum * end->scale[o] + end->bias[o];
    if (conv->sum && conv->wide_out)
        x += ((const float *)to)[o];
    else if (conv->sum)
        x += ((float)((const uint8_t *)to)[o] - conv->trunk.zero) * conv->trunk.scale;
    if (conv->relu)
        x = x < 0 ? 0 : x;
    if (end->slope && x < 0)
        x *= end->slope[o];
    if (conv->wide_out)
        ((float *)to)[o] = x;
    if (twin)
        twin[o] = lk_nn_int8_of(x, 1.0f / conv->to.scale, conv->to.zero);
}

static void int8_plain_finish(const lk_nn_int8_end *end, const int32_t *sums, size_t count)
{
    const lk_nn_int8 *conv = end->conv;
    for (size_t i = 0; i < count * conv->lanes; i++) {
        size_t at = end->at[i / conv->lanes];
        lk_nn_format format = conv->wide_out ? LK_NN_F32 : LK_NN_U8;
        void *to = lk_nn_number_put_at(end->to, at, format);
        uint8_t *twin = !conv->wide_out ? to : end->twin ? end->twin + at : NULL;
        int8_plain_number(end, to, twin, sums[i], i % conv->lanes);
    }
}

/* ---- tiles ---- */

/* An output pixel. */
typedef struct int8_place {
    size_t image, y, x;
} int8_place;

static int8_place int8_find_place(const lk_nn_int8 *conv, size_t index)
{
    size_t plane = conv->out[0] * conv->out[1];
    return (int8_place){index / plane, index % plane / conv->out[1], index % conv->out[1]};
}

static void int8_next_place(const lk_nn_int8 *conv, int8_place *place)
{
    if (++place->x < conv->out[1])
        return;
    place->x = 0;
    if (++place->y < conv->out[0])
        return;
    place->y = 0;
    place->image++;
}

/* Some pixels: where block 0 of their results goes, in numbers, is to[count]. */
typedef struct int8_pixels {
    lk_nn_int8_tile tile;
    size_t count, to[LK_NN_INT8_PIXELS];
} int8_pixels;

/* The pixels from *place on, `most` of them; those that are too many are the last one again. */
static void int8_place_pixels(const int8_cut *c, int8_pixels *pixels, int8_place *place,
                              size_t most)
{
    const lk_nn_int8 *conv = c->conv;
    size_t plane = conv->out[0] * conv->out[1] * conv->lanes;
    for (size_t p = 0; p < pixels->count; p++) {
        size_t row = place->y * conv->stride[0] * c->in[1] + place->x * conv->stride[1];
        pixels->tile.at[p] = place->image * conv->in_blocks * c->block + row * conv->lanes;
        pixels->to[p] = place->image * conv->out_blocks * plane +
                        (place->y * conv->out[1] + place->x) * conv->lanes;
        int8_next_place(conv, place);
    }
    for (size_t p = pixels->count; p < most; p++)
        pixels->tile.at[p] = pixels->tile.at[pixels->count - 1];
}

/* sums[count][lanes] of output block `block`. */
static void int8_end_pixels(const lk_nn_int8 *conv, const int8_pixels *pixels, size_t block,
                            const int32_t *sums)
{
    size_t channel = block * conv->lanes, to = channel * conv->out[0] * conv->out[1];
    lk_nn_int8_end end = {
        .conv = conv,
        .scale = conv->scale + channel,
        .bias = conv->bias + channel,
        .slope = conv->slope ? conv->slope + channel : NULL,
        .to = lk_nn_number_put_at(conv->dst, to, conv->wide_out ? LK_NN_F32 : LK_NN_U8),
        .at = pixels->to,
        .twin = conv->twin ? conv->twin + to : NULL};
    (conv->plain ? int8_plain_finish : lk_nn_int8_finish)(&end, sums, pixels->count);
}

static lk_nn_int8_tile int8_make_tile(const int8_cut *c, const lk_nn_group *g)
{
    const lk_nn_int8 *conv = c->conv;
    size_t size = conv->in_blocks * c->window * conv->lanes * conv->lanes;
    return (lk_nn_int8_tile){.in = c->src,
                             .in_block = c->block,
                             .in_row = c->in[1] * conv->lanes,
                             .blocks = conv->in_blocks,
                             .rows = conv->kernel[0],
                             .columns = conv->kernel[1],
                             .lanes = conv->lanes,
                             .out_blocks = g->blocks,
                             .weights = conv->weights + g->block * size,
                             .weight_out = size};
}

/* Pixels `first` to `last` - 1 of all images. */
static void int8_run_pixels(const int8_cut *c, const lk_nn_group *g, size_t first, size_t last)
{
    const lk_nn_int8 *conv = c->conv;
    _Alignas(64) int32_t sums[LK_NN_INT8_BLOCKS * LK_NN_INT8_PIXELS * MOST_LANES];
    size_t most = 1;
    lk_nn_int8_sums_fn *add = conv->plain ? int8_plain_sums : lk_nn_int8_sums(g->blocks, &most);
    int8_pixels pixels = {.tile = int8_make_tile(c, g)};
    int8_place place = int8_find_place(conv, first);
    for (size_t at = first; at < last; at += most) {
        pixels.count = lk_smaller(most, last - at);
        int8_place_pixels(c, &pixels, &place, most);
        add(sums, &pixels.tile);
        for (size_t b = 0; b < g->blocks; b++)
            int8_end_pixels(conv, &pixels, g->block + b, sums + b * most * conv->lanes);
    }
}

static void int8_run_share(const int8_cut *c, size_t thread, size_t threads)
{
    enum { TOGETHER = 24 }; /* pixels, for tiles of any blocks */
    const lk_nn_int8 *conv = c->conv;
    lk_nn_work work = {conv->out_blocks, lk_ceil_div(c->pixels, TOGETHER), LK_NN_INT8_BLOCKS,
                       c->pixels > conv->out_blocks * c->window * conv->lanes};
    lk_nn_share part = lk_nn_share_of(&work, thread, threads);
    lk_nn_group g = {0};
    while (lk_nn_next_group(&work, part, &g))
        int8_run_pixels(c, &g, g.first * TOGETHER, lk_smaller(g.last * TOGETHER, c->pixels));
}

void lk_nn_int8_run(const lk_nn_int8 *conv)
{
    int8_cut c = int8_make_cut(conv);
#pragma omp parallel num_threads(lk_threads())
    {
        size_t thread = (size_t)omp_get_thread_num(), threads = (size_t)omp_get_num_threads();
        if (c.copy) {
            int8_copy_share(&c, thread, threads);
#pragma omp barrier
        }
        int8_run_share(&c, thread, threads);
    }
}
