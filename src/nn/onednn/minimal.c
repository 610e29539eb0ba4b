/* Minimal filtering, cut into strips of tiles and shared out between threads.
 *
 * A strip's transformed inputs lie as [position][in block][tile][16], so that each
 * position's matrix product is a 1x1 convolution over a line of tiles, which the
 * kernels of direct.h do. Every thread does strips of its own; where there are too
 * few tiles for that to be worth reading all the weights, the threads do a strip
 * together, each some of the output channels. */
#include "nn/onednn/minimal.h"

#include <omp.h>
#include <string.h>

#include "nn/onednn/direct.h"
#include "nn/onednn/share.h"

enum {
    LANES = LK_NN_LANES,
    TAP = LANES * LANES,
    LINES_A_TAP = TAP / 16,
    STRIP = 32,              /* tiles at once */
    FEW_TILES = 12,          /* for a thread */
    FEW_WEIGHTS = 128 * 1024 /* floats: half the second cache */
};

static size_t ceil_div(size_t a, size_t b)
{
    return (a + b - 1) / b;
}

/* How a convolution is cut. */
typedef struct cut {
    const lk_nn_minimal *conv;
    const lk_nn_minimal_transforms *by;
    size_t positions;           /* n * n */
    size_t down, across, tiles; /* in an image; in all */
    bool shared;                /* threads work on a strip together */
    size_t strip;               /* tiles in a strip, at most */
    size_t blocks;              /* output blocks in a group, at most */
    size_t read_at, write_at;   /* floats from position to position */
} cut;

/* The group that loads least, as in direct.c. */
static size_t group_blocks(const lk_nn_minimal *conv, size_t tiles)
{
    size_t best = 1;
    double least = 0;
    for (size_t blocks = 1; blocks <= LK_NN_MAX_BLOCKS && blocks <= conv->out_blocks; blocks++) {
        double lines = (double)ceil_div(tiles, lk_nn_tile_pixels(blocks));
        double loads = (2.3 * lines + (double)tiles / (double)blocks);
        if (blocks == 1 || loads < least) {
            least = loads;
            best = blocks;
        }
    }
    return best;
}

/* An odd number of lines: positions would else lie in the same few sets of the
 * first cache. */
static size_t odd_lines(size_t lines)
{
    return (lines | 1) * LANES;
}

static cut make_cut(const lk_nn_minimal *conv)
{
    cut c = {.conv = conv, .by = lk_nn_minimal_get(conv->kind)};
    c.positions = c.by->inputs * c.by->inputs;
    c.down = ceil_div(conv->out[0], c.by->outputs);
    c.across = ceil_div(conv->out[1], c.by->outputs);
    c.tiles = conv->images * c.down * c.across;
    c.shared = conv->out_blocks * conv->in_blocks * c.positions * TAP > FEW_WEIGHTS &&
               c.tiles < conv->threads * FEW_TILES;
    size_t together = c.shared ? c.tiles : ceil_div(c.tiles, conv->threads);
    c.strip = ceil_div(together, ceil_div(together, STRIP));
    c.blocks = group_blocks(conv, c.strip);
    c.read_at = odd_lines(conv->in_blocks * c.strip);
    c.write_at = odd_lines(c.blocks * c.strip);
    return c;
}

size_t lk_nn_minimal_shared(const lk_nn_minimal *conv)
{
    cut c = make_cut(conv);
    return c.shared ? c.positions * c.read_at : 0;
}

size_t lk_nn_minimal_own(const lk_nn_minimal *conv)
{
    cut c = make_cut(conv);
    return c.positions * (c.write_at + (c.shared ? 0 : c.read_at));
}

/* What a kind costs: products, and weights, whose reading costs as much as the
 * products with nine tiles. */
static double cost(const lk_nn_minimal *conv, size_t positions, size_t outputs)
{
    enum { WEIGHTS = 9 };
    size_t tiles = conv->images * ceil_div(conv->out[0], outputs) * ceil_div(conv->out[1], outputs);
    return (double)positions * (double)(tiles + WEIGHTS);
}

bool lk_nn_minimal_choose(lk_nn_minimal *conv, const size_t stride[2])
{
    double least = cost(conv, LK_NN_MINIMAL_TAPS * LK_NN_MINIMAL_TAPS, 1);
    bool found = false;
    for (int kind = 0; kind < LK_NN_MINIMAL_KINDS && lk_nn_tile_available(); kind++) {
        const lk_nn_minimal_transforms *by = lk_nn_minimal_get((lk_nn_minimal_kind)kind);
        double now = cost(conv, by->inputs * by->inputs, by->outputs);
        if (stride[0] != by->stride || stride[1] != by->stride || now >= least)
            continue;
        least = now;
        conv->kind = (lk_nn_minimal_kind)kind;
        found = true;
    }
    return found;
}

/* ---- weights -------------------------------------------------------------- */

size_t lk_nn_minimal_weights(lk_nn_minimal_kind kind, const size_t shape[2])
{
    size_t n = lk_nn_minimal_get(kind)->inputs;
    return shape[0] * shape[1] * n * n;
}

