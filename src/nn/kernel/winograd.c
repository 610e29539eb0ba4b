/* Winograd convolution, cut into strips of tiles and shared out between threads.
 *
 * A strip's transformed inputs lie as [position][in block][tile][16], so that each
 * position's matrix product is a 1x1 convolution over a line of tiles, which the
 * kernels of direct.h do. Every thread does strips of its own; where there are too
 * few tiles for that to be worth reading all the weights, the threads do a strip
 * together, each some of the output channels. */
#include "nn/kernel/winograd.h"

#include <math.h>
#include <omp.h>
#include <string.h>

#include "base/memory.h"
#include "base/threads.h"
#include "nn/kernel/share.h"
#include "nn/kernel/tile.h"

enum {
    LANES = LK_NN_LANES,
    TAP = LANES * LANES,
    STRIP = 48,              /* tiles at once */
    LEAST_TILES = 16,        /* that the weights are worth reading for */
    FEW_TILES = 8,           /* for a thread */
    FEW_WEIGHTS = 128 * 1024 /* floats: half the second cache */
};

/* How a convolution is cut. */
typedef struct cut {
    const lk_nn_winograd *conv;
    const lk_nn_winograd_shape *by;
    lk_nn_winograd_transforms transforms;
    size_t down, across, tiles; /* in an image; in all */
    bool shared;                /* threads work on a strip together */
    size_t strip;               /* tiles in a strip, at most */
    size_t blocks;              /* output blocks in a group, at most */
    size_t read_at, write_at;   /* numbers from position to position */
} cut;

/* An odd number of lines: positions would else lie in the same few sets of the
 * first cache. */
static size_t winograd_odd_lines(size_t lines)
{
    return (lines | 1) * LANES;
}

static cut winograd_make_cut(const lk_nn_winograd *conv)
{
    cut c = {.conv = conv,
             .by = lk_nn_winograd_shape_of(conv->kind),
             .transforms =
                 conv->narrow ? lk_nn_winograd_get_narrow(conv->kind, conv->wide_in, conv->wide_out)
                              : lk_nn_winograd_get(conv->kind)};
    c.down = lk_ceil_div(conv->out[0], c.by->axis[0]->outputs);
    c.across = lk_ceil_div(conv->out[1], c.by->axis[1]->outputs);
    c.tiles = conv->images * c.down * c.across;
    size_t weights = conv->out_blocks * conv->in_blocks * c.by->positions * TAP;
    c.shared = lk_nn_number_floats(weights, conv->narrow) > FEW_WEIGHTS &&
               c.tiles < conv->threads * FEW_TILES;
    size_t together = c.shared ? c.tiles : lk_ceil_div(c.tiles, conv->threads);
    c.strip = lk_ceil_div(together, lk_ceil_div(together, STRIP));
    c.blocks = lk_nn_tile_group(c.strip, conv->out_blocks, c.shared ? conv->threads : 1);
    c.read_at = winograd_odd_lines(conv->in_blocks * c.strip);
    c.write_at = winograd_odd_lines(c.blocks * c.strip);
    return c;
}

/* Whole lines, in which a strip's transformed inputs lie. */
static size_t winograd_input_floats(const cut *c)
{
    size_t floats = lk_nn_number_floats(c->by->positions * c->read_at, c->conv->narrow);
    return lk_ceil_div(floats, LANES) * LANES;
}

size_t lk_nn_winograd_shared(const lk_nn_winograd *conv)
{
    cut c = winograd_make_cut(conv);
    return c.shared ? winograd_input_floats(&c) : 0;
}

size_t lk_nn_winograd_own(const lk_nn_winograd *conv)
{
    cut c = winograd_make_cut(conv);
    return c.by->positions * c.write_at + (c.shared ? 0 : winograd_input_floats(&c));
}

/* Costs, in products of a pixel's block by an output block: a position's weights as
 * much as seven; to transform a tile's block a third a position, and as products are
 * twice as fast in bf16, twice that; to fetch it from another thread four (all measured). */
