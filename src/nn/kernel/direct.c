/* Direct convolution, cut into tiles and shared out between threads.
 *
 * Output pixels lie in lines: rows, or columns where the kernel reaches over the
 * plane's sides only, so that a tap is inside or outside for a line as a whole
 * and those outside are skipped (a seventh to a fifth of the work of 1x7 on 8x8).
 * Where lines are columns, or the kernel reaches over both edges, the input is
 * copied first, line by line, with zeros at the ends. A 1x1 kernel sees a whole
 * plane as one line.
 *
 * Work is ordered by output channels, then pixels: the weights of a few blocks of
 * output channels stay in the second cache for every tile of pixels, which
 * meanwhile fetch the next ones. Where there are more weights than pixels, each
 * thread takes the output channels of some weights, else some of the pixels. */
#include "nn/kernel/direct.h"

#include <omp.h>
#include <string.h>

#include "base/memory.h"
#include "base/threads.h"
#include "nn/kernel/amx_direct.h"
#include "nn/kernel/share.h"

enum {
    LANES = LK_NN_LANES,
    TAP = LANES * LANES /* numbers of a tap's weights for a pair of blocks */
};

/* One direction of the planes. */
typedef struct axis {
    size_t in, out, kernel, stride, pad;
    size_t step; /* numbers from pixel to pixel of dst */
} axis;

/* How a convolution is cut. */
typedef struct cut {
    const lk_nn_direct *conv;
    const void *src;            /* lines: conv->src or the copy */
    axis along, across;         /* the line; from line to line */
    bool columns;               /* lines are vertical */
    bool copy;                  /* the input is copied into lines */
    size_t line;                /* numbers in a line of the input */
    size_t in_plane, out_plane; /* numbers in a block of one image */
    size_t blocks;              /* output blocks in most groups */
    size_t line_tiles, tiles;   /* tiles in a line; in all */
    size_t taps;                /* of the kernel */
    bool more_pixels;           /* than weights: those are shared out */
} cut;

static axis direct_make_axis(const lk_nn_direct *conv, int which)
{
    return (axis){conv->in[which],     conv->out[which], conv->kernel[which],
                  conv->stride[which], conv->pad[which], which ? LANES : conv->out[1] * LANES};
}

static void direct_cut_lines(cut *c)
{
    const lk_nn_direct *conv = c->conv;
    c->columns = conv->pad[1] && !conv->pad[0];
    c->along = direct_make_axis(conv, c->columns ? 0 : 1);
    c->across = direct_make_axis(conv, c->columns ? 1 : 0);
    c->copy = conv->pad[1] != 0 || conv->wide_in;
    c->src = c->copy ? conv->scratch : conv->src;
    if (c->taps == 1 && conv->stride[0] == 1 && conv->stride[1] == 1 && !conv->pad[0] &&
        !conv->pad[1]) {
        c->along.in *= c->across.in;
        c->along.out *= c->across.out;
        c->across.in = c->across.out = 1;
    }
    c->line = (c->along.in + 2 * c->along.pad) * LANES;
    c->in_plane = c->across.in * c->line;
    c->out_plane = conv->out[0] * conv->out[1] * LANES;
}

static void direct_cut_tiles(cut *c, size_t threads)
{
    c->blocks = lk_nn_tile_group(c->along.out, c->conv->out_blocks, c->more_pixels ? 1 : threads);
    c->line_tiles = lk_ceil_div(c->along.out, lk_nn_tile_pixels(c->blocks));
    size_t even = lk_ceil_div(c->line_tiles, threads) * threads;
    if (c->more_pixels && c->across.out == 1 && even <= c->along.out)
        c->line_tiles = even;
    c->tiles = c->conv->images * c->across.out * c->line_tiles;
}

static cut direct_make_cut(const lk_nn_direct *conv, size_t threads)
{
    cut c = {.conv = conv, .taps = conv->kernel[0] * conv->kernel[1]};
    size_t pixels = conv->images * conv->in[0] * conv->in[1];
    c.more_pixels = pixels > conv->out_blocks * c.taps * LANES;
    direct_cut_lines(&c);
    direct_cut_tiles(&c, threads);
    return c;
}