/* 16 output channels of one input channel: taps[3][3][16] to out[n][n][16], `step`
 * floats from position to position. */
static void transform_filters(const lk_nn_minimal_transforms *by, float *out, size_t step,
                              double taps[LK_NN_MINIMAL_TAPS][LK_NN_MINIMAL_TAPS][LANES])
{
    for (size_t y = 0; y < by->inputs; y++) {
        double row[LK_NN_MINIMAL_TAPS][LANES] = {{0}};
        for (size_t k = 0; k < LK_NN_MINIMAL_TAPS; k++)
            for (size_t j = 0; j < LK_NN_MINIMAL_TAPS; j++)
                for (size_t o = 0; o < LANES; o++)
                    row[j][o] += by->filter[y][k] * taps[k][j][o];
        for (size_t x = 0; x < by->inputs; x++)
            for (size_t o = 0; o < LANES; o++)
                out[(y * by->inputs + x) * step + o] =
                    (float)(by->filter[x][0] * row[0][o] + by->filter[x][1] * row[1][o] +
                            by->filter[x][2] * row[2][o]);
    }
}

/* [out block][position][in block][16 in][16 out] */
void lk_nn_minimal_filters(lk_nn_minimal_kind kind, float *weights, const float *filters,
                           const size_t shape[2])
{
    enum { WINDOW = LK_NN_MINIMAL_TAPS * LK_NN_MINIMAL_TAPS };
    const lk_nn_minimal_transforms *by = lk_nn_minimal_get(kind);
    size_t positions = by->inputs * by->inputs, step = shape[1] * LANES;
#pragma omp parallel for
    for (size_t block = 0; block < shape[0] / LANES; block++)
        for (size_t in = 0; in < shape[1]; in++) {
            double taps[LK_NN_MINIMAL_TAPS][LK_NN_MINIMAL_TAPS][LANES];
            for (size_t o = 0; o < LANES; o++)
                for (size_t w = 0; w < WINDOW; w++)
                    taps[w / LK_NN_MINIMAL_TAPS][w % LK_NN_MINIMAL_TAPS][o] =
                        filters[((block * LANES + o) * shape[1] + in) * WINDOW + w];
            transform_filters(by, weights + block * positions * step + in * LANES, step, taps);
        }
}

/* ---- a strip -------------------------------------------------------------- */

/* Where tile `index` lies: image, row and column of its first output pixel. */
typedef struct place {
    size_t image, y, x;
} place;

static place place_of(const cut *c, size_t index)
{
    size_t in_image = index % (c->down * c->across);
    return (place){index / (c->down * c->across), in_image / c->across * c->by->outputs,
                   in_image % c->across * c->by->outputs};
}

/* Copies the part of a tile's inputs that lies in the plane between zeros. */
static void copy_inside(const cut *c, float *out, const float *plane, const size_t start[2])
{
    const lk_nn_minimal *conv = c->conv;
    size_t n = c->by->inputs;
    memset(out, 0, n * n * LANES * sizeof *out);
    size_t first[2], last[2];
    for (int d = 0; d < 2; d++) {
        first[d] = start[d] < conv->pad[d] ? conv->pad[d] - start[d] : 0;
        last[d] = conv->in[d] + conv->pad[d] - start[d];
        last[d] = last[d] < n ? last[d] : n;
    }
    for (size_t y = first[0]; y < last[0]; y++)
        memcpy(out + (y * n + first[1]) * LANES,
               plane + ((start[0] + y - conv->pad[0]) * conv->in[1] + start[1] + first[1] -
                        conv->pad[1]) *
                           LANES,
               (last[1] - first[1]) * LANES * sizeof *out);
}

/* Transforms tile `tile`, block `block` of the inputs into out[position]. */
static void read_tile(const cut *c, float *out, size_t tile, size_t block)
{
    const lk_nn_minimal *conv = c->conv;
    float edge[LK_NN_MINIMAL_INPUTS * LK_NN_MINIMAL_INPUTS * LANES];
    place at = place_of(c, tile);
    size_t start[2] = {at.y * c->by->stride, at.x * c->by->stride}, n = c->by->inputs;
    const float *plane =
        conv->src + (at.image * conv->in_blocks + block) * conv->in[0] * conv->in[1] * LANES;
    bool inside = start[0] >= conv->pad[0] && start[1] >= conv->pad[1] &&
                  start[0] + n <= conv->in[0] + conv->pad[0] &&
                  start[1] + n <= conv->in[1] + conv->pad[1];
    if (inside) {
        size_t pixel = (start[0] - conv->pad[0]) * conv->in[1] + start[1] - conv->pad[1];
        c->by->read(out, c->read_at, plane + pixel * LANES, conv->in[1] * LANES);
        return;
    }
    copy_inside(c, edge, plane, start);
    c->by->read(out, c->read_at, edge, n * LANES);
}

/* Items `from` to `to` - 1 of the strip's (block, tile) pairs. */
static void read_strip(const cut *c, float *inputs, size_t first, size_t count, size_t from,
                       size_t to)
{
    for (size_t i = from; i < to; i++) {
        size_t block = i / count, tile = i % count;
        read_tile(c, inputs + (block * c->strip + tile) * LANES, first + tile, block);
    }
}