static const double weight_cost = 7, transform_cost = 1.0 / 3, fetch_cost = 4;

/* Taps that lie inside the plane, of all output pixels of a line. */
static size_t winograd_taps_inside(const lk_nn_winograd *conv, int d, size_t kernel, size_t stride)
{
    size_t inside = 0;
    for (size_t i = 0; i < conv->out[d] * kernel; i++) {
        size_t at = i / kernel * stride + i % kernel;
        inside += at >= conv->pad[d] && at < conv->in[d] + conv->pad[d];
    }
    return inside;
}

static double winograd_plain_cost(const lk_nn_winograd *conv, const size_t kernel[2],
                                  const size_t stride[2])
{
    size_t products = conv->images * winograd_taps_inside(conv, 0, kernel[0], stride[0]) *
                      winograd_taps_inside(conv, 1, kernel[1], stride[1]);
    return (double)(conv->in_blocks * conv->out_blocks) *
           ((double)products + weight_cost * (double)(kernel[0] * kernel[1]));
}

/* 6x6 outputs round six times as much as 4x4 (root mean square), 4x6 two and a half times: they
 * must save a fifth and a thirteenth. With 6x6 wherever it saves anything the embeddings of
 * InceptionResnetV1 are off by 4.4e-6, so by 2.6e-6, without both by 2.0e-6. */
static double winograd_rounding_price(lk_nn_winograd_kind kind)
{
    return kind == LK_NN_WINOGRAD_3X3_1_6 ? 1.25 : kind == LK_NN_WINOGRAD_3X3_1_46 ? 1.08 : 1;
}

/* 4x6 saves least: where a strip is not full, another form of the weights is not worth it. */
static size_t winograd_least_tiles(lk_nn_winograd_kind kind)
{
    return kind == LK_NN_WINOGRAD_3X3_1_46 ? STRIP : LEAST_TILES;
}

/* Infinite where there are more weights than the products they save. */
static double winograd_cost(const lk_nn_winograd *conv)
{
    cut c = winograd_make_cut(conv);
    if (c.tiles < winograd_least_tiles(conv->kind))
        return INFINITY;
    double transforms =
        transform_cost * (conv->narrow ? 2 : 1) * (double)(conv->in_blocks + conv->out_blocks);
    double fetches = c.shared ? fetch_cost * (double)conv->in_blocks : 0;
    double products = (double)(conv->in_blocks * conv->out_blocks);
    return (double)c.by->positions *
           (products * ((double)c.tiles + weight_cost) + (double)c.tiles * (transforms + fetches));
}

static bool winograd_fits(const lk_nn_winograd_axis *const axis[2], const size_t kernel[2],
                          const size_t stride[2])
{
    return axis[0]->taps == kernel[0] && axis[1]->taps == kernel[1] &&
           axis[0]->stride == stride[0] && axis[1]->stride == stride[1];
}

/* What is summed of a tile is multiplied by up to B squared in each direction, and so is what
 * rounding to bf16 did to it: 4x4 outputs are off by .010 of their size (root mean square),
 * others by .004, done directly by .002. 1x4 and 4x1, by .010 too, stand in branches that
 * count for a tenth; the kinds after them are off by .012 (1x8, 8x1) and more. The embeddings of a
 * network of made-up weights had a cosine of .996 to float32's with 4x4, .998 without. */
static bool winograd_is_near(lk_nn_winograd_kind kind, bool narrow)
{
    return !narrow || (kind != LK_NN_WINOGRAD_3X3_1_4 && kind < LK_NN_WINOGRAD_1X7_1_8);
}