bool lk_nn_direct_fits(const lk_nn_direct *conv)
{
    if (conv->amx)
        return true;
    cut c = {.conv = conv, .taps = conv->kernel[0] * conv->kernel[1]};
    direct_cut_lines(&c);
    return (conv->narrow ? lk_nn_narrow_available() : lk_nn_tile_available()) &&
           c.along.stride <= 2;
}

void lk_nn_direct_filters(float *weights, const float *filters, const size_t shape[4])
{
    size_t window = shape[2] * shape[3], in_blocks = shape[1] / LANES;
#pragma omp parallel for num_threads(lk_threads())
    for (size_t pair = 0; pair < shape[0] / LANES * in_blocks; pair++)
        for (size_t tap = 0; tap < window; tap++)
            for (size_t i = 0; i < TAP; i++) {
                size_t in = pair % in_blocks * LANES + i / LANES;
                size_t out = pair / in_blocks * LANES + i % LANES;
                weights[(pair * window + tap) * TAP + i] =
                    filters[(out * shape[1] + in) * window + tap];
            }
}

size_t lk_nn_direct_scratch(const lk_nn_direct *conv)
{
    if (conv->amx)
        return 0;
    cut c = direct_make_cut(conv, 1);
    return c.copy ? lk_nn_number_floats(conv->images * conv->in_blocks * c.in_plane, conv->narrow)
                  : 0;
}

size_t lk_nn_direct_own(const lk_nn_direct *conv)
{
    return conv->amx ? lk_nn_amx_direct_own(conv) : 0;
}

/* A pixel of the input as the tiles read it. */
static void direct_copy_pixel(const cut *c, void *out, const void *in)
{
    if (c->conv->wide_in)
        lk_nn_narrow_all(out, in, LANES);
    else
        memcpy(out, in, LANES * lk_nn_number_size(c->conv->narrow));
}

/* Line `index` of the input with zeros at both ends. */
static void direct_copy_line(const cut *c, size_t index)
{
    const lk_nn_direct *conv = c->conv;
    size_t plane = index / c->across.in, at = index % c->across.in;
    size_t margin = c->along.pad * LANES, step = c->columns ? conv->in[1] * LANES : LANES;
    size_t first =
        plane * conv->in[0] * conv->in[1] * LANES + at * (c->columns ? LANES : conv->in[1] * LANES);
    bool narrow = conv->narrow, narrow_in = narrow && !conv->wide_in;
    void *out = lk_nn_number_put_at(conv->scratch, index * c->line, narrow);
    size_t end = margin + c->along.in * LANES;
    memset(out, 0, margin * lk_nn_number_size(narrow));
    for (size_t i = 0; i < c->along.in; i++)
        direct_copy_pixel(c, lk_nn_number_put_at(out, margin + i * LANES, narrow),
                          lk_nn_number_at(conv->src, first + i * step, narrow_in));
    memset(lk_nn_number_put_at(out, end, narrow), 0, margin * lk_nn_number_size(narrow));
}

/* Taps inside the plane for line `at`. */
static void direct_clip_taps(const axis *a, size_t at, size_t *first, size_t *last)
{
    size_t start = at * a->stride, end = a->in + a->pad;
    *first = start < a->pad ? a->pad - start : 0;
    *last = end > start ? end - start : 0;
    if (*last > a->kernel)
        *last = a->kernel;
    if (*first > *last)
        *first = *last;
}

/* Places the tile's pixels; returns how many. */
static size_t direct_place_tile(const cut *c, lk_nn_tile *tile, size_t index, size_t block)
{
    size_t line = index / c->line_tiles, part = index % c->line_tiles;
    size_t image = line / c->across.out, at = line % c->across.out;
    size_t start = c->along.out * part / c->line_tiles;
    size_t end = c->along.out * (part + 1) / c->line_tiles;
    int across = c->columns;
    direct_clip_taps(&c->across, at, &tile->first[across], &tile->last[across]);
    size_t in = image * c->conv->in_blocks * c->in_plane + start * c->along.stride * LANES;
    if (tile->first[across] < tile->last[across])
        in += (at * c->across.stride + tile->first[across] - c->across.pad) * c->line;
    size_t out = (image * c->conv->out_blocks + block) * c->out_plane + at * c->across.step +
                 start * c->along.step;
    tile->in = lk_nn_number_at(c->src, in, c->conv->narrow);
    tile->out = lk_nn_number_put_at(c->conv->dst, out, c->conv->narrow && !c->conv->wide_out);
    tile->twin = c->conv->twin ? c->conv->twin + out : NULL;
    return end - start;
}