static void write_tile(const cut *c, const float *sums, size_t tile, size_t block)
{
    const lk_nn_minimal *conv = c->conv;
    float pixels[LK_NN_MINIMAL_OUTPUTS * LK_NN_MINIMAL_OUTPUTS * LANES];
    place at = place_of(c, tile);
    size_t m = c->by->outputs;
    size_t rows = conv->out[0] - at.y < m ? conv->out[0] - at.y : m;
    size_t columns = conv->out[1] - at.x < m ? conv->out[1] - at.x : m;
    float *out =
        conv->dst +
        (((at.image * conv->out_blocks + block) * conv->out[0] + at.y) * conv->out[1] + at.x) *
            LANES;
    c->by->write(pixels, sums, c->write_at, conv->bias + block * LANES, conv->relu);
    for (size_t y = 0; y < rows; y++)
        memcpy(out + y * conv->out[1] * LANES, pixels + y * m * LANES,
               columns * LANES * sizeof *out);
}

/* One position's matrix product for a group: tiles by input by output channels. */
static void multiply(const cut *c, const lk_nn_group *g, size_t position, const float *inputs,
                     float *sums)
{
    static const float no_bias[LK_NN_MAX_BLOCKS * LANES];
    const lk_nn_minimal *conv = c->conv;
    size_t one = conv->in_blocks * TAP, count = g->last - g->first;
    size_t pieces = ceil_div(count, lk_nn_tile_pixels(g->blocks));
    lk_nn_tile tile = {.in_pixel = LANES,
                       .in_block = c->strip * LANES,
                       .last = {1, 1},
                       .kernel_width = 1,
                       .weight_in = TAP,
                       .weight_out = c->positions * one,
                       .blocks = conv->in_blocks,
                       .out_pixel = LANES,
                       .out_block = c->strip * LANES,
                       .bias = no_bias};
    tile.weights = conv->weights + (g->block * c->positions + position) * one;
    if (position + 1 < c->positions)
        tile.ahead = tile.weights + one;
    tile.ahead_out = tile.weight_out;
    for (size_t i = 0; i < pieces; i++) {
        size_t first = count * i / pieces, pixels = count * (i + 1) / pieces - first;
        tile.ahead_first = tile.ahead ? (int)(LINES_A_TAP * i / pieces) : 0;
        tile.ahead_last = tile.ahead ? (int)(LINES_A_TAP * (i + 1) / pieces) : 0;
        tile.in_ahead = tile.ahead ? c->read_at : 0;
        tile.in = inputs + position * c->read_at + (g->first + first) * LANES;
        tile.out = sums + position * c->write_at + (g->first + first) * LANES;
        lk_nn_tile_get(g->blocks, pixels)(&tile);
    }
}

/* This part of a strip's outputs. */
static void fill_outputs(const cut *c, const float *inputs, float *sums, size_t first, size_t count,
                         size_t thread, size_t threads)
{
    lk_nn_work work = {c->conv->out_blocks, count, c->blocks, false};
    lk_nn_share part = lk_nn_share_of(&work, thread, threads);
    lk_nn_group g = {0};
    while (lk_nn_next_group(&work, part, &g)) {
        for (size_t position = 0; position < c->positions; position++)
            multiply(c, &g, position, inputs, sums);
        for (size_t block = 0; block < g.blocks; block++)
            for (size_t tile = g.first; tile < g.last; tile++)
                write_tile(c, sums + (block * c->strip + tile) * LANES, first + tile,
                           g.block + block);
    }
}

/* Tiles `from` to `to` - 1, strip by strip, by `threads` threads together. */
static void run_strips(const cut *c, float *inputs, float *sums, size_t from, size_t to,
                       size_t thread, size_t threads)
{
    size_t pieces = ceil_div(to - from, c->strip);
    for (size_t i = 0; i < pieces; i++) {
        size_t first = from + (to - from) * i / pieces;
        size_t count = from + (to - from) * (i + 1) / pieces - first;
        size_t pairs = count * c->conv->in_blocks;
        read_strip(c, inputs, first, count, pairs * thread / threads,
                   pairs * (thread + 1) / threads);
        if (c->shared) {
#pragma omp barrier
        }
        fill_outputs(c, inputs, sums, first, count, thread, threads);
        if (c->shared && i + 1 < pieces) {
#pragma omp barrier
        }
    }
}

void lk_nn_minimal_run(const lk_nn_minimal *conv)
{
    cut c = make_cut(conv);
#pragma omp parallel num_threads((int)conv->threads)
    {
        size_t thread = (size_t)omp_get_thread_num(), threads = (size_t)omp_get_num_threads();
        float *own = conv->own + thread * conv->own_step;
        if (c.shared)
            run_strips(&c, conv->shared, own, 0, c.tiles, thread, threads);
        else
            run_strips(&c, own, own + c.positions * c.read_at, c.tiles * thread / threads,
                       c.tiles * (thread + 1) / threads, 0, 1);
    }
}