bool lk_nn_winograd_choose(lk_nn_winograd *conv, const size_t kernel[2], const size_t stride[2])
{
    double least = winograd_plain_cost(conv, kernel, stride);
    bool found = false,
         available = conv->narrow ? lk_nn_narrow_available() : lk_nn_tile_available();
    lk_nn_winograd other = *conv;
    for (int kind = 0; kind < LK_NN_WINOGRAD_KINDS && available; kind++) {
        other.kind = (lk_nn_winograd_kind)kind;
        if (!winograd_is_near(other.kind, conv->narrow) ||
            !winograd_fits(lk_nn_winograd_shape_of(other.kind)->axis, kernel, stride))
            continue;
        double now = winograd_rounding_price(other.kind) * winograd_cost(&other);
        if (now >= least)
            continue;
        least = now;
        conv->kind = other.kind;
        found = true;
    }
    return found;
}

double lk_nn_winograd_price(const lk_nn_winograd *conv, const size_t kernel[2],
                            const size_t stride[2])
{
    lk_nn_winograd chosen = *conv;
    double price = lk_nn_winograd_choose(&chosen, kernel, stride)
                       ? winograd_cost(&chosen)
                       : winograd_plain_cost(conv, kernel, stride);
    return conv->narrow ? price / 2 : price;
}

/* ---- weights -------------------------------------------------------------- */

size_t lk_nn_winograd_weights(lk_nn_winograd_kind kind, const size_t shape[2])
{
    return shape[0] * shape[1] * lk_nn_winograd_shape_of(kind)->positions;
}

void lk_nn_winograd_filters(lk_nn_winograd_kind kind, float *weights, const float *filters,
                            const size_t shape[2])
{
    const lk_nn_winograd_shape *by = lk_nn_winograd_shape_of(kind);
    size_t window = by->axis[0]->taps * by->axis[1]->taps, step = shape[1] * LANES;
#pragma omp parallel for num_threads(lk_threads())
    for (size_t block = 0; block < shape[0] / LANES; block++)
        for (size_t in = 0; in < shape[1]; in++) {
            double taps[LK_NN_WINOGRAD_WINDOW][LANES];
            for (size_t o = 0; o < LANES; o++)
                for (size_t w = 0; w < window; w++)
                    taps[w][o] = filters[((block * LANES + o) * shape[1] + in) * window + w];
            lk_nn_winograd_filter(kind, weights + block * by->positions * step + in * LANES, step,
                                  taps);
        }
}

/* ---- a strip --------------------------------------------------------------
 *
 * inputs: [positions][in_blocks][strip][16], positions `read_at` numbers apart.
 * sums:   [positions][blocks][strip][16], `write_at` floats apart. */

/* Where tile `index` lies: image, row and column of its first output pixel. */
typedef struct place {
    size_t image, y, x;
} place;

static place winograd_place_of(const cut *c, size_t index)
{
    size_t in_image = index % (c->down * c->across);
    return (place){index / (c->down * c->across), in_image / c->across * c->by->axis[0]->outputs,
                   in_image % c->across * c->by->axis[1]->outputs};
}

/* Copies the part of a tile's inputs that lies in plane[in[0]][in[1]][16] between
 * zeros, to out[inputs][inputs][16]. */
static void winograd_copy_inside(const cut *c, void *out, const void *plane, const size_t start[2],
                                 bool narrow)
{
    const lk_nn_winograd *conv = c->conv;
    const size_t size[2] = {c->by->axis[0]->inputs, c->by->axis[1]->inputs};
    size_t first[2], last[2];
    const size_t bytes = lk_nn_number_size(narrow);
    memset(out, 0, size[0] * size[1] * LANES * bytes);
    for (int d = 0; d < 2; d++) {
        first[d] = start[d] < conv->pad[d] ? conv->pad[d] - start[d] : 0;
        size_t end = conv->in[d] + conv->pad[d];
        last[d] = start[d] < end ? lk_smaller(end - start[d], size[d]) : 0;
        first[d] = lk_smaller(first[d], last[d]);
    }
    for (size_t y = first[0]; y < last[0]; y++) {
        size_t row = start[0] + y - conv->pad[0], column = start[1] + first[1] - conv->pad[1];
        memcpy(lk_nn_number_put_at(out, (y * size[1] + first[1]) * LANES, narrow),
               lk_nn_number_at(plane, (row * conv->in[1] + column) * LANES, narrow),
               (last[1] - first[1]) * LANES * bytes);
    }
}