/* What all tiles of a convolution have in common. */
static lk_nn_tile direct_make_tile(const cut *c)
{
    lk_nn_tile tile = {.in_pixel = c->along.stride * LANES,
                       .in_block = c->in_plane,
                       .kernel_width = c->conv->kernel[1],
                       .weight_in = c->taps * TAP,
                       .blocks = c->conv->in_blocks,
                       .out_pixel = c->along.step,
                       .out_block = c->out_plane,
                       .wide_out = c->conv->wide_out,
                       .sum = c->conv->sum,
                       .relu = c->conv->relu};
    tile.in_tap[c->columns] = c->line;
    tile.in_tap[!c->columns] = LANES;
    tile.last[!c->columns] = c->along.kernel;
    return tile;
}

static lk_nn_work direct_make_work(const cut *c)
{
    return (lk_nn_work){c->conv->out_blocks, c->tiles, c->blocks, c->more_pixels};
}

/* Where the weights of output block `block` start. */
static const void *direct_weights_of(const lk_nn_direct *conv, size_t block, size_t *block_size)
{
    *block_size = conv->in_blocks * conv->kernel[0] * conv->kernel[1] * TAP;
    return lk_nn_number_at(conv->weights, block * *block_size, conv->narrow);
}

/* `tile` says what to fetch meanwhile. */
static void direct_run_group(const cut *c, const lk_nn_group *g, lk_nn_tile tile)
{
    size_t count = g->last - g->first;
    tile.weights = direct_weights_of(c->conv, g->block, &tile.weight_out);
    tile.bias = c->conv->bias + g->block * LANES;
    if (c->conv->slope)
        tile.slope = c->conv->slope + g->block * LANES;
    for (size_t i = 0; i < count; i++) {
        lk_nn_tile_fetch(&tile, i, count);
        size_t pixels = direct_place_tile(c, &tile, g->first + i, g->block);
        (c->conv->narrow ? lk_nn_tile_get_narrow : lk_nn_tile_get)(g->blocks, pixels)(&tile);
    }
}

static void direct_run_share(const cut *c, size_t thread, size_t threads)
{
    lk_nn_work work = direct_make_work(c);
    lk_nn_share part = lk_nn_share_of(&work, thread, threads);
    lk_nn_group g = {0};
    bool more = lk_nn_next_group(&work, part, &g);
    while (more) {
        lk_nn_group after = g;
        lk_nn_tile tile = direct_make_tile(c);
        more = lk_nn_next_group(&work, part, &after);
        if (more)
            tile.ahead = direct_weights_of(c->conv, after.block, &tile.ahead_out);
        else if (c->conv->next) {
            cut next = direct_make_cut(c->conv->next, threads);
            lk_nn_work next_work = direct_make_work(&next);
            lk_nn_group first = {0};
            if (lk_nn_next_group(&next_work, lk_nn_share_of(&next_work, thread, threads), &first))
                tile.ahead = direct_weights_of(next.conv, first.block, &tile.ahead_out);
        }
        direct_run_group(c, &g, tile);
        g = after;
    }
}

/* This thread's part of copying the input into lines. */
static void direct_copy_share(const cut *c, size_t thread, size_t threads)
{
    size_t lines = c->conv->images * c->conv->in_blocks * c->across.in;
    for (size_t i = lines * thread / threads; i < lines * (thread + 1) / threads; i++)
        direct_copy_line(c, i);
}

static void direct_run_one(const lk_nn_direct *conv, size_t thread, size_t threads)
{
    cut c = direct_make_cut(conv, threads);
    if (c.copy) {
        direct_copy_share(&c, thread, threads);
#pragma omp barrier
    }
    direct_run_share(&c, thread, threads);
}

void lk_nn_direct_run(const lk_nn_direct *conv)
{
    int most = conv->amx ? (int)conv->threads : lk_threads();
#pragma omp parallel num_threads(most)
    {
        size_t thread = (size_t)omp_get_thread_num(), threads = (size_t)omp_get_num_threads();
        for (const lk_nn_direct *one = conv; one; one = one->beside)
            if (one->amx)
                lk_nn_amx_direct_run(one, thread, threads);
            else
                direct_run_one(one, thread, threads);
    }
}