/* Transforms tile `tile`, block `block` of the convolution's input into
 * out[positions][16], in the strip's inputs. */
static void winograd_read_tile(const cut *c, void *out, size_t tile, size_t block)
{
    const lk_nn_winograd *conv = c->conv;
    float edge[LK_NN_WINOGRAD_PIXELS * LANES];
    place at = winograd_place_of(c, tile);
    const size_t size[2] = {c->by->axis[0]->inputs, c->by->axis[1]->inputs};
    size_t start[2] = {at.y * c->by->axis[0]->stride, at.x * c->by->axis[1]->stride};
    bool narrow = conv->narrow && !conv->wide_in;
    const void *plane = lk_nn_number_at(
        conv->src, (at.image * conv->in_blocks + block) * conv->in[0] * conv->in[1] * LANES,
        narrow);
    bool inside = true;
    for (int d = 0; d < 2; d++)
        inside &= start[d] >= conv->pad[d] && start[d] + size[d] <= conv->in[d] + conv->pad[d];
    if (inside) {
        size_t pixel = (start[0] - conv->pad[0]) * conv->in[1] + start[1] - conv->pad[1];
        c->transforms.read(out, c->read_at, lk_nn_number_at(plane, pixel * LANES, narrow),
                           conv->in[1] * LANES);
        return;
    }
    winograd_copy_inside(c, edge, plane, start, narrow);
    c->transforms.read(out, c->read_at, edge, size[1] * LANES);
}

/* Items `from` to `to` - 1 of the strip's (block, tile) pairs. */
static void winograd_read_strip(const cut *c, void *inputs, size_t first, size_t count, size_t from,
                                size_t to)
{
    for (size_t i = from; i < to; i++) {
        size_t block = i / count, tile = i % count;
        winograd_read_tile(
            c, lk_nn_number_put_at(inputs, (block * c->strip + tile) * LANES, c->conv->narrow),
            first + tile, block);
    }
}

/* Transforms sums[positions][16], of the strip, into the convolution's output. */
static void winograd_write_tile(const cut *c, const float *sums, size_t tile, size_t block)
{
    const lk_nn_winograd *conv = c->conv;
    float pixels[LK_NN_WINOGRAD_OUTPUTS * LANES];
    place at = winograd_place_of(c, tile);
    size_t height = c->by->axis[0]->outputs, width = c->by->axis[1]->outputs;
    size_t rows = lk_smaller(height, conv->out[0] - at.y),
           columns = lk_smaller(width, conv->out[1] - at.x);
    size_t plane = (at.image * conv->out_blocks + block) * conv->out[0] * conv->out[1];
    bool narrow = conv->narrow && !conv->wide_out;
    void *out =
        lk_nn_number_put_at(conv->dst, (plane + at.y * conv->out[1] + at.x) * LANES, narrow);
    const float *bias = conv->bias + block * LANES;
    if (!conv->sum && !conv->slope && rows == height && columns == width) {
        c->transforms.write(out, conv->out[1] * LANES, sums, c->write_at, bias, conv->relu);
        return;
    }
    c->transforms.write_floats(pixels, width * LANES, sums, c->write_at, bias, false);
    const float *slope = conv->slope ? conv->slope + block * LANES : NULL;
    for (size_t y = 0; y < rows; y++)
        c->transforms.finish(lk_nn_number_put_at(out, y * conv->out[1] * LANES, narrow),
                             pixels + y * width * LANES, columns, slope, conv->sum, conv->relu);
}

/* One position's matrix product for a group: tiles by input by output channels. */
static void winograd_multiply(const cut *c, const lk_nn_group *g, size_t position,
                              const void *inputs, float *sums)
{
    static const float no_bias[LK_NN_MAX_BLOCKS * LANES];
    const lk_nn_winograd *conv = c->conv;
    size_t one = conv->in_blocks * TAP, count = g->last - g->first;
    size_t pieces = lk_ceil_div(count, lk_nn_tile_pixels(g->blocks));
    lk_nn_tile tile = {.in_pixel = LANES,
                       .in_block = c->strip * LANES,
                       .last = {1, 1},
                       .kernel_width = 1,
                       .weight_in = TAP,
                       .weight_out = c->by->positions * one,
                       .blocks = conv->in_blocks,
                       .out_pixel = LANES,
                       .out_block = c->strip * LANES,
                       .wide_out = true,
                       .bias = no_bias};
    tile.weights = lk_nn_number_at(conv->weights, (g->block * c->by->positions + position) * one,
                                   conv->narrow);
    if (position + 1 < c->by->positions)
        tile.ahead = lk_nn_number_at(tile.weights, one, conv->narrow);
    tile.ahead_out = tile.weight_out;
    for (size_t i = 0; i < pieces; i++) {
        size_t first = count * i / pieces, pixels = count * (i + 1) / pieces - first;
        lk_nn_tile_fetch(&tile, i, pieces);
        tile.in = lk_nn_number_at(inputs, position * c->read_at + (g->first + first) * LANES,
                                  conv->narrow);
        tile.out = sums + position * c->write_at + (g->first + first) * LANES;
        (conv->narrow ? lk_nn_tile_get_narrow : lk_nn_tile_get)(g->blocks, pixels)(&tile);
    }
}

/* This part of a strip's outputs. */
static void winograd_fill_outputs(const cut *c, const void *inputs, float *sums, size_t first,
                                  size_t count, size_t thread, size_t threads)
{
    lk_nn_work work = {c->conv->out_blocks, count, c->blocks, false};
    lk_nn_share part = lk_nn_share_of(&work, thread, threads);
    lk_nn_group g = {0};
    while (lk_nn_next_group(&work, part, &g)) {
        for (size_t position = 0; position < c->by->positions; position++)
            winograd_multiply(c, &g, position, inputs, sums);
        for (size_t block = 0; block < g.blocks; block++)
            for (size_t tile = g.first; tile < g.last; tile++)
                winograd_write_tile(c, sums + (block * c->strip + tile) * LANES, first + tile,
                                    g.block + block);
    }
}

/* Tiles `from` to `to` - 1, strip by strip, by `threads` threads together. */
static void winograd_run_strips(const cut *c, void *inputs, float *sums, size_t from, size_t to,
                                size_t thread, size_t threads)
{
    size_t pieces = lk_ceil_div(to - from, c->strip);
    for (size_t i = 0; i < pieces; i++) {
        size_t first = from + (to - from) * i / pieces;
        size_t count = from + (to - from) * (i + 1) / pieces - first;
        size_t pairs = count * c->conv->in_blocks;
        winograd_read_strip(c, inputs, first, count, pairs * thread / threads,
                            pairs * (thread + 1) / threads);
        if (c->shared) {
#pragma omp barrier
        }
        winograd_fill_outputs(c, inputs, sums, first, count, thread, threads);
        if (c->shared && i + 1 < pieces) {
#pragma omp barrier
        }
    }
}

void lk_nn_winograd_run(const lk_nn_winograd *conv)
{
    cut c = winograd_make_cut(conv);
#pragma omp parallel num_threads((int)conv->threads)
    {
        size_t thread = (size_t)omp_get_thread_num(), threads = (size_t)omp_get_num_threads();
        float *own = conv->own + thread * conv->own_step;
        if (c.shared)
            winograd_run_strips(&c, conv->shared, own, 0, c.tiles, thread, threads);
        else
            winograd_run_strips(&c, own, own + winograd_input_floats(&c),
                                c.tiles * thread / threads, c.tiles * (thread + 1) / threads, 0, 1);
    }
}
